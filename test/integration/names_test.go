package integration

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// operatorResource makes a custom resource definition of an operator's SparkApplication, and removes it after the test.
func operatorResource(t *testing.T, cp *controlplane.ControlPlane, group, version string, short ...string) {
	t.Helper()
	operatorKind(t, cp, group, version, "SparkApplication", short...)
}

// operatorKind makes a custom resource definition of a kind, and removes it after the test.
func operatorKind(t *testing.T, cp *controlplane.ControlPlane, group, version, kind string, short ...string) {
	t.Helper()
	singular := strings.ToLower(kind)
	names := ""
	if len(short) > 0 {
		names = "shortNames: [" + strings.Join(short, ", ") + "], "
	}
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	put(t, cp, crds, `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: `+singular+`s.`+group+`,
annotations: {api-approved.kubernetes.io: "https://github.com/kubernetes/enhancements/pull/1111"}},
spec: {group: `+group+`, scope: Namespaced, names: {`+names+`plural: `+singular+`s, singular: `+singular+`, kind: `+kind+`, listKind: `+kind+`List},
versions: [{name: `+version+`, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}`)
	t.Cleanup(func() { remove(t, cp, crds+"/"+singular+"s."+group) })
}

// ended makes the pod of a driver that has ended.
func ended(t *testing.T, cp *controlplane.ControlPlane, ns, name, app, phase string) {
	t.Helper()
	put(t, cp, "/api/v1/namespaces/"+ns+"/pods", `{metadata: {name: `+name+`, labels: {spark-role: driver, spark-app-selector: `+app+`, spark-app-name: night, spark-version: 3.5.6}},
spec: {restartPolicy: Never, containers: [{name: spark-kubernetes-driver, image: "apache/spark:3.5.6", args: [driver], livenessProbe: {tcpSocket: {port: 7078}}}]}}`)
	if _, err := cp.Client().CoreV1().Pods(ns).Patch(t.Context(), name, types.MergePatchType, []byte(`{"status":{"phase":"`+phase+`"}}`), metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
}

// TestEveryNameThatIsPrintedIsAnArgument: as doctor, fix, tune and explain memory print it, and as kubectl has it.
func TestEveryNameThatIsPrintedIsAnArgument(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	for _, c := range []struct {
		workload string
		names    [][]string
	}{
		{ns + "/etl", [][]string{{"etl"}, {ns + "/etl"}, {"spark-1"}, {ns + "/spark-1"}, {"etl-driver"}, {"etl-exec-2"}, {"pod/etl-driver"}, {"po/etl-driver"}, {"pods/etl-driver"}, {"pod", "etl-driver"}, {ns + "/etl (spark-1)"}}},
		{ns + "/spark-worker", [][]string{{"spark-worker"}, {ns + "/spark-worker"}, {"statefulset/spark-worker"}, {"sts/spark-worker"}, {"statefulset.apps/spark-worker"}, {"StatefulSet/spark-worker"}, {"statefulsets.v1.apps/spark-worker"}, {"sts", "spark-worker"}}},
	} {
		for _, names := range c.names {
			where := []string{"-n", ns}
			if strings.HasPrefix(names[0], ns) {
				where = nil // the name says it
			}
			for _, command := range [][]string{{"doctor", "--fail-on=never"}, {"fix", "--all"}, {"tune"}, {"explain", "memory"}} {
				args := append(append(command, names...), where...)
				code, out, errs := runPlugin(t, cp.Kubeconfig(), args...)
				other := strings.Replace("etlspark-worker", c.workload[len(ns)+1:], "", 1)
				if code != 0 || !strings.Contains(out+errs, c.workload) || strings.Contains(out+errs, ns+"/"+other) {
					t.Errorf("%q: exit code %d\n%s%s", args, code, out, errs)
				}
			}
		}
	}
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "etl", "sts/spark-worker", "-n", ns, "-o", "json", "--fail-on=never"); code != 0 || reportOf(t, out).Summary.Workloads != 2 || reportOf(t, out).Summary.Pods != 4 {
		t.Errorf("a name and a type: exit code %d\n%s%s", code, out, errs)
	}
}

// TestEveryNameThatDoctorPrintsIsAnArgument, of examples of all launchers on the cluster: titles of workloads, objects of findings, and what -o name
// lists. The names are those of the output, so that a new form of them is tried too.
func TestEveryNameThatDoctorPrintsIsAnArgument(t *testing.T) {
	cp := shared.Get(t)
	live, examples := sparkNamespace(t, cp), cp.NewNamespace(t)
	for _, kind := range []struct{ group, version, kind string }{
		{"sparkoperator.k8s.io", "v1beta2", "SparkApplication"}, {"sparkoperator.k8s.io", "v1beta2", "ScheduledSparkApplication"}, {"sparkoperator.k8s.io", "v1alpha1", "SparkConnect"},
		{"spark.stackable.tech", "v1alpha1", "SparkApplication"}, {"spark.apache.org", "v1", "SparkApplication"},
		{"spark.stackable.tech", "v1alpha1", "SparkHistoryServer"}, {"spark.stackable.tech", "v1alpha1", "SparkConnectServer"}, {"spark.apache.org", "v1", "SparkCluster"},
	} {
		operatorKind(t, cp, kind.group, kind.version, kind.kind)
	}
	for _, file := range []string{"kubeflow.yaml", "kubeflow-kinds.yaml", "stackable.yaml", "apache.yaml", "standalone.yaml", "servers.yaml", "native.yaml", "submissions.yaml", "bitnami.yaml"} {
		example(t, cp, examples, file)
	}
	workloads, printed := 0, 0
	for _, ns := range []string{live, examples} {
		_, out, _ := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "--all", "-o", "json")
		r := reportOf(t, out)
		names := map[string]string{} // the workload of each; "" where the output does not say it
		_, list, _ := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "--all", "-o", "name")
		for name := range strings.FieldsSeq(list) {
			names[name] = ""
		}
		for _, w := range r.Workloads {
			names[w.Name], names[strings.TrimPrefix(w.Name, ns+"/")] = w.Name, w.Name
		}
		for _, f := range r.Findings {
			names[f.Subject.String()] = f.Workload
		}
		workloads, printed = workloads+r.Summary.Workloads, printed+len(names)
		for name, workload := range names {
			for _, command := range [][]string{{"doctor", "--fail-on=never"}, {"fix", "--all"}, {"tune"}, {"explain", "memory"}} {
				args := append(command, name, "-n", ns)
				if code, out, errs := runPlugin(t, cp.Kubeconfig(), args...); code != 0 || !strings.Contains(out+errs, workload) {
					t.Errorf("%q of %s: exit code %d\n%s%s", args, workload, code, out, errs)
				}
			}
		}
	}
	if workloads < 15 || printed < 40 {
		t.Errorf("%d workloads, %d names", workloads, printed)
	}
}

// example makes the objects of a file of examples in a namespace.
func example(t *testing.T, cp *controlplane.ControlPlane, ns, file string) {
	t.Helper()
	text, err := os.ReadFile("../../examples/faulty/" + file)
	if err != nil {
		t.Fatal(err)
	}
	path := cp.Kubeconfig()
	getter := genericclioptions.NewConfigFlags(false)
	getter.KubeConfig = &path
	made := 0
	err = resource.NewBuilder(getter).Unstructured().Stream(bytes.NewReader(bytes.ReplaceAll(text, []byte("namespace: lab"), []byte("namespace: "+ns))), file).
		NamespaceParam(ns).DefaultNamespace().Flatten().Do().Visit(func(info *resource.Info, err error) error {
		if err != nil {
			return err
		}
		made++
		_, err = resource.NewHelper(info.Client, info.Mapping).Create(ns, true, info.Object)
		return err
	})
	if err != nil || made == 0 {
		t.Fatalf("%s: %d objects, %v", file, made, err)
	}
}

// TestANameThatIsNotThere: where it was looked for, what it was likely meant for, and where else there is one.
func TestANameThatIsNotThere(t *testing.T) {
	cp := shared.Get(t)
	ns, empty := sparkNamespace(t, cp), cp.NewNamespace(t)
	for _, c := range []struct{ name, namespace, want string }{
		{"elt", ns, `no Spark workload is called "elt" in namespace "` + ns + `"; did you mean etl?`},
		{"spark-wroker", ns, "; did you mean spark-worker?"},
		{"nobody", ns, `no Spark workload is called "nobody" in namespace "` + ns + `"; it has etl, spark-worker`},
		{"etl", empty, `in namespace "` + empty + `"; there is `},
		{"sts/spark-wroker", ns, `statefulset "spark-wroker" not found in namespace "` + ns + `"; did you mean spark-worker?`},
		{empty + "/etl", ns, `no Spark workload is called "etl" in namespace "` + empty + `"`},
		{"nobody", empty, `no Spark workload is called "nobody" in namespace "` + empty + `"; no other was found there: choose another namespace with -n`},
		{"nobody", ns + "x", `error: namespace "` + ns + `x" does not exist; did you mean ` + ns},
		{"sts/nobody", ns + "x", `error: namespace "` + ns + `x" does not exist; did you mean ` + ns},
		{"nobody", "no-namespace-is-called-like-this", `error: namespace "no-namespace-is-called-like-this" does not exist: choose another with -n`},
		{"sts/nobody", ns, `statefulset "nobody" not found in namespace "` + ns + `"; there is spark-worker`},
		{"sts/nobody", empty, `statefulset "nobody" not found in namespace "` + empty + `": check the name and -n`},
		{"a/b/c", ns, `"a/b/c" names nothing: give NAME, NAMESPACE/NAME or TYPE/NAME`},
	} {
		for _, command := range []string{"doctor", "fix", "tune"} {
			if code, out, errs := runPlugin(t, cp.Kubeconfig(), command, c.name, "-n", c.namespace); code != plugin.ExitFailed || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.want) {
				t.Errorf("%s %s: exit code %d\n%s%s", command, c.name, code, out, errs)
			}
		}
	}
}

// TestOneTypeOfTwoOperators: sparkapplication/x is resolved by which of them has it.
func TestOneTypeOfTwoOperators(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	operatorResource(t, cp, "sparkoperator.k8s.io", "v1beta2", "sparkapp")
	operatorResource(t, cp, "spark.apache.org", "v1")
	const kubeflow, apache = "/apis/sparkoperator.k8s.io/v1beta2/namespaces/", "/apis/spark.apache.org/v1/namespaces/"
	spec := `spec: {type: Scala, mode: cluster, sparkVersion: 3.5.6, driver: {cores: 1, memory: 1g}, executor: {cores: 1, memory: 1g, instances: 1}}}`
	put(t, cp, kubeflow+ns+"/sparkapplications", "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: pi}, "+spec)
	put(t, cp, kubeflow+ns+"/sparkapplications", "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: both}, "+spec)
	for _, name := range []string{"sum", "both"} {
		put(t, cp, apache+ns+"/sparkapplications", "{apiVersion: spark.apache.org/v1, kind: SparkApplication, metadata: {name: "+name+"}, spec: {runtimeVersions: {sparkVersion: 4.0.1}, mainClass: a.B, sparkConf: {spark.executor.memory: 1g}}}")
	}
	launcher := func(name string) (string, string) {
		code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", name, "-n", ns, "-o", "json", "--fail-on=never")
		if code != 0 {
			return "", errs
		}
		r := reportOf(t, out)
		if len(r.Workloads) != 1 {
			return fmt.Sprint(r.Workloads), errs
		}
		return r.Workloads[0].Launcher, errs
	}
	for name, want := range map[string]string{"sparkapplication/pi": "kubeflow", "sparkapp/pi": "kubeflow", "sparkapplications/sum": "apache", "SparkApplication/sum": "apache", "pi": "kubeflow", "sum": "apache",
		"sparkapplication.sparkoperator.k8s.io/both": "kubeflow", "sparkapplication.spark.apache.org/both": "apache", "sparkapplications.v1.spark.apache.org/both": "apache"} {
		// A server tells of a new type a moment after it has it.
		var got, errs string
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
			if got, errs = launcher(name); got == want {
				break
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q: %s", name, got, want, errs)
		}
	}
	if _, errs := launcher("sparkapplication/both"); !strings.Contains(errs, "give sparkapplication.spark.apache.org/both or sparkapplication.sparkoperator.k8s.io/both") {
		t.Errorf("both have it: %s", errs)
	}
	if _, errs := launcher("sparkapplication/pie"); !strings.Contains(errs, `sparkapplication "pie" of spark.apache.org or sparkoperator.k8s.io not found in namespace "`+ns+`"; did you mean pi?`) {
		t.Errorf("none has it: %s", errs)
	}
}

// TestEndedApplications are named, and judged where they are asked for.
func TestEndedApplications(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	ended(t, cp, ns, "night-1-driver", "spark-n1", "Succeeded")
	ended(t, cp, ns, "night-2-driver", "spark-n2", "Failed")
	for name, pods := range map[string]int{"night": 1, "night-1-driver": 1, "spark-n2": 1, "pod/night-2-driver": 1, ns + "/night": 1} {
		if code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", name, "-n", ns, "-o", "json", "--fail-on=never"); code != 0 || reportOf(t, out).Summary.Pods != pods || len(reportOf(t, out).Findings) == 0 {
			t.Errorf("%s: exit code %d\n%s%s", name, code, out, errs)
		}
	}
	for _, command := range []string{"doctor", "fix", "tune"} {
		const want = "1 application has ended and was not checked: %[1]s/night-1-driver (succeeded); name it to check it"
		if _, out, errs := runPlugin(t, cp.Kubeconfig(), command, "-n", ns); !strings.Contains(errs, fmt.Sprintf(want, ns)) || strings.Contains(out+errs, "no Spark workloads in namespace") {
			t.Errorf("%s\n%s%s", command, out, errs)
		}
	}
	if _, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json"); reportOf(t, out).Summary.Workloads != 1 || reportOf(t, out).Workloads[0].State != "failed" {
		t.Errorf("the last run has failed, and is checked: %s%s", out, errs)
	}
	// One that ran again is the one that runs, and the others have ended.
	put(t, cp, "/api/v1/namespaces/"+ns+"/pods", `{metadata: {name: night-3-driver, labels: {spark-role: driver, spark-app-selector: spark-n3, spark-app-name: night, spark-version: 3.5.6}},
spec: {restartPolicy: Never, containers: [{name: spark-kubernetes-driver, image: "apache/spark:3.5.6", args: [driver]}]}}`)
	if _, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "night", "-n", ns, "-o", "jsonpath={.findings[0].subject.name}"); out != "night-3-driver" {
		t.Errorf("night is %q: %s", out, errs)
	}
}

// TestNothingFoundNamesWhereElse: the namespace that was looked at, and those that have workloads.
func TestNothingFoundNamesWhereElse(t *testing.T) {
	cp := shared.Get(t)
	empty := cp.NewNamespace(t)
	sparkNamespace(t, cp)
	sparkNamespace(t, cp)
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", empty); code != 0 || !regexp.MustCompile(`^· no Spark workloads in namespace "`+empty+`"; [0-9]+ namespaces have some: try -A · [0-9.]+ s\n$`).MatchString(out) || errs != "" {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if _, out, _ := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", empty, "-l", "a=b"); !strings.Contains(out, `no Spark workloads with labels a=b in namespace`) {
		t.Errorf("with labels: %s", out)
	}
}

// TestANamespaceThatDoesNotExistIsAnError, and where that may not be read it is said.
func TestANamespaceThatDoesNotExistIsAnError(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	who := listsWorkloads(t, cp, ns)
	for _, command := range [][]string{{"doctor"}, {"doctor", "-o", "json"}, {"doctor", "-l", "a=b"}, {"fix"}, {"fix", "--apply", "--record=none"}, {"tune"}, {"tune", "--apply", "--record=none"}} {
		args := append(command, "-n", ns+"x")
		if code, out, errs := runPlugin(t, cp.Kubeconfig(), args...); code != plugin.ExitFailed || out != "" || !strings.HasPrefix(errs, `error: namespace "`+ns+`x" does not exist; did you mean `+ns) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit code %d\n%s%s", args, code, out, errs)
		}
		if _, out, errs := runPlugin(t, who, args...); !strings.Contains(out+errs, `whether it exists was not checked: get namespaces is forbidden (grant: get,list namespaces in the cluster)`) && !slices.Contains(args, "json") {
			t.Errorf("without the right %q:\n%s%s", args, out, errs)
		}
	}
}

// listsWorkloads is the kubeconfig of an account that may list workloads in all namespaces, and get no namespace.
func listsWorkloads(t *testing.T, cp *controlplane.ControlPlane, ns string) string {
	t.Helper()
	const name = "lists-workloads"
	who := viewer(t, cp, ns, name, false)
	const rbac = "/apis/rbac.authorization.k8s.io/v1/"
	put(t, cp, rbac+"clusterroles", `{metadata: {name: `+name+`}, rules: [{apiGroups: ["", apps, batch], verbs: [get, list],
resources: [pods, replicationcontrollers, statefulsets, deployments, replicasets, jobs, cronjobs, configmaps]}]}`)
	put(t, cp, rbac+"clusterrolebindings", `{metadata: {name: `+name+`}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: `+name+`},
subjects: [{kind: ServiceAccount, namespace: `+ns+`, name: `+name+`}]}`)
	t.Cleanup(func() {
		remove(t, cp, rbac+"clusterrolebindings/"+name)
		remove(t, cp, rbac+"clusterroles/"+name)
	})
	return who
}

// TestLiveCommandsThatArePrintedRun: with the context, kubeconfig, namespace, profile and names of the run that printed them.
func TestLiveCommandsThatArePrintedRun(t *testing.T) {
	t.Setenv("HOME", t.TempDir()) // of the records of what is applied
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	commands := func(args ...string) (all [][]string) {
		var o, e bytes.Buffer
		root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &o, ErrOut: &e}, rulebook.New, "test")
		root.SetArgs(args)
		if code := plugin.Execute(t.Context(), root); code == plugin.ExitFailed {
			t.Fatalf("%q: exit code %d\n%s%s", args, code, o.String(), e.String())
		}
		for _, line := range strings.Split(o.String()+e.String(), "\n") {
			for _, part := range strings.Split(line, "kubectl spark ")[1:] {
				part, _, _ = strings.Cut(part, "   ")
				part, _, _ = strings.Cut(part, `"`)
				all = append(all, strings.Fields(strings.ReplaceAll(part, "'", "")))
			}
		}
		return all
	}
	server := []string{"--kubeconfig", cp.Kubeconfig(), "--context", "test", "--request-timeout", "50s"}
	for _, args := range [][]string{{"doctor", "-n", ns, "-o", "wide"}, {"doctor", "-n", ns, "-o", "json", "--profile=restricted"}, {"doctor", "etl", "-n", ns}, {"doctor", ns + "/spark-worker", "--profile=restricted"},
		{"doctor", "sts/spark-worker", "-n", ns, "-l", ""}, {"fix", "-n", ns}, {"tune", "-n", ns}, {"tune", "etl", "-n", ns}, {"tune", "-A", "-l", "spark-role=driver"}} {
		printed := commands(append(args, server...)...)
		if len(printed) == 0 {
			t.Errorf("%q prints no command", args)
		}
		for _, words := range printed {
			if words[0] == "explain" {
				continue
			}
			if line := strings.Join(words, " "); !strings.Contains(line, "--kubeconfig="+cp.Kubeconfig()) || !strings.Contains(line, "--context=test") || !strings.Contains(line, "--request-timeout=50s") ||
				slices.Contains(args, "--profile=restricted") && !strings.Contains(line, "--profile=restricted") {
				t.Errorf("%q prints %s", args, line)
			}
			if line := strings.Join(words, " ") + " "; words[0] != "install" && !strings.Contains(line, " -n "+ns+" ") && !strings.Contains(line, " "+ns+"/") && !(slices.Contains(args, "-A") && slices.Contains(words, "-A")) {
				t.Errorf("%q prints %s, without its namespace", args, line)
			}
			commands(words...)
		}
	}
}

// TestAPrintedCommandNamesAServerWithoutItsPassword: without the flag it would reach the server of the kubeconfig, and with it so filled in
// it reaches the same.
func TestAPrintedCommandNamesAServerWithoutItsPassword(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	const password = "kP2v9QxWmZ7hunter2"
	var calls, wrong atomic.Int32
	address, err := clientcmd.BuildConfigFromFlags("", overheard(t, cp.Config(), "default", func(r *http.Request) {
		calls.Add(1)
		if _, given, _ := r.BasicAuth(); given != password {
			wrong.Add(1)
		}
		r.Header.Del("Authorization")
	}))
	if err != nil {
		t.Fatal(err)
	}
	server := strings.Replace(address.Host, "://", "://admin:"+password+"@", 1)
	code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "--fail-on=never", "--server="+server)
	_, next, _ := strings.Cut(strings.Join(strings.Fields(out), " "), "next: kubectl spark ")
	next, _, _ = strings.Cut(next, " explain:")
	if want := "--server='" + strings.Replace(server, password, "(masked)", 1) + "'"; code != 0 || !strings.Contains(next, want) || strings.Contains(out+errs, password) ||
		strings.Count(errs, "note: printed commands have --server with its secret masked: fill it in before you run them\n") != 1 {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	calls.Store(0)
	args := strings.Fields(strings.NewReplacer("(masked)", password, "'", "").Replace(next))
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), args...); code != 0 || !strings.Contains(out, "+++ ") || calls.Load() == 0 || wrong.Load() > 0 {
		t.Errorf("%q: exit code %d after %d calls, %d of them with another password\n%s%s", args, code, calls.Load(), wrong.Load(), out, errs)
	}
}
