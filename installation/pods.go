package installation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// PodCounts is what became of the Spark pods that are there now.
type PodCounts struct {
	Injected      int            `json:"injected"`             // they say that something was added
	Unchanged     int            `json:"unchanged"`            // seen, and nothing to add
	Missed        int            `json:"missed"`               // in the scope, made since, and never seen
	CreatedBefore int            `json:"earlier"`              // made before edits were switched on
	OptedOut      int            `json:"optedOut"`             // by their own label or their namespace's
	OutOfScope    int            `json:"outOfScope"`           // of namespaces that did not ask for it
	Refused       map[string]int `json:"refused,omitempty"`    // pods by "CODE reason"
	MissedPods    []string       `json:"missedPods,omitempty"` // at most maxMissed
	Mixed         []string       `json:"mixedRevisions,omitempty"`
}

const maxMissed = 10_000 // pods that are named

const grace = 2 * time.Second // API servers have heard of a change of the configuration by then; stamps are of whole seconds

// podCounter counts pods.
type podCounter struct {
	*Inspection
	options    manifests.Options
	rules      rule.Options // as the server has them
	reasons    map[rule.Reason]string
	spaces     map[string]metav1.PartialObjectMetadata
	spacesRead bool
	since      time.Time
	shadow     bool
	counts     PodCounts
	revisions  map[string]map[string]bool // of an application
}

func (l *Inspection) countPods(ctx context.Context, o manifests.Options, p *Proof) error {
	c := &podCounter{Inspection: l, options: o, reasons: rule.Reasons(), spaces: map[string]metav1.PartialObjectMetadata{}, since: l.Have.ActiveSince(),
		shadow: o.Shadow || p.Replica != nil && p.Replica.Mode == manifests.ModeShadow, revisions: map[string]map[string]bool{}}
	c.rules, _ = l.Have.Rules() // of what is wrong with them the replicas tell
	gap, err := l.Reader.List(ctx, "v1", "Namespace", cluster.Scope{}, func(raw []byte) error {
		var ns metav1.PartialObjectMetadata
		if err := json.Unmarshal(raw, &ns); err != nil {
			return err
		}
		c.spaces[ns.Name] = metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Labels: ns.Labels, Annotations: ns.Annotations}}
		return nil
	})
	if err != nil {
		return err
	}
	if c.spacesRead = gap == nil; gap != nil {
		l.gap(gap)
	}
	// What carries Spark's own label anywhere, and what only looks like Spark where it was asked for.
	gap, err = l.Reader.List(ctx, "v1", "Pod", cluster.Scope{Selector: spark.LabelRole}, c.pod)
	if err != nil {
		return err
	}
	if gap != nil {
		l.gap(gap)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.spaces)) {
		if c.spaces[name].Labels[rule.InjectLabel] != "enabled" {
			continue
		}
		gap, err := l.Reader.List(ctx, "v1", "Pod", cluster.Scope{Namespace: name, Selector: "!" + spark.LabelRole}, c.pod)
		if err != nil {
			return err
		}
		if gap != nil {
			l.gap(gap)
		}
	}
	c.finish()
	return nil
}

func (c *podCounter) pod(raw []byte) error {
	var p corev1.Pod
	if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	if p.Namespace == c.options.Namespace || p.Namespace == metav1.NamespaceSystem {
		return nil
	}
	who := spark.Identify(&p.ObjectMeta, &p.Spec)
	if !who.Certain {
		return nil
	}
	// Anybody may have written a report: what counts of it is what the pod shows.
	revision := "none"
	report, had, err := c.Rules.ReadClaims(who, raw, c.rules.Images)
	inject := c.spaces[p.Namespace].Labels[rule.InjectLabel]
	switch {
	case had && err == nil && (len(report.Applied) > 0 || !report.Left):
		revision = report.Revision
		if len(report.Applied) > 0 {
			c.counts.Injected++
		} else {
			c.counts.Unchanged++
		}
		c.refused(report.Refused)
	case p.Labels[rule.InjectLabel] == "disabled", inject == "disabled":
		c.counts.OptedOut++
		return nil
	case c.options.Scope == manifests.ScopeLabelled && c.spacesRead && inject != "enabled":
		c.counts.OutOfScope++
		return nil
	case !p.CreationTimestamp.After(c.since.Add(grace)), c.options.Paused, c.shadow:
		c.counts.CreatedBefore++
	default:
		c.unreported(raw, &p)
	}
	if who.App != "" {
		app := p.Namespace + "/" + who.App
		if c.revisions[app] == nil {
			c.revisions[app] = map[string]bool{}
		}
		c.revisions[app][revision] = true
	}
	return nil
}

// unreported tells a pod that the webhook had nothing to say of from one that it never saw.
func (c *podCounter) unreported(raw []byte, p *corev1.Pod) {
	ns := c.spaces[p.Namespace]
	template := &corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}
	admitted, _, err := c.Rules.AdmitPod(raw, template, rule.Marks{Labels: ns.Labels, Annotations: ns.Annotations}, c.rules)
	if err == nil && admitted.Report == "" {
		c.counts.Unchanged++
		return
	}
	c.counts.Missed++
	if len(c.counts.MissedPods) < maxMissed {
		c.counts.MissedPods = append(c.counts.MissedPods, p.Namespace+"/"+p.Name)
	}
}

// refused counts refusals of rules that exist: anybody may have written the annotation.
func (c *podCounter) refused(refused map[string]rule.Reason) {
	for code, reason := range refused {
		if _, ok := c.reasons[reason]; !ok || c.Rules.Rule(code) == nil {
			continue
		}
		if c.counts.Refused == nil {
			c.counts.Refused = map[string]int{}
		}
		c.counts.Refused[code+" "+string(reason)]++
	}
}

func (c *podCounter) finish() {
	for app, revisions := range c.revisions {
		if len(revisions) > 1 {
			c.counts.Mixed = append(c.counts.Mixed, app)
		}
	}
	slices.Sort(c.counts.Mixed)
	c.Status.Pods = &c.counts
	if n := c.counts.Missed; n > 0 {
		first := c.counts.MissedPods[:min(n, maxNames)]
		more := ""
		if n > len(first) {
			more = fmt.Sprintf(" and %d more (-o json names them)", n-len(first))
		}
		c.problem("Spark pods were made without the webhook since it is active: %s%s", FirstNames(first), more)
	}
}
