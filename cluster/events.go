package cluster

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// maxListedEvents bounds how many Events one run reads.
const maxListedEvents = 20000

// Events reads the warnings among the Events of a namespace, "" for all, page by page, and those of pulls, and hands on those that a rule looks at. What
// could not be read is a gap; an error means that the server did not answer.
func (r *Reader) Events(ctx context.Context, namespace string, events *model.Events) (gap *Gap, err error) {
	if gap, err = r.events(ctx, namespace, "type="+corev1.EventTypeWarning, model.FactEvents, events); gap != nil || err != nil {
		return gap, err
	}
	return r.Pulls(ctx, namespace, events)
}

// Pulls reads the Events of a namespace that tell of images that were pulled.
func (r *Reader) Pulls(ctx context.Context, namespace string, events *model.Events) (gap *Gap, err error) {
	return r.events(ctx, namespace, "reason="+model.Pulled, model.FactPulls, events)
}

func (r *Reader) events(ctx context.Context, namespace, fields string, of rule.Key, events *model.Events) (gap *Gap, err error) {
	read := 0
	k := kind{"", "v1", "Event", "events"}
	err = r.pages(ctx, k, Scope{Namespace: namespace, fields: fields}, reading{limit: page}, func(objects []*Object) error {
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
	return &Gap{Verb: "list", Resource: k.resource, Namespace: namespace, Fact: of, Err: err}, nil
}
