package scene

import (
	"context"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// readConfigMap reads one ConfigMap as cluster.Reader does: nil without a gap where it does not exist.
type readConfigMap func(ctx context.Context, namespace, name string) ([]byte, *cluster.Gap)

// configMapReader reads the ConfigMaps of one run.
type configMapReader struct {
	read    readConfigMap
	refused map[string]bool // namespaces that refused one
}

func newConfigMapReader(read readConfigMap) *configMapReader {
	return &configMapReader{read: read, refused: map[string]bool{}}
}

// configMaps reads ConfigMaps, at most so many, and hands each to visit, nil for one that does not exist. A namespace
// that refused one is asked for no other. What was not read is among the gaps.
func (r *configMapReader) configMaps(ctx context.Context, refs []workload.Ref, most int, visit func(workload.Ref, []byte) error) (gaps []cluster.Gap, err error) {
	done, left := 0, 0
	for _, ref := range refs {
		if r.refused[ref.Namespace] {
			continue
		}
		if done == most {
			left++
			continue
		}
		done++
		raw, gap := r.read(ctx, ref.Namespace, ref.Name)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if gap != nil {
			r.refused[ref.Namespace] = true
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
