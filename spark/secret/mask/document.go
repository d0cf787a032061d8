package mask

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
		return m.lines(text)
	}
	if flow := flowBegins.FindSubmatchIndex(text); flow != nil { // of which a reader leaves out what stands behind it
		if _, err := kube.YAMLToJSONStrict(append([]byte("a: "), text[flow[2]:]...)); err != nil {
			return m.lines(text)
		}
	}
	if m.keysHidden(before) {
		return m.lines(text)
	}
	masked := m.tree("", before)
	if plain := hideAnchored(text, before, masked); !bytes.Equal(plain, text) {
		return m.single(plain)
	}
	ops := hideOps(nil, before, masked)
	if len(ops) == 0 {
		return comments(text)
	}
	if len(ops) > maxMasked {
		return m.lines(text)
	}
	out := text
	for some := range slices.Chunk(ops, atOnce) {
		var err error
		if out, err = yaml.Apply(out, some); err != nil {
			return m.lines(text)
		}
	}
	return comments(out)
}

var (
	flowBegins = regexp.MustCompile(`\A(?:[ \t]*(?:#[^\n]*|---[^\n]*)?\n)*[ \t]*([\[{])`)
	anchor     = regexp.MustCompile(`&[\w.-]+[ \t]+("[^"\n]*"|'[^'\n]*'|[^\s"',}\]][^,}\]\n]*)`)
)

// keysHidden says that a key of an object holds a secret.
func (m masker) keysHidden(value any) bool {
	switch v := value.(type) {
	case []any:
		return slices.ContainsFunc(v, m.keysHidden)
	case map[string]any:
		for key, one := range v {
			if m.key(key) != key || m.keysHidden(one) {
				return true
			}
		}
	}
	return false
}

// hideAnchored hides values to which YAML gives a name (&a) and which are secrets where that name (*a) stands.
func hideAnchored(text []byte, before, masked any) []byte {
	if !bytes.Contains(text, []byte("&")) || !bytes.Contains(text, []byte("*")) {
		return text
	}
	hidden := map[string]bool{}
	hiddenTexts(before, masked, hidden)
	var b bytes.Buffer
	at := 0
	for _, m := range anchor.FindAllSubmatchIndex(text, -1) {
		value, _, _ := strings.Cut(string(text[m[2]:m[3]]), " #")
		value = strings.TrimRight(value, " \t\r")
		if hidden[strings.Trim(value, "\"'")] {
			b.Write(text[at:m[2]])
			b.WriteString(strconv.Quote(Masked))
			at = m[2] + len(value)
		}
	}
	b.Write(text[at:])
	return b.Bytes()
}

// hiddenTexts notes the texts of a value that are hidden whole.
func hiddenTexts(value, masked any, hidden map[string]bool) {
	switch v := value.(type) {
	case string:
		if masked == Masked && v != Masked {
			hidden[v] = true
		}
	case []any:
		for i, one := range v {
			hiddenTexts(one, masked.([]any)[i], hidden)
		}
	case map[string]any:
		for key, one := range v {
			hiddenTexts(one, masked.(map[string]any)[key], hidden)
		}
	}
}

// lines is a document of which no values were exchanged, masked by its lines. What was a key or kept it from being read may be gone then,
// and values are seen that were not before.
func (m masker) lines(text []byte) []byte {
	hidden := m.text(text)
	if bytes.Equal(hidden, text) || m.again == maxAgain {
		return hidden
	}
	return masker{m.nested, m.again + 1}.single(hidden)
}

// maxAgain bounds how often a document is read again.
const maxAgain = 2

// text is a text of no form without its secrets, also encoded ones.
func (m masker) text(text []byte) []byte { return []byte(m.words(secret.HideText(string(text)))) }

// words hides the words of a text that hold a secret once they are decoded, also those that are wrapped over lines.
func (m masker) words(text string) string {
	if len(text) < minEncoded {
		return text
	}
	if strings.Contains(text, "\n") {
		text = wrappedWord.ReplaceAllStringFunc(text, func(lines string) string {
			if m.decodes(strings.Join(strings.Fields(lines), "")) {
				return Masked + strings.Repeat("\n"+Masked, strings.Count(lines, "\n"))
			}
			return lines
		})
	}
	var b strings.Builder
	at := 0
	for start, end := encodedWord(text, 0); start < len(text); start, end = encodedWord(text, end) {
		if m.decodes(text[start:end]) {
			b.WriteString(text[at:start])
			b.WriteString(Masked)
			at = end
		}
	}
	if at == 0 {
		return text
	}
	return b.String() + text[at:]
}

// encodedWord is the next word from a place on that may be encoded in base64, with what fills its end; it starts at the end of the text
// where there is none.
func encodedWord(text string, from int) (start, end int) {
	for start = from; start < len(text); start = end + 1 {
		for end = start; end < len(text) && inBase64(text[end]); end++ {
		}
		if end-start >= minEncoded {
			for filled := 0; filled < 2 && end < len(text) && text[end] == '='; filled++ {
				end++
			}
			return start, end
		}
	}
	return len(text), len(text)
}

// inBase64 says that a byte is one of base64, for files or for URLs.
func inBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '_' || c == '-'
}

var wrappedWord = regexp.MustCompile(`(?:[A-Za-z0-9+/_-]{40,}\r?\n[ \t]*)+[A-Za-z0-9+/_-]+={0,2}`)

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
	case string, json.Number:
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
