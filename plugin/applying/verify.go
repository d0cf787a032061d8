package applying

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
)

// Verified writes what was compared, a line each, with what was found where that is something else.
func Verified(w io.Writer, all []apply.Verification) error {
	var b strings.Builder
	counts := map[apply.Verdict]int{}
	for _, v := range all {
		switch {
		case v.Run != nil:
			fmt.Fprintf(&b, "%s: run of %s, by %s\n", clean.Text(v.Workload), v.Run.Started.UTC().Format("2006-01-02 15:04:05"), v.Run.Source)
		case v.Workload != "":
			fmt.Fprintf(&b, "%s\n", clean.Text(v.Workload))
		}
		for _, c := range v.Compared {
			counts[c.Verdict]++
			text := fmt.Sprintf("  %-12s  %s", c.Verdict, clean.Text(c.Name))
			if c.Wanted != "" {
				text += "  " + masked(c.Wanted)
			}
			if c.Found != "" && c.Found != c.Wanted {
				text += ", found " + masked(c.Found)
			}
			if c.Why != "" {
				text += ": " + masked(c.Why)
			}
			b.WriteString(text + "\n")
		}
	}
	fmt.Fprintf(&b, "%d as applied, %d as predicted, %d different, %d not read\n", counts[apply.AsApplied], counts[apply.AsPredicted], counts[apply.Different], counts[apply.NotRead])
	_, err := io.WriteString(w, b.String())
	return err
}
