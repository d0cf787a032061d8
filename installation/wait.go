package installation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

var errWaited = errors.New("--timeout has passed")

const interval = 200 * time.Millisecond // between two looks

// rollout waits until every replica of the Deployment is of the new template and available.
func (in *Run) rollout(ctx context.Context) error {
	path := cluster.Path("apps/v1", "Deployment", in.Want.Namespace)
	var d appsv1.Deployment // as it was read last
	for turn := 1; ; turn++ {
		var now appsv1.Deployment
		if _, err := in.Reader.Get(ctx, path, manifests.ServiceName, &now); err == nil {
			d = now
		} else if ctx.Err() == nil {
			return err
		}
		want := int32(1)
		if d.Spec.Replicas != nil {
			want = *d.Spec.Replicas
		}
		s := &d.Status
		if s.ObservedGeneration >= d.Generation && d.Generation > 0 && s.UpdatedReplicas == want && s.AvailableReplicas == want && s.Replicas == want {
			return nil
		}
		state := func() string {
			return fmt.Sprintf("Deployment/%s has %d of %d replicas ready%s", manifests.ServiceName, s.AvailableReplicas, want, cmp.Or(failure(&d), in.whyNotReady(ctx)))
		}
		if turn%5 == 0 {
			in.waiting(state())
		}
		if err := sleep(ctx, 5*interval); err != nil {
			if d.Generation == 0 {
				return in.late(err, "Deployment/"+manifests.ServiceName+" was not read")
			}
			return in.late(err, state())
		}
	}
}

// whyNotReady is what the kubelet says of the first container that waits. It is asked also once the waiting has ended, unless by an
// interruption.
func (in *Run) whyNotReady(ctx context.Context) string {
	if errors.Is(context.Cause(ctx), errWaited) {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	why := ""
	_, err := in.Reader.List(ctx, "v1", "Pod", cluster.Scope{Namespace: in.Want.Namespace, Selector: manifests.NameLabel + "=" + manifests.ServiceName}, func(raw []byte) error {
		var p corev1.Pod
		if err := json.Unmarshal(raw, &p); err != nil {
			return err
		}
		for i := range p.Status.ContainerStatuses {
			if w := p.Status.ContainerStatuses[i].State.Waiting; w != nil && why == "" {
				why = fmt.Sprintf(" (%s: %s %s)", p.Name, w.Reason, w.Message)
			}
		}
		for _, c := range p.Status.Conditions {
			if why == "" && c.Status == corev1.ConditionFalse && c.Message != "" {
				why = fmt.Sprintf(" (%s: %s)", p.Name, c.Message)
			}
		}
		return nil
	})
	if err != nil {
		return ""
	}
	return why
}

// failure is why a Deployment makes no pods, as a quota that refuses them.
func failure(d *appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return " (" + c.Message + ")"
		}
	}
	return ""
}

// sleep waits a while; an error says that the context ended.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// LateError says that the waiting ended before what was waited for. What was applied stays.
type LateError struct {
	What  string // is not as it should be
	After time.Duration
}

func (e *LateError) Error() string { return fmt.Sprintf("after %v: %s", e.After, e.What) }

func (in *Run) late(err error, what string) error { return late(err, what, in.Timeout) }

// late turns the end of the waiting into the error that it has. What is waited for goes on by itself.
func late(err error, what string, after time.Duration) error {
	if !errors.Is(err, errWaited) {
		return err
	}
	return &LateError{what, after}
}

// Settle waits until the webhook does what it was set to, and gives the proof with what the cluster has then.
func (in *Run) Settle(ctx context.Context) (p Proof, have *Live, err error) {
	waiting, cancel := context.WithDeadlineCause(ctx, in.until, errWaited)
	defer cancel()
	began := time.Now()
	for {
		now, err := Prove(waiting, in.Reader, in.Want)
		switch {
		case err == nil:
			p = now
		case waiting.Err() == nil:
			return p, nil, in.partlyApplied(err)
		default:
			return p, nil, in.late(context.Cause(waiting), in.unsettled(&p))
		}
		if !in.Wait || in.settled(&p) {
			break
		}
		// A server that has just been told of its settings may not have read them yet.
		if p.Replica != nil && p.Replica.Settings == "" && in.Want.URL != "" && time.Since(began) > propagation {
			switch {
			case (p.Replica.Mode == manifests.ModeShadow) != in.Want.Shadow:
				return p, nil, in.partlyApplied(errors.New(in.outsideServer()))
			case in.ignoresProfile(&p):
				return p, nil, in.partlyApplied(errors.New(in.outsideProfile(&p)))
			}
		}
		if time.Since(began) > patience {
			in.waiting(in.unsettled(&p))
		}
		if err := sleep(waiting, interval); err != nil {
			return p, nil, in.late(err, in.unsettled(&p))
		}
	}
	have, err = Read(context.WithoutCancel(ctx), in.Reader)
	return p, have, err
}

// Await waits until a pause or its end shows. A server that is down cannot prove that it would be called again.
func (in *Run) Await(ctx context.Context, began time.Time) (p Proof, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, in.Timeout, errWaited)
	defer cancel()
	for {
		now, err := Prove(ctx, in.Reader, in.Want)
		switch {
		case err == nil:
			p = now
		case ctx.Err() == nil:
			return p, err
		default:
			return p, in.late(context.Cause(ctx), in.unsettled(&p))
		}
		// A pause needs no server.
		if !in.Wait || in.settled(&p) || !in.Want.Paused && time.Since(began) > 5*time.Second {
			return p, nil
		}
		if time.Since(began) > patience {
			in.waiting(in.unsettled(&p))
		}
		if err := sleep(ctx, interval); err != nil {
			return p, in.late(err, in.unsettled(&p))
		}
	}
}

// patience is how long is waited silently.
const patience = 2 * time.Second

// waiting tells what is waited for, once until it changes.
func (in *Run) waiting(what string) {
	if in.Waiting != nil && what != in.said {
		in.said = what
		in.Waiting(what)
	}
}

// settled says whether the test pod shows the webhook in the wanted state, or cannot show anything.
func (in *Run) settled(p *Proof) bool {
	switch {
	case p.Gap != "":
		return true
	case in.Want.Paused:
		return !p.Reached
	case !p.Reached:
		return false
	case p.Replica == nil:
		return p.Annotated
	}
	return (p.Replica.Mode == manifests.ModeShadow) == in.Want.Shadow && !in.ignoresProfile(p)
}

func (in *Run) unsettled(p *Proof) string {
	switch {
	case in.Want.Paused:
		return "a test pod is still sent to the webhook"
	case !p.Reached:
		why := "a test pod was not changed: the API server does not reach the webhook, or does not trust it"
		if in.Want.URL != "" {
			why += "; start the server at " + in.Want.URL + ", and let its certificate name that host (spark-webhook --names)"
			if in.Want.CABundle != nil {
				why += "; --ca-file names the authority that signed it; with an empty one the server writes its own"
			}
		}
		if in.Want.URL == "" && in.Want.APIServer != nil {
			why += "; " + callers(in.Want) + ": set --api-server-cidr where the API server calls from elsewhere"
		}
		return why
	}
	return "the webhook is reached, and is not yet in the mode that was asked for"
}
