package document

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

var (
	// helmValue is what only a chart's template holds: it is told in text that is YAML all the same, too.
	helmValue = regexp.MustCompile(`\{\{-?[^{}]*[ ($"]\.(?:Values|Release|Chart|Capabilities|Subcharts)\b[^{}]*\}\}|\{\{-?\$?\.(?:Values|Release|Chart|Capabilities|Subcharts)\b|\{\{-? *\$\.(?:Values|Release|Chart|Capabilities|Subcharts)\b`)
	helmMark  = regexp.MustCompile(`\{\{-? *(?:\.|\$|/\*|(?:if|else|end|range|with|include|template|define|tpl|toYaml|required|default|quote|printf|fail|block)\b)`)
	jinjaMark = regexp.MustCompile(`\{%-?\s*[a-z]+\b[^%]*%\}|\{\{[^{}]+\}\}|\{#[^#]*#\}`)
)

// Kinds of templates.
const (
	helm  = "Helm template"
	jinja = "Jinja template"
)

// unrendered says what kind of template a text is; "" where it is none.
func unrendered(raw []byte) string {
	raw = withoutComments(raw)
	switch {
	case helmValue.Match(raw), helmMark.Match(raw):
		return helm
	case jinjaMark.Match(raw):
		return jinja
	}
	return ""
}

// template is the content of a text that is to be rendered first.
func template(t Text) Content {
	what := unrendered(t.Raw)
	return Content{Other: "unrendered " + what, Note: "unrendered " + what + ", not checked: " + render(what, t.Name), Position: start(t)}
}

// render is how a template is checked.
func render(what, name string) string {
	if what == jinja {
		return "run jinja2 " + word(name) + " VALUES.yaml | kubectl spark doctor -f -"
	}
	chart := "CHART"
	if dir, _, found := strings.Cut("/"+name, "/templates/"); found && !strings.Contains(name, "://") {
		if chart = strings.TrimPrefix(dir, "/"); strings.HasPrefix(name, "/") {
			chart = dir[1:]
		}
		if chart == "" {
			chart = "."
		}
	}
	return "run helm template " + word(chart) + " | kubectl spark doctor -f -"
}

// word writes a path for a shell.
func word(name string) string {
	name = path.Clean(name)
	if name == "standard input" || strings.Contains(name, "://") {
		return "FILE"
	}
	if strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-/+@", r)
	}) >= 0 {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}

// withoutComments leaves out lines that are nothing but a comment.
func withoutComments(raw []byte) []byte {
	if !bytes.Contains(raw, []byte("#")) || !bytes.Contains(raw, []byte("{")) {
		return raw
	}
	var out []byte
	for _, line := range bytes.SplitAfter(raw, []byte("\n")) {
		if trimmed := bytes.TrimLeft(line, " \t"); len(trimmed) == 0 || trimmed[0] != '#' {
			out = append(out, line...)
		}
	}
	return out
}

// holdsHelm says whether text, which may be YAML all the same, has places that only a chart fills.
func holdsHelm(raw []byte) bool {
	return bytes.Contains(raw, []byte("{{")) && helmValue.Match(withoutComments(raw))
}
