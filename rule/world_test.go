package rule_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// ensure is a small rule whose parts all roles and every profile have.
func ensure(code string, do func(*rule.PodPass), parts ...string) *rule.Rule {
	if parts == nil {
		parts = []string{""}
	}
	r := &rule.Rule{Code: code, Name: "rule-" + strings.ToLower(code[4:]), Level: rule.Warning, Admit: true, Ensure: rule.Pod(do),
		Area: map[byte]rule.Area{'P': rule.Performance, 'M': rule.Monitoring, 'S': rule.Security, 'I': rule.Image}[code[4]],
		Doc:  rule.Doc{Title: "title", Why: "why", Remedy: "remedy", Since: "0.1", Sources: []string{"source"}, Consequence: "consequence"}}
	for _, name := range parts {
		r.Parts = append(r.Parts, rule.Part{Name: name, Profile: rule.Safe, State: name + " is missing"})
	}
	return r
}

// inspect makes the rule one that only looks.
func inspect(code string, look func(*rule.WorkloadPass)) *rule.Rule {
	r := ensure(code, nil)
	r.Parts, r.Ensure, r.Admit, r.Inspect = nil, nil, false, rule.Workload(look)
	return r
}

func newSet(t testing.TB, rules ...*rule.Rule) *rule.Set {
	t.Helper()
	set, err := rule.NewSet("1", rules...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// pod is an executor whose container, metadata and spec hold the given members besides.
func pod(container, metadata, spec string) string {
	comma := func(s string) string {
		if s != "" {
			s += ","
		}
		return s
	}
	return fmt.Sprintf(`{"metadata":{%s"labels":{"spark-role":"executor"}},"spec":{%s"containers":[{%s"name":"spark-kubernetes-executor","args":["executor"]}]}}`,
		comma(metadata), comma(spec), comma(container))
}

func decode(t testing.TB, raw string) *corev1.PodTemplateSpec {
	t.Helper()
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal([]byte(raw), &template); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return &template
}

func subject(t testing.TB, raw string) rule.Input {
	t.Helper()
	in, problems := rule.Subject([]byte(raw), decode(t, raw), rule.Marks{}, rule.Options{})
	if !in.Identity.Certain || len(problems) > 0 {
		t.Fatalf("%s: %+v %v", raw, in.Identity, problems)
	}
	return in
}

// admit injects and gives the result as well as the template that it makes.
func admit(t testing.TB, set *rule.Set, raw string) (rule.Admitted, string) {
	t.Helper()
	out, err := set.Admit(subject(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	return out, apply(t, raw, out.Ops)
}

func apply(t testing.TB, raw string, ops []patch.Op) string {
	t.Helper()
	after, err := patchjson.Apply([]byte(raw), ops)
	if err != nil {
		t.Fatal(err)
	}
	return string(after)
}

// report reads the report annotation of a template.
func report(t testing.TB, raw string) rule.Report {
	t.Helper()
	r, err := rule.ReadReport(decode(t, raw).Annotations[rule.ReportAnnotation])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// told is everything that was done and refused, but for the report: one line each.
func told(out rule.Admitted) string {
	var lines []string
	for _, e := range out.Edits {
		for _, op := range e.Ops {
			lines = append(lines, fmt.Sprintf("%s %s %s", op.Op, op.Path, op.Value))
		}
	}
	for _, r := range out.Refusals {
		lines = append(lines, fmt.Sprintf("refused %s %s", r.Path.Pointer(), r.Reason))
	}
	return strings.Join(lines, "\n")
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}
