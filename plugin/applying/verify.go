package applying

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// Verified writes what was compared, as a table where print is nil, and gives the exit code: Found where something differs, and Coverage
// where nothing was compared.
func Verified(w io.Writer, print printers.Printer, all []apply.Verification) (err error) {
	if print == nil {
		err = verifiedTable(w, all)
	} else {
		err = print(w, verifiedDocument(all))
	}
	is := func(verdict apply.Verdict) bool {
		return slices.ContainsFunc(all, func(v apply.Verification) bool { return v.Is(verdict) })
	}
	switch {
	case err != nil:
		return err
	case is(apply.Different):
		return session.Found
	case !is(apply.AsApplied) && !is(apply.AsPredicted) && !is(apply.Better):
		return session.Coverage
	}
	return nil
}

// verifiedDocument is what was compared for programs, a row each.
func verifiedDocument(all []apply.Verification) printers.Document {
	d := printers.Document{Whole: map[string]any{"apiVersion": "kubectl-spark.io/v1alpha1", "kind": "Verification", "verified": all}}
	for _, v := range all {
		for _, c := range v.Compared {
			d.Rows = append(d.Rows, struct {
				Workload string `json:"workload"`
				apply.Compared
			}{v.Workload, c})
		}
		d.Names = append(d.Names, printers.Name{Name: v.Workload})
	}
	return d
}

// verifiedTable writes what was compared, a line each, with what was found where that is something else.
func verifiedTable(w io.Writer, all []apply.Verification) error {
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
	fmt.Fprintf(&b, "%d as applied, %d as predicted", counts[apply.AsApplied], counts[apply.AsPredicted])
	if n := counts[apply.Better]; n > 0 {
		fmt.Fprintf(&b, ", %d better", n)
	}
	fmt.Fprintf(&b, ", %d different, %d not read\n", counts[apply.Different], counts[apply.NotRead])
	_, err := io.WriteString(w, b.String())
	return err
}
