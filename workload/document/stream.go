package document

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// Object is one object of a text that is read piece by piece.
type Object struct {
	Content
	Raw  []byte // as it stands in the text
	Line int    // of its first byte
	// At is its place in the list that it stands in; nil where it stands in none. APIVersion and Kind are those that the list
	// gives it, "" where it does not.
	At               patch.Path
	APIVersion, Kind string
}

// Look looks at an object, maybe at several at a time, and gives what is to be done with it, which is done in the order in
// which the objects stand in the text.
type Look func(Object) (visit func() error)

// Stream reads the objects of YAML or JSON of any size and hands them on as they come, those of a list one by one: while the next
// ones are read, those before are looked at. None may be larger than MaxWhole. An object that was visited is not held any longer.
func Stream(name string, r io.Reader, look Look) error {
	head := make([]byte, 4<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	all := io.MultiReader(bytes.NewReader(head), r)
	body := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
	if len(body) > 0 && body[0] == '{' {
		if bytes.HasPrefix(head, []byte(byteOrderMark)) {
			all = io.MultiReader(bytes.NewReader(head[len(byteOrderMark):]), r)
		}
		return streamJSON(name, all, look)
	}
	switch format := Of(Text{Name: name, Raw: head, Line: 1}); format.Name {
	case "YAML", "JSON":
		return streamYAML(name, all, func(o Object) error { return look(o)() })
	default:
		return &Error{1, fmt.Errorf("this %s file is larger than %d MiB and is not read", format.Name, MaxWhole>>20)}
	}
}

// tooLarge is the error of one piece that is.
func tooLarge(line int) error {
	return &Error{line, fmt.Errorf("an object of more than %d MiB is not read: split it", MaxWhole>>20)}
}

// counted is a reader that knows on which line an offset is, and lets no more than MaxWhole bytes pass between two marks.
type counted struct {
	from   io.Reader
	read   int64
	marked int64
	breaks []int64 // offsets of line breaks behind the last offset asked for
	line   int     // breaks before them, and one
	start  int64   // of that line
}

var errTooLarge = errors.New("too large")

func (c *counted) Read(p []byte) (int, error) {
	if c.read-c.marked > MaxWhole {
		return 0, errTooLarge
	}
	n, err := c.from.Read(p)
	for i := 0; i < n; i++ {
		next := bytes.IndexByte(p[i:n], '\n')
		if next < 0 {
			break
		}
		i += next
		c.breaks = append(c.breaks, c.read+int64(i))
	}
	c.read += int64(n)
	return n, err
}

// at gives line and column of an offset; offsets are asked for in their order.
func (c *counted) at(offset int64) (line, column int) {
	n := 0
	for n < len(c.breaks) && c.breaks[n] < offset {
		c.start = c.breaks[n] + 1
		n++
	}
	c.line += n
	c.breaks = append(c.breaks[:0], c.breaks[n:]...)
	return c.line + 1, int(offset-c.start) + 1
}

// jsonStream reads objects, one behind the other.
type jsonStream struct {
	name string
	in   *counted
	dec  *json.Decoder
	look Look
}

func streamJSON(name string, r io.Reader, look Look) error {
	in := &counted{from: r}
	s := &jsonStream{name, in, json.NewDecoder(in), look}
	for {
		token, err := s.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && token != json.Delim('{') {
			err = errNoObject
		}
		if err == nil {
			err = s.object()
		}
		if err != nil {
			return s.placed(err)
		}
	}
}

func (s *jsonStream) placed(err error) error {
	var at *Error
	if errors.As(err, &at) {
		return err
	}
	line, _ := s.in.at(s.dec.InputOffset()) // behind the last value that was read
	if errors.Is(err, errTooLarge) {
		return tooLarge(line)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errors.New("the file ends in the middle of an object")
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		err = fmt.Errorf("the object that begins here is no JSON: %w", err)
	}
	return &Error{line, err}
}

// object reads the members of one object, whose brace was read: of a list the items, and of others nothing but their kind.
func (s *jsonStream) object() error {
	var list Object
	start := s.dec.InputOffset() - 1
	begun, _ := s.in.at(start)
	seen := map[string]int{}
	items := false
	for s.dec.More() {
		s.in.marked = s.in.read
		token, err := s.dec.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		line, _ := s.in.at(s.dec.InputOffset() - 1)
		if before, known := seen[key]; known {
			return twice(key, line, before)
		}
		seen[key] = line
		if key == "items" {
			if items, err = s.items(list); err != nil {
				return err
			}
			continue
		}
		var value json.RawMessage
		if err := s.dec.Decode(&value); err != nil {
			return err
		}
		switch key {
		case "kind":
			_ = json.Unmarshal(value, &list.Kind) // no text: none
		case "apiVersion":
			_ = json.Unmarshal(value, &list.APIVersion)
		}
	}
	if _, err := s.dec.Token(); err != nil {
		return err
	}
	if size := s.dec.InputOffset() - start; !items && size <= MaxWhole {
		return &Error{begun, fmt.Errorf("a JSON file of more than %d MiB is read as a List, and this is none: put the objects into one, or split the file", MaxWhole>>20)}
	}
	if !items {
		return &Error{begun, fmt.Errorf("an object of more than %d MiB that is no list is not read", MaxWhole>>20)}
	}
	return nil
}

// items reads a list. is says whether it was one.
func (s *jsonStream) items(list Object) (is bool, err error) {
	token, err := s.dec.Token()
	if err != nil || token != json.Delim('[') {
		return false, errors.Join(err, errors.New("items is no list"))
	}
	queue := newQueue()
	for i := 0; s.dec.More() && !queue.stopped(); i++ {
		s.in.marked = s.in.read
		var raw json.RawMessage
		if err = s.dec.Decode(&raw); err != nil {
			break
		}
		line, column := s.in.at(s.dec.InputOffset() - int64(len(raw)))
		if string(raw) != "null" {
			o := item(list, i)
			o.Raw, o.Line = raw, line
			queue.put(len(raw), func() func() error { return s.element(o, column) })
		}
	}
	if before := queue.end(); before != nil || err != nil {
		return true, cmp.Or(before, err)
	}
	_, err = s.dec.Token()
	return true, err
}

// element looks at an element of a list, whose first character stands in a column.
func (s *jsonStream) element(o Object, column int) (visit func() error) {
	if key, first, again, found := patchjson.Twice(o.Raw); found {
		l := newLines(Text{Line: o.Line}, o.Raw)
		return func() error { return twice(key, l.line(again), l.line(first)) }
	}
	o.Content = Content{Object: o.Raw, Position: below(o.At, shifted(positions(o.Raw, newLines(Text{Line: o.Line}, o.Raw)), o.Line, column))}
	return s.look(o)
}

// item is the element of a list by its index, before it is read.
func item(list Object, i int) Object {
	return Object{At: patch.Path{"items", strconv.Itoa(i)}, APIVersion: list.APIVersion, Kind: strings.TrimSuffix(list.Kind, "List")}
}

// below makes positions of an element answer for paths that begin at the list.
func below(at patch.Path, positions func(patch.Path) (int, int)) func(patch.Path) (line, column int) {
	return func(p patch.Path) (int, int) { return positions(p[min(len(at), len(p)):]) }
}

// shifted moves the columns of a text's first line, which begins in the middle of one.
func shifted(positions func(patch.Path) (int, int), first, column int) func(patch.Path) (line, column int) {
	return func(p patch.Path) (int, int) {
		l, c := positions(p)
		if l == first {
			c += column - 1
		}
		return l, c
	}
}
