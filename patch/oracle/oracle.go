// Package oracle derives the operations of an edit a second way: by comparing typed templates instead of recording
// verbs. Tests and the command line hold the recorded operations against it; admission has no time for it.
package oracle

import (
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// ErrMismatch says that the operations found would not lead to the wanted template. It happens where lists repeat
// their merge key (the same port over TCP and UDP): a strategic merge then edits the wrong entry.
var ErrMismatch = errors.New("refused: the operations do not lead to the wanted template")

// Ops returns a JSON patch for raw, a Pod or PodTemplateSpec as JSON, that does what turned the typed template
// before, which raw says, into after. The difference of the two is merged into raw strategically, list entries
// matched by their keys, so that fields the types do not know and the spelling of quantities survive; the patch
// is the difference of raw and the merged document. It is applied, decoded and compared with after; ErrMismatch
// if they differ. Known limit: an edit of a list without merge keys (tolerations) loses unknown fields inside it.
func Ops(raw []byte, before, after *corev1.PodTemplateSpec) ([]patch.Op, error) {
	was, err := json.Marshal(before)
	if err != nil {
		return nil, fmt.Errorf("oracle: encode the template before: %w", err)
	}
	wanted, err := json.Marshal(after)
	if err != nil {
		return nil, fmt.Errorf("oracle: encode the template after: %w", err)
	}
	delta, err := strategicpatch.CreateTwoWayMergePatch(was, wanted, corev1.PodTemplateSpec{})
	if err != nil {
		return nil, fmt.Errorf("oracle: compare the templates: %w", err)
	}
	merged, err := strategicpatch.StrategicMergePatch(raw, delta, corev1.PodTemplateSpec{})
	if err != nil {
		return nil, fmt.Errorf("oracle: merge into the raw object: %w", err)
	}
	if string(delta) == "{}" {
		merged = raw // a merge of nothing still drops what it cannot keep, such as nulls
	}
	ops, err := patch.Diff(raw, merged)
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	result, err := patchjson.Apply(raw, ops)
	if err != nil {
		return nil, fmt.Errorf("oracle: apply: %w", err)
	}
	var got corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(result, &got); err != nil {
		return nil, fmt.Errorf("oracle: read back: %w", err)
	}
	if !equality.Semantic.DeepEqual(&got, after) {
		return nil, fmt.Errorf("oracle: %w", ErrMismatch)
	}
	return ops, nil
}
