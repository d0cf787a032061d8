package apply

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
)

// Companion is an object of a cluster that was created beside workloads. Its marks are what it says: anybody may have set them.
type Companion struct {
	Kind, Namespace, Name string
	Code                  string // of the rule that wanted it
	For                   string // what it is for
}

// MaxCompanions bounds how many are listed of a kind.
const MaxCompanions = 10000

// Companions lists the objects of a namespace, "" for all, that were created beside workloads: so many of a kind. The gaps are kinds that
// could not be read, or not to their end.
func Companions(ctx context.Context, reader *cluster.Reader, namespace string, most int) (all []Companion, gaps []cluster.Gap, err error) {
	selector := companion.ManagedBy + "=" + companion.Manager + "," + companion.CodeLabel
	for _, kind := range companions.Kinds() {
		n := 0
		gap, err := reader.List(ctx, kind.APIVersion, kind.Kind, cluster.Scope{Namespace: namespace, Selector: selector}, func(raw []byte) error {
			if n++; n > most {
				return cluster.ErrEnough
			}
			var object metav1.PartialObjectMetadata
			if err := json.Unmarshal(raw, &object); err != nil {
				return fmt.Errorf("read the list of %s: %w", kind.Kind, err)
			}
			all = append(all, Companion{kind.Kind, object.Namespace, object.Name, object.Labels[companion.CodeLabel], object.Annotations[companion.ForAnnotation]})
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if n > most {
			right := cluster.RightTo("list", kind.APIVersion, kind.Kind, namespace, "")
			gap = &cluster.Gap{Verb: right.Verb, Group: right.Group, Resource: right.Resource, Namespace: namespace, Err: cluster.Cut{Read: most}}
		}
		if gap != nil {
			gaps = append(gaps, *gap)
		}
	}
	return all, gaps, nil
}
