package terminal

import (
	"testing"
	"time"
)

// TestTheRateSaysWhatIsLeft, and nothing that is not known yet.
func TestTheRateSaysWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		done, total int64
		took        time.Duration
		want        string
	}{
		{100 << 20, 500 << 20, 2 * time.Second, "100 of 500 MiB, 50 MiB/s, 8s left"},
		{100 << 20, 0, 2 * time.Second, "100 MiB, 50 MiB/s"},
		{1 << 20, 500 << 20, time.Millisecond, "1 of 500 MiB"},
		{0, 500 << 20, time.Minute, "0 of 500 MiB"},
		{500 << 20, 500 << 20, 10 * time.Second, "500 of 500 MiB, 50 MiB/s"},
		{10 << 20, 10 << 30, 20 * time.Second, "10 of 10240 MiB, 0.5 MiB/s, 5h41m0s left"},
	} {
		if got := rate(c.done, c.total, c.took); got != c.want {
			t.Errorf("%d of %d in %v: %q, not %q", c.done, c.total, c.took, got, c.want)
		}
	}
}
