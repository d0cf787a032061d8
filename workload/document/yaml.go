package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
	"weak"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
)

// YAML is a stream of objects. It matches every text: what is no YAML is an error that names the line.
func YAML() Format {
	return Format{Name: "YAML", Match: func(Text) bool { return true }, Split: splitYAML, Read: readYAML, Edit: patchyaml.Apply}
}

func splitYAML(raw []byte) []Text {
	docs := patchyaml.Split(raw)
	pieces := make([]Text, len(docs))
	for i, d := range docs {
		pieces[i] = Text{Raw: raw[d.Start:d.End:d.End], Line: d.Line}
	}
	return pieces
}

// readYAML reads one YAML document: nothing, or an object.
func readYAML(t Text) ([]Content, error) {
	if isJSON(t.Raw) {
		return readJSON(t)
	}
	root, err := t.Root, error(nil)
	if root == nil {
		root, err = Nodes(t.Raw)
	}
	switch {
	case err == nil && !holdsHelm(t.Raw):
	case unrendered(t.Raw) != "":
		return []Content{template(t)}, nil
	case err != nil:
		// This parser names the line where things went wrong, the other one where the mapping around it began.
		if _, better := sigsyaml.YAMLToJSON(t.Raw); better != nil {
			err = better
		}
		return nil, invalid(t, err)
	}
	if nothing(root) {
		return nil, nil
	}
	if err := behind(t.Raw); err != nil {
		return nil, invalid(t, err)
	}
	if root.Kind != yaml.MappingNode && root.Kind != yaml.AliasNode {
		return nil, &Error{max(t.Line, 1) + root.Line - 1, errNoObject}
	}
	if key, line, first := keyTwice(root); line > 0 {
		return nil, twice(key, line+max(t.Line, 1)-1, first+max(t.Line, 1)-1)
	}
	raw, err := sigsyaml.YAMLToJSON(t.Raw)
	if err != nil {
		if unrendered(t.Raw) != "" {
			return []Content{template(t)}, nil
		}
		return nil, invalid(t, err)
	}
	return []Content{{Object: raw, Position: nodePositions(max(t.Line, 1), t.Raw, root)}}, nil
}

// behind is the error of what stands behind a mapping in braces: a parser that is asked for one document leaves it unread.
func behind(raw []byte) error {
	if body := bytes.TrimLeft(bytes.TrimPrefix(raw, []byte(byteOrderMark)), " \t\r\n"); len(body) == 0 || body[0] != '{' {
		return nil
	}
	return decodes(bytes.NewReader(raw))
}

// decodes is the error of a stream of documents.
func decodes(r io.Reader) (err error) {
	defer recovered(&err)
	dec := yaml.NewDecoder(r)
	for {
		if err := dec.Decode(&yaml.Node{}); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

var lineInError = regexp.MustCompile(`^(?:yaml: |error converting YAML to JSON: |yaml: )*line ([0-9]{1,9}): `)

// placed gives an error of a parser, which counts from the start of its text, its line in the file.
func placed(err error, first int) error {
	first = max(first, 1)
	var at *Error
	if errors.As(err, &at) {
		return err
	}
	text := err.Error()
	if m := lineInError.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		return &Error{first + max(n-1, 0), errors.New(text[len(m[0]):])}
	}
	return &Error{first, err}
}

// invalid is the error of a text that the parser of YAML does not take, which is also the one of JSON with faults.
func invalid(t Text, err error) error {
	format := "YAML"
	if trimmed := bytes.TrimLeft(t.Raw, " \t\r\n"+byteOrderMark); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		format = "JSON"
	}
	at := placed(err, t.Line).(*Error)
	if n := lineOfFault(t.Raw, at.Err.Error()); n > 0 {
		at.Line = max(t.Line, 1) + n - 1
	}
	return &Error{at.Line, fmt.Errorf("not valid %s: %w; correct this line or the one above it", format, at.Err)}
}

var comment = regexp.MustCompile(`(?m)(?:^|[ \t])#.*`)

var unknownAnchor = regexp.MustCompile(`unknown anchor '([^']+)' referenced`)

// lineOfFault finds the line of a fault that the parser names without one: an alias of no anchor, and what is no text; 0 where it
// names another.
func lineOfFault(raw []byte, fault string) int {
	at := -1
	m := unknownAnchor.FindStringSubmatch(fault)
	switch {
	case m != nil:
		alias := regexp.MustCompile(`\*` + regexp.QuoteMeta(m[1]) + `(?:[\s,\]}]|$)`)
		found := alias.FindIndex(comment.ReplaceAllFunc(raw, func(text []byte) []byte { return bytes.Repeat([]byte(" "), len(text)) }))
		if found == nil { // behind a # that begins no comment
			found = alias.FindIndex(raw)
		}
		if found != nil {
			at = found[0]
		}
	case strings.Contains(fault, "control characters"):
		at = bytes.IndexFunc(raw, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfffe || r == 0xffff
		})
	case strings.Contains(fault, "UTF-8"):
		for at = 0; at < len(raw); {
			r, size := utf8.DecodeRune(raw[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
	}
	if at < 0 {
		return 0
	}
	return 1 + bytes.Count(raw[:at], []byte("\n"))
}

// LineIn parts an error's text that begins with the line of a document from the rest; 0 where it does not.
func LineIn(text string) (line int, rest string) {
	m := lineInError.FindStringSubmatch(text)
	if m == nil {
		return 0, text
	}
	line, _ = strconv.Atoi(m[1])
	return line, text[len(m[0]):]
}

// keyTwice finds a key that stands twice in one mapping, and the lines of both; line is 0 where there is none.
func keyTwice(n *yaml.Node) (key string, line, first int) {
	if n.Kind == yaml.MappingNode {
		seen := make(map[string]int, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode {
				continue
			}
			if first, known := seen[k.Value]; known {
				return k.Value, k.Line, first
			}
			seen[k.Value] = k.Line
		}
	}
	for _, child := range n.Content { // what an alias stands for is looked at where it is written
		if key, line, first = keyTwice(child); line > 0 {
			return key, line, first
		}
	}
	return "", 0, 0
}

// CheckTwice is an error for YAML text, such as a value of a ConfigMap, with a key that stands twice in one mapping.
func CheckTwice(text string) error {
	root, err := Nodes([]byte(text))
	if err != nil {
		return nil
	}
	if key, line, first := keyTwice(root); line > 0 {
		return fmt.Errorf("key %q of its line %d is already on its line %d: keep one of the two", key, line, first)
	}
	return nil
}

// keptNodes bounds the text, in bytes, whose nodes are parsed again where somebody asks for a line after they were dropped.
const keptNodes = 1 << 20

// nodePositions tells the places of a document from its nodes, which take many times the room of its text: of thousands of
// files they are not held. A large document's are, for they take long to make.
func nodePositions(first int, raw []byte, root *yaml.Node) func(at patch.Path) (line, column int) {
	if len(raw) > keptNodes {
		return func(at patch.Path) (int, int) {
			line, column := nodePosition(root, at)
			return first - 1 + line, column
		}
	}
	held := weak.Make(root)
	var one sync.Mutex
	return func(at patch.Path) (int, int) {
		one.Lock()
		defer one.Unlock()
		n := held.Value()
		if n == nil {
			n, _ = Nodes(raw) // it was read without an error before
			held = weak.Make(n)
		}
		line, column := nodePosition(n, at)
		return first - 1 + line, column
	}
}

// Nodes parses a document. A node without a kind: there is nothing in it.
func Nodes(raw []byte) (root *yaml.Node, err error) {
	defer recovered(&err)
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return &doc, nil
	}
	return doc.Content[0], nil
}

// recovered makes an error of a panic of the parser, which is fed whatever a user has on disk: that text is refused like any
// other that it cannot read.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the parser failed: %v", r)
	}
}

func nothing(n *yaml.Node) bool {
	return n.Kind == 0 || n.Kind == yaml.DocumentNode || n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// nodePosition follows a path as far as it leads and gives the place reached, from 1. A number that leads on from text is a
// line of that text, from 1: it can be told where the text is a literal block, which begins below its mark.
func nodePosition(n *yaml.Node, at patch.Path) (line, column int) {
	line, column = n.Line, n.Column
	for _, segment := range at {
		key, value := child(n, segment)
		if value == nil {
			if inside, err := strconv.Atoi(segment); err == nil && n.Kind == yaml.ScalarNode && n.Style&yaml.LiteralStyle != 0 {
				return n.Line + inside, 1
			}
			return line, column
		}
		line, column, n = key.Line, key.Column, value
	}
	return line, column
}

func child(n *yaml.Node, segment string) (key, value *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == segment {
				key, value = n.Content[i], n.Content[i+1] // of a key that stands twice the last wins
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(segment); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return key, value
}

func quoted(text string) json.RawMessage {
	raw, _ := json.Marshal(text)
	return raw
}
