package carry

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

const editedText = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: a, labels: {team: a}}
spec:
  type: Scala
  sparkVersion: 3.5.6
  image: apache/spark:3.5.6
  volumes:
  - name: scratch
    emptyDir: {}
  - name: root
    hostPath: {path: /}
  - name: data
    persistentVolumeClaim: {claimName: data}
  sparkConf:
    spark.kubernetes.driver.volumes.hostPath.h.mount.path: /h
    spark.kubernetes.driver.volumes.hostPath.h.options.path: /
  driver:
    cores: 1
    coreLimit: 1200m
    memory: 1g
    hostNetwork: true
    labels: {app: a}
    securityContext: {privileged: true, runAsUser: 0}
    volumeMounts:
    - {name: root, mountPath: /host}
    - {name: data, mountPath: /data}
    sidecars:
    - {name: proxy, image: envoy, securityContext: {privileged: true}}
  executor:
    coreLimit: "2"
    javaOptions: -Da=b -XX:+UseConcMarkSweepGC "-Dc=d e"
    volumeMounts:
    - {name: root, mountPath: /host}
    - {name: scratch, mountPath: /tmp}
    template:
      spec:
        containers:
        - name: spark-kubernetes-executor
          livenessProbe: {tcpSocket: {port: 7079}}
`

// TestWishesGoWhereThePodsFieldsComeFrom: each wish for the driver's or the executors' pod gives the text of the resource
// that stands behind it, in place of the one in front.
func TestWishesGoWhereThePodsFieldsComeFrom(t *testing.T) {
	for _, c := range []struct {
		name     string
		driver   []Wish
		executor []Wish
		changes  []string // old and new, one after the other
		refused  string
	}{
		{name: "a field of the section", driver: []Wish{{Op: patch.Replace, Path: at("/spec/containers/0/securityContext/privileged"), Value: []byte("false")}},
			changes: []string{"securityContext: {privileged: true, runAsUser: 0}", "securityContext: {privileged: false, runAsUser: 0}"}},
		{name: "a field beside one of the section", driver: []Wish{{Path: at("/spec/containers/0/securityContext/runAsNonRoot"), Value: []byte("true")}},
			changes: []string{"runAsUser: 0}", "runAsUser: 0, runAsNonRoot: true}"}},
		{name: "a switch of the section", driver: []Wish{{Op: patch.Remove, Path: at("/spec/hostNetwork")}},
			changes: []string{"    hostNetwork: true\n", ""}},
		{name: "a field that becomes a setting, as text", driver: []Wish{{Op: patch.Replace, Path: at("/spec/containers/0/resources/limits/cpu"), Value: []byte(`"2"`)}},
			changes: []string{"coreLimit: 1200m", `coreLimit: "2"`}},
		{name: "a number that becomes a setting", driver: []Wish{{Op: patch.Replace, Path: at("/spec/containers/0/resources/requests/cpu"), Value: []byte(`"2"`)}},
			changes: []string{"cores: 1\n", "cores: 2\n"}},
		{name: "a setting is taken out", executor: []Wish{{Op: patch.Remove, Path: at("/spec/containers/0/resources/limits/cpu")}},
			changes: []string{"    coreLimit: \"2\"\n", ""}},
		{name: "a sidecar", driver: []Wish{{Op: patch.Replace, Path: at("/spec/containers/1/securityContext/privileged"), Value: []byte("false")}},
			changes: []string{"envoy, securityContext: {privileged: true}", "envoy, securityContext: {privileged: false}"}},
		{name: "a mount, then one behind it", driver: []Wish{
			{Op: patch.Remove, Path: at("/spec/containers/0/volumeMounts/2")},
			{Op: patch.Replace, Path: at("/spec/containers/0/volumeMounts/2/mountPath"), Value: []byte(`"/d"`)}},
			changes: []string{"    - {name: root, mountPath: /host}\n    - {name: data, mountPath: /data}", "    - {name: data, mountPath: /d}"}},
		{name: "a volume that both pods share", driver: []Wish{{Op: patch.Remove, Path: at("/spec/volumes/2")}, {Op: patch.Replace, Path: at("/spec/volumes/2/persistentVolumeClaim/claimName"), Value: []byte(`"d"`)}},
			executor: []Wish{{Op: patch.Remove, Path: at("/spec/volumes/0")}, {Op: patch.Replace, Path: at("/spec/volumes/0/name"), Value: []byte(`"s"`)}},
			changes:  []string{"  - name: root\n    hostPath: {path: /}\n", "", "claimName: data", "claimName: d", "name: scratch\n", "name: s\n"}},
		{name: "a probe of the template", executor: []Wish{{Op: patch.Remove, Path: at("/spec/containers/0/livenessProbe")}},
			changes: []string{"          livenessProbe: {tcpSocket: {port: 7079}}\n", ""}},
		{name: "one option of several", executor: []Wish{{Op: patch.Remove, Path: at("/spec/containers/0/env/4")}},
			changes: []string{"-XX:+UseConcMarkSweepGC ", ""}},
		{name: "another option in its place", executor: []Wish{{Op: patch.Replace, Path: at("/spec/containers/0/env/4/value"), Value: []byte(`"-XX:+UseG1GC"`)}},
			changes: []string{"-XX:+UseConcMarkSweepGC ", "-XX:+UseG1GC "}},
		{name: "a path of a setting", driver: []Wish{{Op: patch.Replace, Path: at("/spec/volumes/1/hostPath/path"), Value: []byte(`"/var"`)}},
			changes: []string{"options.path: /\n", "options.path: /var\n"}},
		{name: "one of several settings", driver: []Wish{{Op: patch.Remove, Path: at("/spec/volumes/1")}}, refused: "which decides about more than this"},
		{name: "memory follows from more than one field", driver: []Wish{{Op: patch.Replace, Path: at("/spec/containers/0/resources/limits/memory"), Value: []byte(`"2Gi"`)}}, refused: "which decides about more than this"},
		{name: "what Spark sets", driver: []Wish{{Op: patch.Replace, Path: at("/spec/restartPolicy"), Value: []byte(`"Always"`)}}, refused: "set by Spark"},
		{name: "a label of the resource", driver: []Wish{{Op: patch.Replace, Path: at("/metadata/labels/team"), Value: []byte(`"b"`)}},
			changes: []string{"labels: {team: a}", "labels: {team: b}"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := opened(t, editedText)
			d := f.Docs[0]
			var orders []Order
			for i, wishes := range [][]Wish{c.driver, c.executor} {
				for j := range wishes {
					wishes[j].Name = "a"
				}
				orders = append(orders, Order{Slot: &d.Slots[i], Wishes: wishes})
			}
			ops, refused := Object(f, d, orders, false)
			for _, no := range append(refused[0], refused[1]...) {
				if c.refused == "" || !strings.Contains(no.Reason, c.refused) {
					t.Errorf("refused: %s", no.Reason)
				}
			}
			if c.refused != "" && len(refused[0]) == 0 {
				t.Error("it is not refused")
			}
			if len(ops) > 0 {
				if err := f.Edit(d, ops); err != nil {
					t.Fatal(err)
				}
			}
			want := editedText
			for i := 0; i < len(c.changes); i += 2 {
				if !strings.Contains(want, c.changes[i]) {
					t.Fatalf("no %q", c.changes[i])
				}
				want = strings.Replace(want, c.changes[i], c.changes[i+1], 1)
			}
			if got := string(f.Bytes()); got != want {
				t.Errorf("%s", patch.Unified("a.yaml", []byte(want), []byte(got)))
			}
		})
	}
}

// TestInjectChangesNothingThatAUserWrote: with undo, corrections are refused.
func TestInjectChangesNothingThatAUserWrote(t *testing.T) {
	f := opened(t, editedText)
	wishes := []Wish{
		{Name: "a", Op: patch.Replace, Path: at("/spec/containers/0/securityContext/privileged"), Value: []byte("false")},
		{Name: "b", Op: patch.Remove, Path: at("/spec/hostNetwork")},
	}
	ops, refused := Object(f, f.Docs[0], []Order{{Slot: &f.Docs[0].Slots[0], Wishes: wishes}}, true)
	if len(ops) > 0 || len(refused[0]) != 2 {
		t.Errorf("%v %v", ops, refused)
	}
}

// TestOptionsReachTheJVM: where monitoring or the section's own javaOptions stand over sparkConf's, options are read from and
// written to javaOptions, and the operator's agent is not written.
func TestOptionsReachTheJVM(t *testing.T) {
	const head = "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: a, namespace: b}\nspec:\n  sparkVersion: 3.5.6\n  sparkConf: {spark.executor.extraJavaOptions: -Ddead=1}\n"
	const monitoring = "  monitoring: {exposeDriverMetrics: true, exposeExecutorMetrics: true, prometheus: {jmxExporterJar: /a.jar, port: 8091}}\n"
	const agent = "-javaagent:/a.jar=8091:/etc/metrics/conf/prometheus.yaml"
	for _, c := range []struct{ name, text, reads, carried, changed string }{
		{"sparkConf alone", head + "  executor: {cores: 1}\n", "-Ddead=1", "sparkConf: {spark.executor.extraJavaOptions: -Ddead=1 -Dx=y}", "sparkConf: {spark.executor.extraJavaOptions: -Dx=y}"},
		{"javaOptions", head + "  executor: {javaOptions: -Da=b}\n", "-Da=b", "javaOptions: -Da=b -Dx=y", "javaOptions: -Dx=y"},
		{"monitoring", head + "  executor: {cores: 1}\n" + monitoring, agent, "executor: {cores: 1, javaOptions: -Dx=y}", "executor: {cores: 1, javaOptions: -Dx=y}"},
		{"both", head + "  executor: {javaOptions: -Da=b}\n" + monitoring, "-Da=b " + agent, "javaOptions: -Da=b -Dx=y", "javaOptions: -Dx=y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := opened(t, c.text)
			if got := f.Docs[0].Conf[spark.KeyExecutorOptions].Value; got != c.reads {
				t.Errorf("reads %q, want %q", got, c.reads)
			}
			again := func(f *source.File, d *workload.Document) error {
				ops, refused := Object(f, d, []Order{{Slot: &d.Slots[1], Wishes: []Wish{{Name: "a", Token: "-Dx=y", Env: spark.Channel(spark.Executor)}}}}, true)
				if len(refused[0]) > 0 {
					return fmt.Errorf("%v", refused)
				}
				return f.Edit(d, ops)
			}
			if err := again(f, f.Docs[0]); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(f.Bytes()), c.carried) {
				t.Errorf("no %q in\n%s", c.carried, f.Bytes())
			}
			if strings.Contains(string(f.Bytes()), agent) {
				t.Error("the agent is written")
			}
			if _, kept, had, err := UndoObject(f, f.Docs[0], again); !had || len(kept) > 0 || err != nil || string(f.Bytes()) != c.text {
				t.Errorf("it is not given back: %v %v\n%s", kept, err, patch.Unified("a.yaml", []byte(c.text), f.Bytes()))
			}

			value := "-Dx=y"
			if strings.Contains(c.reads, agent) {
				value = agent + " -Dx=y" // as a change of what is read may have it
			}
			f = opened(t, c.text)
			ops, no := eachAlone(f.Docs[0], []spark.Change{{Key: spark.KeyExecutorOptions, Value: value}})
			if err := f.Edit(f.Docs[0], ops); err != nil || len(no) > 0 {
				t.Fatal(err, no)
			}
			if !strings.Contains(string(f.Bytes()), c.changed) || strings.Contains(string(f.Bytes()), agent) {
				t.Errorf("no %q in\n%s", c.changed, f.Bytes())
			}
		})
	}
}

func at(pointer string) patch.Path {
	p, err := patch.ParsePointer(pointer)
	if err != nil {
		panic(err)
	}
	return p
}
