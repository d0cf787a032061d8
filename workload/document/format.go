// Package document reads the texts that hold documents, whatever they are called: YAML, JSON, properties, shell scripts, Dockerfiles, and
// texts that are nothing of Spark's. It knows no kind of Kubernetes and no launcher: package workload makes workloads of
// what it reads. It is pure: bytes in, bytes out. Start reading at Format.
package document

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// Bounds, in bytes. What is larger than MaxWhole is read piece by piece, and not edited; no piece may be larger.
const MaxWhole = 8 << 20

// Format is one way in which a text holds documents. To add one, make a value of it in a file, and name it in Formats.
type Format struct {
	Name string
	// Match says whether a text is of the format, by its content: its name decides only where the content leaves it open.
	Match func(t Text) bool
	// Split cuts a text into pieces that are read and edited each by itself; nil: the text is one piece.
	Split func(raw []byte) []Text
	// Read gives what a piece holds: nothing, or one content, or several.
	Read func(t Text) ([]Content, error)
	// Edit carries operations out on a piece; nil: the format cannot be edited.
	Edit func(raw []byte, ops []patch.Op) ([]byte, error)
}

// Text is a text or a piece of one, and where it stands.
type Text struct {
	Name string // of its file
	Raw  []byte
	Line int // of its first byte in the file, from 1
	// Root is the node of YAML that was parsed before; nil: it is parsed.
	Root *yaml.Node
}

// Content is what a format finds in a text. Exactly one of Object, Settings, Command, Dockerfile and Other is set.
type Content struct {
	// Object is an object as JSON.
	Object []byte
	// Settings are those of a properties file; keys without a value have an empty one.
	Settings spark.Conf
	// Command is one command of a script.
	Command *Command
	// Dockerfile is one that is Spark's.
	Dockerfile *dockerfile.File
	// Other says what the text is where it is no document of ours: "logging configuration".
	Other string
	// Note says why the text was not checked, and what to do; "" where there is nothing to say.
	Note string
	// Position is where a field, a key or an argument stands in the file, from 1; of the nearest one above it where it is missing.
	Position func(at patch.Path) (line, column int)
}

// Formats are all formats. The first that matches is a text's; the last matches everything.
func Formats() []Format {
	return []Format{EventLog(), Dockerfile(), JSON(), JSONs(), Shell(), Markup(), Blocks(), Logging(), Properties(), Foreign(), YAML()}
}

// Of is the format of a text.
func Of(t Text) Format {
	t.Raw = bytes.TrimPrefix(t.Raw, []byte(byteOrderMark))
	formats := Formats()
	for _, f := range formats {
		if f.Match(t) {
			return f
		}
	}
	return formats[len(formats)-1]
}

// byteOrderMark is what some editors begin a file with.
const byteOrderMark = "\ufeff"

// Error is an error that knows its line in the file.
type Error struct {
	Line int
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// twice is the error of a key that stands twice in one mapping.
func twice(key string, line, first int) error {
	return &Error{line, fmt.Errorf("key %q is already on line %d: keep one of the two", key, first)}
}
