package scene

import (
	"context"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// readConfigMap reads one ConfigMap as cluster.Reader does: nil without a gap where it does not exist.
type readConfigMap func(ctx context.Context, namespace, name string) ([]byte, *cluster.Gap)

// configMaps reads ConfigMaps, at most so many, and hands each to visit, nil for one that does not exist. A namespace
// that refused one is asked for no other. What was not read is among the gaps.
func (read readConfigMap) configMaps(ctx context.Context, refs []workload.Ref, most int, visit func(workload.Ref, []byte) error) (gaps []cluster.Gap, err error) {
	refused := map[string]bool{}
	done, left := 0, 0
	for _, ref := range refs {
		if refused[ref.Namespace] {
			continue
		}
		if done == most {
			left++
			continue
		}
		done++
		raw, gap := read(ctx, ref.Namespace, ref.Name)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if gap != nil {
			refused[ref.Namespace] = true
			gaps = append(gaps, *gap)
			continue
		}
		if err := visit(ref, raw); err != nil {
			return nil, err
		}
	}
	if left > 0 {
		gaps = append(gaps, cluster.Gap{Verb: "get", Resource: "configmaps", Err: cluster.Cut{Read: done, Of: done + left}})
	}
	return gaps, nil
}
