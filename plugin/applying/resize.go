package applying

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
)

// patience is how long a kubelet may take to answer a resize before that is said, and watched how many pods are asked at a time.
const (
	patience = 30 * time.Second
	watched  = 10
)

// resizes waits until nodes have resized the pods that were written, and says what became of each.
func (r *run) resizes(ctx context.Context, done []*apply.Object) error {
	var pods []*apply.Object
	for _, o := range done {
		if o.Resizes() {
			pods = append(pods, o)
		}
	}
	if len(pods) == 0 {
		return nil
	}
	end := r.Progress.Begin("waiting for the nodes")
	results := make([]apply.Resize, len(pods))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(watched)
	for i, o := range pods {
		group.Go(func() (err error) {
			results[i], err = o.Await(within, patience)
			return err
		})
	}
	err := group.Wait()
	end()
	if err != nil {
		return err
	}
	for i, o := range pods {
		text, failed := result(results[i])
		fmt.Fprintf(r.Out, "%s: %s\n", clean.Text(o.Name()), text)
		if failed {
			err = session.Failed
		}
	}
	return err
}

// result words what a node made of a resize. failed says that the pod does not have the size.
func result(of apply.Resize) (text string, failed bool) {
	message := ""
	if of.Message != "" {
		message = ": " + masked(of.Message)
	}
	switch of.State {
	case apply.Resized:
		return "resized by its node", false
	case apply.UnderWay:
		return "the node is resizing it: kubectl describe pod shows how far it is", false
	case apply.Deferred:
		return "deferred until its node has room" + message, false
	case apply.Infeasible:
		return "its node cannot resize it" + message + "; take it back with the record, or start it on another node", true
	case apply.NotMade:
		return "its node failed to resize it, and tries again" + message, true
	case apply.Ended:
		return "it has ended", false
	}
	return fmt.Sprintf("its node has not answered within %s", patience), false
}
