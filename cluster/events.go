package cluster

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
)

// maxListedEvents bounds how many Events one run reads.
const maxListedEvents = 20000

// Events reads the warnings among the Events of a namespace, "" for all, page by page, and hands on those that a rule looks at. What
// could not be read is a gap; an error means that the server did not answer.
func (r *Reader) Events(ctx context.Context, namespace string, events *model.Events) (gap *Gap, err error) {
	read := 0
	k := kind{"", "v1", "Event", "events"}
	err = r.pages(ctx, k, Scope{Namespace: namespace, fields: "type=" + corev1.EventTypeWarning}, reading{limit: page}, func(objects []*Object) error {
		for _, o := range objects {
			if read++; read > maxListedEvents {
				return Cut{Read: maxListedEvents}
			}
			var one corev1.Event
			if o.decode(&one) == nil {
				events.Add(model.EventOf(&one))
			}
		}
		return nil
	})
	switch {
	case err == nil:
		return nil, nil
	case fatal(ctx, err):
		return nil, r.unanswered(ctx, err)
	}
	var refused *visitError
	if errors.As(err, &refused) {
		err = refused.err
	}
	return &Gap{Verb: "list", Resource: k.resource, Namespace: namespace, Fact: model.FactEvents, Err: err}, nil
}
