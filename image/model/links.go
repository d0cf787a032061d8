package model

import "strings"

// find is what a container sees at a path, links followed; nil where nothing is.
func (t *Tree) find(p string) *node {
	links := maxLinks
	return t.resolve(&t.root, p, &links)
}

// maxLinks is how many links a kernel follows for one path.
const maxLinks = 40

func (t *Tree) resolve(n *node, p string, links *int) *node {
	if strings.HasPrefix(p, "/") {
		n = &t.root
	}
	for part := range strings.SplitSeq(p, "/") {
		switch part {
		case "", ".":
			continue
		case "..":
			if n.parent != nil {
				n = n.parent
			}
			continue
		}
		child := n.children[part]
		if child == nil || !child.alive {
			return nil
		}
		if child.kind == Symlink && len(child.children) == 0 {
			if *links--; *links < 0 {
				return nil
			}
			if child = t.resolve(n, child.link, links); child == nil {
				return nil
			}
		}
		n = child
	}
	return n
}

// path of a node.
func (n *node) path() string {
	if n.parent == nil {
		return ""
	}
	return n.parent.path() + "/" + n.name
}
