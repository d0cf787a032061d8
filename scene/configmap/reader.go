// Package configmap reads the ConfigMaps of a cluster that a run asks for, several at a time, up to a bound: a namespace that refuses one
// is asked for no other.
package configmap

import (
	"context"
	"sync"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Read reads one ConfigMap as cluster.Reader does: nil without a gap where it does not exist.
type Read func(ctx context.Context, namespace, name string) ([]byte, *cluster.Gap)

// Reader reads the ConfigMaps of one run.
type Reader struct {
	read     Read
	answered map[string]string // what namespaces said first: granted or refused
}

const (
	granted = "granted"
	refused = "refused"
)

// NewReader makes one for a run.
func NewReader(read Read) *Reader {
	return &Reader{read: read, answered: map[string]string{}}
}

// atOnce is how many ConfigMaps are asked for at a time.
const atOnce = 8

// All reads ConfigMaps, at most so many, and hands each to visit in the order of refs, nil for one that does not exist. A
// namespace that refused one is asked for no other. What was not read is among the gaps.
func (r *Reader) All(ctx context.Context, refs []workload.Ref, most int, visit func(workload.Ref, []byte) error) (gaps []cluster.Gap, err error) {
	done := 0
	for len(refs) > 0 && done < most {
		var batch []workload.Ref
		batch, refs = r.next(refs, min(atOnce, most-done))
		done += len(batch)
		raws, missed := make([][]byte, len(batch)), make([]*cluster.Gap, len(batch))
		var asked sync.WaitGroup
		for i, ref := range batch {
			asked.Go(func() { raws[i], missed[i] = r.read(ctx, ref.Namespace, ref.Name) })
		}
		asked.Wait()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i, ref := range batch {
			switch {
			case missed[i] != nil && r.answered[ref.Namespace] == refused:
			case missed[i] != nil:
				r.answered[ref.Namespace] = refused
				gaps = append(gaps, *missed[i])
			default:
				if r.answered[ref.Namespace] == "" {
					r.answered[ref.Namespace] = granted
				}
				if err := visit(ref, raws[i]); err != nil {
					return nil, err
				}
			}
		}
	}
	left := 0
	for _, ref := range refs {
		if r.answered[ref.Namespace] != refused {
			left++
		}
	}
	if left > 0 {
		gaps = append(gaps, cluster.Gap{Verb: "get", Resource: "configmaps", Err: cluster.Cut{Read: done, Of: done + left}})
	}
	return gaps, nil
}

// next are the refs to ask for together, at most so many, and those behind them: of a namespace that has not answered yet no
// more than one.
func (r *Reader) next(refs []workload.Ref, most int) (batch, rest []workload.Ref) {
	asked := map[string]bool{}
	for i, ref := range refs {
		switch answer := r.answered[ref.Namespace]; {
		case answer == refused:
			continue
		case len(batch) == most, answer == "" && asked[ref.Namespace]:
			return batch, refs[i:]
		}
		asked[ref.Namespace] = true
		batch = append(batch, ref)
	}
	return batch, nil
}
