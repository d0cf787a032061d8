package report

import (
	"regexp"
	"strings"
)

// MaskValue hides a value whose key looks like that of a secret, and what looks like one within any other.
func MaskValue(key, value string) string {
	if value != "" && secretNamed.MatchString(key) {
		return Masked
	}
	return maskText(value)
}

// The forms in which a text gives a secret's value, beside assignments: lines of properties that have a space for their
// sign, the word behind an option, the value of a variable in a pod template or an object's text, passwords in URLs.
var secretForms = func() (forms []*regexp.Regexp) {
	const name = `[\w.\-]*(?:` + secretKey + `)[\w.\-]*`
	const word = `("[^"]*"|'[^']*'|[^\s,}]+)`
	for _, form := range []string{
		`(?im)^([ \t]*` + name + `[ \t]+)([^\s=:].*)$`,
		`(?i)((?:^|[\s"'=])--?` + name + `[ \t]+)` + word,
		`(?i)(name["']?:\s*["']?` + name + `["']?\s*[,\n]\s*["']?value["']?:\s*)` + word,
	} {
		forms = append(forms, regexp.MustCompile(form))
	}
	return forms
}()

var secretInURL = regexp.MustCompile(`(://[^/\s:@]*:)[^@\s/]+@`)

// maskText masks a text line by line.
func maskText(text string) string {
	if secretNamed.MatchString(text) { // as it is wherever one of the forms is
		for _, form := range secretForms {
			text = form.ReplaceAllString(text, "${1}"+Masked)
		}
		text = Mask(text)
	}
	return secretInURL.ReplaceAllString(text, "${1}"+Masked+"@")
}

// MaskTree is a decoded object of JSON with its secrets masked: fields whose names look like those of secrets, the
// values of variables so named, arguments behind an option so named, and what any other text assigns. The argument is
// not changed. Names of secrets and references to them stay.
func MaskTree(value any) any {
	switch v := value.(type) {
	case string:
		return maskText(v)
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = MaskTree(one)
			if before, ok := argument(v, i-1); ok && strings.HasPrefix(before, "-") && !strings.Contains(before, "=") && secretNamed.MatchString(before) {
				if _, text := one.(string); text {
					out[i] = Masked
				}
			}
		}
		return out
	case map[string]any:
		name, _ := v["name"].(string)
		out := make(map[string]any, len(v))
		for key, one := range v {
			out[key] = MaskTree(one)
			text, ok := one.(string)
			switch {
			case !ok || key == "secretName":
			case key == "value" && secretNamed.MatchString(name):
				out[key] = MaskValue(name, text)
			default:
				out[key] = MaskValue(key, text)
			}
		}
		return out
	}
	return value
}

func argument(list []any, i int) (text string, ok bool) {
	if i < 0 {
		return "", false
	}
	text, ok = list[i].(string)
	return text, ok
}
