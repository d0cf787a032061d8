package scene

import (
	"context"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene/configmap"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// maxDriverMaps bounds how many drivers' ConfigMaps one run reads, one call each.
const maxDriverMaps = 1000

// Scope says what of a cluster to look at.
type Scope struct {
	Namespace string // "" for all
	Selector  string // a label selector
	// Names are what the user named; nil: everything of the namespace is looked at.
	Names *Names
	// Nodes and NoNodes are for who computes sizes and runs no rule: with the nodes and what DaemonSets use of them, or
	// without.
	Nodes, NoNodes bool
	Images         spark.Catalogue // of the webhook's settings
}

// Live makes the scene of a cluster: one paged read a kind, and one call for each ConfigMap that tells of a workload.
func Live(ctx context.Context, reader *cluster.Reader, scope Scope) (*Scene, error) {
	sc := &Scene{Left: &LeftOut{}, images: scope.Images, related: newRelated(), marks: map[string]rule.Marks{}}
	sc.related.configMaps = configmap.NewReader(reader.ConfigMap)
	in, collector := newIntake(), workload.NewCollector()
	chosen := &selection{}
	if scope.Names != nil {
		var err error
		if chosen, err = scope.Names.choose(ctx, reader, &scope); err != nil {
			return nil, err
		}
	}
	if scope.Names == nil || len(chosen.named) > 0 {
		for _, namespace := range chosen.namespaces(scope.Namespace) {
			gaps, err := reader.Workloads(ctx, cluster.Scope{Namespace: namespace, Selector: scope.Selector}, in.page)
			if err != nil {
				return nil, err
			}
			sc.Gaps = append(sc.Gaps, gaps...)
		}
	}
	chosen.addObjects(in)
	for _, o := range in.ended.failed(in.docs) {
		in.take(o)
	}
	sc.lives = in.lives
	for _, doc := range in.docs {
		collector.Add(doc)
	}
	if err := chosen.resolve(ctx, reader, in, collector); err != nil {
		return nil, err
	}
	sc.NotRead = in.notRead
	if err := sc.nodes(ctx, reader, scope); err != nil {
		return nil, err
	}
	if err := sc.configurations(ctx, reader, collector, chosen); err != nil {
		return nil, err
	}
	all := chosen.workloads(collector)
	gaps, err := sc.related.live(ctx, reader, scope, all)
	if err != nil {
		return nil, err
	}
	sc.Gaps = append(sc.Gaps, gaps...)
	sc.NotRead = append(sc.NotRead, sc.related.notRead...)
	sc.namespaces(all)
	for _, doc := range in.doubtful {
		sc.unread(doc)
	}
	sc.NotRead = append(sc.NotRead, in.looked.all()...)
	if len(all) > 0 && !scope.Nodes && !scope.NoNodes {
		gaps, err := sc.lives.live(ctx, reader, chosen.eventNamespaces(scope.Namespace))
		if err != nil {
			return nil, err
		}
		sc.Gaps = append(sc.Gaps, gaps...)
	}
	sc.build(all)
	if scope.Names == nil {
		if note := in.ended.note(sc); note != "" {
			sc.Notes = append(sc.Notes, note)
		}
		if len(sc.Workloads) == 0 {
			if sc.Nothing, err = noWorkloads(ctx, reader, scope); err != nil {
				return nil, err
			}
		}
	}
	return sc, ctx.Err()
}

// nodes reads the nodes for who computes sizes. Rules see them among the neighbours.
func (sc *Scene) nodes(ctx context.Context, reader *cluster.Reader, scope Scope) error {
	if !scope.Nodes {
		return nil
	}
	nodes, daemons, gaps, err := reader.Nodes(ctx)
	sc.Nodes, sc.Daemons, sc.Gaps = nodes, daemons, append(sc.Gaps, gaps...)
	return err
}

// configurations reads the ConfigMaps that spark-submit wrote for the drivers that are looked at.
func (sc *Scene) configurations(ctx context.Context, reader *cluster.Reader, collector *workload.Collector, chosen *selection) error {
	refs := collector.ConfigMaps()
	if len(chosen.named) > 0 { // of the workloads that were asked for, and of no other
		refs = nil
		for _, w := range chosen.workloads(collector) {
			refs = append(refs, w.ConfigMaps()...)
		}
	}
	gaps, err := sc.related.configMaps.All(ctx, refs, maxDriverMaps, func(ref workload.Ref, raw []byte) error {
		if raw == nil {
			sc.related.texts.Missing(ref)
		} else if o := readJSON(raw, nil); o.err != nil {
			sc.NotRead = append(sc.NotRead, NotRead{Reason: o.err.Error()})
		} else {
			collector.Add(o.doc)
			sc.related.texts.Add(o.doc)
		}
		return nil
	})
	for i := range gaps {
		gaps[i].Fact = rule.FactConf
	}
	sc.Gaps = append(sc.Gaps, gaps...)
	return err
}

// namespaces takes the labels and annotations of the namespaces that the workloads are in from the neighbours.
func (sc *Scene) namespaces(all []workload.Workload) {
	for i := range all {
		if n := sc.related.neighbours.Namespace(all[i].Namespace); n != nil {
			sc.marks[n.Name] = rule.Marks{Labels: n.Labels, Annotations: n.Annotations}
		}
	}
}
