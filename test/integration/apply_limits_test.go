package integration

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/plugin"
)

func (a *applied) record(path string) *apply.Record {
	a.Helper()
	r, err := apply.OpenRecord(path)
	if err != nil {
		a.Fatal(err)
	}
	return r
}

// printed runs the command that a text has behind words, and wants an exit code.
func (a *applied) printed(text, behind string, want int) (out, errs string) {
	a.Helper()
	_, line, found := strings.Cut(text, behind+"kubectl spark ")
	if !found {
		a.Fatalf("no command behind %q in\n%s", behind, text)
	}
	line, _, _ = strings.Cut(line, "\n")
	code, out, errs := runPlugin(a.T, a.kubeconfig, strings.Fields(line)...)
	if code != want {
		a.Fatalf("%s: exit code %d, want %d\n%s%s", line, code, want, out, errs)
	}
	return out, errs
}

// TestAWriteOfWhichTheServerDoesNotTellTheEnd is not taken for one that was not made: it can be taken back.
func TestAWriteOfWhichTheServerDoesNotTellTheEnd(t *testing.T) {
	for _, answer := range []string{
		`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcdserver: request timed out","reason":"Timeout","code":504}`,
		`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcdserver: leader changed","reason":"InternalError","code":500}`,
	} {
		a := newApplied(t)
		a.worker("spark-worker", "")
		spec, direct := a.get(sets, "spark-worker", "spec"), a.kubeconfig
		a.kubeconfig = forwarding(t, a.cp, func(w http.ResponseWriter, r *http.Request, forward func(http.ResponseWriter)) {
			if !writes(r) {
				forward(w)
				return
			}
			forward(httptest.NewRecorder())
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(map[bool]int{true: http.StatusGatewayTimeout, false: http.StatusInternalServerError}[strings.Contains(answer, "504")])
			_, _ = w.Write([]byte(answer))
		})
		record := recordFile(t)
		_, errs := a.run(plugin.ExitFailed, "tune", "--apply", "--record="+record)
		a.wants(errs, "etcdserver: ", "run the command again to complete it, or take it back: ")
		if r := a.record(record); len(r.Changes) != 1 || r.Changes[0].State != apply.Begun {
			t.Errorf("the record tells more than anybody knows: %+v", r.Changes[0])
		}
		a.kubeconfig = direct
		if a.get(sets, "spark-worker", "spec") == spec {
			t.Fatal("the server did not make the change")
		}
		out, _ := a.run(0, "tune", "--verify="+record, "-o", "json")
		a.wants(out, `"name": "StatefulSet/spark-worker in namespace `+a.ns+`"`, `"verdict": "as applied"`)
		a.run(0, "tune", "--rollback="+record)
		if now := a.get(sets, "spark-worker", "spec"); now != spec {
			t.Errorf("the spec is not what it was\n%s\n%s", spec, now)
		}
	}
}

// TestAnApplicationThatIsSubmittedMeanwhileIsNotKilled: what a change does to what runs is judged again with the new status.
func TestAnApplicationThatIsSubmittedMeanwhileIsNotKilled(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: pi}, spec: {"+applicationSpec+"}}")
	spec, submitted := a.get(kubeflows, "pi", "spec"), false
	a.kubeconfig = forwarding(t, a.cp, func(w http.ResponseWriter, r *http.Request, forward func(http.ResponseWriter)) {
		if writes(r) && !submitted {
			submitted = true
			a.patch(kubeflows, "pi", "spark-operator", `{"status":{"applicationState":{"state":"RUNNING"}}}`)
		}
		forward(w)
	})
	record := recordFile(t)
	_, errs := a.run(plugin.ExitFailed, "tune", "--apply", "--record="+record)
	a.wants(errs, "the operator kills the application (running) and runs it again", "0 of 1 object were applied")
	if now := a.get(kubeflows, "pi", "spec"); !submitted || now != spec {
		t.Errorf("submitted %v, and the spec is\n%s, was\n%s", submitted, now, spec)
	}
	if r := a.record(record); len(r.Changes) != 1 || r.Changes[0].State != apply.Failed || len(r.Newest(nil)) > 0 {
		t.Errorf("%+v", r)
	}
}

// TestTheCommandThatIsPrintedTakesBack what restarts pods, and what another manager set: without a question for what the record knows.
func TestTheCommandThatIsPrintedTakesBack(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	a.patch(sets, "spark-worker/status", "kube-controller-manager", `{"status":{"replicas":3}}`)
	spec := a.get(sets, "spark-worker", "spec")
	_, errs := a.run(0, "tune", "--apply", "--allow-restart", "--field-manager=team", "--record="+recordFile(t))
	a.wants(a.get(sets, "spark-worker", "metadata", "managedFields"), `"manager":"team"`)
	out, _ := a.printed(errs, "to take it back: ", 0)
	a.wants(out, "rolling restart of 3 pods", ": taken back")
	if now := a.get(sets, "spark-worker", "spec"); now != spec {
		t.Errorf("the spec is not what it was\n%s\n%s", spec, now)
	}
}

// TestTheLogOfOneApplicationChangesNoOther: without names the application of the log is meant.
func TestTheLogOfOneApplicationChangesNoOther(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	for _, name := range []string{"etl", "pi"} {
		a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: "+name+"}, spec: {"+applicationSpec+"}}")
	}
	other := a.get(kubeflows, "pi", "metadata", "resourceVersion")
	out, _ := a.run(0, "tune", "--event-log="+runLog(t, -time.Hour, map[string]string{"spark.executor.cores": "2"}), "--apply", "--record="+recordFile(t))
	a.wants(out, "SparkApplication/etl in namespace "+a.ns+": applied")
	if now := a.get(kubeflows, "pi", "metadata", "resourceVersion"); now != other {
		t.Errorf("pi was changed too:\n%s", out)
	}
}

// TestARecordHoldsNoSettingsOfWhatWasNotWritten.
func TestARecordHoldsNoSettingsOfWhatWasNotWritten(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	for name, metadata := range map[string]string{"free": "", "charted": ", labels: {app.kubernetes.io/managed-by: Helm}"} {
		a.create(kubeflows, "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: "+name+metadata+"}, spec: {"+applicationSpec+"}}")
	}
	record := recordFile(t)
	a.run(plugin.ExitFailed, "tune", "--apply", "--record="+record)
	r := a.record(record)
	if len(r.Workloads) != 1 || r.Workloads[0].Name != a.ns+"/free" || len(r.Workloads[0].Settings) == 0 || r.Workloads[0].Time.Before(r.Changes[0].Time) {
		t.Errorf("%+v", r.Workloads)
	}
	out, _ := a.run(plugin.ExitDone, "tune", "--verify="+record)
	a.wants(out, a.ns+"/free\n  not read      next run: no pod of a driver runs")
}

// change makes changes of the StatefulSet spark-worker that no rule makes.
func (a *applied) change(record string, ops ...patch.Op) {
	a.Helper()
	raw := []byte(a.get(sets, "spark-worker"))
	field := func(name string) string {
		value, _ := patch.Lookup(raw, patch.Path{"metadata", name})
		return strings.Trim(string(value), `"`)
	}
	reader, err := cluster.New(a.cp.Config())
	if err != nil {
		a.Fatal(err)
	}
	r, err := apply.NewRecord(record, "fix", time.Now())
	if err != nil {
		a.Fatal(err)
	}
	target := change.Target{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: a.ns, Name: "spark-worker", UID: field("uid"), ResourceVersion: field("resourceVersion")}
	plan, err := apply.Prepare(a.Context(), reader, []change.Edited{{Target: target, Live: true, Before: raw, Operations: ops}}, apply.Options{Manager: apply.Manager}, func(int, int) {})
	if err != nil {
		a.Fatal(err)
	}
	journal := &apply.Recording{Record: r, Manager: apply.Manager, Now: time.Now}
	if done, err := plan.Write(a.Context(), journal, func(*apply.Object, int, int) {}); err != nil || len(done) != 1 {
		a.Fatal(done, err)
	}
}

// unchanged asserts that the worker's specification is what it was.
func (a *applied) unchanged(spec string) {
	a.Helper()
	if now := a.get(sets, "spark-worker", "spec"); now != spec {
		a.Errorf("the spec is not what it was\n%s\n%s", spec, now)
	}
}

// TestAFieldThatTheServerSetsAgainIsTakenBack, although the change removed it.
func TestAFieldThatTheServerSetsAgainIsTakenBack(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	a.patch(sets, "spark-worker", "kubectl-edit", `{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":60}}}}`)
	spec, record := a.get(sets, "spark-worker", "spec"), recordFile(t)
	a.change(record, patch.Op{Op: patch.Remove, Path: "/spec/template/spec/terminationGracePeriodSeconds"})
	if now := a.get(sets, "spark-worker", "spec"); !strings.Contains(now, `"terminationGracePeriodSeconds":30`) {
		t.Fatal(now)
	}
	a.run(0, "fix", "--undo="+record)
	a.unchanged(spec)
}

// TestAVariableThatBecomesEmptyIsApplied: the server leaves an empty value out of what it keeps.
func TestAVariableThatBecomesEmptyIsApplied(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	a.patch(sets, "spark-worker", "kubectl-edit", `{"spec":{"template":{"spec":{"containers":[{"name":"worker","image":"apache/spark:3.5.6","command":["/opt/spark/bin/spark-class","org.apache.spark.deploy.worker.Worker","spark://m:7077"],"env":[{"name":"SPARK_WORKER_OPTS","value":"-Da=b"}]}]}}}}`)
	spec, record := a.get(sets, "spark-worker", "spec"), recordFile(t)
	a.change(record, patch.Op{Op: patch.Replace, Path: "/spec/template/spec/containers/0/env/0/value", Value: []byte(`""`)})
	if now := a.get(sets, "spark-worker", "spec"); strings.Contains(now, "-Da=b") {
		t.Fatal(now)
	}
	a.run(0, "fix", "--undo="+record)
	a.unchanged(spec)
}

// TestTwoChangesOfAFieldInOneRecord: both stand, although the newer one changed what the older one had set, and both are taken back.
func TestTwoChangesOfAFieldInOneRecord(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	spec, record := a.get(sets, "spark-worker", "spec"), recordFile(t)
	for _, limit := range []string{`"1Gi"`, `"3Gi"`} {
		a.change(record, patch.Op{Op: patch.Replace, Path: "/spec/template/spec/containers/0/resources/limits/memory", Value: []byte(limit)})
	}
	out, _ := a.run(0, "tune", "--verify="+record)
	a.wants(out, "as applied    StatefulSet/spark-worker in namespace "+a.ns+"  1 field")
	a.run(0, "tune", "--rollback="+record)
	a.unchanged(spec)
}

// TestAConfigMapForSettingsIsThereAndHasAName.
func TestAConfigMapForSettingsIsThereAndHasAName(t *testing.T) {
	cp := shared.Get(t)
	a := &applied{T: t, cp: cp, ns: sparkNamespace(t, cp), kubeconfig: cp.Kubeconfig()}
	for name, says := range map[string]string{"configmap/": "is not the name of a ConfigMap", "configmap/none": "has no ConfigMap \"none\": create it first"} {
		_, errs := a.run(plugin.ExitFailed, "tune", "etl", "--apply", "--properties-file="+name, "--record="+recordFile(t))
		a.wants(errs, says)
	}
}
