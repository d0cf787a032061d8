// Package live decides how containers of running pods are resized in place (pods/resize): where CPU, or memory outside the heap, is
// short or wasted by what the pods use. It is pure. A heap never changes: a JVM keeps the one that it was started with. No amount goes below
// what is used, memory not below what Spark counts on, and no pod changes its QoS class. Formulas lists what decides. Start with Decide.
package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Size is what a container asks for and may take: processors in thousandths, memory in bytes; 0 for what is not set.
type Size struct{ CPURequest, CPULimit, MemoryRequest, MemoryLimit int64 }

// SizeOf is the size of a container as its pod asks for it.
func SizeOf(c *corev1.Container) Size {
	r := &c.Resources
	return Size{r.Requests.Cpu().MilliValue(), r.Limits.Cpu().MilliValue(), r.Requests.Memory().Value(), r.Limits.Memory().Value()}
}

// Use is what a container was seen to use: processors in thousandths, memory in bytes.
type Use struct {
	// Metrics says that the metrics API told CPUNow and WorkingSet, which holds page cache that was used lately.
	Metrics            bool
	CPUNow, WorkingSet int64
	// Cgroup says that the kernel's files of the container were read: CPUSample over a few seconds, CPUMean since it started.
	Cgroup              bool
	CPUSample, CPUMean  int64
	Periods, Throttled  int64 // of the CPU limit, in those seconds
	Held                int64 // memory without page cache that can be dropped
	Peak                int64 // the most memory at any time, with page cache; 0: not known
	OOMKills            int64 // processes that the kernel killed at the limit
	Ran                 time.Duration
	notCgroup, notAtAll int // of several: of so many it is not known
}

// Pod is one running pod.
type Pod struct {
	*corev1.Pod
	Container int // that holds the JVM
	Use
}

func (p *Pod) main() *corev1.Container { return &p.Spec.Containers[p.Container] }

// Need is what a container must hold by Spark's own arithmetic, in bytes. Beside is what has a purpose of it: heap, off-heap and PySpark
// memory. Why says why it is not known; Total is 0 then.
type Need struct {
	Total, Beside int64
	Text, Why     string
}

// Role is the pods of one role of a workload. They are judged together: the worst of them decides.
type Role struct {
	Role spark.Role
	// Profile is the resource profile of executors, which have sizes of their own; "" for the default one.
	Profile string
	Pods    []Pod
	Need    Need
	// Cores are the tasks of an executor, or of a worker, at a time; 0 where that is not known.
	Cores int64
	// Killed are pods of the role that the kernel killed at the limit KilledAt (in bytes).
	Killed   int
	KilledAt int64
	// Grows is what raises the memory of these pods by itself; "" where nothing does.
	Grows string
}

// name is the role, with its profile.
func (r *Role) name() string {
	if r.Profile == "" {
		return string(r.Role)
	}
	return fmt.Sprintf("%s of resource profile %s", r.Role, r.Profile)
}

// Room is what is free on a node, and what it can give in all.
type Room struct{ CPU, Memory, AllCPU, AllMemory int64 }

// Step is what pods of the same size are to get.
type Step struct {
	Pods     []Pod
	From, To Size
}

// Changes says whether the pods get another size.
func (s *Step) Changes() bool { return s.From != s.To }

// Refused is a pod that cannot be resized, and why.
type Refused struct{ Pod, Why string }

// Outcome is what is decided of a role. NotJudged is what was not read.
type Outcome struct {
	Steps     []Step
	Settings  []tuner.Setting
	Refused   []Refused
	NotJudged []tuner.NotJudged
	Notes     []string
}

// Input is what is decided with besides the pods.
type Input struct {
	// Rooms are the nodes by name, those that could be read. What is given to a pod is taken from them.
	Rooms map[string]*Room
	// Try also takes what has a low confidence.
	Try bool
	// Leave says of a setting that it stays as it is, and is not spoken of; nil: none.
	Leave func(tuner.Setting) bool
}

// Decide says what the pods of a role are to get.
func Decide(r Role, in Input) (out Outcome) {
	var all []Pod
	for i := range r.Pods {
		if why := refusal(&r.Pods[i]); why != "" {
			out.Refused = append(out.Refused, Refused{r.Pods[i].Name, why})
			continue
		}
		all = append(all, r.Pods[i])
	}
	out.NotJudged = notJudged(&r, all, in)
	for _, group := range groups(all) {
		d := decision{role: &r, in: in, pods: group, of: len(all), use: worst(group, all)}
		d.from = SizeOf(group[0].main())
		d.to, d.class = d.from, class(&group[0].Spec)
		d.all()
		out.Settings, out.Notes = append(out.Settings, d.settings...), append(out.Notes, d.notes...)
		out.Steps = append(out.Steps, Step{group, d.from, d.to})
	}
	if r.Grows != "" {
		out.Notes = append(out.Notes, r.Grows)
	}
	return out
}

// notJudged says of which pods the use, or what the kernel throttles, was not read.
func notJudged(r *Role, pods []Pod, in Input) (all []tuner.NotJudged) {
	unread, blind := 0, 0
	for i := range pods {
		switch u := &pods[i].Use; {
		case !u.Cgroup && !u.Metrics:
			unread++
		case !u.Cgroup && SizeOf(pods[i].main()).CPULimit > 0:
			blind++
		}
	}
	add := func(n int, reason string) {
		if n > 0 && n < len(pods) {
			reason = fmt.Sprintf("%d of %d pods: %s", n, len(pods), reason)
		}
		if n > 0 {
			all = append(all, tuner.NotJudged{Role: r.name(), Reason: reason})
		}
	}
	add(unread, "the use was not read")
	if in.Leave == nil || !in.Leave(tuner.Setting{Role: r.Role, Name: "limits.cpu", Basis: "live-cpu-throttled", Verdict: tuner.Keep}) {
		add(blind, "limits.cpu: only cgroups tell of throttling, and they were not read")
	}
	return all
}

// groups parts pods by their size: a resize before may have reached some of them only.
func groups(pods []Pod) (all [][]Pod) {
	for _, p := range pods {
		i := slices.IndexFunc(all, func(g []Pod) bool { return alike(&g[0], &p) })
		if i < 0 {
			all = append(all, []Pod{p})
		} else {
			all[i] = append(all[i], p)
		}
	}
	return all
}

func alike(a, b *Pod) bool {
	return a.Container == b.Container && SizeOf(a.main()) == SizeOf(b.main()) && class(&a.Spec) == class(&b.Spec)
}

// worst is the most that any of the pods uses. What tells of a limit (throttling, kills, the peak) counts of those that have it.
func worst(group, all []Pod) Use {
	w := Use{Metrics: true, Cgroup: true, Ran: time.Duration(1<<63 - 1)}
	for i := range all {
		u := &all[i].Use
		w.CPUNow, w.WorkingSet = max(w.CPUNow, u.CPUNow), max(w.WorkingSet, u.WorkingSet)
		w.CPUSample, w.CPUMean, w.Held = max(w.CPUSample, u.CPUSample), max(w.CPUMean, u.CPUMean), max(w.Held, u.Held)
		w.Metrics, w.Cgroup, w.Ran = w.Metrics && u.Metrics, w.Cgroup && u.Cgroup, min(w.Ran, u.Ran)
		if !u.Cgroup || u.Peak == 0 {
			w.notCgroup++
		}
		if !u.Cgroup && !u.Metrics {
			w.notAtAll++
		}
		w.Peak = max(w.Peak, u.Peak)
	}
	for i := range group {
		u := &group[i].Use
		if u.Periods > 0 && (w.Periods == 0 || u.Throttled*w.Periods > w.Throttled*u.Periods) {
			w.Periods, w.Throttled = u.Periods, u.Throttled
		}
		limit := SizeOf(group[i].main()).MemoryLimit
		if u.Peak >= limit/100*99 || u.Peak == 0 && !resized(&group[i]) { // else it had a smaller limit then
			w.OOMKills = max(w.OOMKills, u.OOMKills)
		}
	}
	return w
}

// resized says that the pod may have had another size before.
func resized(p *Pod) bool {
	return slices.ContainsFunc(p.ManagedFields, func(f metav1.ManagedFieldsEntry) bool { return f.Subresource == "resize" })
}

// cpu is the most that was seen of processors.
func (u *Use) cpu() int64 { return max(u.CPUNow, u.CPUSample, u.CPUMean) }

// held is the memory that is in use, and whether that is without page cache. Where of some pods only the metrics API tells, it counts.
func (u *Use) held() (bytes int64, exact bool) {
	if u.Cgroup || u.WorkingSet == 0 {
		return u.Held, true
	}
	return max(u.Held, u.WorkingSet), false
}

// CPU writes an amount of processors as Kubernetes does; "" for none.
func CPU(milli int64) string {
	if milli == 0 {
		return ""
	}
	return resource.NewMilliQuantity(milli, resource.DecimalSI).String()
}

// Memory writes an amount of memory as Kubernetes does; "" for none.
func Memory(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return resource.NewQuantity(bytes, resource.BinarySI).String()
}

// refusal says why a pod cannot be resized; "" where it can (validation.go ValidatePodResize). What asks for another size than it has is left: what
// it uses says nothing of the size that it asks for.
func refusal(p *Pod) string {
	os := p.Spec.NodeSelector[corev1.LabelOSStable]
	if p.Spec.OS != nil {
		os = string(p.Spec.OS.Name)
	}
	switch {
	case p.DeletionTimestamp != nil:
		return "it is being deleted"
	case p.Annotations[corev1.MirrorPodAnnotationKey] != "":
		return "it is a static pod, which cannot be resized: change its manifest on the node"
	case os == string(corev1.Windows):
		return "Windows pods cannot be resized"
	case p.Spec.Resources != nil && len(p.Spec.Resources.Requests)+len(p.Spec.Resources.Limits) > 0:
		return "spec.resources sets the resources of the whole pod: tune resizes containers only"
	case !reported(p):
		return "its node reports no resources of containers: the kubelet cannot resize (Kubernetes 1.33 and later can)"
	}
	for _, c := range p.Status.Conditions {
		if why := pending(&c); why != "" {
			return why
		}
	}
	if p.Status.ObservedGeneration > 0 && p.Status.ObservedGeneration < p.Generation {
		return "its node has not answered an earlier change yet: run the command again later"
	}
	return ""
}

// maxMessage bounds what is shown of a kubelet's message, in bytes.
const maxMessage = 300

// pending says of a condition what became of an earlier resize that was not made; "" for other conditions.
func pending(c *corev1.PodCondition) string {
	if c.Status != corev1.ConditionTrue {
		return ""
	}
	text := ""
	if c.Message != "" {
		text = ": " + strings.ToValidUTF8(c.Message[:min(len(c.Message), maxMessage)], "")
	}
	switch {
	case c.Type == corev1.PodResizePending && c.Reason == corev1.PodReasonInfeasible:
		return "its node cannot make an earlier resize: take that back with --rollback" + text
	case c.Type == corev1.PodResizePending:
		return "an earlier resize waits for room on the node" + text
	case c.Type == corev1.PodResizeInProgress && c.Reason == corev1.PodReasonError:
		return "its node fails to make an earlier resize, and tries again: take that back with --rollback" + text
	case c.Type == corev1.PodResizeInProgress:
		return "an earlier resize is under way: run the command again later"
	}
	return ""
}

// reported says whether the kubelet says what a container has: the API server takes it for a node that can resize.
func reported(p *Pod) bool {
	for _, s := range p.Status.ContainerStatuses {
		if s.State.Running != nil {
			return s.Resources != nil
		}
	}
	return true
}

// class is the QoS class of a pod (qos.go ComputePodQOS).
func class(spec *corev1.PodSpec) corev1.PodQOSClass {
	any, guaranteed := false, true
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			s := SizeOf(&list[i])
			any = any || s != Size{}
			guaranteed = guaranteed && s.CPULimit > 0 && s.MemoryLimit > 0 && s.CPURequest == s.CPULimit && s.MemoryRequest == s.MemoryLimit
		}
	}
	switch {
	case !any:
		return corev1.PodQOSBestEffort
	case guaranteed:
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}
