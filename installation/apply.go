package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// Run is one run of install against a cluster.
type Run struct {
	Reader  *cluster.Reader
	Manager string        // of the fields
	Force   bool          // takes fields over that another manager holds
	DryRun  bool          // the API server tries everything and keeps nothing
	Wait    bool          // until the webhook proves to do what it was set to
	Timeout time.Duration // of the waiting
	Have    *Live
	Want    manifests.Options

	ProfileGiven bool // this run asks for the profile that it wants

	Waiting func(what string) // told what is waited for, and again when that changes; nil: nobody asks

	Foreign bool               // the namespace was there before, and is not ours
	Absent  bool               // the namespace does not exist yet
	Changed []string           // references of objects that applying changed
	Same    int                // objects that were as wanted
	Answers [][]byte           // the API server's, in the order of Objects
	Objects []manifests.Object // what is applied

	until time.Time // when the waiting ends
	said  string    // what Waiting was told last
}

// Apply tries everything, then applies it, waits for the server and registers the webhook. After an error what was applied
// stays, and the error names it.
func (in *Run) Apply(ctx context.Context) error {
	if err := in.lookAtNamespace(ctx); err != nil {
		return err
	}
	if err := in.lookForAPIServer(ctx); err != nil {
		return err
	}
	objects := manifests.Server(in.Want)
	if err := in.checkSettings(ctx, objects); err != nil {
		return err
	}
	if err := in.checkServer(ctx); err != nil {
		return err
	}
	if in.Want.CertManager {
		var group metav1.APIResourceList
		if found, err := in.Reader.Get(ctx, "/apis/cert-manager.io", "v1", &group); err != nil {
			return err
		} else if !found {
			return errors.New("the cluster has no kind Issuer of cert-manager: install cert-manager first, or take --certs=self; nothing was changed")
		}
	}
	if in.Want.Alerts {
		if served, err := servesKind(ctx, in.Reader, "PrometheusRule"); err != nil {
			return err
		} else if !served {
			return errors.New("the cluster has no kind PrometheusRule: install the Prometheus Operator first, or leave out --alerts and load the files of manifests/alerts into your Prometheus; nothing was changed")
		}
	}
	if in.Want.Monitor && in.Want.URL == "" {
		if served, err := servesKind(ctx, in.Reader, "PodMonitor"); err != nil {
			return err
		} else if !served {
			return errors.New("the cluster has no kind PodMonitor: install the Prometheus Operator first, or leave out --pod-monitor; the annotations of the pods name the metrics; nothing was changed")
		}
	}
	if in.Foreign {
		objects = objects[1:] // the namespace comes first
	}
	first := in.configuration(in.Want.Paused && !in.Have.Installed())
	if err := in.checkRights(ctx, append(objects, first)); err != nil {
		return err
	}
	// Everything is tried before anything is kept.
	for _, object := range append(objects, first) {
		if in.Absent && object.GetNamespace() != "" {
			continue // its namespace is not there yet, so the server could not say
		}
		if err := in.apply(ctx, object, true); errors.As(err, new(*cluster.NoAnswerError)) {
			return err
		} else if err != nil {
			return fmt.Errorf("%w; nothing was changed", err)
		}
	}
	in.Objects = append(objects, in.configuration(false))
	if in.DryRun {
		return nil
	}
	in.Changed, in.Same, in.Answers = nil, 0, nil
	for _, object := range objects {
		if err := in.apply(ctx, object, false); err != nil {
			return in.partlyApplied(err)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, in.Timeout, errWaited)
	defer cancel()
	in.until, _ = ctx.Deadline()
	if in.Wait && in.Want.URL == "" {
		if err := in.rollout(ctx); err != nil {
			return in.partlyApplied(err)
		}
	}
	if err := in.register(ctx, first); err != nil {
		return in.partlyApplied(err)
	}
	if err := in.prune(ctx); err != nil {
		return in.partlyApplied(err)
	}
	return nil
}

// configuration is the webhook configuration to apply. Once it is there the pause is a manager's of its own.
func (in *Run) configuration(paused bool) manifests.Object {
	o := in.Want
	o.Paused = paused
	return manifests.WebhookConfiguration(o)
}

// register applies the webhook configuration, and sees to it that it is never there unpaused where it is to be paused.
func (in *Run) register(ctx context.Context, first manifests.Object) error {
	if err := in.apply(ctx, first, false); err != nil {
		return err
	}
	fresh := !in.Have.Installed()
	began := !fresh && in.Have.Options().Shadow && !in.Want.Shadow
	if pauses := in.Want.Paused != in.Have.Options().Paused || fresh && in.Want.Paused; pauses || began {
		if _, err := in.SwitchPause(ctx, in.Want.Paused); err != nil {
			return err
		}
	}
	if fresh && in.Want.Paused {
		return in.apply(ctx, in.configuration(false), false)
	}
	return nil
}

func (in *Run) lookAtNamespace(ctx context.Context) error {
	var ns metav1.PartialObjectMetadata
	found, err := in.Reader.Get(ctx, cluster.Path("v1", "Namespace", ""), in.Want.Namespace, &ns)
	in.Absent, in.Foreign = !found, found && ns.Labels[manifests.PartOfLabel] != manifests.FieldManager
	if found && ns.DeletionTimestamp != nil {
		return fmt.Errorf("namespace %q is being deleted: try again when it is gone; nothing was changed", in.Want.Namespace)
	}
	return err
}

// apply applies one object. Fields of ours that a server wrote are taken over; those of anybody else are a conflict.
func (in *Run) apply(ctx context.Context, object manifests.Object, dryRun bool) error {
	text, err := manifests.JSON(object)
	if err != nil {
		return err
	}
	kind := object.GetObjectKind().GroupVersionKind()
	path := cluster.Path(kind.GroupVersion().String(), kind.Kind, object.GetNamespace())
	var before metav1.PartialObjectMetadata
	if _, err := in.Reader.Get(ctx, path, object.GetName(), &before); err != nil {
		return err
	}
	how := cluster.ApplyOptions{Manager: in.Manager, Force: in.Force, DryRun: dryRun}
	answer, err := in.Reader.Apply(ctx, path, object.GetName(), text, how)
	var conflict *cluster.ConflictError
	if errors.As(err, &conflict) {
		for _, c := range conflict.Conflicts {
			if c.Manager != manifests.CertsManager && c.Manager != manifests.PauseManager {
				return fmt.Errorf("%w; --force-conflicts takes it over", err)
			}
		}
		how.Force = true
		answer, err = in.Reader.Apply(ctx, path, object.GetName(), text, how)
	}
	if err != nil {
		return err
	}
	in.Answers = append(in.Answers, answer)
	if before.ResourceVersion != "" && before.ResourceVersion == version(answer) {
		in.Same++
	} else {
		in.Changed = append(in.Changed, manifests.Reference(object))
	}
	return nil
}

// partlyApplied says of an error what had been done before it.
func (in *Run) partlyApplied(err error) error {
	var late *LateError
	if len(in.Changed) == 0 || errors.Is(err, context.Canceled) || errors.As(err, &late) {
		return err
	}
	return cluster.After(err, "applied before it: "+strings.Join(in.Changed, ", "), "run install again to go on")
}

// prune deletes what an earlier installation needed and this one does not. Whatever any way of installing makes is looked
// for, as an earlier run may have ended before it had deleted all; what the last one did not make may be hidden from us.
func (in *Run) prune(ctx context.Context) error {
	if !in.Have.Installed() {
		return nil
	}
	wanted, had := references(manifests.Server(in.Want)), references(manifests.Server(in.Have.Options()))
	for _, o := range manifests.Everything(in.Want.Namespace) {
		switch o.GetObjectKind().GroupVersionKind().Kind {
		case "Namespace", "Secret", "MutatingWebhookConfiguration":
			continue
		}
		reference := manifests.Reference(o)
		if wanted[reference] {
			continue
		}
		done, err := Remove(ctx, in.Reader, o, false)
		switch {
		case err != nil && (had[reference] || !apierrors.IsForbidden(err)):
			return err
		case done:
			in.Changed = append(in.Changed, reference+" (deleted)")
		}
	}
	return nil
}

func references(objects []manifests.Object) map[string]bool {
	out := map[string]bool{}
	for _, o := range objects {
		out[manifests.Reference(o)] = true
	}
	return out
}

// SwitchPause applies or takes away the condition that lets no pod through. It says whether that changed anything.
func (in *Run) SwitchPause(ctx context.Context, pause bool) (bool, error) {
	now, err := ReadWebhook(ctx, in.Reader)
	if err != nil {
		return false, err
	}
	if !now.Installed() {
		return false, errors.New("the webhook is not installed; nothing was changed")
	}
	since := now.Webhook.Annotations[manifests.SinceAnnotation]
	if !pause && manifests.Paused(now.Webhook) {
		since = time.Now().UTC().Format(time.RFC3339)
	}
	body, err := json.Marshal(manifests.Pause(now.Webhook, pause, since))
	if err != nil {
		return false, err
	}
	answer, err := in.Reader.Apply(ctx, configurations(), manifests.WebhookName, body, cluster.ApplyOptions{Manager: manifests.PauseManager, Force: true, DryRun: in.DryRun})
	return version(answer) != now.Webhook.ResourceVersion, err
}
