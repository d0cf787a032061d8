package launcher

import "testing"

// TestARolesWordHoldsForItsGroups: resources and variables that a History server's role names reach the pods of each group, and
// a group's own win.
func TestARolesWordHoldsForItsGroups(t *testing.T) {
	d, err := FromObject([]byte(`{"apiVersion":"spark.stackable.tech/v1alpha1","kind":"SparkHistoryServer","metadata":{"name":"h"},"spec":{"image":{"productVersion":"3.5.6"},"nodes":{
		"config":{"resources":{"memory":{"limit":"3Gi"}}},"envOverrides":{"A":"role","B":"role"},
		"roleGroups":{"default":{"envOverrides":{"A":"group"}}}}}}`))
	if err != nil || len(d.Slots) != 1 {
		t.Fatal(err)
	}
	made, ok := Predict(d, &d.Slots[0])
	if !ok {
		t.Fatal("no pod")
	}
	c := made.Template.Spec.Containers[made.Identity.Container]
	got := map[string]string{}
	for _, e := range c.Env {
		got[e.Name] = e.Value
	}
	if c.Resources.Limits.Memory().String() != "3Gi" || got["A"] != "group" || got["B"] != "role" {
		t.Errorf("%v %v", c.Resources, got)
	}
}
