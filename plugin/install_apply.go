package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// installation is one run of install against a cluster.
type installation struct {
	*installOptions
	reader  *cluster.Reader
	have    *live
	want    manifests.Options
	foreign bool     // the namespace was there before, and is not ours
	absent  bool     // the namespace does not exist yet
	changed []string // references of objects that applying changed
	same    int      // objects that were as wanted
	printed [][]byte // the server's answers, in order
}

func (in *installation) run(ctx context.Context) error {
	objects := manifests.Server(in.want)
	if err := in.lookAtNamespace(ctx); err != nil {
		return err
	}
	if in.want.CertManager {
		var group metav1.APIResourceList
		if found, err := in.reader.Get(ctx, "/apis/cert-manager.io", "v1", &group); err != nil {
			return err
		} else if !found {
			return errors.New("the cluster has no kind Issuer of cert-manager: install cert-manager first, or take --certs=self; nothing was changed")
		}
	}
	if in.foreign {
		objects = objects[1:] // the namespace comes first
	}
	first := in.configuration(in.want.Paused && !in.have.installed())
	// Everything is tried before anything is kept.
	for _, object := range append(objects, first) {
		if in.absent && object.GetNamespace() != "" {
			continue // its namespace is not there yet, so the server could not say
		}
		if err := in.apply(ctx, object, true); err != nil {
			return fmt.Errorf("%w; nothing was changed", err)
		}
	}
	if in.dryRun == "server" {
		return in.tellDryRun(objects)
	}
	in.changed, in.same, in.printed = nil, 0, nil
	for _, object := range objects {
		if err := in.apply(ctx, object, false); err != nil {
			return in.halfway(err)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, in.timeout, errWaited)
	defer cancel()
	if in.wait && in.want.URL == "" {
		if err := in.rollout(ctx); err != nil {
			return in.halfway(err)
		}
	}
	if err := in.register(ctx, first); err != nil {
		return in.halfway(err)
	}
	if err := in.prune(ctx); err != nil {
		return in.halfway(err)
	}
	return in.conclude(ctx)
}

// configuration is the webhook configuration to apply. Once it is there the pause is a manager's of its own.
func (in *installation) configuration(paused bool) manifests.Object {
	o := in.want
	o.Paused = paused
	return manifests.WebhookConfiguration(o)
}

// register applies the webhook configuration, and sees to it that it is never there unpaused where it is to be paused.
func (in *installation) register(ctx context.Context, first manifests.Object) error {
	if err := in.apply(ctx, first, false); err != nil {
		return err
	}
	fresh := !in.have.installed()
	began := !fresh && in.have.options().Shadow && !in.want.Shadow
	if pauses := in.want.Paused != in.have.options().Paused || fresh && in.want.Paused; pauses || began {
		if _, err := in.switchPause(ctx, in.reader, in.want.Paused); err != nil {
			return err
		}
	}
	if fresh && in.want.Paused {
		return in.apply(ctx, in.configuration(false), false)
	}
	return nil
}

func (in *installation) lookAtNamespace(ctx context.Context) error {
	var ns metav1.PartialObjectMetadata
	found, err := in.reader.Get(ctx, cluster.Path("v1", "Namespace", ""), in.want.Namespace, &ns)
	in.absent, in.foreign = !found, found && ns.Labels[manifests.PartOfLabel] != manifests.FieldManager
	if found && ns.DeletionTimestamp != nil {
		return fmt.Errorf("namespace %q is being deleted: try again when it is gone; nothing was changed", in.want.Namespace)
	}
	return err
}

// apply applies one object. Fields of ours that a server wrote are taken over; those of anybody else are a conflict.
func (in *installation) apply(ctx context.Context, object manifests.Object, dryRun bool) error {
	text, err := manifests.JSON(object)
	if err != nil {
		return err
	}
	kind := object.GetObjectKind().GroupVersionKind()
	path := cluster.Path(kind.GroupVersion().String(), kind.Kind, object.GetNamespace())
	var before metav1.PartialObjectMetadata
	if _, err := in.reader.Get(ctx, path, object.GetName(), &before); err != nil {
		return err
	}
	how := cluster.ApplyOptions{Manager: in.manager, Force: in.force, DryRun: dryRun}
	answer, err := in.reader.Apply(ctx, path, object.GetName(), text, how)
	var conflict *cluster.ConflictError
	if errors.As(err, &conflict) {
		for _, c := range conflict.Conflicts {
			if c.Manager != manifests.CertsManager && c.Manager != manifests.PauseManager {
				return fmt.Errorf("%w; --force-conflicts takes it over", err)
			}
		}
		how.Force = true
		answer, err = in.reader.Apply(ctx, path, object.GetName(), text, how)
	}
	if err != nil {
		return err
	}
	in.printed = append(in.printed, answer)
	if before.ResourceVersion != "" && before.ResourceVersion == version(answer) {
		in.same++
	} else {
		in.changed = append(in.changed, reference(object))
	}
	return nil
}

// halfway says of an error what had been done before it.
func (in *installation) halfway(err error) error {
	var code exit
	if len(in.changed) == 0 || errors.Is(err, context.Canceled) || errors.As(err, &code) {
		return err
	}
	return fmt.Errorf("%s; applied before: %s; run install again to go on", strings.TrimSuffix(err.Error(), "; nothing was changed"), strings.Join(in.changed, ", "))
}

// prune deletes what an earlier installation needed and this one does not.
func (in *installation) prune(ctx context.Context) error {
	if !in.have.installed() {
		return nil
	}
	wanted := map[string]bool{}
	for _, o := range manifests.Server(in.want) {
		wanted[reference(o)] = true
	}
	for _, o := range manifests.Everything(in.want.Namespace) {
		switch o.GetObjectKind().GroupVersionKind().Kind {
		case "Namespace", "Secret", "MutatingWebhookConfiguration":
			continue
		}
		if wanted[reference(o)] {
			continue
		}
		if done, err := remove(ctx, in.reader, o, false); err != nil {
			return err
		} else if done {
			in.changed = append(in.changed, reference(o)+" (deleted)")
		}
	}
	return nil
}

// remove deletes an object if it is ours.
func remove(ctx context.Context, reader *cluster.Reader, o manifests.Object, dryRun bool) (bool, error) {
	kind := o.GetObjectKind().GroupVersionKind()
	path := cluster.Path(kind.GroupVersion().String(), kind.Kind, o.GetNamespace())
	var have metav1.PartialObjectMetadata
	if found, err := reader.Get(ctx, path, o.GetName(), &have); err != nil || !found || have.DeletionTimestamp != nil {
		return false, err
	}
	if have.Labels[manifests.PartOfLabel] != manifests.FieldManager && o.GetName() != manifests.WebhookName {
		return false, nil // somebody else's, of the same name
	}
	return reader.Delete(ctx, path, o.GetName(), dryRun)
}

func (in *installation) tellDryRun(objects []manifests.Object) error {
	note := "dry run: the API server accepts it; nothing was kept"
	if in.absent {
		note += fmt.Sprintf(". Namespace %s is not there yet, so what is to stand in it was not checked", in.want.Namespace)
	}
	if in.output == "yaml" {
		fmt.Fprintln(in.ErrOut, note)
		for i, answer := range in.printed {
			text, err := yaml.JSONToYAML(answer)
			if err != nil {
				return err
			}
			if i > 0 {
				text = append([]byte("---\n"), text...)
			}
			if _, err := in.Out.Write(text); err != nil {
				return err
			}
		}
		return nil
	}
	for _, o := range append(objects, in.configuration(false)) {
		fmt.Fprintln(in.Out, reference(o))
	}
	_, err := fmt.Fprintln(in.Out, note)
	return err
}

// switchPause applies or takes away the condition that lets no pod through. It says whether that changed anything.
func (o *installOptions) switchPause(ctx context.Context, reader *cluster.Reader, pause bool) (bool, error) {
	now, err := readLive(ctx, reader)
	if err != nil {
		return false, err
	}
	if !now.installed() {
		return false, errors.New("the webhook is not installed; nothing was changed")
	}
	since := now.webhook.Annotations[manifests.SinceAnnotation]
	if !pause {
		since = time.Now().UTC().Format(time.RFC3339)
	}
	body, err := json.Marshal(manifests.Pause(now.webhook, pause, since))
	if err != nil {
		return false, err
	}
	answer, err := reader.Apply(ctx, configurations(), manifests.WebhookName, body, cluster.ApplyOptions{Manager: manifests.PauseManager, Force: true, DryRun: o.dryRun == "server"})
	return version(answer) != now.webhook.ResourceVersion, err
}
