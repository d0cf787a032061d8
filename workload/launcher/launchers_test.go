package launcher

import (
	"fmt"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestEveryLauncherIsWhole: one that has custom resources by its traits has a value with everything that is asked of it, each of
// its kinds is read and becomes pods; a value without traits is none.
func TestEveryLauncherIsWhole(t *testing.T) {
	values := map[spark.Launcher]*Launcher{}
	for _, l := range all() {
		values[l.Name] = l
		if !spark.HasResources(l.Name.Traits()) {
			t.Errorf("%q has no traits", l.Name)
		}
		if l.read == nil || l.predict == nil || l.Configure == nil || l.Options == nil || len(l.shape) == 0 {
			t.Errorf("%s is not whole", l.Name)
		}
	}
	for _, name := range spark.Launchers(spark.HasResources) {
		if values[name] == nil {
			t.Errorf("%s has traits and no value", name)
			continue
		}
		traits := name.Traits()
		for _, k := range traits.Kinds {
			raw := fmt.Sprintf(`{"apiVersion":"%s/%s","kind":%q,"metadata":{"name":"a"},"spec":{"template":{},"server":{},"nodes":{"roleGroups":{"default":{}}}}}`, traits.Group, k.Versions[0], k.Kind)
			d, err := FromObject([]byte(raw))
			if err != nil || len(d.Slots) == 0 || d.Conf == nil {
				t.Errorf("%s %s: %d slots, %v", name, k.Kind, len(d.Slots), err)
				continue
			}
			for i := range d.Slots {
				if _, ok := Predict(d, &d.Slots[i]); !ok {
					t.Errorf("%s %s: no pod of the %s", name, k.Kind, d.Slots[i].Role)
				}
			}
		}
	}
}
