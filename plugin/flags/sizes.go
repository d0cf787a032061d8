package flags

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/prediction"
)

// Sizes are the numbers of executors for which a run is predicted.
type Sizes struct {
	Cores     int   // of each; 0 stands for those that the run had
	Executors []int // nil where none were asked for
	text      string
}

// mostSizes is how many numbers of executors may be asked for at once.
const mostSizes = 100

// AddFlags adds the flags.
func (s *Sizes) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&s.text, "executors", "", "with --event-log: predict the run with these numbers of executors, as 1,2,4,8")
	f.IntVar(&s.Cores, "executor-cores", 0, "with --executors: cores of each executor; without it those that the run had")
}

// Read reads --executors and --executor-cores; changed says which were given.
func (s *Sizes) Read(changed func(flag string) bool) error {
	switch {
	case !changed("executors") && !changed("executor-cores"):
		return nil
	case !changed("executors"):
		return errors.New("--executor-cores predicts a run with other executors: give --executors, as 1,2,4,8")
	case !changed("event-log") && !changed("history-server") && !changed("backtest"):
		return errors.New("--executors predicts from a run: give its log with --event-log or --history-server")
	case changed("executor-cores") && (s.Cores < 1 || s.Cores > prediction.Most):
		return fmt.Errorf("--executor-cores=%d: must be from 1 to %d", s.Cores, prediction.Most)
	}
	for _, word := range strings.Split(s.text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > prediction.Most {
			return fmt.Errorf("--executors=%s: %q is not a number of executors from 1 to %d; write them as 1,2,4,8", s.text, strings.TrimSpace(word), prediction.Most)
		}
		s.Executors = append(s.Executors, n)
	}
	if len(s.Executors) > mostSizes {
		return fmt.Errorf("--executors: at most %d numbers are predicted at once", mostSizes)
	}
	return nil
}
