package scene

import (
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/scene/suppress"
)

func TestIgnoreHoldsThroughItsLastDayAndNeverByADateThatCannotBeRead(t *testing.T) {
	noon := func(day string) time.Time {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return d.Add(12 * time.Hour)
	}
	for _, c := range []struct {
		text, today, reason, until, ended string
	}{
		{"known", "2026-01-01", "known", "", ""},
		{"known, until=2026-01-31", "2026-01-31", "known", "2026-01-31", ""},
		{"known, until=2026-01-31", "2026-02-01", "known", "2026-01-31", "no longer ignored: its date 2026-01-31 has passed"},
		{"until=soon", "2026-01-01", "", "soon", `not ignored: its date "soon" is not YYYY-MM-DD`},
		{"until=2027-13-01; known", "2026-01-01", "known", "2027-13-01", `not ignored: its date "2027-13-01" is not YYYY-MM-DD`},
	} {
		reason, until, ended := suppress.Read(c.text, noon(c.today))
		if reason != c.reason || until != c.until || ended != c.ended {
			t.Errorf("%q on %s: %q, %q, %q", c.text, c.today, reason, until, ended)
		}
	}
}
