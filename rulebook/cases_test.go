package rulebook

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/rogpeppe/go-internal/txtar"
	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

var update = flag.Bool("update", false, "rewrite the want sections of the cases")

// A case stands in testdata/<code>.txtar as two files: NAME/in says the base, the delta and the settings;
// NAME/want says what the rule does with it. The base is a file of testdata/base, the delta a JSON merge patch.
type input struct {
	Base    string          `json:"base"`
	Profile rule.Profile    `json:"profile"`
	Want    []string        `json:"want"`
	Image   *spark.Image    `json:"image"`
	Nodes   int64           `json:"nodes"`
	Conf    string          `json:"conf"` // spark-defaults.conf
	Delta   json.RawMessage `json:"delta"`
}

func TestEveryRuleDoesWhatItsCasesSay(t *testing.T) {
	for _, r := range All() {
		path := filepath.Join("testdata", strings.ToLower(strings.ReplaceAll(r.Code, "-", "_"))+".txtar")
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Errorf("%s has no cases: %v", r.Code, err)
			continue
		}
		set, err := rule.NewSet(Revision, r)
		if err != nil {
			t.Fatal(err)
		}
		changing, quiet := 0, 0
		for i := 0; i+1 < len(archive.Files); i += 2 {
			in, want := archive.Files[i], &archive.Files[i+1]
			name := strings.TrimSuffix(in.Name, "/in")
			got := runCase(t, set, r, name, in.Data)
			if strings.Contains(got, "finding") {
				changing++
			} else {
				quiet++
			}
			if *update {
				want.Data = []byte(got)
			} else if got != string(want.Data) {
				t.Errorf("%s %s:\ngot:\n%swant:\n%s", r.Code, name, got, want.Data)
			}
		}
		if changing == 0 || quiet == 0 {
			t.Errorf("%s: %d cases with a finding and %d without; each rule needs both", r.Code, changing, quiet)
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func runCase(t *testing.T, set *rule.Set, r *rule.Rule, name string, data []byte) string {
	t.Helper()
	var c input
	if err := yaml.UnmarshalStrict(data, &c); err != nil {
		t.Fatalf("%s %s: %v", r.Code, name, err)
	}
	raw := base(t, c.Base)
	if len(c.Delta) > 0 {
		var err error
		if raw, err = jsonpatch.MergePatch(raw, c.Delta); err != nil {
			t.Fatal(err)
		}
	}
	o := rule.Options{Profile: c.Profile}
	prepare := func() rule.Input {
		in, problems := rule.Subject(raw, decode(t, raw), rule.Marks{}, o)
		for _, p := range problems {
			t.Errorf("%s %s: %s", r.Code, name, p)
		}
		in.Want, in.NodeProcessors = append(in.Want, c.Want...), c.Nodes
		if c.Image != nil {
			in.Image = c.Image
		}
		if c.Conf != "" {
			conf, err := spark.ParseProperties([]byte(c.Conf))
			if err != nil {
				t.Fatal(err)
			}
			in.Conf = conf
		}
		return in
	}
	var b strings.Builder
	if r.Admit {
		out, err := set.Admit(prepare())
		if err != nil {
			t.Fatalf("%s %s: %v", r.Code, name, err)
		}
		for _, op := range out.Ops {
			if !strings.Contains(op.Path, "kubectl-spark.io~1report") && !strings.Contains(string(op.Value), rule.ReportAnnotation) {
				fmt.Fprintf(&b, "%s %s %s\n", op.Op, op.Path, op.Value)
			}
		}
		for _, refusal := range out.Refusals {
			word := "refused"
			if refusal.Deliberate {
				word = "none"
			}
			fmt.Fprintf(&b, "%s %s %s\n", word, strings.TrimSuffix(refusal.Code+"/"+refusal.Part, "/"), refusal.Reason)
		}
	}
	d := set.Diagnose(prepare())
	for _, f := range d.Findings {
		where := strings.Join(f.Path, ".")
		if f.OfConf {
			where = fmt.Sprintf("conf:%d", f.Line)
		}
		fmt.Fprintf(&b, "finding %s at %s\n  %s\n", f.Level, where, f.Message)
		if f.Observed != "" {
			fmt.Fprintf(&b, "  observed %s, needed %s\n", f.Observed, f.Needed)
		}
		fmt.Fprintf(&b, "  fix: %s\n", f.Summary)
	}
	for _, s := range d.Skipped {
		fmt.Fprintf(&b, "skipped: %s\n", s.Reason)
	}
	return b.String()
}

func base(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "base", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t testing.TB, raw []byte) *corev1.PodTemplateSpec {
	t.Helper()
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(raw, &template); err != nil {
		t.Fatal(err)
	}
	return &template
}

func bases(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/base/*.yaml")
	if err != nil || len(paths) < 8 {
		t.Fatalf("bases: %v, %d found", err, len(paths))
	}
	var names []string
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(p), ".yaml"))
	}
	sort.Strings(names)
	return names
}

func TestEveryRuleOfTheFolderIsInAll(t *testing.T) {
	files, err := filepath.Glob("spk_*.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, r := range All() {
		listed["spk_"+strings.ToLower(r.Code[4:])] = true
	}
	source, err := os.ReadFile("all.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if code := f[:8]; !listed[code] {
			text, _ := os.ReadFile(f)
			function := ""
			if _, after, ok := bytes.Cut(text, []byte("\nfunc ")); ok {
				function = string(after[:bytes.IndexByte(after, '(')])
			}
			t.Errorf("%s is not in the rulebook: add the line %s(), to All in all.go (%d bytes now)", f, function, len(source))
		}
	}
}
