package workload

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// returns says why a text could not be given back as it stands once an option was put behind it; "" where it can be, or
// is not in the file yet.
func (f *File) returns(d *Document, at patch.Path, option string) (why string) {
	same, err := document.GivesBack(f.parts[d.part].raw, d.At.With(at...), option)
	switch {
	case err != nil:
		return Reason(f.refused(d, err))
	case !same:
		return d.At.With(at...).Field() + document.LosesStyle
	}
	return ""
}
