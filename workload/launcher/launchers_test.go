package launcher

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestEveryLauncherIsWhole: one that has custom resources has everything that is asked of it, each of its kinds is read and
// becomes pods; one whose resources hold Spark finds it there; the others are known by marks alone.
func TestEveryLauncherIsWhole(t *testing.T) {
	for _, l := range all() {
		switch resources := spark.HasResources(l.Traits); {
		case resources && (l.read == nil || l.predict == nil || l.Configure == nil || l.Home == nil || len(l.shape) == 0 || l.holds != nil):
			t.Errorf("%s is not whole", l.Name)
		case !resources && (l.read != nil || l.predict != nil && l.holds == nil || l.Configure != nil || l.Home != nil || l.shape != nil):
			t.Errorf("%s has no resources of its own and reads some", l.Name)
		case l.Traits.Holds != (l.holds != nil), l.Traits.Holds && l.predict == nil:
			t.Errorf("%s holds Spark and does not find it", l.Name)
		}
		if !spark.HasResources(l.Traits) {
			continue
		}
		for _, k := range l.Traits.Kinds {
			raw := fmt.Sprintf(`{"apiVersion":"%s/%s","kind":%q,"metadata":{"name":"a"},"spec":{"template":{},"server":{},"nodes":{"roleGroups":{"default":{}}}}}`, l.Traits.Group, k.Versions[0], k.Kind)
			d, err := FromObject([]byte(raw))
			if err != nil || len(d.Slots) == 0 || d.Conf == nil || Of(d).Name != l.Name {
				t.Errorf("%s %s: %d slots, %v", l.Name, k.Kind, len(d.Slots), err)
				continue
			}
			for i := range d.Slots {
				if _, ok := Predict(d, &d.Slots[i]); !ok {
					t.Errorf("%s %s: no pod of the %s", l.Name, k.Kind, d.Slots[i].Role)
				}
			}
		}
	}
}

// TestListsAreThoseOfTheValues: package spark may not import this one, so what it says of launchers is generated from here.
func TestListsAreThoseOfTheValues(t *testing.T) {
	var names []spark.Launcher
	for _, l := range all() {
		names = append(names, l.Name)
		if named(l.Name).Name != l.Name || !reflect.DeepEqual(l.Name.Traits(), l.Traits) {
			t.Errorf("package spark says something else of %s: go generate ./workload/launcher", l.Name)
		}
	}
	if !slices.Equal(names, spark.Launchers(nil)) {
		t.Errorf("package spark has %v, here are %v: go generate ./workload/launcher", spark.Launchers(nil), names)
	}
	sources, _ := filepath.Glob("*.go")
	values := 0
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		values += strings.Count(string(text), "\treturn &Launcher{\n")
	}
	if values != len(names) {
		t.Errorf("%d values and %d in the list: go generate ./workload/launcher", values, len(names))
	}
}
