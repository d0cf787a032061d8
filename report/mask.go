package report

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	kube "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

// Masked stands where a secret was.
const Masked = secret.Masked

// Mask hides the secrets within a sentence: what package spark calls a secret, which is what SPK-S013 finds.
func Mask(s string) string { return secret.HideMessage(s) }

// MaskValue hides the secret that the value of a key is or holds.
func MaskValue(key, value string) string {
	if hidden, ok := maskJSON(value); ok {
		return hidden
	}
	if strings.Contains(value, "\n") {
		return string(MaskDocument([]byte(value)))
	}
	return secret.HideValue(key, value)
}

// Fields of Kubernetes objects have names of this form, and where those speak of a secret their values name one.
var (
	fieldName  = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	password   = regexp.MustCompile(`(?i)pass|pwd`)
)

// settings are the fields that hold keys and values of a user's own.
const settings = " sparkConf hadoopConf envVars data stringData annotations labels sparkProperties "

// namesObject says that a field of an object, whose holder is named, holds the name of another object.
func namesObject(holder, field, value string) bool {
	return !strings.Contains(settings, " "+holder+" ") && fieldName.MatchString(field) && objectName.MatchString(value) && !password.MatchString(field)
}

// MaskTree is a decoded object of JSON with its secrets masked: values of settings and variables, arguments, what a Secret
// holds, what any other text assigns. The argument is not changed. Names of objects and references to them stay.
func MaskTree(value any) any { return maskTree("", value) }

// maskTree masks what a key holds.
func maskTree(holder string, value any) any {
	switch v := value.(type) {
	case string:
		return MaskValue(holder, v)
	case []any:
		return maskList(holder, v)
	case map[string]any:
		name, named := v["name"].(string)
		out := make(map[string]any, len(v))
		for key, one := range v {
			switch text, ok := one.(string); {
			case v["kind"] == "Secret" && (key == "data" || key == "stringData"):
				out[key] = maskAll(one)
			case ok && key == "value" && named:
				out[key] = maskVariable(name, text)
			case ok && namesObject(holder, key, text):
				out[key] = one
			default:
				out[key] = maskTree(key, one)
			}
		}
		return out
	}
	return value
}

// maskVariable is the value of a variable without its secrets.
func maskVariable(name, value string) string {
	if _, degree := secret.Of(name, value); degree != secret.Public {
		return secret.HideValue(name, value)
	}
	return MaskValue(name, value)
}

func maskList(key string, list []any) []any {
	out := make([]any, len(list))
	var words []string
	for i, one := range list {
		word, ok := one.(string)
		words = append(words, word)
		if out[i] = one; !ok {
			out[i] = maskTree(key, one)
		}
	}
	for i, word := range secret.HideArguments(words) {
		if _, ok := list[i].(string); ok && word != words[i] {
			out[i] = word
		} else if ok {
			out[i] = MaskValue("", words[i])
		}
	}
	return out
}

// maskAll hides every text of what a Secret holds; its keys stay.
func maskAll(value any) any {
	held, ok := value.(map[string]any)
	if !ok {
		return value
	}
	out := make(map[string]any, len(held))
	for key, one := range held {
		if _, text := one.(string); text {
			one = Masked
		}
		out[key] = one
	}
	return out
}

// maskJSON hides the secrets of an object or a list that a text holds. ok says that it holds one.
func maskJSON(text string) (hidden string, ok bool) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return "", false
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(trimmed))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil || decoder.More() {
		return "", false
	}
	before, _ := json.Marshal(value) // it was decoded a line before: it has a form
	after, _ := json.Marshal(MaskTree(value))
	if bytes.Equal(before, after) {
		return text, true
	}
	return string(after), true
}

// maxMasked bounds the values of one document that are exchanged one by one.
const maxMasked = 100

// MaskDocument is the text of a file without its secrets, and with all else as it was: YAML and JSON by their values, any
// other text by its lines.
func MaskDocument(text []byte) []byte {
	var b bytes.Buffer
	for _, doc := range yaml.Split(text) {
		b.Write(maskDocument(text[doc.Start:doc.End]))
	}
	if b.Len() == 0 {
		return []byte(secret.HideText(string(text)))
	}
	return b.Bytes()
}

func maskDocument(text []byte) []byte {
	var before any
	if raw, err := kube.YAMLToJSONStrict(text); err == nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		_ = decoder.Decode(&before) // the converter wrote it
	}
	switch before.(type) {
	case map[string]any, []any:
	default:
		return []byte(secret.HideText(string(text)))
	}
	ops := maskOps(nil, before, MaskTree(before))
	if len(ops) == 0 {
		return text
	}
	if len(ops) <= maxMasked {
		if out, err := yaml.Apply(text, ops); err == nil {
			return out
		}
	}
	return []byte(secret.HideText(string(text)))
}

// maskOps are the operations that make masked of value.
func maskOps(at patch.Path, value, masked any) (ops []patch.Op) {
	switch v := value.(type) {
	case string:
		if masked != value {
			text, _ := json.Marshal(masked)
			ops = append(ops, patch.Op{Op: patch.Replace, Path: at.Pointer(), Value: text})
		}
	case []any:
		for i, one := range v {
			ops = append(ops, maskOps(at.With(strconv.Itoa(i)), one, masked.([]any)[i])...)
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			ops = append(ops, maskOps(at.With(key), v[key], masked.(map[string]any)[key])...)
		}
	}
	return ops
}
