package running

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/tuner/live"
)

// Bounds of one run: pods whose cgroups are read, in all and of a role, those with the most memory first; commands at a time; how long one may
// take.
const (
	maxProbedInAll = 300
	maxProbed      = 30
	atOnce         = 10
	probeTime      = 20 * time.Second
)

// probe reads the cgroups of containers, those with the most memory first.
func (g *gatherer) probe(ctx context.Context) error {
	if g.NoExec {
		return nil
	}
	type target struct {
		w    *Workload
		pod  *live.Pod
		rank int // within its role
	}
	var all []target
	may := map[string]bool{}
	for _, w := range g.Workloads {
		allowed, asked := may[w.Namespace]
		if !asked {
			right := cluster.Right{Verb: "create", Resource: "pods/exec", Namespace: w.Namespace}
			var err error
			if allowed, err = g.reader.May(ctx, right); err != nil {
				return err
			}
			if may[w.Namespace] = allowed; !allowed {
				g.note("cgroups were not read, so no memory is reduced; grant: %s", right)
			}
		}
		for i := range w.Roles {
			r := &w.Roles[i]
			slices.SortStableFunc(r.Pods, func(a, b live.Pod) int {
				return cmp.Or(-cmp.Compare(a.WorkingSet, b.WorkingSet), strings.Compare(a.Name, b.Name))
			})
			for j := range r.Pods {
				if allowed && j < maxProbed {
					all = append(all, target{w, &r.Pods[j], j})
				}
			}
			if n := len(r.Pods); n > maxProbed && allowed {
				g.note("%s: the cgroups of %d of %d pods of the %s are read", w.Title, maxProbed, n, r.Role)
			}
		}
	}
	if len(all) > maxProbedInAll { // the first of each role before the second of any
		slices.SortStableFunc(all, func(a, b target) int { return cmp.Compare(a.rank, b.rank) })
		g.note("the cgroups of %d pods are read, and not those of %d more: name a workload to read all of its", maxProbedInAll, len(all)-maxProbedInAll)
		all = all[:maxProbedInAll]
	}
	errs := make([]error, len(all))
	var done atomic.Int64
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, t := range all {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			within, stop := context.WithTimeout(ctx, probeTime)
			defer stop()
			out, err := g.reader.Exec(within, t.pod.Namespace, t.pod.Name, t.pod.Spec.Containers[t.pod.Container].Name, "sh", "-c", script)
			if err == nil {
				err = readCgroup(out, t.pod.Ran, &t.pod.Use)
			}
			errs[i] = err
			if g.Progress != nil {
				g.Progress(int(done.Add(1)), len(all))
			}
			return nil // each has its own error, which is told in its turn
		})
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	unread := map[string][]string{} // pods by the reason
	var reasons []string
	for i, t := range all {
		if errs[i] == nil {
			t.w.Cgroups++
			continue
		}
		why := model.Text(errs[i].Error())
		if unread[why] == nil {
			reasons = append(reasons, why)
		}
		unread[why] = append(unread[why], t.pod.Name)
	}
	for _, why := range reasons {
		switch pods := unread[why]; len(pods) {
		case 1:
			g.note("the cgroup of pod %s was not read: %s", pods[0], why)
		default:
			g.note("the cgroups of %d pods were not read, as of pod %s: %s", len(pods), pods[0], why)
		}
	}
	return nil
}
