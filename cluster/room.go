package cluster

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
)

// NodeRoom is what a node gives to pods, and what they leave of it.
type NodeRoom struct{ All, Free corev1.ResourceList }

// NodeRoom reads what is free on a node: what it gives to pods, less what they request. A gap says what could not be read.
func (r *Reader) NodeRoom(ctx context.Context, name string) (*NodeRoom, *Gap, error) {
	var node corev1.Node
	err := r.get(ctx, nodeKind.path("")+"/"+name, &node)
	switch {
	case fatal(ctx, err):
		return nil, nil, r.unanswered(ctx, err)
	case err != nil:
		return nil, &Gap{Verb: "get", Resource: nodeKind.resource, Err: err}, nil
	}
	room := &NodeRoom{All: node.Status.Allocatable, Free: node.Status.Allocatable.DeepCopy()}
	k := kind{"", "v1", "Pod", "pods"}
	err = r.pages(ctx, k, Scope{fields: "spec.nodeName=" + name + ",status.phase!=Succeeded,status.phase!=Failed"}, reading{limit: page}, func(objects []*Object) error {
		for _, o := range objects {
			var pod corev1.Pod
			if err := o.decode(&pod); err != nil {
				return err
			}
			neighbour.Subtract(room.Free, neighbour.Requests(&pod.Spec))
		}
		return nil
	})
	var refused *visitError
	switch {
	case err == nil:
		return room, nil, nil
	case errors.As(err, &refused):
		err = refused.err
	case fatal(ctx, err):
		return nil, nil, r.unanswered(ctx, err)
	}
	return nil, &Gap{Verb: "list", Resource: k.resource, Err: err}, nil
}
