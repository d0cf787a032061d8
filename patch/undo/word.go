package undo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Bare is an entry without what it says of creation.
func Bare(entry string) string {
	place, suffix, _ := strings.Cut(entry, " ")
	if suffix != "" {
		suffix = " " + suffix
	}
	place = strings.TrimLeft(place, "+")
	if before, rest, ok := strings.Cut(place, "/+"); ok {
		place = before + "/" + strings.TrimLeft(rest, "+")
	}
	return place + suffix
}

// Added is the entry for a place that was added whole to an object.
func Added(raw []byte, at patch.Path) string {
	value, _ := patch.Lookup(raw, at)
	return words(raw, at, len(at)-1) + " #" + Hash(value)
}

// Extended is the entry for an option that was put behind the text at a place of an object. alone: the text was empty; plain:
// it had no quotes.
func Extended(raw []byte, at patch.Path, option string, alone, plain bool) string {
	marks := ""
	if plain {
		marks = "~"
	}
	if alone {
		marks += "^"
	}
	return words(raw, at, -1) + " " + marks + option
}

// AppendSegment appends a segment of a place, escaped as in a pointer. A blank ends a place, so one within a segment is ~2.
func AppendSegment(b []byte, segment string) []byte {
	for {
		part, rest, more := strings.Cut(segment, " ")
		b = patch.AppendSegment(b, part)
		if !more {
			return b
		}
		b = append(b, blank...)
		segment = rest
	}
}

const blank = "~2"

// words names a place, elements of lists by what finds them again.
func words(raw []byte, at patch.Path, created int) string {
	tree, err := decode(raw)
	if err != nil {
		return at.Pointer()[1:]
	}
	var b strings.Builder
	node := tree
	for i, segment := range at {
		if i > 0 {
			b.WriteByte('/')
		}
		if i == created {
			b.WriteByte('+')
		}
		key, below := child(node, segment)
		if list, ok := node.([]any); ok {
			below = get(list, at[i:i+1])
			segment = "[" + segment + "]"
			if element, ok := below.(map[string]any); ok {
				for _, field := range []string{"mountPath", "name"} {
					name, _ := element[field].(string)
					if found, _ := child(node, name); name != "" && found == at[i] {
						segment = name
						break
					}
				}
			}
		} else if key == "" {
			below = nil // it is being made
		}
		b.Write(AppendSegment(nil, segment))
		node = below
	}
	return b.String()
}

// Hash is short for a JSON value, whatever the order of its members and its white space.
func Hash(raw []byte) string {
	value, err := decode(raw)
	if err != nil {
		return "unreadable"
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return "unreadable"
	}
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:6])
}

func decode(raw []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	return value, nil
}
