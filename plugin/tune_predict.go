package plugin

import (
	"errors"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/prediction"
)

// predict is the prediction that was asked for; nil where none was. Where the log is not enough, it says why and the exit code is 3.
func (o *tuneOptions) predict(log *eventlog.Log) (*prediction.Result, error) {
	if o.sizes.Executors == nil {
		return nil, nil
	}
	defer o.progress.Begin("predicting")()
	r, err := prediction.Predict(&log.Run, o.sizes.Executors, o.sizes.Cores)
	var few *prediction.Insufficient
	if errors.As(err, &few) {
		fmt.Fprintf(o.ErrOut, "error: %s: %v\n", oneLine(log.Reading.Name), few)
		return nil, exit(ExitCoverage)
	}
	return r, err
}
