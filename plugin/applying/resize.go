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

// resizes waits until nodes have resized the pods that were written, and says what became of each, also where the run is interrupted.
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
	results, errs := make([]apply.Resize, len(pods)), make([]error, len(pods))
	until := time.Now().Add(patience)
	var group errgroup.Group
	group.SetLimit(watched)
	for i, o := range pods {
		group.Go(func() error {
			results[i], errs[i] = o.Await(ctx, until)
			return nil // each is told in its turn
		})
	}
	_ = group.Wait()
	end()
	exit := session.Done
	for i, o := range pods {
		text, one := result(results[i])
		if errs[i] != nil {
			text, one = "what its node made of it was not read", session.Failed
			if ctx.Err() == nil {
				text += ": " + masked(errs[i].Error())
			}
		}
		fmt.Fprintf(r.Out, "%s: %s\n", clean.Text(o.Name()), text)
		if exit == session.Done || one == session.Failed {
			exit = one
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case exit != session.Done:
		return exit
	}
	return nil
}

// result words what a node made of a resize, and gives the exit code: a pod that does not have the size yet is not done.
func result(of apply.Resize) (text string, exit session.Exit) {
	message := ""
	if of.Message != "" {
		message = ": " + masked(of.Message)
	}
	switch of.State {
	case apply.Resized:
		return "resized by its node", session.Done
	case apply.UnderWay:
		return fmt.Sprintf("its node is still resizing it after %s: kubectl describe pod shows how far it is", patience), session.Waited
	case apply.Deferred:
		return "deferred until its node has room" + message, session.Waited
	case apply.Infeasible:
		return "its node cannot resize it" + message + "; take it back with the record, or start it on another node", session.Failed
	case apply.NotMade:
		return "its node failed to resize it, and tries again" + message, session.Failed
	case apply.Ended:
		return "it has ended", session.Done
	}
	return fmt.Sprintf("its node has not answered within %s", patience), session.Waited
}
