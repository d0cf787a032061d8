package eventlog

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// mostBefore is how many events are read in search of the application's start. Spark writes it after the settings and the driver.
const mostBefore = 10_000

// errStarted ends the reading of a log whose application is known.
var errStarted = errors.New("the application's start was read")

// Whose reads a log as far as the application's start, and gives the application. The rest of the log is not read.
func Whose(ctx context.Context, files Files, name string) (model.Application, error) {
	src, err := find(ctx, files, name)
	if err != nil {
		return model.Application{}, err
	}
	r := &reader{recorder: model.NewRecorder(), files: files, beginning: true}
	for i, p := range src.parts {
		err := r.part(ctx, p.file, i == len(src.parts)-1)
		if errors.Is(err, errStarted) || err == nil && r.recorder.Started() {
			return r.recorder.Run().Application, nil
		}
		if err != nil {
			return model.Application{}, err
		}
	}
	return model.Application{}, r.noStart(name)
}

// notStarted is the error of a log that has events, and no start among the first ones. begun says that it has its first event, and that all of it was read.
func notStarted(name string, events int64, begun bool) error {
	if begun {
		return fmt.Errorf("%s: the log ends after %d events, before the application's start: it is cut off, or the application failed before it started; give the whole log", name, events)
	}
	return fmt.Errorf("%s: none of %d events is the application's start: the log begins before; of a rolling log give the folder %s*", name, events, rolledPrefix)
}
