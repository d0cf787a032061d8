package live

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// sized is a running pod whose container has amounts: requests.cpu, limits.cpu, requests.memory and limits.memory, "" for none.
func sized(name string, amounts ...string) Pod {
	r := corev1.ResourceRequirements{Requests: corev1.ResourceList{}, Limits: corev1.ResourceList{}}
	for i, list := range []corev1.ResourceList{r.Requests, r.Limits, r.Requests, r.Limits} {
		if i < len(amounts) && amounts[i] != "" {
			list[[]corev1.ResourceName{"cpu", "cpu", "memory", "memory"}[i]] = resource.MustParse(amounts[i])
		}
	}
	return Pod{Pod: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name)}, Spec: corev1.PodSpec{NodeName: "n1", Containers: []corev1.Container{{Name: "spark-kubernetes-executor", Resources: r}}}}}
}

// used is a use by both sources, of a container that runs for an hour: CPU in thousandths, memory in MiB.
func used(cpu, held, peak int64) Use {
	return Use{Metrics: true, CPUNow: cpu, WorkingSet: held * mib, Cgroup: true, CPUSample: cpu, CPUMean: cpu, Held: held * mib, Peak: peak * mib, Ran: time.Hour}
}

func with(p Pod, u Use) Pod { p.Use = u; return p }

// executor counts on 1024 MiB of heap and 384 beside it.
var executor = Need{Total: 1408 * mib, Beside: 1024 * mib, Text: "heap 1024Mi + overhead 384Mi = 1408Mi"}

// large counts on 16 GiB of heap and a tenth beside it.
var large = Need{Total: 18022 * mib, Beside: 16384 * mib, Text: "heap 16384Mi + overhead 1638Mi = 18022Mi"}

func text(s Size) string {
	return strings.Join([]string{CPU(s.CPURequest), CPU(s.CPULimit), Memory(s.MemoryRequest), Memory(s.MemoryLimit)}, " ")
}

func TestDecide(t *testing.T) {
	throttled := func(u Use, share int64) Use { u.Periods, u.Throttled = 50, share/2; return u }
	killed := func(u Use) Use { u.OOMKills = 1; return u }
	young := func(u Use) Use { u.Ran = time.Minute; return u }
	metrics := func(cpu, set int64) Use {
		return Use{Metrics: true, CPUNow: cpu, WorkingSet: set * mib, Ran: time.Hour}
	}
	for _, c := range []struct {
		name  string
		pods  []Pod
		need  Need
		cores int64
		in    Input
		role  Role
		want  []string // sizes: requests.cpu limits.cpu requests.memory limits.memory, a step each
		says  string   // basis, why or note
		once  bool     // a pod that was resized says so by its fields
	}{
		{name: "what fits stays", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1100, 1200))}, need: executor, want: []string{"1  1408Mi 1408Mi"}},
		{name: "a throttled limit grows by half, at least to the tasks", pods: []Pod{with(sized("a", "1", "1", "1408Mi", "1408Mi"), throttled(used(990, 1100, 1200), 44))}, need: executor, cores: 2, want: []string{"2 2 1408Mi 1408Mi"}, says: "live-cpu-throttled"},
		{name: "a throttled limit grows at most to twice", pods: []Pod{with(sized("a", "500m", "500m", "1Gi", "1408Mi"), throttled(used(500, 900, 1000), 80))}, need: executor, cores: 8, want: []string{"500m 1 1Gi 1408Mi"}, says: "min(2 × 500m"},
		{name: "little throttling is none", pods: []Pod{with(sized("a", "1", "1", "1Gi", "1408Mi"), throttled(used(700, 900, 1000), 4))}, need: executor, want: []string{"1 1 1Gi 1408Mi"}},
		{name: "use above the request", pods: []Pod{with(sized("a", "500m", "2", "1Gi", "1408Mi"), used(1200, 900, 1000))}, need: executor, want: []string{"1400m 2 1Gi 1408Mi"}, says: "live-cpu-request"},
		{name: "a request grows to the limit at most", pods: []Pod{with(sized("a", "500m", "1", "1Gi", "1408Mi"), used(990, 900, 1000))}, need: executor, want: []string{"1 1 1Gi 1408Mi"}, says: "at most the limit"},
		{name: "a Burstable pod does not become Guaranteed", pods: []Pod{with(sized("a", "500m", "1", "1408Mi", "1408Mi"), used(990, 900, 1000))}, need: executor, want: []string{"500m 1 1408Mi 1408Mi"}, says: "it would change the QoS class from Burstable to Guaranteed"},
		{name: "a request that is not used shrinks", pods: []Pod{with(sized("a", "4", "", "1408Mi", "1408Mi"), used(900, 1100, 1200))}, need: executor, want: []string{"1200m  1408Mi 1408Mi"}, says: "live-cpu-unused"},
		{name: "of a Guaranteed pod with its limit, and not below its tasks", pods: []Pod{with(sized("a", "4", "4", "1408Mi", "1408Mi"), used(900, 1100, 1200))}, need: executor, cores: 3, want: []string{"3 3 1408Mi 1408Mi"}},
		{name: "nor any lower where the tasks are not known", pods: []Pod{with(sized("a", "4", "4", "1408Mi", "1408Mi"), used(900, 1100, 1200))}, need: executor, want: []string{"4 4 1408Mi 1408Mi"}, says: "the limit would shrink with it"},
		{name: "less than a processor for each task is an experiment", pods: []Pod{with(sized("a", "4", "", "1408Mi", "1408Mi"), used(900, 1100, 1200))}, need: executor, cores: 4, want: []string{"4  1408Mi 1408Mi"}, says: "live-cpu-unused low"},
		{name: "what tasks never need is none", pods: []Pod{with(sized("a", "8", "", "1408Mi", "1408Mi"), used(2500, 1100, 1200))}, need: executor, cores: 3, want: []string{"3200m  1408Mi 1408Mi"}, says: "live-cpu-unused medium"},
		{name: "not before it runs for ten minutes", pods: []Pod{with(sized("a", "4", "", "1408Mi", "1408Mi"), young(used(900, 1100, 1200)))}, need: executor, want: []string{"4  1408Mi 1408Mi"}, says: "less than 10 minutes"},
		{name: "by the metrics API alone it is worth a try", pods: []Pod{with(sized("a", "4", "", "1408Mi", "1408Mi"), metrics(900, 1000))}, need: executor, want: []string{"4  1408Mi 1408Mi"}, says: "try"},
		{name: "which --try makes", pods: []Pod{with(sized("a", "4", "", "1408Mi", "1408Mi"), metrics(900, 1000))}, need: executor, in: Input{Try: true}, want: []string{"1200m  1408Mi 1408Mi"}},
		{name: "memory near the limit", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1350, 1400))}, need: executor, want: []string{"1  1600Mi 1600Mi"}, says: "live-memory-near"},
		{name: "page cache may be part of it", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), metrics(800, 1350))}, need: executor, want: []string{"1  1600Mi 1600Mi"}, says: "page cache may be part of it"},
		{name: "a large heap that is held is no shortage", pods: []Pod{with(sized("a", "1", "", "18022Mi", "18022Mi"), used(800, 16984, 17500))}, need: large, want: []string{"1  18022Mi 18022Mi"}},
		{name: "the rest beside it can be short", pods: []Pod{with(sized("a", "1", "", "18022Mi", "18022Mi"), used(800, 17700, 17900))}, need: large, want: []string{"1  18560Mi 18560Mi"}, says: "live-memory-near"},
		{name: "page cache is no use", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), func() Use { u := used(800, 1000, 1408); u.WorkingSet = 1400 * mib; return u }())}, need: executor, want: []string{"1  1408Mi 1408Mi"}},
		{name: "the kernel killed a Python worker", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), killed(used(800, 1200, 1408)))}, need: executor, want: []string{"1  1536Mi 1536Mi"}, says: "live-memory-killed"},
		{name: "at a limit before this one", pods: []Pod{with(sized("a", "1", "", "1536Mi", "1536Mi"), killed(used(800, 1200, 1408)))}, need: executor, want: []string{"1  1536Mi 1536Mi"}},
		{name: "a kernel that tells no peak", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), killed(used(800, 1200, 0)))}, need: executor, want: []string{"1  1536Mi 1536Mi"}, says: "live-memory-killed", once: true},
		{name: "a pod of the role was killed", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1200, 1300))}, role: Role{Killed: 2, KilledAt: 1408 * mib}, need: executor, want: []string{"1  1536Mi 1536Mi"}, says: "killed 2 of these pods at 1408Mi"},
		{name: "and had another limit", pods: []Pod{with(sized("a", "1", "", "1600Mi", "1600Mi"), used(800, 1200, 1300))}, role: Role{Killed: 2, KilledAt: 1408 * mib}, need: executor, want: []string{"1  1600Mi 1600Mi"}},
		{name: "a limit below what Spark counts on", pods: []Pod{with(sized("a", "1", "", "1124Mi", "1124Mi"), used(800, 700, 800))}, need: executor, want: []string{"1  1408Mi 1408Mi"}, says: "live-memory-formula"},
		{name: "memory that was never used", pods: []Pod{with(sized("a", "1", "", "8Gi", "8Gi"), used(800, 1200, 1500))}, need: executor, in: Input{Try: true}, want: []string{"1  2880Mi 2880Mi"}, says: "live-memory-unused"},
		{name: "what later stages need is not known", pods: []Pod{with(sized("a", "1", "", "8Gi", "8Gi"), used(800, 1200, 1500))}, need: executor, want: []string{"1  8Gi 8Gi"}, says: "live-memory-unused low"},
		{name: "after a kill nothing is reduced", pods: []Pod{with(sized("a", "1", "", "8Gi", "8Gi"), used(800, 1200, 1500))}, role: Role{Killed: 1, KilledAt: 4096 * mib}, need: executor, in: Input{Try: true}, want: []string{"1  8Gi 8Gi"}},
		{name: "a heap that was not touched yet is to come", pods: []Pod{with(sized("a", "1", "", "32Gi", "32Gi"), used(800, 6000, 7000))}, need: large, in: Input{Try: true}, want: []string{"1  32Gi 32Gi"}},
		{name: "never below what Spark counts on", pods: []Pod{with(sized("a", "1", "", "8Gi", "8Gi"), used(800, 200, 250))}, need: executor, in: Input{Try: true}, want: []string{"1  1408Mi 1408Mi"}, says: "max(heap 1024Mi + overhead 384Mi = 1408Mi"},
		{name: "what Spark counts on is unknown", pods: []Pod{with(sized("a", "1", "", "8Gi", "8Gi"), used(800, 300, 400))}, need: Need{Why: "the configuration was not read"}, want: []string{"1  8Gi 8Gi"}, says: "not reduced: the configuration was not read"},
		{name: "the peak of one of two is unknown", pods: []Pod{with(sized("a", "1", "", "8Gi", "8Gi"), used(800, 300, 400)), with(sized("b", "1", "", "8Gi", "8Gi"), metrics(800, 400))}, need: executor, in: Input{Try: true}, want: []string{"1  8Gi 8Gi"}},
		{name: "the worst of two decides", pods: []Pod{with(sized("a", "1", "", "8Gi", "8Gi"), used(800, 300, 400)), with(sized("b", "1", "", "8Gi", "8Gi"), used(800, 300, 4000))}, need: executor, in: Input{Try: true}, want: []string{"1  5824Mi 5824Mi"}},
		{name: "one of two was resized before", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1350, 1400)), with(sized("b", "1", "", "1600Mi", "1600Mi"), used(800, 1350, 1400))}, need: executor, want: []string{"1  1600Mi 1600Mi", "1  1600Mi 1600Mi"}, says: "1 of 2 pods"},
		{name: "a request below the limit stays", pods: []Pod{with(sized("a", "1", "", "1Gi", "1408Mi"), used(800, 1350, 1400))}, need: executor, want: []string{"1  1Gi 1600Mi"}},
		{name: "without limits nothing is short", pods: []Pod{with(sized("a", "1", "", "1Gi", ""), used(800, 1350, 1400))}, need: executor, want: []string{"1  1Gi "}},
		{name: "nothing was read", pods: []Pod{sized("a", "1", "1", "1408Mi", "1408Mi")}, need: executor, want: []string{"1 1 1408Mi 1408Mi"}, says: "the use was not read"},
		{name: "of one nothing was read", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1100, 1200)), sized("b", "1", "", "1408Mi", "1408Mi")}, need: executor, want: []string{"1  1408Mi 1408Mi"}, says: "1 of 2 pods: the use was not read"},
		{name: "throttling was not read", pods: []Pod{with(sized("a", "1", "2", "1408Mi", "1408Mi"), metrics(800, 1100))}, need: executor, want: []string{"1 2 1408Mi 1408Mi"}, says: "only cgroups tell of throttling"},
		{name: "a resource profile is named", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1350, 1400))}, role: Role{Profile: "1"}, need: executor, want: []string{"1  1600Mi 1600Mi"}, says: "resource profile 1: 95 % of the limit in use"},
		{name: "Spark raises the memory", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1350, 1400))}, role: Role{Grows: "Spark's ExecutorResizePlugin"}, need: executor, want: []string{"1  1408Mi 1408Mi"}, says: "Spark raises it by itself"},
		{name: "the node is too small", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1350, 1400))}, in: Input{Rooms: map[string]*Room{"n1": {CPU: 1000, Memory: 0, AllCPU: 4000, AllMemory: 1500 * mib}}}, need: executor, want: []string{"1  1408Mi 1408Mi"}, says: "node n1 is too small"},
		{name: "the node is full", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1350, 1400))}, in: Input{Rooms: map[string]*Room{"n1": {CPU: 1000, Memory: 100 * mib, AllCPU: 4000, AllMemory: 8192 * mib}}}, need: executor, want: []string{"1  1600Mi 1600Mi"}, says: "the kubelet defers the resize"},
		{name: "a request waits for no room, and the limits with it", pods: []Pod{with(sized("a", "500m", "1", "1Gi", "1408Mi"), throttled(used(990, 900, 1000), 80))}, in: Input{Rooms: map[string]*Room{"n1": {CPU: 100, Memory: 0, AllCPU: 4000, AllMemory: 8192 * mib}}}, need: executor, cores: 1, want: []string{"500m 1500m 1Gi 1408Mi"}, says: "node n1 has no room for more"},
		{name: "a setting that is skipped", pods: []Pod{with(sized("a", "1", "", "1408Mi", "1408Mi"), used(800, 1350, 1400))}, in: Input{Leave: func(s tuner.Setting) bool { return s.Name == "limits.memory" }}, need: executor, want: []string{"1  1408Mi 1408Mi"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.role
			r.Role, r.Pods, r.Need, r.Cores = spark.Executor, c.pods, c.need, c.cores
			if r.Need.Beside == 0 {
				r.Need.Beside = executor.Beside
			}
			out := Decide(r, c.in)
			var got []string
			for _, s := range out.Steps {
				got = append(got, text(s.To))
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("sizes %q, want %q", got, c.want)
			}
			said := fmt.Sprint(out.Settings, out.Notes, out.NotJudged)
			for _, s := range out.Settings {
				said += fmt.Sprintf("\n%s %s", s.Basis, s.Confidence)
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("%q is not said in %s", c.says, said)
			}
			check(t, r, out)
			// What pods get asks for nothing more, with the same use.
			for _, s := range out.Steps {
				for _, p := range s.Pods {
					s.To.set(&p.Spec.Containers[p.Container])
				}
			}
			for i := range r.Pods {
				if c.once {
					r.Pods[i].ManagedFields = []metav1.ManagedFieldsEntry{{Subresource: "resize"}}
				}
				if u := &r.Pods[i].Use; u.Periods > 0 {
					u.Throttled = 0 // the limit is not reached any more
				}
			}
			for _, s := range Decide(r, c.in).Steps {
				if s.Changes() {
					t.Errorf("a second time: %q to %q", text(s.From), text(s.To))
				}
			}
		})
	}
}

// check holds an outcome to what is never done.
func check(t *testing.T, r Role, out Outcome) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range Formulas() {
		known[f.ID] = true
	}
	for _, s := range out.Settings {
		if !known[s.Basis] || s.Why == "" || s.Formula == "" || s.Source == "" || s.Evidence == "" || (s.Verdict == tuner.Keep) != (s.Now == s.Recommended) {
			t.Errorf("%+v", s)
		}
	}
	for _, s := range out.Steps {
		for _, p := range s.Pods {
			held, _ := p.Use.held()
			before, after := class(&p.Spec), p.Spec.DeepCopy()
			s.To.set(&after.Containers[p.Container])
			switch {
			case s.To.MemoryLimit < s.From.MemoryLimit && (s.To.MemoryLimit < r.Need.Beside+p.Peak || s.To.MemoryLimit < held || s.To.MemoryLimit < r.Need.Total):
				t.Errorf("pod %s: a memory limit of %s is below its use or need", p.Name, Memory(s.To.MemoryLimit))
			case s.To.CPURequest < s.From.CPURequest && s.To.CPURequest < p.Use.cpu(), s.To.CPULimit < s.From.CPULimit && s.To.CPULimit < p.Use.cpu():
				t.Errorf("pod %s: less CPU than it uses", p.Name)
			case class(after) != before:
				t.Errorf("pod %s: its QoS class was %s", p.Name, before)
			case s.To.CPULimit > 0 && s.To.CPURequest > s.To.CPULimit, s.To.MemoryLimit > 0 && s.To.MemoryRequest > s.To.MemoryLimit:
				t.Errorf("pod %s: a request above its limit: %s", p.Name, text(s.To))
			}
		}
	}
}

func TestRefusal(t *testing.T) {
	condition := func(kind corev1.PodConditionType, reason, message string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: message}}
		}
	}
	for _, c := range []struct {
		change func(*corev1.Pod)
		want   string
	}{
		{func(*corev1.Pod) {}, ""},
		{func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"} }, "static pod"},
		{func(p *corev1.Pod) { p.Spec.OS = &corev1.PodOS{Name: corev1.Windows} }, "Windows"},
		{func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: "windows"} }, "Windows"},
		{func(p *corev1.Pod) {
			p.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{"cpu": resource.MustParse("1")}}
		}, "the whole pod"},
		{func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
		}, "the kubelet cannot resize"},
		{condition(corev1.PodResizePending, corev1.PodReasonDeferred, "no room"), "waits for room on the node: no room"},
		{condition(corev1.PodResizePending, corev1.PodReasonInfeasible, "never"), "cannot make an earlier resize: take that back with --rollback: never"},
		{condition(corev1.PodResizePending, "Other", ""), "waits"},
		{condition(corev1.PodResizeInProgress, "", ""), "under way"},
		{condition(corev1.PodResizeInProgress, corev1.PodReasonError, "again"), "fails to make an earlier resize"},
		{func(p *corev1.Pod) { p.Generation, p.Status.ObservedGeneration = 2, 1 }, "has not answered an earlier change"},
		{func(p *corev1.Pod) { p.Generation, p.Status.ObservedGeneration = 2, 2 }, ""},
		{func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }, "being deleted"},
	} {
		p := with(sized("a", "1", "1", "1408Mi", "1408Mi"), used(800, 1390, 1400))
		c.change(p.Pod)
		out := Decide(Role{Role: spark.Executor, Pods: []Pod{p}, Need: executor}, Input{})
		switch {
		case c.want == "" && (len(out.Refused) != 0 || len(out.Steps) != 1 || !out.Steps[0].Changes()):
			t.Errorf("%+v", out)
		case c.want != "" && (len(out.Refused) != 1 || !strings.Contains(out.Refused[0].Why, c.want) || len(out.Steps) != 0):
			t.Errorf("want %q: %+v", c.want, out)
		}
	}
}

func TestRestarts(t *testing.T) {
	c := corev1.Container{ResizePolicy: []corev1.ContainerResizePolicy{{ResourceName: corev1.ResourceMemory, RestartPolicy: corev1.RestartContainer}, {ResourceName: corev1.ResourceCPU, RestartPolicy: corev1.NotRequired}}}
	from := Size{1000, 1000, mib, mib}
	if Restarts(&c, from, Size{2000, 2000, mib, mib}) || !Restarts(&c, from, Size{1000, 1000, mib, 2 * mib}) || Restarts(&corev1.Container{}, from, Size{}) {
		t.Error("which change restarts the container is wrong")
	}
}

func TestNeedOf(t *testing.T) {
	executor := &corev1.Container{Name: "spark-kubernetes-executor", Env: []corev1.EnvVar{{Name: "SPARK_EXECUTOR_MEMORY", Value: "4g"}, {Name: "SPARK_EXECUTOR_CORES", Value: "2"}}}
	conf := func(pairs ...string) spark.Conf {
		c := spark.Conf{}
		for i := 0; i < len(pairs); i += 2 {
			c[pairs[i]] = spark.Setting{Value: pairs[i+1]}
		}
		return c
	}
	worker := func(env ...corev1.EnvVar) *corev1.Container {
		return &corev1.Container{Name: "worker", Image: "apache/spark:3.5.6", Command: []string{"/opt/spark/bin/spark-class", spark.ClassWorker}, Env: env,
			Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse("8Gi")}}}
	}
	servers := tuner.Input{Launcher: "standalone", Pods: []tuner.Pod{{Role: spark.Worker, ImageKnown: true}}}
	for _, c := range []struct {
		in            tuner.Input
		role          spark.Role
		c             *corev1.Container
		total, beside int64
		cores         int64
		why           string
	}{
		{tuner.Input{Conf: conf("spark.executor.memory", "4g", "spark.executor.memoryOverhead", "4g")}, spark.Executor, executor, 4096 + 409, 4096, 2, ""},
		{tuner.Input{Conf: conf("spark.executor.memory", "4g", "spark.memory.offHeap.enabled", "true", "spark.memory.offHeap.size", "1g")}, spark.Executor, executor, 5120 + 409, 5120, 2, ""},
		{tuner.Input{Conf: conf("spark.executor.memory", "4g", spark.KeyResourceType, "python")}, spark.Executor, executor, 4096 + 1638, 4096, 2, ""},
		{tuner.Input{Conf: conf("spark.executor.memory", "2g")}, spark.Executor, executor, 0, 4096, 2, "another heap"},
		{tuner.Input{}, spark.Executor, executor, 0, 4096, 2, "was not read"},
		{tuner.Input{Conf: conf("spark.driver.memory", "2g")}, spark.Driver, &corev1.Container{}, 2432, 2048, 0, ""},
		{tuner.Input{Conf: conf("spark.driver.memory", "2gb ")}, spark.Driver, &corev1.Container{}, 2432, 2048, 0, ""},
		{tuner.Input{Conf: conf("spark.driver.memory", "x")}, spark.Driver, &corev1.Container{}, 0, 0, 0, "spark.driver.memory"},
		{servers, spark.Worker, worker(), 0, 1024 + 7168, 0, "derived what it offers"},
		{servers, spark.Worker, worker(corev1.EnvVar{Name: "SPARK_WORKER_MEMORY", Value: "4g"}, corev1.EnvVar{Name: "SPARK_WORKER_CORES", Value: "3"}), 1024 + 256 + 4711, 1024 + 4096, 3, ""},
		{servers, spark.Worker, worker(corev1.EnvVar{Name: "SPARK_WORKER_MEMORY", Value: "much"}), 0, 1024, 0, "cannot be read"},
	} {
		n, cores := NeedOf(c.in, c.role, c.c)
		if n.Total != c.total*mib || n.Beside != c.beside*mib || cores != c.cores || !strings.Contains(n.Why, c.why) || (n.Why == "") != (c.why == "") || (n.Text == "") != (c.total == 0) {
			t.Errorf("%s %v: %+v (%d MiB, %d MiB), %d cores", c.role, c.in.Conf, n, n.Total/mib, n.Beside/mib, cores)
		}
	}
}
