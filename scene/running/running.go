// Package running gathers the running pods of a scene's workloads, each by itself, with what they use: by the metrics API, and by the files of
// their cgroups where commands may be run in them. Start with Gather.
package running

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/live"
)

// Bounds of one run: nodes whose room is read, two calls each; how old a figure of the metrics API may be.
const (
	maxNodes = 30
	maxAge   = 10 * time.Minute
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
	// LeftOut are pods that run, of which it is not certain which container holds Spark.
	LeftOut []string
	// Pods is how many of the others run, and Metrics and Cgroups of how many the use was read.
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
	killed := map[*Workload]map[kind]kills{} // also of pods that have ended
	gap, err = g.reader.List(ctx, "v1", "Pod", cluster.Scope{Namespace: namespace, Selector: g.Selector}, func(raw []byte) error {
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			return fmt.Errorf("read a pod of namespace %s: %w", namespace, err)
		}
		w := owners[model.OwnerOf(&pod.ObjectMeta)]
		if w == nil {
			return nil
		}
		who := spark.Identify(&pod.ObjectMeta, &pod.Spec)
		if limit, is := killedAt(&pod, who); is {
			if killed[w] == nil {
				killed[w] = map[kind]kills{}
			}
			of := killed[w][kindOf(&pod, who.Role)]
			killed[w][kindOf(&pod, who.Role)] = kills{of.pods + 1, max(of.limit, limit)}
		}
		if pod.Status.Phase == corev1.PodRunning {
			g.pod(w, &pod, who, slices.Clone(raw), usage)
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
			r := &w.Roles[i]
			of := killed[w][kind{r.Role, r.Profile}]
			r.Killed, r.KilledAt = of.pods, of.limit
			w.complete(r)
		}
	}
	return nil
}

// kind is what pods are judged together by.
type kind struct {
	role    spark.Role
	profile string
}

// kills are the pods of a kind that the kernel killed, and the largest limit of them.
type kills struct {
	pods  int
	limit int64
}

// labelProfile is on executors the number of their resource profile; 0 is the default one.
const labelProfile = "spark-exec-resourceprofile-id"

func kindOf(pod *corev1.Pod, role spark.Role) kind {
	if profile := pod.Labels[labelProfile]; role == spark.Executor && profile != "0" {
		return kind{role, profile}
	}
	return kind{role, ""}
}

// pod takes a running pod in.
func (g *gatherer) pod(w *Workload, pod *corev1.Pod, who spark.Identity, raw json.RawMessage, usage map[string]cluster.PodUsage) {
	// Why a static pod is not resized is said with what is decided.
	if who.Role == "" || who.Container < 0 || who.Container >= len(pod.Spec.Containers) || !who.Certain && who.Why != spark.WhyMirror {
		w.LeftOut = append(w.LeftOut, pod.Name)
		return
	}
	one := live.Pod{Pod: pod, Container: who.Container}
	container := pod.Spec.Containers[who.Container].Name
	started, runs := startOf(pod, container)
	if !runs {
		return
	}
	one.Ran = max(time.Since(started), 0)
	u, has := usage[pod.Name]
	if old := time.Since(u.Timestamp.Time); has && old > maxAge {
		has = false
		g.note("the metrics API is behind in namespace %s: figures that are more than %d minutes old, by this machine's clock, do not count", pod.Namespace, int(maxAge.Minutes()))
	}
	if has && u.Fresh(started) {
		for _, c := range u.Containers {
			if c.Name == container {
				cpu, memory := c.Usage.Cpu().MilliValue(), c.Usage.Memory().Value()
				if cpu < 0 || cpu > maxCPU || memory < 0 || memory > maxAmount {
					g.note("the metrics API has impossible amounts of pod %s, which do not count", pod.Name)
					continue
				}
				one.Metrics, one.CPUNow, one.WorkingSet = true, cpu, memory
				w.Metrics++
			}
		}
	}
	w.Pods++
	w.Raw[pod.Name] = raw
	of := kindOf(pod, who.Role)
	i := slices.IndexFunc(w.Roles, func(r live.Role) bool { return kind{r.Role, r.Profile} == of })
	if i < 0 {
		i = len(w.Roles)
		w.Roles = append(w.Roles, live.Role{Role: of.role, Profile: of.profile})
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

// complete says of a role what its containers must hold: the most that one of them must, where they differ.
func (w *Workload) complete(r *live.Role) {
	in := w.Tuning()
	if w.Conf != nil {
		in.Conf = w.Conf // of what runs
	}
	for i := range r.Pods {
		p := &r.Pods[i]
		need, cores := live.NeedOf(in, r.Role, &p.Spec.Containers[p.Container])
		if r.Cores = max(r.Cores, cores); i == 0 || r.Need.Why == "" && (need.Why != "" || need.Total > r.Need.Total) {
			r.Need = need
		}
	}
	if plugins, _ := in.Conf.Get("spark.plugins"); r.Role == spark.Executor && strings.Contains(plugins, resizePlugin) {
		if every, _, err := in.Conf.Duration(resizeInterval, time.Second); err == nil && every > 0 {
			r.Grows = "the memory of executors stays: Spark's " + resizePlugin + " raises it (spark.plugins)"
		}
	}
}

// killedAt is the memory limit, in bytes, at which the kernel killed the container of a pod. Where the pod was resized since, the limit
// was another one, and says nothing of the one that it has.
func killedAt(pod *corev1.Pod, who spark.Identity) (limit int64, is bool) {
	if who.Role == "" || who.Container < 0 || who.Container >= len(pod.Spec.Containers) {
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
