package plugin

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// printer keeps what is shown from doing anything to a terminal, and secrets to themselves. What was read from files stays
// exact when it goes to a file or a pipe, so that patch and spark-submit can use it.
type printer struct {
	live   bool // objects of a cluster: their text is no file's
	hide   bool
	exact  bool
	masked bool // something was
}

func (e *env) printer(fromFiles, showSecrets bool) *printer {
	terminal := terminal.Of(e.Out).Terminal
	return &printer{live: !fromFiles, hide: (!fromFiles || terminal) && !showSecrets, exact: (fromFiles || showSecrets) && !terminal}
}

// maskedNote is said where something was masked.
const maskedNote = "values that look like secrets are masked: this cannot be applied as it is; --show-secrets prints them"

// text makes each line safe.
func (p *printer) text(text string) string {
	if p.exact {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean.Text(line)
	}
	return strings.Join(lines, "\n")
}

// diff gives a difference, piece by piece, as it may be shown. of makes it of texts that hide leaves without their secrets.
func (p *printer) diff(of func(hide func([]byte) []byte) iter.Seq[string]) iter.Seq[string] {
	said := p.masked
	var hide func([]byte) []byte
	if p.hide {
		hide = p.object
	}
	hunks := of(hide)
	p.masked = said // what it shows tells
	return func(yield func(string) bool) {
		for hunk := range hunks {
			text := p.text(hunk)
			if p.hide && strings.HasPrefix(text, "--- ") && strings.Contains(text, "://") { // names of files
				text = mask.Message(text)
			}
			p.masked = p.masked || p.hide && strings.Contains(text, mask.Masked)
			if !yield(text) {
				return
			}
		}
	}
}

// object is the text of an object or a file with its secrets masked; without any it is what it was.
func (p *printer) object(text []byte) []byte {
	if !p.hide {
		return text
	}
	if !p.live {
		hidden := mask.Document(text)
		p.masked = p.masked || !bytes.Equal(hidden, text)
		return hidden
	}
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		return text // it was written as YAML by objectFile
	}
	hidden := p.json(raw)
	if bytes.Equal(hidden, raw) {
		return text
	}
	out, err := yaml.JSONToYAML(hidden)
	if err != nil {
		return text
	}
	return out
}

// json masks a value of JSON; without a secret in it, it is what it was.
func (p *printer) json(raw []byte) []byte {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if !p.hide || decoder.Decode(&value) != nil {
		return raw
	}
	before, _ := json.Marshal(value) // it was decoded a line before: it has a form
	after, _ := json.Marshal(mask.Tree(value))
	if bytes.Equal(before, after) {
		return raw
	}
	p.masked = true
	return after
}

// value is the value of a key.
func (p *printer) value(key, value string) string {
	if !p.hide {
		return value
	}
	hidden := mask.Value(key, value)
	p.masked = p.masked || hidden != value
	return hidden
}
