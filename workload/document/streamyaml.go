package document

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// yamlStream cuts YAML into documents, and a list into its items, by their lines: an item begins with a dash in the column of
// the first one, and all that belongs to it stands further in.
type yamlStream struct {
	name  string
	visit func(Object) error

	line    int // of the line that is looked at
	text    bytes.Buffer
	begun   int // line of text
	kind    string
	version string
	list    bool // within items
	column  int  // of the dashes; -1 before the first
	count   int
	done    bool // items came to their end
}

func streamYAML(name string, r io.Reader, visit func(Object) error) error {
	s := &yamlStream{name: name, visit: visit, begun: 1}
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(in)
		if len(line) > 0 {
			s.line++
			if err := s.take(line); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return s.end()
		case errors.Is(err, errTooLarge):
			return tooLarge(s.line + 1)
		case err != nil:
			return err
		}
	}
}

// readLine reads a line with its break, which is valid until the next call.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(long) > MaxWhole {
			return nil, errTooLarge
		}
		line, err = in.ReadSlice('\n')
		long = append(long, line...)
	}
	return long, err
}

func (s *yamlStream) take(line []byte) error {
	bare := bytes.TrimRight(line, " \t\r\n")
	switch {
	case bytes.Equal(bare, []byte("---")) || bytes.HasPrefix(bare, []byte("--- ")):
		if err := s.end(); err != nil {
			return err
		}
		s.begun = s.line
	case s.list:
		blank := len(bytes.TrimLeft(bare, " \t")) == 0 || bytes.TrimLeft(bare, " \t")[0] == '#'
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		dash := !blank && (bytes.HasPrefix(bare[indent:], []byte("- ")) || string(bare[indent:]) == "-")
		switch {
		case blank:
		case dash && (s.column < 0 || indent == s.column):
			if err := s.item(); err != nil {
				return err
			}
			s.column, s.begun = indent, s.line
			line = bytes.Clone(line)
			line[indent] = ' ' // what follows the dash is a mapping of its own
		case s.column < 0 || indent <= s.column:
			if err := s.item(); err != nil {
				return err
			}
			s.list, s.done, s.begun = false, true, s.line
		}
	case string(bare) == "items:" && (s.kind == "" || strings.HasSuffix(s.kind, "List")):
		s.list, s.column, s.count = true, -1, 0
		s.text.Reset() // what stands before it is the list's own
		return nil
	default:
		if rest, ok := bytes.CutPrefix(bare, []byte("kind:")); ok {
			s.kind = strings.Trim(string(rest), " \t\"'")
		}
		if rest, ok := bytes.CutPrefix(bare, []byte("apiVersion:")); ok {
			s.version = strings.Trim(string(rest), " \t\"'")
		}
	}
	if s.text.Write(line); s.text.Len() > MaxWhole {
		return tooLarge(s.begun)
	}
	return nil
}

// item hands an item of a list over, if one has begun.
func (s *yamlStream) item() error {
	begun := s.column >= 0
	raw := bytes.Clone(s.text.Bytes())
	s.text.Reset()
	if !begun {
		return nil
	}
	o := item(Object{APIVersion: s.version, Kind: s.kind}, s.count)
	s.count++
	return s.read(raw, o)
}

// end hands over what is left of a document.
func (s *yamlStream) end() error {
	var err error
	if s.list {
		err = s.item()
	} else if !s.done {
		raw := bytes.Clone(s.text.Bytes())
		s.text.Reset()
		err = s.read(raw, Object{})
	}
	s.text.Reset()
	s.list, s.done, s.kind, s.version = false, false, "", ""
	return err
}

func (s *yamlStream) read(raw []byte, o Object) error {
	found, err := readYAML(Text{Name: s.name, Raw: raw, Line: s.begun})
	if err != nil {
		return err
	}
	for _, c := range found {
		o.Content, o.Raw, o.Line = c, raw, s.begun
		if len(o.At) > 0 {
			o.Position = below(o.At, c.Position)
		}
		if err := s.visit(o); err != nil {
			return err
		}
	}
	return nil
}
