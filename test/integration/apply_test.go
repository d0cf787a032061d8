package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// applied is a namespace with what tune and fix change in it.
type applied struct {
	*testing.T
	cp *controlplane.ControlPlane
	ns string
	// kubeconfig is what the plugin uses.
	kubeconfig string
}

func newApplied(t *testing.T) *applied {
	cp := shared.Get(t)
	return &applied{T: t, cp: cp, ns: cp.NewNamespace(t), kubeconfig: cp.Kubeconfig()}
}

// collections of the objects that the tests change.
const (
	sets      = "/apis/apps/v1/namespaces/%s/statefulsets"
	kubeflows = "/apis/sparkoperator.k8s.io/v1beta2/namespaces/%s/sparkapplications"
	schedules = "/apis/sparkoperator.k8s.io/v1beta2/namespaces/%s/scheduledsparkapplications"
	apaches   = "/apis/spark.apache.org/v1/namespaces/%s/sparkapplications"
)

// made makes an object as kubectl create does; it tries again while the server does not know the collection yet, or removes an
// object of the name.
func made(t *testing.T, cp *controlplane.ControlPlane, collection, object string) {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(object))
	if err != nil {
		t.Fatal(err)
	}
	within(t, time.Minute, "the object is made", func() bool {
		err = cp.Client().Discovery().RESTClient().Post().AbsPath(collection).Param("fieldManager", "kubectl-create").SetHeader("Content-Type", "application/json").Body(raw).Do(t.Context()).Error()
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsAlreadyExists(err) {
			t.Fatalf("%s: %v", collection, err)
		}
		return err == nil
	})
}

func (a *applied) create(collection, object string) {
	a.Helper()
	made(a.T, a.cp, fmt.Sprintf(collection, a.ns), object)
}

// worker is a StatefulSet of a standalone worker whose limit is too small.
func (a *applied) worker(name, metadata string) {
	a.Helper()
	a.create(sets, strings.NewReplacer("{name: spark-worker}", "{name: "+name+metadata+"}", "app: w", "app: "+name).Replace(workerYAML))
}

// get is a part of an object as the server has it.
func (a *applied) get(collection, name string, at ...string) string {
	a.Helper()
	raw, err := a.cp.Client().Discovery().RESTClient().Get().AbsPath(fmt.Sprintf(collection, a.ns), name).Do(a.Context()).Raw()
	if err != nil {
		a.Fatal(err)
	}
	for _, key := range at {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			a.Fatal(err)
		}
		raw = fields[key]
	}
	return string(raw)
}

// patch changes an object as a merge patch by a manager, also of its status.
func (a *applied) patch(collection, path, manager, body string) {
	a.Helper()
	err := a.cp.Client().Discovery().RESTClient().Patch(types.MergePatchType).AbsPath(fmt.Sprintf(collection, a.ns)+"/"+path).Param("fieldManager", manager).Body([]byte(body)).Do(a.Context()).Error()
	if err != nil {
		a.Fatal(err)
	}
}

// run runs the plugin in the namespace, and wants an exit code.
func (a *applied) run(want int, args ...string) (out, errs string) {
	a.Helper()
	code, out, errs := runPlugin(a.T, a.kubeconfig, append(args, "-n", a.ns)...)
	if code != want {
		a.Fatalf("%v: exit code %d, want %d\n%s%s", args, code, want, out, errs)
	}
	return out, errs
}

func (a *applied) wants(text string, parts ...string) {
	a.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			a.Errorf("%q is not said in\n%s", part, text)
		}
	}
}

func recordFile(t *testing.T) string { return filepath.Join(t.TempDir(), "record.json") }

// operators makes the custom resources of the operators that the tests use.
func operators(t *testing.T, cp *controlplane.ControlPlane) {
	t.Helper()
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	for _, c := range []struct{ group, version, kind string }{
		{"sparkoperator.k8s.io", "v1beta2", "SparkApplication"}, {"sparkoperator.k8s.io", "v1beta2", "ScheduledSparkApplication"}, {"spark.apache.org", "v1", "SparkApplication"},
	} {
		singular := strings.ToLower(c.kind)
		made(t, cp, crds, `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: `+singular+`s.`+c.group+`,
annotations: {api-approved.kubernetes.io: "https://github.com/kubernetes/enhancements/pull/1111"}},
spec: {group: `+c.group+`, scope: Namespaced, names: {plural: `+singular+`s, singular: `+singular+`, kind: `+c.kind+`, listKind: `+c.kind+`List},
versions: [{name: `+c.version+`, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}`)
		t.Cleanup(func() { remove(t, cp, crds+"/"+singular+"s."+c.group) })
	}
}

const applicationSpec = `type: Scala, mode: cluster, image: "apache/spark:3.5.6-java17", sparkVersion: 3.5.6, mainApplicationFile: "local:///a.jar",
driver: {cores: 1, memory: 1g}, executor: {cores: 2, coreLimit: 1000m, memory: 6g, memoryOverhead: 100m, instances: 2, javaOptions: "-XX:+UseConcMarkSweepGC -Da=b"}, sparkConf: {spark.executor.memroy: 2g, spark.a: b}`

// TestWhatIsAppliedIsTakenBack: for each launcher and for both commands the second run changes nothing, and the spec is after the
// rollback what it was, byte for byte.
func TestWhatIsAppliedIsTakenBack(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.worker("spark-worker", "")
	a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: running}, spec: {"+applicationSpec+"}}")
	a.patch(kubeflows, "running", "spark-operator", `{"status":{"applicationState":{"state":"RUNNING"}}}`)
	a.create(schedules, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: ScheduledSparkApplication, metadata: {name: nightly}, spec: {schedule: '@daily', template: {"+applicationSpec+"}}}")
	a.create(apaches, `{apiVersion: spark.apache.org/v1, kind: SparkApplication, metadata: {name: apache}, spec: {mainClass: X, jars: "local:///a.jar", runtimeVersions: {sparkVersion: 4.0.1},
sparkConf: {spark.kubernetes.container.image: "apache/spark:4.0.1", spark.executor.cores: "4", spark.executor.memory: 6g, spark.executor.memoryOverhead: 100m, spark.executor.memroy: 2g}}}`)
	for _, c := range []struct {
		collection, argument, name, impact string
	}{
		{sets, "statefulset/spark-worker", "spark-worker", "no pod runs; new ones have it"},
		{kubeflows, "sparkapplication.sparkoperator.k8s.io/running", "running", "the operator kills the application (running) and runs it again"},
		{schedules, "scheduledsparkapplication/nightly", "nightly", "next run only"},
		{apaches, "sparkapplication.spark.apache.org/apache", "apache", "delete and create the SparkApplication to use it"},
	} {
		for command, undo := range map[string]string{"tune": "--rollback", "fix": "--undo"} {
			before := a.get(c.collection, c.name, "spec")
			record := recordFile(t)
			out, _ := a.run(0, command, c.argument, "--apply", "--allow-restart", "--record="+record)
			a.wants(out, c.impact, c.name+" in namespace "+a.ns+": applied")
			after := a.get(c.collection, c.name, "spec")
			if after == before {
				t.Fatalf("%s %s changed nothing:\n%s", command, c.name, out)
			}
			if strings.Contains(out, " → ") || strings.Contains(out, " (new)") { // who only removes fields owns none
				a.wants(a.get(c.collection, c.name, "metadata", "managedFields"), `"manager":"kubectl-spark"`)
			}
			version := a.get(c.collection, c.name, "metadata", "resourceVersion")
			out, _ = a.run(0, command, c.argument, "--apply", "--allow-restart", "--record="+record)
			if again := a.get(c.collection, c.name, "metadata", "resourceVersion"); again != version || !strings.Contains(out, "nothing to do") {
				t.Errorf("%s %s: the second run changed something: version %s, then %s\n%s", command, c.name, version, again, out)
			}
			a.run(0, command, undo, record, "--allow-restart")
			if now := a.get(c.collection, c.name, "spec"); now != before {
				t.Errorf("%s %s: the spec is not what it was\n%s\n%s", command, c.name, before, now)
			}
			out, _ = a.run(0, command, undo, record, "--allow-restart")
			a.wants(out, "nothing to do")
		}
	}
}

// TestARecordTellsWhoChangedWhat: also to a reader who has nothing but the file.
func TestARecordTellsWhoChangedWhat(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	record := recordFile(t)
	a.run(0, "fix", "statefulset/spark-worker", "SPK-P034", "--apply", "--record", record)
	r, err := apply.OpenRecord(record)
	if err != nil || len(r.Changes) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	one := r.Changes[0]
	if one.State != apply.Applied || one.By == "" || one.Time.IsZero() || one.Manager != "kubectl-spark" || one.Object.Name != "spark-worker" || one.Object.UID == "" ||
		!strings.HasPrefix(one.Command, "kubectl spark fix statefulset/spark-worker SPK-P034 ") || !strings.Contains(strings.Join(one.Why, "\n"), "SPK-P034") || len(one.Fields) == 0 {
		t.Errorf("%+v", one)
	}
	for _, f := range one.Fields {
		if f.Before == nil && f.After == nil {
			t.Errorf("%s has no value, neither before nor after", f.Name())
		}
	}
	info, err := os.Stat(record)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestAFieldOfAnotherManagerStopsEverything: also objects that nobody else sets fields of.
func TestAFieldOfAnotherManagerStopsEverything(t *testing.T) {
	a := newApplied(t)
	a.worker("free-worker", "")
	a.worker("held-worker", "")
	held := `{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"held-worker"},"spec":{"template":{"spec":{"containers":[{"name":"worker","resources":{"limits":{"memory":"700Mi"}}}]}}}}`
	err := a.cp.Client().AppsV1().RESTClient().Patch(types.ApplyPatchType).Namespace(a.ns).Resource("statefulsets").Name("held-worker").Param("fieldManager", "team-controller").Param("force", "true").Body([]byte(held)).Do(t.Context()).Error()
	if err != nil {
		t.Fatal(err)
	}
	versions := a.get(sets, "free-worker", "metadata", "resourceVersion") + a.get(sets, "held-worker", "metadata", "resourceVersion")
	dry, _ := a.run(plugin.ExitFailed, "tune", "--apply", "--dry-run=client")
	a.wants(dry, `limits.memory is set by "team-controller"`)
	out, errs := a.run(plugin.ExitFailed, "tune", "--apply", "--record="+recordFile(t))
	a.wants(out, `not applied: StatefulSet/held-worker`, `limits.memory is set by "team-controller"`, "--force-conflicts")
	a.wants(errs, "nothing was applied")
	if now := a.get(sets, "free-worker", "metadata", "resourceVersion") + a.get(sets, "held-worker", "metadata", "resourceVersion"); now != versions {
		t.Errorf("something was written: %s, then %s", versions, now)
	}
	out, _ = a.run(0, "tune", "--apply", "--force-conflicts", "--record="+recordFile(t))
	a.wants(out, `takes over fields that "team-controller" set`, "held-worker in namespace "+a.ns+": applied", "free-worker in namespace "+a.ns+": applied")
}

// TestWhatAToolOwnsIsAnsweredWithAPatch: what Helm, Argo CD and Flux write is not changed beside them.
func TestWhatAToolOwnsIsAnsweredWithAPatch(t *testing.T) {
	a := newApplied(t)
	for name, c := range map[string]struct{ metadata, says string }{
		"helm-worker": {`, labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: lab}`, "Helm owns it (release lab)"},
		"argo-worker": {`, annotations: {argocd.argoproj.io/tracking-id: "spark:apps/StatefulSet:x/argo-worker"}`, "Argo CD owns it (application spark)"},
		"flux-worker": {`, labels: {kustomize.toolkit.fluxcd.io/name: lab, kustomize.toolkit.fluxcd.io/namespace: flux}`, "Flux owns it (Kustomization flux/lab)"},
	} {
		a.worker(name, c.metadata)
		version := a.get(sets, name, "metadata", "resourceVersion")
		out, errs := a.run(plugin.ExitFailed, "tune", "statefulset/"+name, "--apply", "--allow-restart", "--record="+recordFile(t))
		a.wants(out, "not applied: StatefulSet/"+name, c.says, "kind: Component", "path: /spec/template/spec/containers/0/resources/limits/memory", "value: 2560Mi")
		a.wants(errs, "nothing was applied")
		if now := a.get(sets, name, "metadata", "resourceVersion"); now != version {
			t.Errorf("%s was written", name)
		}
	}
	// What is free is applied all the same, and the exit code tells that not all was.
	a.worker("free-worker", "")
	out, _ := a.run(plugin.ExitFailed, "tune", "--apply", "--record="+recordFile(t))
	a.wants(out, "free-worker in namespace "+a.ns+": applied")
}

// TestWhatRestartsWaitsForLeave: an application that runs is not killed by the way.
func TestWhatRestartsWaitsForLeave(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: running}, spec: {"+applicationSpec+"}}")
	a.patch(kubeflows, "running", "spark-operator", `{"status":{"applicationState":{"state":"RUNNING"}}}`)
	a.worker("spark-worker", "")
	a.patch(sets, "spark-worker/status", "kube-controller-manager", `{"status":{"replicas":3}}`)
	out, _ := a.run(plugin.ExitFailed, "fix", "--apply", "--record="+recordFile(t))
	a.wants(out, "not applied: SparkApplication/running", "kills the application (running) and runs it again; add --allow-restart", "rolling restart of 3 pods; add --allow-restart")
	dry, notes := a.run(0, "fix", "--apply", "--dry-run=server") // shows them as they would be written, and what that takes
	a.wants(dry, "SparkApplication/running in namespace "+a.ns+": the operator kills the application (running) and runs it again\n", "rolling restart of 3 pods\n")
	a.wants(notes, "note: to write it, add --allow-restart: ", "; and 1 more object", "dry run: ")
	if managers := a.get(kubeflows, "running", "metadata", "managedFields") + a.get(sets, "spark-worker", "metadata", "managedFields"); strings.Contains(managers, "kubectl-spark") {
		t.Errorf("something was written: %s", managers)
	}
}

// TestADryRunKeepsNothing, neither in the cluster nor in a record.
func TestADryRunKeepsNothing(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	version := a.get(sets, "spark-worker", "metadata", "resourceVersion")
	record := recordFile(t)
	for _, kind := range []string{"client", "server"} {
		out, errs := a.run(0, "tune", "--apply", "--dry-run="+kind, "--record="+record)
		a.wants(out, "StatefulSet/spark-worker", "768Mi → 2560Mi")
		a.wants(errs, "dry run: ")
	}
	if _, err := os.Stat(record); err == nil || a.get(sets, "spark-worker", "metadata", "resourceVersion") != version {
		t.Errorf("%v; version %s", err, version)
	}
}

// TestAReaderGetsThePlanAndTheMissingRight.
func TestAReaderGetsThePlanAndTheMissingRight(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	config, err := a.cp.UserConfig("reader-" + a.ns)
	if err != nil {
		t.Fatal(err)
	}
	if a.kubeconfig, err = a.cp.WriteKubeconfig("reader-"+a.ns, a.ns, config); err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "read"}, Rules: []rbacv1.PolicyRule{{Verbs: []string{"get", "list"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}}
	if _, err := a.cp.Client().RbacV1().Roles(a.ns).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "read"}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "read"},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: "reader-" + a.ns}}}
	if _, err := a.cp.Client().RbacV1().RoleBindings(a.ns).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	out, errs := a.run(plugin.ExitFailed, "tune", "--apply", "--record="+recordFile(t))
	a.wants(out, "StatefulSet/spark-worker", "768Mi → 2560Mi")
	if want := "error: a right is missing: patch statefulsets.apps in namespace " + a.ns + "; nothing was applied\n"; !strings.HasSuffix(errs, want) {
		t.Errorf("%q, want %q", errs, want)
	}
}

// TestASecretStaysOutOfTheRecord, and out of what is shown: such a change is left out, or made without a record.
func TestASecretStaysOutOfTheRecord(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	const secret = "kP2v9QxWmZ7hunter2"
	a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: hidden}, spec: {"+strings.Replace(applicationSpec, "-Da=b", "-Ddb.password="+secret, 1)+"}}")
	record := recordFile(t)
	for _, kind := range []string{"client", "server"} {
		out, _ := a.run(plugin.ExitFailed, "fix", "--apply", "--dry-run="+kind, "--record="+record)
		a.wants(out, "the record would hold the secret in spec.executor.javaOptions")
	}
	out, errs := a.run(plugin.ExitFailed, "fix", "--apply", "--record="+record)
	a.wants(out, "not applied: SparkApplication/hidden", "the record would hold the secret in spec.executor.javaOptions", "--record=none")
	text, _ := os.ReadFile(record)
	if strings.Contains(out+errs+string(text), "hunter2") {
		t.Errorf("the secret is told: %s%s%s", out, errs, text)
	}
	out, errs = a.run(0, "fix", "--apply", "--record=none")
	a.wants(out, "SparkApplication/hidden in namespace "+a.ns+": applied")
	if strings.Contains(out+errs, "hunter2") || !strings.Contains(a.get(kubeflows, "hidden", "spec"), secret) {
		t.Errorf("the secret is told, or lost: %s%s", out, errs)
	}
}

// TestARollbackLeavesWhatOthersChanged, and names it.
func TestARollbackLeavesWhatOthersChanged(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: pi}, spec: {"+applicationSpec+"}}")
	record := recordFile(t)
	a.run(0, "tune", "--apply", "--record="+record)
	a.patch(kubeflows, "pi", "somebody", `{"spec":{"executor":{"memoryOverhead":"3g"}}}`)
	spec := a.get(kubeflows, "pi", "spec")
	out, errs := a.run(plugin.ExitFailed, "tune", "--rollback", record)
	a.wants(out, "not taken back: SparkApplication/pi", "spec.executor.memoryOverhead changed since it was applied")
	a.wants(errs, "nothing was taken back")
	if now := a.get(kubeflows, "pi", "spec"); now != spec {
		t.Errorf("it was changed: %s", now)
	}
}

// TestFixEndsWithTheCommandThatApplies what it shows, and that command does so as it is printed. Where nothing would be written it says why.
func TestFixEndsWithTheCommandThatApplies(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	t.Setenv("HOME", t.TempDir()) // of the records
	a.worker("spark-worker", "")
	server := []string{"--kubeconfig", a.kubeconfig, "--context=test", "--request-timeout=50s"}
	fix := func(args ...string) (line, errs string) {
		_, errs = a.run(0, append(append([]string{"fix"}, args...), server...)...)
		lines := strings.Split(strings.TrimSuffix(errs, "\n"), "\n")
		return lines[len(lines)-1], errs
	}
	line, errs := fix("SPK-P034", "--profile=restricted")
	a.wants(errs, "1 finding fixed in 1 object; nothing written yet\n")
	for _, word := range []string{"next: kubectl spark fix -n " + a.ns + " ", " --only=SPK-P034 ", " --profile=restricted", " --context=test", " --kubeconfig=" + a.kubeconfig, " --apply"} {
		a.wants(line+" ", word)
	}
	if strings.Contains(errs, "--allow-restart") {
		t.Errorf("no pod runs: %s", errs)
	}
	out, said := a.printed(errs, "next: ", 0)
	a.wants(out, "StatefulSet/spark-worker in namespace "+a.ns+": applied")
	a.wants(said, "to take it back: kubectl spark fix --undo ")
	a.printed(said, "to take it back: ", 0)

	// What runs is restarted: the command says so, and takes it.
	a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: running}, spec: {"+applicationSpec+"}}")
	a.patch(kubeflows, "running", "spark-operator", `{"status":{"applicationState":{"state":"RUNNING"}}}`)
	line, errs = fix("sparkapplication.sparkoperator.k8s.io/running")
	a.wants(line, "next: kubectl spark fix sparkapplication.sparkoperator.k8s.io/running -n "+a.ns, " --apply --allow-restart")
	a.wants(errs, "note: --allow-restart: SparkApplication/running in namespace "+a.ns+": the operator kills the application (running) and runs it again\n")
	out, _ = a.printed(errs, "next: ", 0)
	a.wants(out, "SparkApplication/running in namespace "+a.ns+": applied")

	// A command that would write nothing is not printed.
	a.worker("helm-worker", `, labels: {app.kubernetes.io/managed-by: Helm}`)
	line, errs = fix("statefulset/helm-worker")
	a.wants(errs, "note: --apply would write nothing: StatefulSet/helm-worker in namespace "+a.ns+": Helm owns it")
	if strings.Contains(line, "--apply") && strings.HasPrefix(line, "next: ") {
		t.Errorf("%s", errs)
	}
}
