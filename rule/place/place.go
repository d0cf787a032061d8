// Package place is where something stands that a rule speaks of.
package place

import (
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Place is where something stands that a rule speaks of: a field of the pod template, a setting of the configuration, a
// field of the object that brings the pods. File, Column and Object are not the rules' to know: who gathered the subject
// fills them in.
type Place struct {
	Path   patch.Path // in the template or, where OfConf is set, in the document that holds the configuration
	OfConf bool
	// Written says that Path is in the template as it is written, where the rules judged the pod that it becomes.
	Written bool
	Key     string // of the configuration, where it is a setting
	Line    int    // from 1; of a setting whose file is known; else 0
	Column  int    // from 1; 0 where it is not known
	File    string
	Object  string // pod/etl-driver: of what stands in no file, what the path begins at
	Note    string // what of a finding with several places stands here; "" where its message says it
}

// String is the place as a message names it: the file with line and column, else the object and the field, or the key.
func (p Place) String() string {
	if p.File != "" {
		text := p.File
		for _, n := range [...]int{p.Line, p.Column} {
			if n == 0 {
				break
			}
			text += ":" + strconv.Itoa(n)
		}
		return text
	}
	text := p.Key
	if text == "" {
		text = p.Path.Field()
	}
	switch {
	case p.Object == "":
		return text
	case text == "":
		return p.Object
	}
	return p.Object + " " + text
}
