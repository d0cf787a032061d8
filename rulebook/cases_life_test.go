package rulebook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// life puts what happened to the pods.
func (c *input) life(t *testing.T, f *rule.Facts) {
	t.Helper()
	if c.Events != "" {
		held := model.NewEvents()
		for _, raw := range objects(t, c.Events) {
			one, ok := model.EventOfJSON("v1", raw)
			if !ok {
				t.Fatalf("no Event: %s", raw)
			}
			held.Add(one)
		}
		rule.Put(f, model.FactEvents, held.About(func(*model.Event) bool { return true }))
		if strings.Contains(c.Events, model.Pulled) {
			rule.Put(f, model.FactPulls, held.Pulls(func(*model.Pull) bool { return true }))
		}
	}
	if c.Pods == "" && c.Status == nil {
		return
	}
	record := model.NewRecord(time.Time{})
	var owners []model.Owner
	for _, raw := range objects(t, c.Pods) {
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			t.Fatal(err)
		}
		record.Add(&pod)
		if owner := model.OwnerOf(&pod.ObjectMeta); !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	life := record.Of(owners...)
	if c.Status != nil {
		var err error
		if life.Resource, err = model.OfResource(fmt.Appendf(nil, `{"status": %s}`, c.Status)); err != nil {
			t.Fatal(err)
		}
	}
	rule.Put(f, model.FactLife, life)
}

// objects are those of a YAML text, as JSON.
func objects(t *testing.T, text string) (all [][]byte) {
	t.Helper()
	for _, one := range strings.Split(text, "\n---\n") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		raw, err := yaml.YAMLToJSON([]byte(one))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw)
	}
	return all
}
