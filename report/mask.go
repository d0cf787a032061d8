package report

import (
	"regexp"
	"strings"
)

// MaskValue hides a value whose key looks like that of a secret, and what looks like one within any other.
func MaskValue(key, value string) string {
	if _, secret := secretPatterns(); secret.MatchString(key) && value != "" {
		return Masked
	}
	return maskText(value)
}

// maskText masks a text line by line: assignments, lines of properties that have a space for their sign, passwords in
// URLs, the word behind an option, and the value of a variable in a pod template or an object's text.
func maskText(text string) string {
	name := `[\w.\-]*(?:` + secretKey + `)[\w.\-]*`
	word := `("[^"]*"|'[^']*'|[^\s,}]+)`
	for _, form := range []string{
		`(?im)^([ \t]*` + name + `[ \t]+)([^\s=:].*)$`,
		`(?i)((?:^|[\s"'=])--?` + name + `[ \t]+)` + word,
		`(?i)(name["']?:\s*["']?` + name + `["']?\s*[,\n]\s*["']?value["']?:\s*)` + word,
	} {
		text = regexp.MustCompile(form).ReplaceAllString(text, "${1}"+Masked)
	}
	return regexp.MustCompile(`(://[^/\s:@]*:)[^@\s/]+@`).ReplaceAllString(Mask(text), "${1}"+Masked+"@")
}

// MaskTree is a decoded object of JSON with its secrets masked: fields whose names look like those of secrets, the
// values of variables so named, arguments behind an option so named, and what any other text assigns. The argument is
// not changed. Names of secrets and references to them stay.
func MaskTree(value any) any {
	_, secret := secretPatterns()
	switch v := value.(type) {
	case string:
		return maskText(v)
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = MaskTree(one)
			if before, ok := argument(v, i-1); ok && strings.HasPrefix(before, "-") && !strings.Contains(before, "=") && secret.MatchString(before) {
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
			case key == "value" && secret.MatchString(name):
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
