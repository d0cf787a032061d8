package webhook

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestReadinessIsLookedForOnceASecond, however often it is asked for, and at once where the server stops.
func TestReadinessIsLookedForOnceASecond(t *testing.T) {
	looked := 0
	s := &Server{o: ServerOptions{Waiting: func() error { looked++; return errors.New("not been read") }}}
	ask := func(want int, why string) {
		t.Helper()
		err := s.recently(t.Context())
		if err == nil || !strings.Contains(err.Error(), why) || looked != want {
			t.Errorf("looked %d times, want %d: %v", looked, want, err)
		}
	}
	ask(1, "not been read")
	ask(1, "not been read")
	s.recent.when = time.Now().Add(-readyAgain + 100*time.Millisecond)
	ask(1, "not been read")
	s.recent.when = time.Now().Add(-readyAgain)
	ask(2, "not been read")
	ask(2, "not been read")
	s.stopping.Store(true)
	ask(2, "stopping")
}
