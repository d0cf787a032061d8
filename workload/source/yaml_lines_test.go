package source

import (
	"strings"
	"testing"
)

// TestErrorsOfYAMLNameTheLineOfTheFault: in whichever document of a file it stands, and whatever the parser says of it.
func TestErrorsOfYAMLNameTheLineOfTheFault(t *testing.T) {
	const first = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n# the second\napiVersion: v1\nkind: Pod\n" // seven lines
	for name, c := range map[string]struct{ text, want string }{
		"an unknown anchor":       {"metadata: {name: b}\nspec:\n  nodeName: *node\n", "x.yaml:10: not valid YAML: "},
		"an anchor with a prefix": {"metadata: {name: *n-1, x: \"*n\"}\nspec:\n  nodeName: &n-1 b\n", "x.yaml:8: not valid YAML: "},
		"an alias in a comment":   {"metadata: {name: b} # *node\n# *node\nspec:\n  nodeName: *node\n", "x.yaml:11: not valid YAML: "},
		"an alias behind a mark":  {"metadata: {name: b}\nspec:\n  \"a # b\": *node\n", "x.yaml:10: not valid YAML: "},
		"a control character":     {"metadata: {name: b}\nspec:\n  nodeName: a\x01b\n", "x.yaml:10: not valid YAML: "},
		"no UTF-8":                {"metadata: {name: b}\nspec:\n  nodeName: a\xffb\n", "x.yaml:10: not valid YAML: "},
		"a tab":                   {"metadata: {name: b}\nspec:\n\tnodeName: a\n", "x.yaml:10: not valid YAML: "},
		"two values":              {"metadata: {name: b}\nspec: a: b\n", "x.yaml:9: not valid YAML: "},
		"an open quote":           {"metadata: {name: b}\nspec:\n  nodeName: \"a\n", "x.yaml:1"},
		"a key twice":             {"metadata: {name: b}\nkind: Pod\n", "x.yaml:9: key \"kind\" is already on line 7"},
		"a wrong type":            {"metadata: {name: b}\nspec:\n  containers:\n  - name: a\n    ports: 5\n", "x.yaml:10: Pod \"b\": "},
	} {
		_, err := Open("x.yaml", []byte(first+c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
