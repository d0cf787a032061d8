package scene

import (
	"testing"
	"time"
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
		text, today, reason, until string
		expired                    bool
	}{
		{"known", "2026-01-01", "known", "", false},
		{"known, until=2026-01-31", "2026-01-31", "known", "2026-01-31", false},
		{"known, until=2026-01-31", "2026-02-01", "known", "2026-01-31", true},
		{"until=soon", "2026-01-01", "", "soon", true},
	} {
		reason, until, expired := ignore(c.text, noon(c.today))
		if reason != c.reason || until != c.until || expired != c.expired {
			t.Errorf("%q on %s: %q, %q, %v", c.text, c.today, reason, until, expired)
		}
	}
}
