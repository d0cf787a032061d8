package scene

import (
	"context"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// PodOf is a pod of the workload that is named: its driver's, the last one's where none runs, and of a server any.
func PodOf(ctx context.Context, reader *cluster.Reader, n *Names) (namespace, name string, err error) {
	targets, err := n.targets()
	if err != nil {
		return "", "", reader.Answered(ctx, err)
	}
	t := &targets[0]
	if len(t.types) > 0 {
		if _, err := n.object(ctx, reader, t); err != nil { // it may find that the first word is a namespace
			return "", "", reader.Answered(ctx, err)
		}
	}
	one := &namedWorkload{namespace: t.namespace, name: t.name}
	c, in, collector := &selection{named: []*namedWorkload{one}}, newIntake(), workload.NewCollector()
	if _, err := reader.Workloads(ctx, cluster.Scope{Namespace: t.namespace}, in.page); err != nil {
		return "", "", err
	}
	for _, doc := range in.docs {
		collector.Add(doc)
	}
	if err := c.resolve(ctx, reader, in, collector); err != nil {
		return "", "", err
	}
	for _, w := range c.workloads(collector) {
		for _, s := range w.Subjects {
			if s.Live && (name == "" || s.Slot.Role == spark.Driver) {
				name = s.Doc.Name
			}
		}
	}
	if past := in.ended.last(t.namespace, t.name); name == "" && past != nil && past.job == nil {
		name = past.Pod
	}
	if name == "" {
		return "", "", fmt.Errorf("workload %q in namespace %q has no pod of a driver or server: it does not run: start it, or name a pod", t.name, t.namespace)
	}
	return t.namespace, name, nil
}
