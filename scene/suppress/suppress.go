// Package suppress reads the texts by which people live with a finding: a reason, and the last day on which it holds.
package suppress

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

var untilForm = regexp.MustCompile(`\buntil=(\S+)`)

// Read reads an annotation that suppresses a finding: a reason, and the last day on which it holds. ended says where it does not hold: no longer
// ignored, and why.
func Read(text string, now time.Time) (reason, until, ended string) {
	m := untilForm.FindStringSubmatch(text)
	if m == nil {
		return strings.TrimSpace(text), "", ""
	}
	reason = strings.Trim(strings.Replace(text, m[0], "", 1), " ,;")
	until = strings.TrimRight(m[1], ",;")
	day, err := time.Parse(time.DateOnly, until)
	switch {
	case err != nil:
		ended = fmt.Sprintf("not ignored: its date %q is not YYYY-MM-DD", until)
	case !now.Before(day.AddDate(0, 0, 1)):
		ended = fmt.Sprintf("no longer ignored: its date %s has passed", until)
	}
	return reason, until, ended
}
