package rule

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Undo gives the operations that take back what the report of an injected template says was done to it.
// raw is the template: an object with metadata and spec. Without a report there are none. An edit whose place
// has changed since (the value is gone, the text is no longer at its end) is left alone and named in kept.
func Undo(raw []byte) (ops []patch.Op, kept []string, err error) {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, nil, fmt.Errorf("read the template: %w", err)
	}
	metadata, _ := tree["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text, had := annotations[ReportAnnotation].(string)
	if !had {
		return nil, nil, nil
	}
	report, err := ReadReport(text)
	if err != nil {
		return nil, nil, err
	}
	u := undoer{tree: tree, container: report.Container}
	own := patch.Path{"metadata", "annotations", ReportAnnotation}.Pointer()[1:]
	// The report was written last, so its annotation goes first; its entry says whether it made the map.
	mine := own
	for _, undo := range report.Undo {
		if bare(undo) == own {
			mine = undo
		}
	}
	u.undo(mine)
	for i := len(report.Undo) - 1; i >= 0; i-- {
		if bare(report.Undo[i]) != own && !u.undo(report.Undo[i]) {
			kept = append(kept, report.Undo[i])
		}
	}
	return u.ops, kept, nil
}

// undoer works on the decoded tree, so that each step sees what the steps before it left.
type undoer struct {
	tree      any
	container string
	ops       []patch.Op
}

func (u *undoer) undo(text string) bool {
	place, suffix, _ := strings.Cut(text, " ")
	if rest, ok := strings.CutPrefix(place, mainAlias); ok {
		name, field, _ := strings.Cut(rest, "/")
		if name == "" {
			name = patch.Path{u.container}.Pointer()[1:]
		}
		place = "spec/" + u.listOf(name) + "/" + name + "/" + field
	}
	segments, err := patch.ParsePointer("/" + place)
	if err != nil {
		return false
	}
	if !ours(segments) {
		return false
	}
	created, null := -1, false
	at := make(patch.Path, 0, len(segments))
	node := u.tree
	for i, segment := range segments {
		if rest, ok := strings.CutPrefix(segment, "+"); ok && created < 0 {
			created = i
			segment, null = strings.CutPrefix(rest, "+")
		}
		var key string
		if key, node = child(node, segment); key == "" {
			return false
		}
		at = append(at, key)
	}
	if on, is := node.(bool); is && suffix == strconv.FormatBool(!on) { // what a switch was before
		u.set(at, !on)
		return true
	}
	if suffix != "" {
		value, _ := node.(string)
		shorter, ok := strings.CutSuffix(value, " "+suffix)
		if !ok {
			return false
		}
		u.set(at, shorter)
		return true
	}
	if null && created == len(at)-1 {
		u.set(at, nil)
		return true
	}
	u.remove(at)
	for i := len(at) - 1; created >= 0 && i > created && empty(u.get(at[:i])); i-- {
		if null && i == created+1 {
			u.set(at[:i], nil)
			break
		}
		u.remove(at[:i])
	}
	return true
}

// listOf is the list of the pod that holds the container of that name, escaped as in a pointer.
func (u *undoer) listOf(name string) string {
	at, err := patch.ParsePointer("/" + name)
	if err != nil {
		return "containers"
	}
	tree, _ := u.tree.(map[string]any)
	spec, _ := tree["spec"].(map[string]any)
	if key, _ := child(spec["containers"], at[0]); key == "" {
		if key, _ = child(spec["initContainers"], at[0]); key != "" {
			return "initContainers"
		}
	}
	return "containers"
}

// ours says whether a place is one that injection edits: a field of a container, the pod's security context,
// volumes or service links, an annotation. A report that names another place was not written by us.
func ours(place patch.Path) bool {
	bare := make([]string, len(place))
	for i, segment := range place {
		bare[i] = strings.TrimLeft(segment, "+")
	}
	switch {
	case len(bare) == 3 && bare[0] == "metadata":
		return bare[1] == "annotations"
	case ofContainer(bare):
		return true
	case len(bare) == 2 && bare[0] == "spec":
		return bare[1] == "enableServiceLinks"
	case len(bare) > 2 && bare[0] == "spec":
		return bare[1] == "securityContext" || bare[1] == "volumes"
	}
	return false
}

// child finds a segment below a node: a key, or an element of a list by its name; the last of that name.
func child(node any, segment string) (key string, value any) {
	switch n := node.(type) {
	case map[string]any:
		if v, ok := n[segment]; ok {
			return segment, v
		}
	case []any:
		for i := len(n) - 1; i >= 0; i-- {
			element, _ := n[i].(map[string]any)
			if element["mountPath"] == segment || element["name"] == segment || n[i] == segment {
				return strconv.Itoa(i), n[i]
			}
		}
	}
	return "", nil
}

func (u *undoer) get(at patch.Path) any {
	node := u.tree
	for _, segment := range at {
		switch n := node.(type) {
		case map[string]any:
			node = n[segment]
		case []any:
			i, _ := strconv.Atoi(segment)
			node = n[i]
		}
	}
	return node
}

func (u *undoer) set(at patch.Path, value any) {
	last := len(at) - 1
	if parent, ok := u.get(at[:last]).(map[string]any); ok {
		parent[at[last]] = value
		raw, _ := json.Marshal(value)
		u.ops = append(u.ops, patch.Op{Op: patch.Replace, Path: at.Pointer(), Value: raw})
	}
}

func (u *undoer) remove(at patch.Path) {
	last := len(at) - 1
	switch parent := u.get(at[:last]).(type) {
	case map[string]any:
		delete(parent, at[last])
	case []any:
		i, _ := strconv.Atoi(at[last])
		shorter := append(append([]any(nil), parent[:i]...), parent[i+1:]...)
		if grand, ok := u.get(at[:last-1]).(map[string]any); ok {
			grand[at[last-1]] = shorter
		}
	}
	u.ops = append(u.ops, patch.Op{Op: patch.Remove, Path: at.Pointer()})
}

func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}
