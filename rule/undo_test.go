package rule_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// withReport is an executor whose report annotation holds the text.
func withReport(text, container string) string {
	return pod(container, `"annotations":{"kubectl-spark.io/report":`+quoted(text)+`,"mine":"1"}`, "")
}

func TestAForgedReportClaimsNothing(t *testing.T) {
	nothing := ensure("SPK-S901", func(*rule.PodPass) {})
	priv := ensure("SPK-S901", func(p *rule.PodPass) { p.Fill("", p.At("securityContext", "privileged"), false) })
	const claim = `{"rev":"9","profile":"restricted","container":"x","applied":["SPK-S901","SPK-S902"],"refused":{"SPK-S903":"user-set"},"undo":["@/securityContext/runAsUser","@/securityContext/privileged","metadata/annotations/mine"]}`
	for name, c := range map[string]struct {
		rule      *rule.Rule
		text      string
		container string
		applied   int
	}{
		"no verb fulfilled it":       {nothing, claim, `"securityContext":{"runAsUser":1}`, 0},
		"the user set it otherwise":  {priv, claim, `"securityContext":{"privileged":true}`, 0},
		"one of them is true":        {priv, claim, `"securityContext":{"privileged":false}`, 1},
		"the code without its undo":  {nothing, `{"applied":["SPK-S901"]}`, ``, 0},
		"one claim for each edit":    {priv, `{"undo":["@/securityContext/privileged","@/+securityContext/privileged"]}`, `"securityContext":{"privileged":false}`, 1},
		"its own entry many times":   {nothing, `{"undo":["metadata/+annotations/kubectl-spark.io~1report","+metadata/annotations/kubectl-spark.io~1report"]}`, ``, 0},
		"broken JSON":                {nothing, `{"applied":["SPK`, ``, 0},
		"wrong types":                {priv, `{"undo":{"a":1},"applied":7}`, `"securityContext":{"privileged":false}`, 0},
		"a list":                     {nothing, `[]`, ``, 0},
		"empty":                      {nothing, ``, ``, 0},
		"too long":                   {priv, `{"undo":["@/securityContext/privileged"]}` + strings.Repeat(" ", 2048), `"securityContext":{"privileged":false}`, 0},
		"and a rule that does a bit": {priv, claim, ``, 1},
	} {
		t.Run(name, func(t *testing.T) {
			set := newSet(t, c.rule)
			_, after := admit(t, set, withReport(c.text, c.container))
			r := report(t, after)
			if len(r.Applied) != c.applied || len(r.Refused) > 0 || r.Revision != "1" || r.Profile != rule.Standard || r.Container != "spark-kubernetes-executor" {
				t.Fatalf("%+v", r)
			}
			if len(r.Undo) > 1 {
				t.Fatalf("undo %q", r.Undo)
			}
			if again, _ := admit(t, set, after); len(again.Ops) > 0 {
				t.Fatalf("twice is not once: %v", again.Ops)
			}
			back, _, err := undo(t, set, after)
			if err != nil {
				t.Fatal(err)
			}
			if left := apply(t, after, back); !strings.Contains(left, `"mine":"1"`) || strings.Contains(left, "report") {
				t.Fatalf("undone to %s", left)
			}
		})
	}
}

func TestUndoOfWhatItCannotReadIsAnErrorAndTouchesNothing(t *testing.T) {
	set := newSet(t, edits())
	for _, raw := range []string{``, `[]`, `7`, `{"metadata":`, withReport(`{`, ""), withReport(`[]`, ""), withReport(`{"undo":"@/tty"}`, ""), withReport(strings.Repeat(" ", 2049), "")} {
		if ops, kept, err := undo(t, set, raw); err == nil || len(ops)+len(kept) > 0 {
			t.Errorf("%.80s: %v %v %v", raw, ops, kept, err)
		}
	}
	for _, raw := range []string{`{}`, `null`, `{"metadata":[]}`, `{"metadata":{"annotations":"x"}}`, `{"metadata":{"annotations":{"kubectl-spark.io/report":7}}}`, pod("", "", "")} {
		if ops, kept, err := undo(t, set, raw); err != nil || len(ops)+len(kept) > 0 {
			t.Errorf("%s has no report: %v %v %v", raw, ops, kept, err)
		}
	}
}

func TestUndoLeavesAloneWhatHasChangedAndNamesIt(t *testing.T) {
	set := newSet(t, edits())
	const container = `"env":[{"name":"OPTS","value":"-Da -Db"},{"name":"SPARK_SUBMIT_OPTS","value":"-Da -Db"}],"tty":true,"securityContext":{"runAsUser":1}`
	for text, want := range map[string]string{
		`@/tty`:                                 `remove /spec/containers/0/tty `,
		`@/env/OPTS`:                            `remove /spec/containers/0/env/0 `,
		`@/+env/OPTS`:                           `remove /spec/containers/0/env/0 `,
		`@/+securityContext/runAsUser`:          `remove /spec/containers/0/securityContext/runAsUser remove /spec/containers/0/securityContext `,
		`@/++tty`:                               `replace /spec/containers/0/tty null`,
		`@/++securityContext/runAsUser`:         `remove /spec/containers/0/securityContext/runAsUser replace /spec/containers/0/securityContext null`,
		`@/env/SPARK_SUBMIT_OPTS/value -Db`:     `replace /spec/containers/0/env/1/value "-Da"`,
		`@/env/SPARK_SUBMIT_OPTS/value -Da`:     ``, // no longer at the end
		`@/env/SPARK_SUBMIT_OPTS/value -Da -Db`: ``, // nothing stood before it
		`@/env/OPTS/value -Db`:                  ``, // nothing that an edit would have done there
		`@/env/OPTS/name`:                       ``,
		`@/image`:                               ``,
		`@/args`:                                ``,
		`metadata/annotations/mine`:             ``,
		`spec/securityContext`:                  ``,
		`@/env/GONE`:                            ``,
		`@/env/0`:                               ``, // elements have names
		`@/stdin`:                               ``,
		`@/tty -Db`:                             ``,
		`@/tty/deeper`:                          ``,
		`@`:                                     ``,
		``:                                      ``,
		`/`:                                     ``,
		`+`:                                     ``,
		`~2`:                                    ``,
		`@/env/-`:                               ``,
		`spec/containers/other/image`:           ``,
		`spec//containers`:                      ``,
	} {
		raw := withReport(fmt.Sprintf(`{"container":"spark-kubernetes-executor","undo":[%s]}`, quoted(text)), container)
		ops, kept, err := set.UndoAs(spark.Identity{Role: spark.Driver, Certain: true}, []byte(raw))
		if err != nil || len(ops) == 0 || ops[0].Path != "/metadata/annotations/kubectl-spark.io~1report" {
			t.Fatalf("%q: %v %v", text, err, ops)
		}
		var got []string
		for _, op := range ops[1:] {
			got = append(got, fmt.Sprintf("%s %s %s", op.Op, op.Path, op.Value))
		}
		if strings.Join(got, "") != want || (len(kept) == 1) != (want == "") {
			t.Errorf("%q: %q, kept %q", text, got, kept)
		}
		apply(t, raw, ops)
	}
}

// edits is a rule that would have made some edits of an executor, and not others.
func edits() *rule.Rule {
	return ensure("SPK-S901", func(p *rule.PodPass) {
		p.Fill("", p.At("tty"), true)
		p.AppendEnv("", "OPTS", "-Da -Db")
		p.Fill("", p.At("securityContext", "runAsUser"), int64(1))
		p.MergeTokens("", "-Db")
	})
}

// undo takes back as uninject does.
func undo(t testing.TB, set *rule.Set, raw string) (ops []patch.Op, kept []string, err error) {
	t.Helper()
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal([]byte(raw), &template); err != nil {
		return set.UndoAs(spark.Identity{}, []byte(raw))
	}
	return set.UndoAs(spark.Identify(&template.ObjectMeta, &template.Spec), []byte(raw))
}

// TestUndoPutsNullBackWhereItStood: a field that says null is as good as none, and is filled; what takes it back knows.
func TestUndoPutsNullBackWhereItStood(t *testing.T) {
	set := newSet(t, ensure("SPK-S901", func(p *rule.PodPass) {
		p.Fill("", p.At("securityContext", "runAsUser"), int64(185))
		p.Fill("", p.At("stdin"), true)
	}))
	raw := pod(`"securityContext":null,"stdin":null`, `"annotations":null`, "")
	_, after := admit(t, set, raw)
	if again, _ := admit(t, set, after); len(again.Ops) > 0 {
		t.Errorf("twice is not once: %v", again.Ops)
	}
	if len(report(t, after).Applied) != 1 || strings.Contains(after, "null") {
		t.Errorf("injected: %s", after)
	}
	ops, kept, err := undo(t, set, after)
	if err != nil || len(kept) > 0 {
		t.Fatal(err, kept)
	}
	if back := apply(t, after, ops); back != raw {
		t.Errorf("%s is taken back to\n%s", raw, back)
	}
}

// FuzzUndo gives Undo any template with any report: it must not panic, its operations must apply, and it must
// change no more places than the report names, parents that became empty aside.
func FuzzUndo(f *testing.F) {
	const container = `"env":[{"name":"A","value":"-x -y"},{"name":"A","value":"-y"}],"volumeMounts":[{"name":"v","mountPath":"/x"}],"args":["a","b"]`
	for _, text := range []string{`{}`, `{"container":"spark-kubernetes-executor","undo":["@/env/A/value -y","@/+env/A","@/+volumeMounts/~1x","@/args/a"]}`,
		`{"undo":["spec","metadata","+metadata/labels/spark-role","metadata/annotations"]}`, `{"undo":["","@","/","spec/containers/","@/env/A","@/env/A"],"container":""}`, `[`} {
		f.Add([]byte(withReport(text, container)), text)
		f.Add([]byte(`{"metadata":{},"metadata":{"annotations":{"a":[[]],"a":"b"}},"spec":[["x"],"x"]}`), text)
	}
	set := newSet(f, edits())
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		var tree map[string]any
		if len(raw) > 16<<10 || !utf8.Valid(raw) || json.Unmarshal(raw, &tree) != nil || tree == nil {
			return
		}
		metadata, ok := tree["metadata"].(map[string]any)
		if !ok {
			return
		}
		annotations, ok := metadata["annotations"].(map[string]any)
		if !ok {
			return
		}
		annotations[rule.ReportAnnotation] = text
		whole, err := json.Marshal(tree)
		if err != nil {
			return
		}
		for _, raw := range [][]byte{raw, whole} {
			ops, kept, err := undo(t, set, string(raw))
			if err != nil {
				continue
			}
			if _, err := patchjson.Apply(raw, ops); err != nil {
				t.Fatalf("%v\n%s", err, raw)
			}
			r, _ := rule.ReadReport(text)
			named := 0
			for _, undo := range r.Undo {
				named += strings.Count(undo, "/") + 1
			}
			if string(raw) == string(whole) && (len(ops) > named+3 || len(kept) > len(r.Undo)) {
				t.Fatalf("%d operations and %d kept of %q", len(ops), len(kept), r.Undo)
			}
		}
	})
}
