package mask

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"

	kube "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

// maxMasked bounds the values of one document that are exchanged one by one, and atOnce those that are in one reading of it.
const (
	maxMasked = 3000
	atOnce    = 100
)

// Document is the text of a file without its secrets, and with all else as it was: YAML and JSON by their values, any
// other text by its lines.
func Document(text []byte) []byte { return masker{}.document(text) }

func (m masker) document(text []byte) []byte {
	var b bytes.Buffer
	for _, doc := range yaml.Split(text) {
		b.Write(m.single(text[doc.Start:doc.End]))
	}
	if b.Len() == 0 {
		return m.text(text)
	}
	return b.Bytes()
}

func (m masker) single(text []byte) []byte {
	var before any
	if raw, err := kube.YAMLToJSONStrict(text); err == nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		_ = decoder.Decode(&before) // the converter wrote it
	}
	switch before.(type) {
	case map[string]any, []any:
	default:
		return m.text(text)
	}
	ops := hideOps(nil, before, m.tree("", before))
	if len(ops) == 0 {
		return comments(text)
	}
	if len(ops) > maxMasked {
		return m.text(text)
	}
	out := text
	for some := range slices.Chunk(ops, atOnce) {
		var err error
		if out, err = yaml.Apply(out, some); err != nil {
			return m.text(text)
		}
	}
	return comments(out)
}

// text is a text of no form without its secrets, also encoded ones.
func (m masker) text(text []byte) []byte { return []byte(m.words(secret.HideText(string(text)))) }

// words hides the words of a text that hold a secret once they are decoded.
func (m masker) words(text string) string {
	return encodedWord.ReplaceAllStringFunc(text, func(word string) string {
		if m.value("", word) == Masked {
			return Masked
		}
		return word
	})
}

var encodedWord = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`)

// comments hides what comments of YAML hold, line by line.
func comments(text []byte) []byte {
	if !bytes.Contains(text, []byte("#")) {
		return text
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i, line := range lines {
		if at := comment.FindIndex(line); at != nil {
			lines[i] = append(line[:at[1]:at[1]], secret.HideText(string(line[at[1]:]))...)
		}
	}
	return bytes.Join(lines, nil)
}

var comment = regexp.MustCompile(`(?:^|[ \t])#+`)

// hideOps are the operations that make masked of value.
func hideOps(at patch.Path, value, masked any) (ops []patch.Op) {
	switch v := value.(type) {
	case string:
		if masked != value {
			text, _ := json.Marshal(masked)
			ops = append(ops, patch.Op{Op: patch.Replace, Path: at.Pointer(), Value: text})
		}
	case []any:
		for i, one := range v {
			ops = append(ops, hideOps(at.With(strconv.Itoa(i)), one, masked.([]any)[i])...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			ops = append(ops, hideOps(at.With(key), v[key], masked.(map[string]any)[key])...)
		}
	}
	return ops
}
