package mask

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	kube "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

// maxMasked bounds the values of one document that are exchanged one by one.
const maxMasked = 100

// Document is the text of a file without its secrets, and with all else as it was: YAML and JSON by their values, any
// other text by its lines.
func Document(text []byte) []byte { return masker{}.document(text) }

func (m masker) document(text []byte) []byte {
	var b bytes.Buffer
	for _, doc := range yaml.Split(text) {
		b.Write(m.single(text[doc.Start:doc.End]))
	}
	if b.Len() == 0 {
		return []byte(secret.HideText(string(text)))
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
		return []byte(secret.HideText(string(text)))
	}
	ops := hideOps(nil, before, m.tree("", before))
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
