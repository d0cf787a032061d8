package workload

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// File is a file of documents that can be edited; what no edit touches stays byte for byte.
type File struct {
	Name string
	Raw  []byte // as it was opened
	Docs []*Document

	parts []part
}

// part is a stretch of a file: one YAML document with the marker in front of it, or a whole properties file.
type part struct {
	raw        []byte
	line       int // of its first byte, from 1
	properties bool
}

// Open reads a manifest file (YAML of one or many documents, or JSON) or a Spark properties file. Empty documents
// are left out. Its error names file and line; a document over MaxDocument or a file over MaxFile is one.
func Open(name string, raw []byte) (*File, error) {
	if len(raw) > MaxFile {
		return nil, fmt.Errorf("%s: %d bytes, at most %d (64 MiB) are read: split the file", name, len(raw), MaxFile)
	}
	f := &File{Name: name, Raw: raw}
	if looksLikeProperties(name, raw) {
		f.parts = []part{{raw: raw, line: 1, properties: true}}
	} else {
		f.parts = split(raw)
	}
	for i := range f.parts {
		docs, err := f.read(i)
		if err != nil {
			return nil, err
		}
		f.Docs = append(f.Docs, docs...)
	}
	return f, nil
}

// Bytes is the file with the edits that were made.
func (f *File) Bytes() []byte {
	var out []byte
	for i := range f.parts {
		out = append(out, f.parts[i].raw...)
	}
	return out
}

func (f *File) read(i int) ([]*Document, error) {
	p := &f.parts[i]
	if len(p.raw) > MaxDocument {
		return nil, fmt.Errorf("%s:%d: a document of %d bytes, at most %d (32 MiB) are read: split it", f.Name, p.line, len(p.raw), MaxDocument)
	}
	var docs []*Document
	var err error
	if p.properties {
		docs, err = readProperties(p.raw)
	} else {
		docs, err = readYAML(f.Name, p)
	}
	if err != nil {
		return nil, f.placed(err, p.line)
	}
	for _, d := range docs {
		d.part = i
	}
	return docs, nil
}

// placedError is an error that knows its line in the file.
type placedError struct {
	line int
	err  error
}

func (e *placedError) Error() string { return e.err.Error() }
func (e *placedError) Unwrap() error { return e.err }

var lineInError = regexp.MustCompile(`^(?:yaml: |error converting YAML to JSON: |yaml: )*line ([0-9]{1,9}): `)

// placed puts file and line in front of an error. Parsers count from the start of their part.
func (f *File) placed(err error, first int) error {
	var at *placedError
	if errors.As(err, &at) {
		return fmt.Errorf("%s:%d: %w", f.Name, max(at.line, 1), err)
	}
	text := err.Error()
	if m := lineInError.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		return fmt.Errorf("%s:%d: %s", f.Name, first+max(n-1, 0), text[len(m[0]):])
	}
	return fmt.Errorf("%s:%d: %w", f.Name, first, err)
}

func split(raw []byte) []part {
	docs := patchyaml.Split(raw)
	parts := make([]part, len(docs))
	for i, d := range docs {
		parts[i] = part{raw: raw[d.Start:d.End:d.End], line: d.Line}
	}
	return parts
}

var propertyLine = regexp.MustCompile(`^spark\.[A-Za-z0-9_.\-]+[ \t=:]`)

// looksLikeProperties goes by the name, else by the first line that says something.
func looksLikeProperties(name string, raw []byte) bool {
	switch path.Ext(name) {
	case ".conf", ".properties":
		return true
	}
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		text := bytes.TrimLeft(line, " \t\f\r")
		if len(text) > 0 && text[0] != '#' && text[0] != '!' {
			return propertyLine.Match(text)
		}
		raw = rest
	}
	return false
}

func readProperties(raw []byte) ([]*Document, error) {
	conf, err := spark.ParseProperties(raw)
	if err != nil {
		return nil, err
	}
	return []*Document{{Line: 1, Conf: conf, Properties: true, lines: func(p patch.Path) int {
		if len(p) == 1 {
			return conf[p[0]].Line
		}
		return 1
	}}}, nil
}
