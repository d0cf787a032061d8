// Package mask hides secrets in what is shown: in a sentence, in the value of a key, in an object, in the text of a file. What is a
// secret package secret says, which is what SPK-S013 finds. Start reading at Message.
package mask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

// Masked stands where a secret was.
const Masked = secret.Masked

// Message hides the secrets within a sentence, also encoded ones.
func Message(s string) string { return masker{}.words(secret.HideMessage(s)) }

// Value hides the secret that the value of a key is or holds.
func Value(key, value string) string { return masker{}.value(key, value) }

// Fields of Kubernetes objects have names of this form, and where those speak of a secret their values name one.
var (
	fieldName  = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	// Fields whose values name a Secret, or a key in one.
	naming = regexp.MustCompile(`^(?:secret|key|credentials?|[a-z]\w*Secret)$`)
	tokens = regexp.MustCompile(`(?i)^(?:client|app|api|shared)Secret$`)
)

// settings are the fields that hold keys and values of a user's own.
const settings = " sparkConf hadoopConf envVars envOverrides data stringData annotations labels sparkProperties "

// namesObject says that a field of an object, whose holder is named, holds the name of another object.
func namesObject(holder, field, value string) bool {
	if holder != "" && !fieldName.MatchString(holder) {
		return false // the file or the variables of a user
	}
	if strings.Contains(settings, " "+holder+" ") || !fieldName.MatchString(field) || !objectName.MatchString(value) {
		return false
	}
	return strings.HasSuffix(holder, "Ref") || naming.MatchString(field) && !tokens.MatchString(field)
}

// Tree is a decoded object of JSON with its secrets masked: values of settings and variables, arguments, what a Secret
// holds, what any other text assigns. The argument is not changed. Names of objects and references to them stay.
func Tree(value any) any { return masker{}.tree("", value) }

// masker hides secrets. nested counts the encodings that it is within, again how often a document was read again.
type masker struct{ nested, again int }

// maxNested bounds how many encodings within each other are read; what is deeper is hidden whole.
const maxNested = 4

// value hides what the value of a key is or holds: text that is encoded is hidden whole where it holds a secret.
func (m masker) value(key, value string) string {
	hidden := value
	if m.decodes(value) {
		return Masked
	} else if text, ok := m.json(value); ok {
		hidden = text
	} else if strings.Contains(value, "\n") {
		hidden = string(m.document([]byte(value)))
	} else {
		hidden = m.words(secret.HideValue(key, value))
	}
	if !secret.MayShow(key, hidden) {
		return Masked
	}
	return hidden
}

// tree masks what a key holds.
func (m masker) tree(holder string, value any) any {
	switch v := value.(type) {
	case string:
		return m.value(holder, v)
	case json.Number, float64:
		if text := fmt.Sprint(v); !secret.MayShow(holder, text) {
			return Masked
		}
	case []any:
		return m.list(holder, v)
	case map[string]any:
		name, named := nameOf(v)
		if path, ok := v["path"].(string); ok && v["op"] != nil { // of a JSON patch
			name, named = last(path), true
		}
		if !named && !secret.MayShow(holder, unknown) {
			name, named = holder, true
		}
		_, jwk := v["kty"].(string)
		out := make(map[string]any, len(v))
		for key, one := range v {
			whole := key
			if key = m.key(key); key != whole {
				out[key] = m.tree(key, one)
				continue
			}
			switch text, ok := one.(string); {
			case v["kind"] == "Secret" && (key == "data" || key == "stringData"):
				out[key] = hideAll(one)
			case ok && jwk && keyParts[key]:
				out[key] = Masked
			case strings.EqualFold(key, "value") && named && isNumber(one):
				out[key] = m.tree(name, one)
			case ok && strings.EqualFold(key, "value") && named:
				out[key] = m.variable(name, text)
			case ok && namesObject(holder, key, text):
				out[key] = one
			default:
				out[key] = m.tree(key, one)
			}
		}
		return out
	}
	return value
}

// nameOf is the name that an object gives itself.
func nameOf(object map[string]any) (name string, named bool) {
	for _, field := range [...]string{"name", "Name", "key", "Key"} {
		if name, named = object[field].(string); named {
			return name, true
		}
	}
	return "", false
}

// key hides the secrets of a key of an object: it may be a URL, or a line that YAML reads as a key.
func (m masker) key(key string) string {
	if !strings.ContainsAny(key, "=@ ") {
		return key
	}
	return secret.HideText(key)
}

// keyParts are the private fields of a key in JSON (JWK).
var keyParts = map[string]bool{"d": true, "k": true, "p": true, "q": true, "dp": true, "dq": true, "qi": true}

// unknown may be shown under no name of a secret.
const unknown = "any"

// variable is the value of a variable without its secrets.
func (m masker) variable(name, value string) string {
	if !secret.MayShow(name, value) {
		return secret.HideValue(name, value)
	}
	return m.value(name, value)
}

func isNumber(value any) bool {
	switch value.(type) {
	case json.Number, float64:
		return true
	}
	return false
}

// last is the last name of a JSON pointer.
func last(path string) string {
	path = path[strings.LastIndexByte(path, '/')+1:]
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(path)
}

func (m masker) list(key string, list []any) []any {
	out := make([]any, len(list))
	var words []string
	for i, one := range list {
		word, ok := one.(string)
		words = append(words, word)
		if out[i] = one; !ok {
			out[i] = m.tree(key, one)
		}
	}
	for i, word := range secret.HideArguments(words) {
		if _, ok := list[i].(string); ok && !secret.MayShow(key, unknown) {
			out[i] = secret.HideValue(key, words[i])
		} else if ok && word != words[i] {
			out[i] = word
		} else if name, value, joined := strings.Cut(word, "="); ok && joined && value != "" && m.value("", value) == Masked {
			out[i] = name + "=" + Masked // it is encoded
		} else if ok {
			out[i] = m.value("", word)
		}
	}
	return out
}

// hideAll hides every text of what a Secret holds; its keys stay.
func hideAll(value any) any {
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

// json hides the secrets of an object or a list that a text holds. ok says that it holds one.
func (m masker) json(text string) (hidden string, ok bool) {
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
	after, _ := json.Marshal(m.tree("", value))
	if bytes.Equal(before, after) {
		return text, true
	}
	return string(after), true
}
