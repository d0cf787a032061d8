package plugin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/prediction"
)

// sizes are the numbers of executors for which a run is predicted.
type sizes struct {
	text      string
	cores     int
	executors []int
}

// mostSizes is how many numbers of executors may be asked for at once.
const mostSizes = 100

// read reads --executors and --executor-cores; changed says which were given.
func (s *sizes) read(changed func(flag string) bool) error {
	switch {
	case !changed("executors") && !changed("executor-cores"):
		return nil
	case !changed("executors"):
		return errors.New("--executor-cores predicts a run with other executors: give --executors, as 1,2,4,8")
	case !changed("event-log") && !changed("backtest"):
		return errors.New("--executors predicts from a run: give its log with --event-log")
	case changed("executor-cores") && (s.cores < 1 || s.cores > prediction.Most):
		return fmt.Errorf("--executor-cores=%d: must be from 1 to %d", s.cores, prediction.Most)
	}
	for _, word := range strings.Split(s.text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > prediction.Most {
			return fmt.Errorf("--executors=%s: %q is not a number of executors from 1 to %d; write them as 1,2,4,8", s.text, strings.TrimSpace(word), prediction.Most)
		}
		s.executors = append(s.executors, n)
	}
	if len(s.executors) > mostSizes {
		return fmt.Errorf("--executors: at most %d numbers are predicted at once", mostSizes)
	}
	return nil
}

// predict is the prediction that was asked for; nil where none was. Where the log is not enough, it says why and the exit code is 3.
func (o *tuneOptions) predict(log *eventlog.Log) (*prediction.Result, error) {
	if o.sizes.executors == nil {
		return nil, nil
	}
	defer o.progress.Begin("predicting")()
	r, err := prediction.Predict(&log.Run, o.sizes.executors, o.sizes.cores)
	var few *prediction.Insufficient
	if errors.As(err, &few) {
		fmt.Fprintf(o.ErrOut, "error: %s: %v\n", oneLine(log.Reading.Name), few)
		return nil, exit(ExitCoverage)
	}
	return r, err
}
