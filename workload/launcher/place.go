package launcher

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Place is where a custom resource holds a key.
type Place struct {
	At   patch.Path
	kind string // text, whole (a number without a fraction) or truth
}

// valueOf writes a value as the field's type has it.
func (p Place) valueOf(text string) (json.RawMessage, error) {
	switch p.kind {
	case "whole":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != text {
			return nil, fmt.Errorf("%s takes a whole number, and %q is none", p.At.Field(), text)
		}
		return json.RawMessage(text), nil
	case "truth":
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("%s takes true or false", p.At.Field())
		}
		return json.RawMessage(text), nil
	}
	return patch.Text(text), nil
}

// put gives a place of an object a value, with the parents that are missing.
func put(raw []byte, p Place, text string) ([]patch.Op, error) {
	value, err := p.valueOf(text)
	if err != nil {
		return nil, err
	}
	return []patch.Op{patch.Put(raw, p.At, value)}, nil
}
