// Package safe keeps what is printed from doing anything to a terminal, and secrets out of it. Start with To.
package safe

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// Printer keeps what is shown from doing anything to a terminal, and secrets to themselves. What was read from files stays
// exact when it goes to a file or a pipe, so that patch and spark-submit can use it.
type Printer struct {
	live   bool // objects of a cluster: their text is no file's
	Hide   bool // secrets are masked
	exact  bool
	Masked bool // something was
}

// To is a Printer for an output. Text of files stays exact where it goes to a file or a pipe.
func To(out io.Writer, fromFiles, showSecrets bool) *Printer {
	terminal := terminal.Of(out).Terminal
	return &Printer{live: !fromFiles, Hide: (!fromFiles || terminal) && !showSecrets, exact: (fromFiles || showSecrets) && !terminal}
}

// Shown is a Printer for what people read only: no byte of it has to stay exact.
func Shown(fromFiles, showSecrets bool) *Printer {
	return &Printer{live: !fromFiles, Hide: !showSecrets}
}

// MaskedNote is said where something was masked.
const MaskedNote = "values that look like secrets are masked: this cannot be applied as it is; --show-secrets prints them"

// Text makes each line safe.
func (p *Printer) Text(text string) string {
	if p.exact {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean.Text(line)
	}
	return strings.Join(lines, "\n")
}

// Diff gives a difference, piece by piece, as it may be shown. of makes it of texts that hide leaves without their secrets.
func (p *Printer) Diff(of func(hide func([]byte) []byte) iter.Seq[string]) iter.Seq[string] {
	said := p.Masked
	var hide func([]byte) []byte
	if p.Hide {
		hide = p.Object
	}
	hunks := of(hide)
	p.Masked = said // what it shows tells
	return func(yield func(string) bool) {
		for hunk := range hunks {
			text := p.Text(hunk)
			if p.Hide && strings.HasPrefix(text, "--- ") && strings.Contains(text, "://") { // names of files
				text = mask.Message(text)
			}
			p.Masked = p.Masked || p.Hide && strings.Contains(text, mask.Masked)
			if !yield(text) {
				return
			}
		}
	}
}

// Object is the text of an object or a file with its secrets masked; without any it is what it was.
func (p *Printer) Object(text []byte) []byte {
	if !p.Hide {
		return text
	}
	if !p.live {
		hidden := mask.Document(text)
		p.Masked = p.Masked || !bytes.Equal(hidden, text)
		return hidden
	}
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		return text // it was written as YAML by objectFile
	}
	hidden := p.JSON(raw)
	if bytes.Equal(hidden, raw) {
		return text
	}
	out, err := yaml.JSONToYAML(hidden)
	if err != nil {
		return text
	}
	return out
}

// JSON masks a value of JSON; without a secret in it, it is what it was.
func (p *Printer) JSON(raw []byte) []byte {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if !p.Hide || decoder.Decode(&value) != nil {
		return raw
	}
	before, _ := json.Marshal(value) // it was decoded a line before: it has a form
	after, _ := json.Marshal(mask.Tree(value))
	if bytes.Equal(before, after) {
		return raw
	}
	p.Masked = true
	return after
}

// Value is the value of a key.
func (p *Printer) Value(key, value string) string {
	if !p.Hide {
		return value
	}
	hidden := mask.Value(key, value)
	p.Masked = p.Masked || hidden != value
	return hidden
}
