package installation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/settings"
)

// Settings are those of the ConfigMap, as status tells of them.
type Settings struct {
	Revision string `json:"revision,omitempty"` // of the ConfigMap as it is now
	Problem  string `json:"problem,omitempty"`  // why no replica takes it
}

// checkSettings reads the ConfigMap as it will be once install's keys are in it: what a user wrote there stays, and would
// keep every replica that starts from being ready if it could not be understood.
func (in *Run) checkSettings(ctx context.Context, objects []manifests.Object) error {
	var have corev1.ConfigMap
	if _, err := in.Reader.Get(ctx, cluster.Path("v1", "ConfigMap", in.Want.Namespace), manifests.ConfigName, &have); err != nil {
		return err
	}
	data := map[string]string{}
	maps.Copy(data, have.Data)
	for _, object := range objects {
		if config, ok := object.(*unstructured.Unstructured); ok && config.GetKind() == "ConfigMap" && config.GetName() == manifests.ConfigName {
			ours, _, err := unstructured.NestedStringMap(config.Object, "data")
			if err != nil {
				return err
			}
			maps.Copy(data, ours)
		}
	}
	if _, err := settings.Parse(settings.Settings{}, data); err != nil {
		return fmt.Errorf("ConfigMap/%s in %s: %w; nothing was changed", manifests.ConfigName, in.Want.Namespace, err)
	}
	return nil
}

// propagation is how long a replica may take to tell that it goes by new settings.
const propagation = 15 * time.Second

// settings says which replicas go by the ConfigMap as it is now.
func (l *Inspection) settings() {
	config := l.Have.Config
	if config == nil {
		return
	}
	s := &l.Status.Settings
	s.Revision = settings.Revision(config.Data)
	if _, err := settings.Parse(settings.Settings{}, config.Data); err != nil {
		s.Problem = err.Error()
		for _, r := range l.Status.Server.Replicas {
			if r.Config != "" {
				return // each replica says so
			}
		}
		l.problem("ConfigMap/%s: %s; replicas go on with their former settings, and one that starts is not ready", manifests.ConfigName, s.Problem)
		return
	}
	var changed time.Time
	for _, f := range config.ManagedFields {
		if f.Time != nil && f.Time.After(changed) {
			changed = f.Time.Time
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Status.Server.Replicas)) {
		r := l.Status.Server.Replicas[name]
		heard := r.Seen.After(changed.Add(propagation)) // since then; one that has ended says nothing more
		if heard && r.Config == "" && r.Settings != s.Revision {
			l.problem("replica %s goes by settings %s, and ConfigMap/%s is %s", name, r.Settings, manifests.ConfigName, s.Revision)
		}
	}
}
