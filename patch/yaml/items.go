package yaml

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Items finds the elements of the list under a key of the document; their ranges, from the line with an element's dash to that
// with the next one's, follow each other. ok is false where one
// cannot be read or edited by itself: in flow style, with anchors, tags or merge keys, or behind a list that decides on the layout.
func Items(doc []byte, key string) (items []patch.Item, ok bool) {
	root, err := readYAML(doc)
	if err != nil || root == nil || bytes.HasPrefix(doc, []byte("\ufeff")) || !standsAlone(root) {
		return nil, false
	}
	at, exists := childOf(root, key)
	if root.Kind != yaml.MappingNode || isFlow(root) || !exists {
		return nil, false
	}
	list, t := root.Content[at], newText(doc)
	if _, before := firstList(&yaml.Node{Kind: yaml.MappingNode, Content: root.Content[:at]}); before || list.Kind != yaml.SequenceNode || isFlow(list) || len(list.Content) == 0 {
		return nil, false
	}
	head, ok := t.startOf(root.Content[at-1], "")
	if !ok {
		return nil, false
	}
	keys := string(doc[head:][:root.Content[at-1].Column-1])
	lineBreak := t.newline(head)
	dash := strings.Repeat(" ", list.Column-1) + "- "
	for _, n := range list.Content {
		start, ok := t.startOf(n, dash)
		if !ok {
			return nil, false
		}
		if len(items) > 0 {
			items[len(items)-1].End = start
		}
		items = append(items, patch.Item{Start: start, Line: t.line(start) + 1, Before: keys + key + ":" + lineBreak, After: dash + "{}" + lineBreak})
	}
	last := &items[len(items)-1]
	last.End, last.After = len(doc), ""
	if at+1 < len(root.Content) {
		if last.End, ok = t.startOf(root.Content[at+1], ""); !ok {
			return nil, false
		}
		last.After = keys + "a:" + lineBreak
	}
	return items, true
}

// startOf is where the line of a node starts, on which nothing but spaces and a mark stands in front of it.
func (t *text) startOf(n *yaml.Node, mark string) (start int, ok bool) {
	i, err := t.at(n)
	if err != nil {
		return 0, false
	}
	start = t.lineStart(i)
	rest, ok := bytes.CutPrefix(t.doc[start:i], []byte(mark))
	return start, ok && len(bytes.Trim(rest, " ")) == 0
}

// standsAlone tells that nothing in a node has to do with what stands elsewhere.
func standsAlone(root *yaml.Node) bool {
	alone := true
	walk(root, nil, func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 || n.ShortTag() == "!!merge" {
			alone = false
		}
	})
	return alone
}
