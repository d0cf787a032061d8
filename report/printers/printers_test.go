package printers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// sample is a document with signs that JSON, a terminal and a column may take for something else.
var sample = Document{
	Whole: map[string]any{"apiVersion": "kubectl-spark.io/v1alpha1", "kind": "Report", "findings": []any{map[string]any{"code": "SPK-P001", "message": "a <b> & c", "count": 3}}},
	Rows:  []any{map[string]any{"code": "SPK-P001", "message": "two\nlines\x1b[31m", "count": 1234567, "parts": []string{"a", "b"}}, map[string]any{"code": "SPK-P002"}},
	Names: []Name{{"v1", "Pod", "etl"}, {"apps/v1", "StatefulSet", "w"}, {"v1", "Pod", "etl"}, {Name: "spark-defaults.conf"}},
}

func printed(t *testing.T, words ...string) (out string, err error) {
	t.Helper()
	form := ""
	f := NewFlags(&form, "table", "wide")
	cmd := &cobra.Command{Use: "c"}
	f.AddFlags(cmd)
	if err := cmd.ParseFlags(words); err != nil {
		t.Fatal(err)
	}
	p, err := f.Printer()
	if err != nil {
		return "", err
	}
	if p == nil {
		return form, nil
	}
	var b strings.Builder
	err = p(&b, sample)
	return b.String(), err
}

// TestFormsAreKubectls: each form writes what kubectl's does, over the one document.
func TestFormsAreKubectls(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		words []string
		want  string
	}{
		{nil, "table"},
		{[]string{"-o", "wide"}, "wide"},
		{[]string{"-o", "name"}, "pod/etl\nstatefulset.apps/w\nspark-defaults.conf\n"},
		{[]string{"-o", "yaml"}, "apiVersion: kubectl-spark.io/v1alpha1\nfindings:\n- code: SPK-P001\n  count: 3\n  message: a <b> & c\nkind: Report\n"},
		{[]string{"-o", "jsonpath={.findings[*].message}"}, "a <b> & c"},
		{[]string{"-o", "jsonpath=.findings[*].code"}, "SPK-P001"},
		{[]string{"-o", "jsonpath", "--template={.kind}"}, "Report"},
		{[]string{"-o", "jsonpath={.nothing}"}, ""},
		{[]string{"-o", "jsonpath-as-json={.kind}"}, "[\n    \"Report\"\n]\n"},
		{[]string{"-o", "jsonpath-file=" + file("path", `{range .findings[*]}{.code}{"\n"}{end}`)}, "SPK-P001\n"},
		{[]string{"-o", "go-template={{range .findings}}{{.code}} {{.count}}{{end}}"}, "SPK-P001 3"},
		{[]string{"--template={{.kind}}"}, "Report"},
		{[]string{"-o", "go-template", "--template={{.kind}}"}, "Report"},
		{[]string{"-o", "go-template-file=" + file("template", "{{len .findings}}")}, "1"},
		{[]string{"-o", "custom-columns=CODE:.code,N:count,PARTS:{.parts[*]}"}, "CODE       N         PARTS\nSPK-P001   1234567   a,b\nSPK-P002   <none>    <none>\n"},
		{[]string{"-o", "custom-columns=CODE:.code,TEXT:.message", "--no-headers"}, "SPK-P001   two lines^[[31m\nSPK-P002   <none>\n"},
		{[]string{"-o", "custom-columns-file=" + file("columns", "CODE N\n.code {count}\n")}, "CODE       N\nSPK-P001   1234567\nSPK-P002   <none>\n"},
	} {
		if got, err := printed(t, c.words...); err != nil || got != c.want {
			t.Errorf("%q: %v\n%q\nwant\n%q", c.words, err, got, c.want)
		}
	}
	if got, err := printed(t, "-o", "json"); err != nil || !strings.Contains(got, `"message": "a <b> & c"`) || strings.Index(got, "apiVersion") > strings.Index(got, "kind") {
		t.Errorf("%v: %s", err, got)
	}
}

// TestAFormThatCannotBeReadIsAnError, before anything is looked at.
func TestAFormThatCannotBeReadIsAnError(t *testing.T) {
	for form, want := range map[string]string{
		"html": "must be one of table, wide, json,", "name=x": "must be one of", "json=x": "must be one of", "": "must be one of",
		"jsonpath": "jsonpath={.kind}", "jsonpath=": "a template is expected", "jsonpath={.findings[": "unterminated array", "jsonpath-file": "jsonpath-file=FILE",
		"jsonpath-file=/nonexistent": "no such file", "go-template": "go-template={{.kind}}", "go-template={{.kind": "unclosed",
		"custom-columns": "custom-columns=NAME:.name", "custom-columns=CODE": "must be HEADER:PATH", "custom-columns=CODE:{.code": "CODE",
		"custom-columns-file=/nonexistent": "no such file",
	} {
		if _, err := printed(t, "-o", form); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "--output=") {
			t.Errorf("%q: %v", form, err)
		}
	}
}

// TestATemplateThatFailsSaysSoShortly: without the document, which may be long, and without half of a result.
func TestATemplateThatFailsSaysSoShortly(t *testing.T) {
	for _, words := range [][]string{{"-o", "go-template={{.kind}}{{index .kind 99}}"}, {"-o", "jsonpath={.nothing}", "--allow-missing-template-keys=false"}, {"-o", "go-template={{.nothing.x}}", "--allow-missing-template-keys=false"}} {
		out, err := printed(t, words...)
		if err == nil || out != "" || len(err.Error()) > 300 || strings.Contains(err.Error(), "SPK-P001") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q, %v", words, out, err)
		}
	}
}

// TestHiddenRunesStandAsEscapes in JSON and YAML, which hold the same data: nothing that is printed turns a terminal's direction.
func TestHiddenRunesStandAsEscapes(t *testing.T) {
	data := map[string]any{"kind": "Report", "key \u202e": []any{"a\u202eb \u2066c\u2069 \u200b \u00ad \u007f \u009b31m \u2028 \u2029 \u061c \ufeff \U000E0041 \u3164 \ufe0f",
		"lines\nof \u202e text\n", "plain é ü 漢字 😀", `spells \uFFFE202e\uFFFE`, `both \uFFFE202e\uFFFE ` + "\u202e", "\ufffe", "-", ""}}
	for _, form := range []string{"json", "yaml", "kyaml"} {
		print, err := Of(form)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := print(&b, Document{Whole: data}); err != nil {
			t.Fatal(err)
		}
		if at := strings.IndexFunc(b.String(), func(r rune) bool { return r != '\n' && patchjson.Hidden(r) }); at >= 0 && form != "kyaml" {
			t.Errorf("%s holds %q: %q", form, b.String()[at:at+4], b.String())
		}
		if !strings.Contains(b.String(), `\u202e`) || !strings.Contains(b.String(), "漢字") {
			t.Errorf("%s: %s", form, b.String())
		}
		var back any
		if err := yaml.Unmarshal([]byte(b.String()), &back); form == "json" {
			err = json.Unmarshal([]byte(b.String()), &back)
			if err != nil {
				t.Error(err)
			}
		} else if err != nil {
			t.Error(form, err)
		}
		if !reflect.DeepEqual(back, any(data)) {
			t.Errorf("%s reads as %q\n%s", form, back, b.String())
		}
	}
}
