package launcher

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// broken wraps an error about one object with what it is and where it stands.
func (r *Reader) broken(d *workload.Document, at patch.Path, err error) error {
	at, err = patch.WrongType(at, err)
	what := d.Kind
	if d.Name != "" {
		what = fmt.Sprintf("%s %q", d.Kind, d.Name)
	}
	wrapped := fmt.Errorf("%s: %w", what, err)
	if r.Places == nil {
		return wrapped
	}
	line, _ := r.Places(d.At.With(at...))
	return &document.Error{Line: line, Err: wrapped}
}
