// Package running gathers the running pods of a scene's workloads, each by itself, with what they use: by the metrics API, and by the files of
// their cgroups where commands may be run in them. Start with Gather.
package running

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/live"
)

// Bounds of one run: pods of a role whose cgroups are read, those with the most memory first; commands at a time; how long one may take;
// nodes whose room is read, two calls each.
const (
	maxProbed = 30
	atOnce    = 10
	probeTime = 20 * time.Second
	maxNodes  = 30
)

// Options say how pods are looked at.
type Options struct {
	Selector string // of labels, of the pods
	NoExec   bool   // run no command in containers
	Progress func(done, total int)
}

// Workload is a workload whose pods run.
type Workload struct {
	*scene.Workload
	Roles []live.Role
	// Raw are the pods as the server has them, by name.
	Raw map[string]json.RawMessage
	// Pods is how many run, and Metrics and Cgroups of how many the use was read.
	Pods, Metrics, Cgroups int
}

// Running is what runs of a scene.
type Running struct {
	Workloads []*Workload
	Rooms     map[string]*live.Room
	Gaps      []cluster.Gap
	Notes     []string
}

// Gather reads the running pods of the workloads of a scene. An error means that the server did not answer.
func Gather(ctx context.Context, reader *cluster.Reader, sc *scene.Scene, o Options) (*Running, error) {
	r := &Running{Rooms: map[string]*live.Room{}}
	g := &gatherer{Running: r, reader: reader, Options: o, notes: map[string]bool{}}
	byNamespace := map[string][]*scene.Workload{}
	var namespaces []string
	for _, w := range sc.Workloads {
		if all, _, _ := w.Pods(); all == 0 {
			continue
		}
		if byNamespace[w.Namespace] == nil {
			namespaces = append(namespaces, w.Namespace)
		}
		byNamespace[w.Namespace] = append(byNamespace[w.Namespace], w)
	}
	for _, namespace := range namespaces {
		if err := g.namespace(ctx, namespace, byNamespace[namespace]); err != nil {
			return nil, err
		}
	}
	if err := g.probe(ctx); err != nil {
		return nil, err
	}
	return r, g.rooms(ctx)
}

type gatherer struct {
	*Running
	Options
	reader *cluster.Reader
	notes  map[string]bool
}

// note says something once.
func (g *gatherer) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !g.notes[text] {
		g.notes[text] = true
		g.Notes = append(g.Notes, text)
	}
}

// namespace reads the pods of a namespace with what the metrics API says of them.
func (g *gatherer) namespace(ctx context.Context, namespace string, workloads []*scene.Workload) error {
	owners := map[model.Owner]*Workload{}
	for _, w := range workloads {
		one := &Workload{Workload: w, Raw: map[string]json.RawMessage{}}
		for _, s := range w.Subjects {
			if s.Live {
				meta := s.Doc.Meta
				meta.Namespace, meta.Name = s.Doc.Namespace, s.Doc.Name
				owners[model.OwnerOf(&meta)] = one
			}
		}
		g.Workloads = append(g.Workloads, one)
	}
	usage, gap, err := g.reader.Usage(ctx, cluster.Scope{Namespace: namespace, Selector: g.Selector})
	switch {
	case err != nil:
		return err
	case gap != nil && apierrors.IsForbidden(gap.Err):
		g.Gaps = append(g.Gaps, *gap)
	case gap != nil:
		g.note("the use of pods was not read from the metrics API: %v", gap.Err)
	}
	pods := map[*Workload][]corev1.Pod{} // also those that have ended
	gap, err = g.reader.List(ctx, "v1", "Pod", cluster.Scope{Namespace: namespace, Selector: g.Selector}, func(raw []byte) error {
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			return fmt.Errorf("read a pod of namespace %s: %w", namespace, err)
		}
		w := owners[model.OwnerOf(&pod.ObjectMeta)]
		if w == nil {
			return nil
		}
		pods[w] = append(pods[w], pod)
		if pod.Status.Phase == corev1.PodRunning {
			g.pod(w, &pod, slices.Clone(raw), usage)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if gap != nil {
		g.Gaps = append(g.Gaps, *gap)
	}
	for _, w := range g.Workloads {
		for i := range w.Roles {
			if w.Namespace != namespace {
				continue
			}
			w.complete(&w.Roles[i], pods[w])
		}
	}
	return nil
}

// pod takes a running pod in.
func (g *gatherer) pod(w *Workload, pod *corev1.Pod, raw json.RawMessage, usage map[string]cluster.PodUsage) {
	who := spark.Identify(&pod.ObjectMeta, &pod.Spec)
	// Why a static pod is not resized is said with what is decided.
	if who.Role == "" || who.Container < 0 || who.Container >= len(pod.Spec.Containers) || !who.Certain && who.Why != spark.WhyMirror {
		g.note("pod %s is left out: which of its containers holds Spark is not certain", pod.Name)
		return
	}
	one := live.Pod{Pod: pod, Container: who.Container}
	container := pod.Spec.Containers[who.Container].Name
	started, runs := startOf(pod, container)
	if !runs {
		return
	}
	one.Ran = max(time.Since(started), 0)
	if u, has := usage[pod.Name]; has && u.Fresh(started) {
		for _, c := range u.Containers {
			if c.Name == container {
				one.Metrics, one.CPUNow, one.WorkingSet = true, c.Usage.Cpu().MilliValue(), c.Usage.Memory().Value()
				w.Metrics++
			}
		}
	}
	w.Pods++
	w.Raw[pod.Name] = raw
	i := slices.IndexFunc(w.Roles, func(r live.Role) bool { return r.Role == who.Role })
	if i < 0 {
		i = len(w.Roles)
		w.Roles = append(w.Roles, live.Role{Role: who.Role})
	}
	w.Roles[i].Pods = append(w.Roles[i].Pods, one)
}

// startOf is when the container of a pod started that runs.
func startOf(pod *corev1.Pod, container string) (at time.Time, runs bool) {
	for _, s := range pod.Status.ContainerStatuses {
		if s.Name == container && s.State.Running != nil {
			return s.State.Running.StartedAt.Time, true
		}
	}
	return at, false
}

const (
	resizePlugin   = "ExecutorResizePlugin"
	resizeInterval = "spark.kubernetes.executor.resizeInterval"
)

// complete says of a role what its containers must hold, and what happened to its pods.
func (w *Workload) complete(r *live.Role, pods []corev1.Pod) {
	in := w.Tuning()
	if w.Conf != nil {
		in.Conf = w.Conf // of what runs
	}
	first := &r.Pods[0]
	r.Need, r.Cores = live.NeedOf(in, r.Role, &first.Spec.Containers[first.Container])
	if plugins, _ := in.Conf.Get("spark.plugins"); r.Role == spark.Executor && strings.Contains(plugins, resizePlugin) {
		if every, _, err := in.Conf.Duration(resizeInterval, time.Second); err == nil && every > 0 {
			r.Grows = "the memory of executors stays: Spark's " + resizePlugin + " raises it (spark.plugins)"
		}
	}
	r.Killed, r.KilledAt = 0, 0
	for i := range pods {
		if limit, is := killedAt(&pods[i], r.Role); is {
			r.Killed, r.KilledAt = r.Killed+1, max(r.KilledAt, limit)
		}
	}
}

// killedAt is the memory limit, in bytes, at which the kernel killed the container of a pod. Where the pod was resized since, the limit
// was another one, and says nothing of the one that it has.
func killedAt(pod *corev1.Pod, role spark.Role) (limit int64, is bool) {
	who := spark.Identify(&pod.ObjectMeta, &pod.Spec)
	if who.Role != role || who.Container < 0 || who.Container >= len(pod.Spec.Containers) {
		return 0, false
	}
	c := &pod.Spec.Containers[who.Container]
	for _, s := range pod.Status.ContainerStatuses {
		for _, end := range []*corev1.ContainerStateTerminated{s.State.Terminated, s.LastTerminationState.Terminated} {
			if s.Name == c.Name && end != nil && end.Reason == "OOMKilled" && !resizedSince(pod, end.FinishedAt) {
				return c.Resources.Limits.Memory().Value(), true
			}
		}
	}
	return 0, false
}

func resizedSince(pod *corev1.Pod, at metav1.Time) bool {
	return slices.ContainsFunc(pod.ManagedFields, func(f metav1.ManagedFieldsEntry) bool {
		return f.Subresource == "resize" && f.Time != nil && !f.Time.Before(&at)
	})
}

// probe reads the cgroups of containers, those with the most memory first.
func (g *gatherer) probe(ctx context.Context) error {
	if g.NoExec {
		return nil
	}
	type target struct {
		w   *Workload
		pod *live.Pod
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
					all = append(all, target{w, &r.Pods[j]})
				}
			}
			if n := len(r.Pods); n > maxProbed && allowed {
				g.note("%s: the cgroups of %d of %d pods of the %s are read", w.Title, maxProbed, n, r.Role)
			}
		}
	}
	errs := make([]error, len(all))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, t := range all {
		group.Go(func() error {
			within, stop := context.WithTimeout(ctx, probeTime)
			defer stop()
			out, err := g.reader.Exec(within, t.pod.Namespace, t.pod.Name, t.pod.Spec.Containers[t.pod.Container].Name, "sh", "-c", script)
			if err == nil {
				err = readCgroup(out, t.pod.Ran, &t.pod.Use)
			}
			errs[i] = err
			return nil // each has its own error, which is told in its turn
		})
	}
	_ = group.Wait()
	for i, t := range all {
		if errs[i] == nil {
			t.w.Cgroups++
		} else {
			g.note("the cgroup of pod %s was not read: %s", t.pod.Name, model.Text(errs[i].Error()))
		}
	}
	return ctx.Err()
}

// rooms reads what is free on the nodes of the pods.
func (g *gatherer) rooms(ctx context.Context) error {
	var names []string
	for _, w := range g.Workloads {
		for _, r := range w.Roles {
			for _, p := range r.Pods {
				if n := p.Spec.NodeName; n != "" && !slices.Contains(names, n) {
					names = append(names, n)
				}
			}
		}
	}
	if len(names) > maxNodes {
		g.note("the room of %d of %d nodes is read", maxNodes, len(names))
		names = names[:maxNodes]
	}
	for i, name := range names {
		if g.Progress != nil {
			g.Progress(i, len(names))
		}
		room, gap, err := g.reader.NodeRoom(ctx, name)
		switch {
		case err != nil:
			return err
		case gap != nil && apierrors.IsForbidden(gap.Err): // neither will the others be read
			g.Gaps = append(g.Gaps, *gap)
			return nil
		case gap != nil:
			g.note("the room of node %s was not read: %s", name, gap.Reason())
		default:
			g.Rooms[name] = &live.Room{CPU: room.Free.Cpu().MilliValue(), Memory: room.Free.Memory().Value(), AllCPU: room.All.Cpu().MilliValue(), AllMemory: room.All.Memory().Value()}
		}
	}
	return nil
}
