package patch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Diff returns add, replace and remove operations that turn one JSON document into the other. It is written by
// hand because the libraries at hand read numbers as floating point and lose the digits of large integers.
// Operations come in document order with keys sorted; numbers that differ in spelling only are the same.
func Diff(before, after []byte) ([]Op, error) {
	if !json.Valid(before) {
		return nil, fmt.Errorf("diff: the first document is not JSON")
	}
	if !json.Valid(after) {
		return nil, fmt.Errorf("diff: the second document is not JSON")
	}
	return diffValue(nil, Path{}, bytes.TrimSpace(before), bytes.TrimSpace(after))
}

func diffValue(ops []Op, at Path, before, after []byte) ([]Op, error) {
	switch {
	case bytes.Equal(before, after):
		return ops, nil
	case before[0] == '{' && after[0] == '{':
		return diffObject(ops, at, before, after)
	case before[0] == '[' && after[0] == '[':
		return diffList(ops, at, before, after)
	}
	same, err := SameJSON(before, after)
	if err != nil || same {
		return ops, err
	}
	return append(ops, Op{Op: Replace, Path: at.Pointer(), Value: after}), nil
}

func diffObject(ops []Op, at Path, before, after []byte) ([]Op, error) {
	var old, wanted map[string]json.RawMessage
	if err := json.Unmarshal(before, &old); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(after, &wanted); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if _, kept := wanted[key]; !kept {
			ops = append(ops, Op{Op: Remove, Path: at.With(key).Pointer()})
		}
	}
	var err error
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		value, known := old[key]
		if !known {
			ops = append(ops, Op{Op: Add, Path: at.With(key).Pointer(), Value: wanted[key]})
		} else if ops, err = diffValue(ops, at.With(key), value, wanted[key]); err != nil {
			return nil, err
		}
	}
	return ops, nil
}

// diffList leaves the common head and tail alone, edits what is between in pairs, then adds or removes the rest.
func diffList(ops []Op, at Path, before, after []byte) ([]Op, error) {
	var old, wanted []json.RawMessage
	if err := json.Unmarshal(before, &old); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(after, &wanted); err != nil {
		return nil, err
	}
	head := 0
	for head < len(old) && head < len(wanted) && sameRaw(old[head], wanted[head]) {
		head++
	}
	for len(old) > head && len(wanted) > head && sameRaw(old[len(old)-1], wanted[len(wanted)-1]) {
		old, wanted = old[:len(old)-1], wanted[:len(wanted)-1]
	}
	var err error
	for ; head < len(old) && head < len(wanted); head++ {
		if ops, err = diffValue(ops, at.With(strconv.Itoa(head)), old[head], wanted[head]); err != nil {
			return nil, err
		}
	}
	for i := len(old) - 1; i >= head; i-- {
		ops = append(ops, Op{Op: Remove, Path: at.With(strconv.Itoa(i)).Pointer()})
	}
	for i := head; i < len(wanted); i++ {
		ops = append(ops, Op{Op: Add, Path: at.With(strconv.Itoa(i)).Pointer(), Value: wanted[i]})
	}
	return ops, nil
}

func sameRaw(a, b []byte) bool {
	same, err := SameJSON(a, b)
	return err == nil && same
}

// SameJSON compares two documents by what they say: the order of keys and the spelling of numbers and strings
// do not count. It fails if either is not JSON.
func SameJSON(a, b []byte) (bool, error) {
	if bytes.Equal(a, b) && json.Valid(a) {
		return true, nil
	}
	var left, right any
	for _, side := range []struct {
		raw  []byte
		into *any
	}{{a, &left}, {b, &right}} {
		dec := json.NewDecoder(bytes.NewReader(side.raw))
		dec.UseNumber()
		if err := dec.Decode(side.into); err != nil {
			return false, fmt.Errorf("compare: %w", err)
		}
	}
	return same(left, right), nil
}

func same(a, b any) bool {
	switch left := a.(type) {
	case map[string]any:
		right, ok := b.(map[string]any)
		return ok && maps.EqualFunc(left, right, same)
	case []any:
		right, ok := b.([]any)
		return ok && slices.EqualFunc(left, right, same)
	case json.Number:
		right, ok := b.(json.Number)
		return ok && sameNumber(left.String(), right.String())
	}
	return a == b
}

// sameNumber compares integers exactly and everything else as double precision, which is all YAML keeps.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if !strings.ContainsAny(a+b, ".eE") {
		x, okX := new(big.Int).SetString(a, 10)
		y, okY := new(big.Int).SetString(b, 10)
		return okX && okY && x.Cmp(y) == 0
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}
