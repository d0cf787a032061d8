package integration

import (
	"os"
	"strings"
	"testing"
	"time"
)

const kubeflowApplication = `{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: pi}, spec: {type: Scala, mode: cluster, sparkVersion: 3.4.1,
image: "registry.example/own:1", mainClass: a.B, mainApplicationFile: "local:///a.jar", driver: {cores: 1, memory: 1g}, executor: {cores: 1, memory: 1g, instances: 1}}}`

// TestAShortNameThatTheCacheLacks: what discovery cached before a type was there does not make its short name a namespace, whatever
// was asked before.
func TestAShortNameThatTheCacheLacks(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	cache := t.TempDir()
	run := func(cache string, args ...string) (int, string, string) {
		return runPlugin(t, cp.Kubeconfig(), append(args, "--cache-dir="+cache, "-n", ns)...)
	}
	if code, out, errs := run(cache, "doctor", "sts/spark-worker"); code != 1 {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	operatorResource(t, cp, "sparkoperator.k8s.io", "v1beta2", "sparkapp")
	put(t, cp, "/apis/sparkoperator.k8s.io/v1beta2/namespaces/"+ns+"/sparkapplications", kubeflowApplication)
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) { // a server tells of a type a moment after it has it
		list, err := cp.Client().Discovery().ServerResourcesForGroupVersion("sparkoperator.k8s.io/v1beta2")
		if err == nil && len(list.APIResources) > 0 && len(list.APIResources[0].ShortNames) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%v, %+v", err, list)
		}
	}
	for _, command := range []string{"doctor", "tune", "fix"} {
		for _, names := range [][]string{{"sparkapp/pi"}, {"sparkapp/pi", "etl"}, {"etl", "sparkapp/pi"}, {ns + "/etl", "sparkapp/pi"}, {"sparkapp", "pi"}} {
			if code, out, errs := run(copied(t, cache), append([]string{command}, names...)...); code > 1 || !strings.Contains(out+errs, ns+"/pi") {
				t.Errorf("%s %v: exit code %d\n%s%s", command, names, code, out, errs)
			}
		}
	}
}

// copied is a copy of a folder: what a run writes into it the next does not see.
func copied(t *testing.T, folder string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return to
}
