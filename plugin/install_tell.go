package plugin

import (
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
func (in *installation) rollout(ctx context.Context) error {
	path := cluster.Path("apps/v1", "Deployment", in.want.Namespace)
	for {
		var d appsv1.Deployment
		if _, err := in.reader.Get(ctx, path, manifests.ServiceName, &d); err != nil && ctx.Err() == nil {
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
		if err := sleep(ctx, 5*interval); err != nil {
			return in.late(err, fmt.Sprintf("Deployment/%s has %d of %d replicas ready%s", manifests.ServiceName, s.AvailableReplicas, want, in.whyNotReady()))
		}
	}
}

// whyNotReady is what the kubelet says of the first container that waits.
func (in *installation) whyNotReady() string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // the other one has ended
	defer cancel()
	why := ""
	_, err := in.reader.List(ctx, "v1", "Pod", cluster.Scope{Namespace: in.want.Namespace, Selector: manifests.NameLabel + "=" + manifests.ServiceName}, func(raw []byte) error {
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

// sleep waits a while; an error says that the context ended.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// late turns the end of the waiting into the exit code that it has. What is waited for goes on by itself.
func (in *installOptions) late(err error, what string) error {
	if !errors.Is(err, errWaited) {
		return err
	}
	fmt.Fprintf(in.ErrOut, "error: %s after %v; what was applied stays: kubectl spark status tells more\n", oneLine(what), in.timeout)
	return exit(ExitWaited)
}

// conclude waits until the webhook does what it was set to, and says so.
func (in *installation) conclude(ctx context.Context) error {
	var p proof
	for {
		var err error
		p, err = prove(ctx, in.reader, in.want)
		if err != nil && ctx.Err() == nil {
			return in.halfway(err)
		}
		if !in.wait || in.settled(&p) {
			break
		}
		if err := sleep(ctx, interval); err != nil {
			return in.late(err, in.unsettled(&p))
		}
	}
	have, err := readLive(context.WithoutCancel(ctx), in.reader)
	if err != nil {
		return err
	}
	out := in.writer()
	var serving *time.Time
	if p.Replica != nil && !p.Replica.Certificate.IsZero() {
		serving = &p.Replica.Certificate
	}
	out.certificates(have, serving)
	out.server(have, nil)
	out.proof(have, &p)
	out.scope(have)
	switch {
	case len(in.changed) == 0:
		out.line("", "Nothing was changed: all %d objects are as they should be.", in.same)
	case !in.have.installed():
		out.line("", "Pods that run now are untouched. To watch before anything is changed: kubectl spark install --shadow, then kubectl spark status")
		out.line("", "To stop every edit at once: kubectl spark install --pause")
	default:
		out.line("", "Changed: %s. %d objects were as they should be; pods that run now are untouched.", some(in.changed), in.same)
	}
	if in.foreign && !in.have.installed() {
		out.line("", "Namespace %s was there before and is left as it is; uninstall will keep it.", in.want.Namespace)
	}
	return out.err
}

// settled says whether the pod that was tried shows the webhook in the wanted state, or cannot show anything.
func (in *installation) settled(p *proof) bool {
	switch {
	case p.Gap != "":
		return true
	case in.want.Paused:
		return !p.Reached
	case !p.Reached:
		return false
	case p.Replica == nil:
		return p.Annotated
	}
	return (p.Replica.Mode == manifests.ModeShadow) == in.want.Shadow
}

func (in *installation) unsettled(p *proof) string {
	switch {
	case in.want.Paused:
		return "a pod that was tried is still sent to the webhook"
	case !p.Reached:
		return "a pod that was tried came back untouched: the API server does not reach the webhook, or does not trust it"
	}
	return "the webhook is reached, and is not yet in the mode that was asked for"
}

// toggle pauses or resumes, and proves it.
func (o *installOptions) toggle(ctx context.Context, reader *cluster.Reader, have *live) error {
	began := time.Now()
	changed, err := o.switchPause(ctx, reader, o.pause)
	if err != nil {
		return err
	}
	word := map[bool]string{true: "paused", false: "resumed"}[o.pause]
	if o.dryRun == "server" {
		_, err := fmt.Fprintf(o.Out, "dry run: the API server accepts it; it would be %s\n", word)
		return err
	}
	now, err := readLive(ctx, reader)
	if err != nil {
		return err
	}
	if now.installed() && !o.pause && manifests.Paused(now.webhook) {
		return errors.New("--resume: it stays paused, because another field manager holds the condition paused of MutatingWebhookConfiguration/" + manifests.WebhookName + "; take it out where that is applied from")
	}
	in := &installation{installOptions: o, reader: reader, have: have, want: have.options()}
	in.want.Paused = o.pause
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, errWaited)
	defer cancel()
	var p proof
	for {
		if p, err = prove(ctx, reader, in.want); err != nil && ctx.Err() == nil {
			return err
		}
		// A server that is down cannot prove that it would be called again; a pause needs no server.
		if !o.wait || in.settled(&p) || !o.pause && time.Since(began) > 5*time.Second {
			break
		}
		if err := sleep(ctx, interval); err != nil {
			return o.late(err, in.unsettled(&p))
		}
	}
	out := o.writer()
	switch {
	case o.pause && p.Gap != "":
		out.line("‼", "%-15s no pod is sent to the webhook from now on; not proved: %s", word, p.Gap)
	case o.pause:
		out.line("√", "%-15s no pod is sent to the webhook any more; a driver pod that was tried came back untouched after %v", word, time.Since(began).Round(time.Millisecond))
	case !p.Reached && p.Gap == "":
		out.line("‼", "%-15s pods are sent again, and the server does not answer: kubectl spark status", word)
	default:
		out.line("√", "%-15s pods are sent to the webhook again, in the way they were before", word)
		out.proof(now, &p)
	}
	if !changed {
		out.line("", "Nothing was changed: it was %s already.", word)
	} else if o.pause {
		out.line("", "Pods that have edits keep them. To go on: kubectl spark install --resume")
	}
	return out.err
}
