package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of what is taken from an image, which may be hostile. Jupyter's largest images have some 200,000 files.
const (
	MaxEntries = 500_000
	maxPath    = 4096 // PATH_MAX
	maxDepth   = 256
	maxNames   = 48 << 20 // bytes of all names
)

// Kinds of entries.
type kind byte

const (
	none kind = iota // only known as the parent of another, or as deleted
	Directory
	File
	Symlink
	HardLink
	Other
)

// Entry is one entry of a layer's archive.
type Entry struct {
	Path string
	Kind kind
	Size int64 // of a file; 0 of others
	Mode int64
	Link string // target of a link
}

// node is a path of any layer. What dive counts of it stays when it is deleted.
type node struct {
	name     string
	link     string
	parent   *node
	children map[string]*node
	size     int64 // of a file that is there
	total    int64 // of all that is there at and below it
	sum, min int64 // over layers: cumulative size and least size
	layers   int32 // in which it is, as a leaf
	layer    int32 // that it is from, as it stands
	touched  int32 // last layer that names it or something below it, counted from 1
	below    int32 // last layer that names something below it, counted from 1
	mode     uint16
	kind     kind
	alive    bool
}

// pending is an entry of the layer that is read, until its end.
type pending struct {
	*node
	size          int64
	link          string
	mode          uint16
	kind          kind
	white, opaque bool
}

// Tree is the file system of an image as its layers make it, and what each of them adds, replaces and deletes. Layers are added from the
// lowest up: Add for each entry, then Next.
type Tree struct {
	root     node
	layers   []Layer
	pending  []pending
	entries  int
	nodes    int
	names    int
	replaced int64
	deleted  int64
	texts    map[*node]text
	seen     *found // by look, of the layers that were added
}

type text struct {
	layer int32
	text  []byte
}

// Errors of entries that no honest image has.
var (
	errEntries = fmt.Errorf("the image has more than %d files and folders: the rest was not read", MaxEntries)
	errNames   = errors.New("the names of the image's files are longer than 48 MiB: the rest was not read")
)

// cleanPath is a path without the leading slash and dots; an error for one that leads out of the image, and for one that no kernel takes.
func cleanPath(p string) (string, error) {
	if len(p) > maxPath {
		return "", fmt.Errorf("the path %.60q... has %d bytes: at most %d are allowed", p, len(p), maxPath)
	}
	if strings.ContainsRune(p, 0) {
		return "", fmt.Errorf("the path %.60q holds a zero byte", p)
	}
	if tidy(p) {
		if strings.Count(p, "/") >= maxDepth {
			return "", fmt.Errorf("the path %.60q... has %d folders: at most %d are allowed", p, strings.Count(p, "/")+1, maxDepth)
		}
		return p, nil
	}
	parts := strings.Split(p, "/")
	kept := parts[:0]
	for _, part := range parts {
		switch part {
		case "", ".":
		case "..":
			return "", fmt.Errorf("the path %.60q leads out of the image", p)
		default:
			kept = append(kept, part)
		}
	}
	if len(kept) > maxDepth {
		return "", fmt.Errorf("the path %.60q... has %d folders: at most %d are allowed", p, len(kept), maxDepth)
	}
	return strings.Join(kept, "/"), nil
}

// tidy says that no part of a path is empty, one dot or two.
func tidy(p string) bool {
	start := 0
	for i := 0; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		switch part := p[start:i]; part {
		case "", ".", "..":
			return false
		}
		start = i + 1
	}
	return true
}

const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
	reserved = ".wh..wh." // of the storage driver: no file of the image
)

// Add takes an entry of the layer that is read. content is what the file holds, where Wanted asked for it; it is kept.
func (t *Tree) Add(e Entry, content []byte) error {
	p, err := cleanPath(e.Path)
	if err != nil {
		return err
	}
	if t.entries++; t.entries > MaxEntries {
		return errEntries
	}
	if p == "" {
		return nil
	}
	dir, name := "", p
	if at := strings.LastIndexByte(p, '/'); at >= 0 {
		dir, name = p[:at], p[at+1:]
	}
	switch {
	case name == opaque:
		n, err := t.at(dir)
		if err == nil {
			t.pending = append(t.pending, pending{node: n, opaque: true})
		}
		return err
	case strings.HasPrefix(name, reserved):
		return nil
	case strings.HasPrefix(name, whiteout) && len(name) > len(whiteout):
		n, err := t.at(strings.TrimPrefix(dir+"/"+name[len(whiteout):], "/"))
		if err == nil {
			t.pending = append(t.pending, pending{node: n, white: true})
		}
		return err
	}
	n, err := t.at(p)
	if err != nil {
		return err
	}
	if len(e.Link) > maxPath {
		return fmt.Errorf("the link %.60q... has %d bytes: at most %d are allowed", e.Link, len(e.Link), maxPath)
	}
	if e.Size < 0 || e.Kind != File {
		e.Size = 0
	}
	t.pending = append(t.pending, pending{node: n, size: e.Size, link: e.Link, mode: uint16(e.Mode & 0o7777), kind: e.Kind})
	if t.names += len(e.Link); t.names > maxNames {
		return errNames
	}
	if content != nil {
		if t.texts == nil {
			t.texts = map[*node]text{}
		}
		t.texts[n] = text{int32(len(t.layers)), content}
	}
	return nil
}

// at is the node of a path, which is made where there is none. It and its parents are marked as named by the layer that is read.
func (t *Tree) at(p string) (*node, error) {
	now := int32(len(t.layers) + 1)
	n := &t.root
	for part := range strings.SplitSeq(p, "/") {
		if part == "" {
			continue
		}
		child := n.children[part]
		if child == nil {
			if t.names += len(part); t.names > maxNames {
				return nil, errNames
			}
			if t.nodes++; t.nodes > MaxEntries { // one long path makes many folders
				return nil, errEntries
			}
			child = &node{name: strings.Clone(part), parent: n, min: -1}
			if n.children == nil {
				n.children = map[string]*node{}
			}
			n.children[child.name] = child
		}
		n.below = now
		child.touched = now
		n = child
	}
	return n, nil
}

// Next ends the layer that was read. What it deletes is of layers below it, so that comes first.
func (t *Tree) Next(l Layer) {
	at, now := int32(len(t.layers)), int32(len(t.layers)+1)
	t.seen = nil
	l.Unpacked, l.Files = 0, 0
	t.layers = append(t.layers, l)
	for i := range t.pending {
		if p := &t.pending[i]; p.white {
			bytes := int64(0)
			if p.node.alive && (p.node.kind == Directory || p.node.kind == none) {
				bytes = p.total
			}
			p.node.count(bytes)
		}
	}
	for i := range t.pending {
		switch p := &t.pending[i]; {
		case p.white:
			t.deleted += t.remove(p.node, at)
		case p.opaque:
			for _, child := range p.children {
				t.deleted += t.remove(child, at)
			}
		}
	}
	seen := make(map[*node]bool, len(t.pending)) // of a path that an archive has twice the last counts
	for i := len(t.pending) - 1; i >= 0; i-- {
		p := &t.pending[i]
		if p.white || p.opaque || seen[p.node] {
			continue
		}
		seen[p.node] = true
		if p.below != now { // nothing of this layer is below it: dive's leaf
			p.node.count(p.size)
		}
		if p.kind == File {
			t.layers[at].Unpacked += p.size
			t.layers[at].Files++
		}
		t.put(p, at)
	}
	t.pending = t.pending[:0]
	if cap(t.pending) > 1<<16 {
		t.pending = nil
	}
}

// count is dive's sum of a leaf.
func (n *node) count(bytes int64) {
	n.sum += bytes
	if n.min < 0 || bytes < n.min {
		n.min = bytes
	}
	n.layers++
}

// put makes a path what an entry says.
func (t *Tree) put(p *pending, at int32) {
	n := p.node
	if n.alive {
		switch {
		case p.kind == Directory && (n.kind == Directory || n.kind == none):
			n.kind, n.mode, n.layer = Directory, p.mode, at
			return
		case p.kind != Directory && len(n.children) > 0:
			for _, child := range n.children { // a folder becomes a file: what was in it is gone, but for what this layer put there
				if child.touched != at+1 {
					t.replaced += t.remove(child, at)
				}
			}
		}
		if n.kind == File && n.layer != at {
			t.replaced += n.size
			t.layers[n.layer].Hidden += n.size
		}
		n.resize(-n.size)
	}
	for up := n.parent; up != nil; up = up.parent {
		up.alive = true
	}
	n.alive, n.kind, n.mode, n.link, n.layer, n.size = true, p.kind, p.mode, p.link, at, p.size
	n.resize(n.size)
}

// resize adds to the total of a node and of all above it.
func (n *node) resize(by int64) {
	if by != 0 {
		for ; n != nil; n = n.parent {
			n.total += by
		}
	}
}

// remove takes away what is there at and below a node, of layers before at, and says how many bytes that was.
func (t *Tree) remove(n *node, at int32) (bytes int64) {
	if !n.alive || n.layer >= at && n.kind != none {
		return 0
	}
	for _, child := range n.children {
		bytes += t.remove(child, at)
	}
	if n.kind == File {
		bytes += n.size
		t.layers[n.layer].Hidden += n.size
	}
	n.resize(-n.size)
	n.size, n.alive, n.kind = 0, false, none
	return bytes
}

// walk visits what a container sees: files, folders and links, each with its path, in order of names.
func (t *Tree) walk(visit func(p string, n *node)) {
	var down func(prefix string, n *node)
	down = func(prefix string, n *node) {
		names := make([]string, 0, len(n.children))
		for name, child := range n.children {
			if child.alive {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			child, p := n.children[name], prefix+name
			visit(p, child)
			if len(child.children) > 0 {
				down(p+"/", child)
			}
		}
	}
	down("", &t.root)
}

// content is what a file holds; "" where it was not kept.
func (t *Tree) content(n *node) string {
	if n == nil || n.kind != File {
		return ""
	}
	if text, kept := t.texts[n]; kept && text.layer == n.layer {
		return string(text.text)
	}
	return ""
}
