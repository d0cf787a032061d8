package script

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// faults are what was seen to go wrong, each with an input that showed it. The laws find the kind; these name the instance.
const faults = "testdata/faults/"

// fault reads an input, and gives a folder to run commands on it.
func fault(t *testing.T, name string) (bench, []byte) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return benchFor(t.TempDir(), name), text
}

func (b bench) must(t *testing.T, text []byte, args ...string) (s said, after []byte) {
	t.Helper()
	s, after, err := b.on(text, args...)
	if err != nil || s.code != 0 {
		t.Fatalf("%s %v: exit code %d, %v\n%s", filepath.Base(b.path), args, s.code, err, s.errs)
	}
	return s, after
}

// finds lists the findings of a code: their messages with evidence and remedy.
func finds(t *testing.T, b bench, text []byte, code string) (all []string) {
	t.Helper()
	r, s, ok := b.doctor(text)
	if !ok {
		t.Fatal(s.errs)
	}
	for _, f := range r.Findings {
		if f.Code == code {
			raw, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(raw))
		}
	}
	return all
}

func tuning(t *testing.T, b bench, text []byte, args ...string) (r report.Tuning) {
	t.Helper()
	s, _ := b.must(t, text, append([]string{"tune", "--node-shape=16x64Gi", "-o", "json"}, args...)...)
	if err := json.Unmarshal([]byte(s.out), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// recommended is what tune recommends for a setting, "" where it says nothing of it.
func recommended(r report.Tuning, name string) string {
	for _, w := range r.Workloads {
		for _, s := range w.Settings {
			if s.Name == name {
				return s.Recommended
			}
		}
	}
	return ""
}

func TestFaultConfigMapThatOnlyAHistoryServerMounts(t *testing.T) {
	b, text := fault(t, faults+"history.yaml")
	fixed, after := b.must(t, text, "fix", "--all", "--write")
	before, _, _ := b.doctor(text)
	found := shown(before)
	for key := range told(fixed.errs) {
		if _, ok := found[key]; !ok {
			t.Errorf("fix repairs %s, which doctor does not find", key)
		}
	}
	if s, _, err := b.tune(after); err != nil || !quiet(s) {
		t.Errorf("tune contradicts fix: %s %s %v", s.out, s.errs, err)
	}
}

func TestFaultInjectIntoOptionsThatAreReplaced(t *testing.T) {
	b, text := fault(t, faults+"dead-options.yaml")
	injected, _ := b.must(t, text, "inject")
	spec := decoded(t, b.path, []byte(injected.out))[0].(map[string]any)["spec"].(map[string]any)
	if conf := spec["sparkConf"].(map[string]any); len(conf) != 1 {
		t.Errorf("inject writes settings that fields replace: %v", conf)
	}
	if options := spec["executor"].(map[string]any)["javaOptions"].(string); !strings.Contains(options, "-Xlog:gc*") {
		t.Errorf("the volume for a log is made for nothing: javaOptions %q", options)
	}
	if left := finds(t, b, []byte(injected.out), "SPK-M024"); left != nil {
		t.Errorf("doctor finds no log after inject: %v", left)
	}
}

func TestFaultNoGCLogAfterItWasInjected(t *testing.T) {
	b, text := fault(t, faults+"plain.yaml")
	if before := finds(t, b, text, "SPK-M024"); before == nil {
		t.Error("there is a log already")
	}
	injected, _ := b.must(t, text, "inject")
	if left := finds(t, b, []byte(injected.out), "SPK-M024"); left != nil {
		t.Errorf("%v", left)
	}
}

func TestFaultUninjectOfAResourceWithoutSpec(t *testing.T) {
	for _, name := range []string{"r-nospec.yaml", "r-cluster-nospec.yaml"} {
		b, text := fault(t, cases+name)
		injected, _ := b.must(t, text, "inject")
		if back, _ := b.must(t, []byte(injected.out), "uninject"); back.out != string(text) {
			t.Errorf("%s: %q", name, back.out)
		}
	}
}

func TestFaultAuthenticateOnSpark24(t *testing.T) {
	b, text := fault(t, cases+"r-spark24-authenticate.yaml")
	if _, after := b.must(t, text, "fix", "--all", "--write"); bytes.Contains(after, []byte("spark.authenticate")) {
		t.Errorf("%s", after)
	}
}

func TestFaultWorkersRequestFarBelowItsRaisedLimit(t *testing.T) {
	b, text := fault(t, faults+"worker.yaml")
	_, after := b.must(t, text, "fix", "--all", "--write")
	if !bytes.Contains(after, []byte("limits: {memory: 3840Mi}, requests: {memory: 3840Mi")) {
		t.Errorf("%s", after)
	}
}

func TestFaultOverheadThatTheUserMeantIsKept(t *testing.T) {
	b, text := fault(t, faults+"overhead-twice.conf")
	said, after := b.must(t, text, "fix", "--all", "--write")
	if !bytes.Contains(after, []byte("spark.executor.memoryOverhead 2g\n")) || bytes.Contains(after, []byte("200m")) {
		t.Errorf("%s", after)
	}
	for _, code := range []string{"SPK-P002", "SPK-P006"} {
		if finds(t, b, text, code) == nil || !codesOf(said.errs, "fixed")[code] || finds(t, b, after, code) != nil {
			t.Errorf("%s is to be found, told and gone\n%s", code, said.errs)
		}
	}
}

func TestFaultOptionsThatWereReplacedOutliveTheReplacement(t *testing.T) {
	b, text := fault(t, "../../examples/faulty/kubeflow.yaml")
	said, after := b.must(t, text, "fix", "--all", "--write")
	if !bytes.Contains(after, []byte("-Dapp.home=/opt/app")) || bytes.Contains(after, []byte("MaxRAMPercentage")) || !codesOf(said.errs, "fixed")["SPK-P046"] {
		t.Errorf("%s\n%s", after, said.errs)
	}
}

func TestFaultPackingBelowTheNeed(t *testing.T) {
	for _, name := range []string{"large.conf", "rapids.conf"} {
		b, text := fault(t, faults+name)
		s, tuned, err := b.tune(text, "--goal=packing")
		if err != nil || quiet(s) {
			t.Fatalf("%s: %s %v", name, s.errs, err)
		}
		if left := finds(t, b, tuned, "SPK-P006"); left != nil {
			t.Errorf("%s: doctor finds what tune recommends too small: %v\n%s", name, left, tuned)
		}
	}
	b, text := fault(t, faults+"large.conf")
	if got := recommended(tuning(t, b, text, "--goal=packing"), "spark.executor.memoryOverhead"); got != "1408m" {
		t.Errorf("overhead of the packed executor %q: priors need 1218 MiB", got)
	}
}

func TestFaultPinnedPoolOfRAPIDS(t *testing.T) {
	b, text := fault(t, faults+"rapids.conf")
	if got := recommended(tuning(t, b, text), "spark.executor.memoryOverhead"); got != "6g" {
		t.Errorf("tune recommends an overhead of %q", got)
	}
	if found := finds(t, b, text, "SPK-P006"); len(found) != 1 || !strings.Contains(found[0], "spark.executor.memoryOverhead=6g") {
		t.Errorf("doctor says %v", found)
	}
}

func TestFaultTasksOfADriver(t *testing.T) {
	b, text := fault(t, faults+"rapids.conf")
	s, _ := b.must(t, text, "tune", "--node-shape=16x64Gi")
	d, _ := b.must(t, text, "doctor", "--fail-on=never")
	if all := s.out + d.out; strings.Contains(all, "1 tasks") || !strings.Contains(s.out, "spark.kubernetes.driver.limit.cores") {
		t.Errorf("%s", all)
	}
}

func TestFaultRegionSizeThatJavaChooses(t *testing.T) {
	b, text := fault(t, faults+"large.conf")
	for _, args := range [][]string{nil, {"--try"}, {"--goal=packing", "--try"}} {
		for _, w := range tuning(t, b, text, args...).Workloads {
			for _, s := range w.Settings {
				if strings.Contains(s.Name, "G1HeapRegionSize") && s.Verdict != "keep" {
					t.Errorf("%v: %+v", args, s)
				}
			}
		}
	}
}

func TestFaultCollectorThatJavaLacks(t *testing.T) {
	b, text := fault(t, faults+"cms.conf")
	if finds(t, b, text, "SPK-P014") == nil {
		t.Error("doctor does not know that Java 17 has no CMS")
	}
	for _, w := range tuning(t, b, text).Workloads {
		for _, s := range w.Settings {
			if strings.Contains(s.Name+s.Recommended, "ConcMarkSweep") {
				t.Errorf("tune keeps it: %+v", s)
			}
		}
	}
	if s, _ := b.must(t, text, "tune", "--node-shape=16x64Gi"); !strings.Contains(s.out, "Java 17 has no -XX:+UseConcMarkSweepGC") {
		t.Errorf("%s", s.out)
	}
}

func TestFaultCheckMarkOverUnreadConfigurations(t *testing.T) {
	b, text := fault(t, faults+"unread.yaml")
	s, _ := b.must(t, text, "tune", "--node-shape=16x64Gi")
	if strings.Contains(s.out, "√") || !strings.Contains(strings.Join(strings.Fields(s.out), " "), "3 not checked") {
		t.Errorf("%s", s.out)
	}
}

func TestFaultExecutorsOfAnNginx(t *testing.T) {
	b, text := fault(t, cases+"r-nginx.conf")
	s, _, err := b.on(text, "tune", "--node-shape=16x64Gi")
	if err != nil || strings.Contains(s.out, "executor") || !strings.Contains(s.out+s.errs, "no") {
		t.Errorf("exit code %d, %v\n%s%s", s.code, err, s.out, s.errs)
	}
}

func TestFaultNotCheckedCodeThatRanElsewhere(t *testing.T) {
	b, text := fault(t, faults+"in-part.yaml")
	r, _, _ := b.doctor(text)
	s, _ := b.must(t, text, "doctor", "--fail-on=never")
	skipped := 0
	for _, one := range r.Skipped {
		_, listed, _ := strings.Cut(s.out, "Not checked:")
		if skipped++; !strings.Contains(listed, one.Code) {
			t.Errorf("%s was not checked (%s), and is not listed\n%s", one.Code, one.Reason, s.out)
		}
	}
	if skipped == 0 || !regexp.MustCompile(`SPK-P002[^()]* in part`).MatchString(strings.Join(strings.Fields(s.out), " ")) {
		t.Errorf("%s", s.out)
	}
}

func TestFaultHistoryServerOfOneGiBInOneGiB(t *testing.T) {
	b, text := fault(t, faults+"history-1g.yaml")
	found := finds(t, b, text, "SPK-P044")
	limit := recommended(tuning(t, b, text), "limits.memory")
	if len(found) != 1 || limit == "" || !strings.Contains(found[0], limit) {
		t.Errorf("doctor: %v; tune: %q", found, limit)
	}
}

func TestFaultSecurityContextBesideATemplate(t *testing.T) {
	b, text := fault(t, cases+"r-template-and-sc.yaml")
	if found := finds(t, b, text, "SPK-S011"); found != nil {
		t.Errorf("%v", found)
	}
}

func TestFaultPodLevelUserIsNotRoot(t *testing.T) {
	b, text := fault(t, cases+"r-runasuser-185.yaml")
	for _, f := range finds(t, b, text, "SPK-S011") {
		if strings.Contains(f, "as root") {
			t.Error(f)
		}
	}
}

func TestFaultPrivilegeEscalationOfApacheDrivers(t *testing.T) {
	b, text := fault(t, faults+"apache.yaml")
	found := finds(t, b, text, "SPK-S011")
	for _, f := range found {
		if strings.Contains(f, `"role":"driver"`) {
			var one report.Finding
			if err := json.Unmarshal([]byte(f), &one); err != nil || strings.Contains(one.Message, "privilege escalation") {
				t.Errorf("%v: %s", err, f)
			}
		}
	}
	if len(found) == 0 {
		t.Error("driver and executor lack other fields, and nothing is found")
	}
}

// TestFaultTuneThatSizesNothingTellsWhatItDidNotRead as doctor does.
func TestFaultTuneThatSizesNothingTellsWhatItDidNotRead(t *testing.T) {
	const text = `apiVersion: v1
kind: Pod
metadata:
  name: x-{{ .Values.x }}
  labels: {spark-role: driver}
spec: {containers: [{name: spark-kubernetes-driver, image: a}]}
---
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: etl}
spec: {sparkVersion: 4.0.1, mode: cluster, driver: {}, executor: {memory: ten}}
`
	s, _, err := benchFor(t.TempDir(), "a.yaml").on([]byte(text), "tune")
	if err != nil || s.code != 2 || !strings.Contains(s.errs, "unrendered Helm template, not checked") || !strings.Contains(s.errs, "cannot read spark.executor.memory") {
		t.Errorf("%v: %d %s", err, s.code, s.errs)
	}
}
