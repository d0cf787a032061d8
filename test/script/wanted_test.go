package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// TestWhateverIsWantedCanBeTakenBack: every role that was captured or written by hand, in every profile, with every code
// wanted. The report has room for what takes each edit back, twice is once, and what is taken back is what it was.
func TestWhateverIsWantedCanBeTakenBack(t *testing.T) {
	set := rules(t)
	var all []string
	for _, r := range set.Rules() {
		if r.Admit {
			all = append(all, r.Code)
		}
	}
	pods := map[string][]byte{}
	captured, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range captured {
		pods[f.Name] = object(t, f.Review)
	}
	for _, name := range written(t, "handmade") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := source.Open(name, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Docs {
			for i, s := range d.Slots {
				if s.Template != nil && s.Identity.Certain {
					pods[fmt.Sprintf("%s %s %d", filepath.Base(name), d.Name, i)] = s.Raw
				}
			}
		}
	}
	roles := map[spark.Role]bool{}
	for name, raw := range pods {
		for _, profile := range rule.Profiles() {
			namespace := rule.Marks{Annotations: map[string]string{rule.WantAnnotation: strings.Join(all, ",")}}
			done := admit(t, set, raw, namespace, profile)
			if len(done.Edits) == 0 {
				continue
			}
			roles[roleOf(t, raw)] = true
			after, err := patchjson.Apply(raw, done.Ops)
			if err != nil {
				t.Fatal(name, err)
			}
			if again := admit(t, set, after, namespace, profile); len(again.Ops) > 0 {
				t.Errorf("%s %s: twice is not once:\n%s\n%s", name, profile, done.Report, again.Report)
			}
			report, err := rule.ReadReport(done.Report)
			if err != nil || len(report.Undo) < len(done.Edits) {
				t.Errorf("%s %s: %d edits, %d of them can be taken back: %v", name, profile, len(done.Edits), len(report.Undo), err)
			}
			for code, why := range report.Refused {
				if why == rule.NoRoom && !strings.HasPrefix(code, "SPK-S011/others") {
					t.Errorf("%s %s: no room for %s in %d bytes: %s", name, profile, code, len(done.Report), done.Report)
				}
			}
			ops, kept, err := set.UndoAs(identityOf(t, after), after)
			if err != nil || len(kept) > 0 {
				t.Errorf("%s %s: kept %q, %v", name, profile, kept, err)
			}
			back, err := patchjson.Apply(after, ops)
			if err != nil || !bytes.Equal(back, raw) {
				t.Errorf("%s %s: taken back to\n%s\n%v", name, profile, back, err)
			}
		}
	}
	for _, role := range []spark.Role{spark.Driver, spark.Executor, spark.Master, spark.Worker, spark.History, spark.Connect, spark.Thrift} {
		if !roles[role] {
			t.Errorf("no pod of role %s", role)
		}
	}
}

func roleOf(t *testing.T, raw []byte) spark.Role { return identityOf(t, raw).Role }

func identityOf(t *testing.T, raw []byte) spark.Identity {
	t.Helper()
	pod := &corev1.PodTemplateSpec{}
	if err := json.Unmarshal(raw, pod); err != nil {
		t.Fatal(err)
	}
	return spark.Identify(&pod.ObjectMeta, &pod.Spec)
}
