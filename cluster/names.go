package cluster

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespaces are the names of the namespaces, as far as they may be read.
func (r *Reader) Namespaces(ctx context.Context) (names []string) {
	// It serves completion: what cannot be read is not offered.
	_, _ = r.List(ctx, "v1", "Namespace", Scope{}, func(raw []byte) error {
		var one metav1.PartialObjectMetadata
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		names = append(names, one.Name)
		return nil
	})
	return names
}
