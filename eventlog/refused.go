package eventlog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// refused are events with a number that no run has, in the same field.
type refused struct {
	first string // where it stands, and what it says
	n     int64
}

// mostRefused bounds the fields that are told.
const mostRefused = 20

// refuse counts an event with a number that no run has.
func (r *reader) refuse(err *model.NumberError) {
	what := err.Event + " " + err.Field
	if r.refused == nil {
		r.refused = map[string]*refused{}
	}
	one := r.refused[what]
	if one == nil && len(r.refused) < mostRefused {
		one = &refused{first: fmt.Sprintf("%s:%d: %v", r.file, r.line, err)}
		r.refused[what] = one
	}
	if one != nil {
		one.n++
	}
}

// noStart is the error of a log whose application's start was not read.
func (r *reader) noStart(name string) error {
	for _, what := range slices.Sorted(maps.Keys(r.refused)) {
		if strings.HasPrefix(what, "SparkListenerApplicationStart ") {
			return fmt.Errorf("%s: without the application's start nothing can be said", r.refused[what].first)
		}
	}
	return notStarted(name, r.out.Events, r.recorder.Begun() && r.out.Events < mostBefore)
}

// tellRefused says which events were not counted.
func (r *reader) tellRefused() {
	for _, what := range slices.Sorted(maps.Keys(r.refused)) {
		one := r.refused[what]
		r.incomplete("%s; such events are not counted: %d", one.first, one.n)
	}
}
