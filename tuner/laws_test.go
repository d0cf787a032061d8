package tuner

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// confOf makes a configuration of key and value, one after the other.
func confOf(words ...string) spark.Conf {
	c := spark.Conf{}
	for i := 0; i+1 < len(words); i += 2 {
		c[words[i]] = spark.Setting{Value: words[i+1], Line: i/2 + 1}
	}
	return c
}

func shape(t *testing.T, text string) shapes.Node {
	t.Helper()
	n, err := shapes.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func jobs(java int) []Pod {
	return []Pod{{Role: spark.Driver, Java: java}, {Role: spark.Executor, Java: java}}
}

// every gives applications of all sizes and spellings that the decisions go by.
func every(t *testing.T, visit func(name string, in Input)) {
	t.Helper()
	nodes := [][]shapes.Node{nil, {shape(t, "16x64Gi")}, {shape(t, "4x16Gi"), shape(t, "cpu=64,m=256Gi,provider=eks")}, {shape(t, "2x2Gi,allocatable")}}
	for _, memory := range []string{"100m", "449m", "450m", "1g", "6g", "12345m", "31g", "40g", "64g"} {
		for _, cores := range []string{"", "1", "4", "7", "16"} {
			for _, overhead := range []string{"", "1m", "2g", "20g"} {
				for i, more := range [][]string{nil, {"spark.kubernetes.executor.limit.cores", "1"}, {"spark.kubernetes.executor.limit.cores", "3", "spark.executor.instances", "8"},
					{"spark.executor.extraJavaOptions", `-Dx="a b" -XX:+UseG1GC`, "spark.dynamicAllocation.enabled", "true"}} {
					for j, java := range []int{0, 8, 17, 25} {
						c := confOf(append([]string{"spark.executor.memory", memory, "spark.driver.memory", memory}, more...)...)
						if cores != "" {
							c["spark.executor.cores"] = spark.Setting{Value: cores}
						}
						if overhead != "" {
							c["spark.executor.memoryOverhead"] = spark.Setting{Value: overhead}
						}
						in := Input{Version: spark.Version{Major: 3, Minor: 5, Patch: 6}, Conf: c, Pods: jobs(java), Nodes: nodes[(i+j)%4], ClusterMode: j%2 == 0, Python: i%2 == 0}
						for k := range 4 {
							in.Try, in.Pack = k&1 != 0, k&2 != 0
							visit(fmt.Sprintf("%v java %d nodes %d try %v pack %v", c, java, (i+j)%4, in.Try, in.Pack), in)
						}
					}
				}
			}
		}
	}
}

// applied is a configuration after the changes.
func applied(c spark.Conf, changes []spark.Change) spark.Conf {
	out := clone(c)
	for _, change := range changes {
		if change.Unset {
			delete(out, change.Key)
		} else {
			out[change.Key] = spark.Setting{Value: change.Value}
		}
	}
	return out
}

func TestARecommendationThatWasAppliedLeavesNothing(t *testing.T) {
	every(t, func(name string, in Input) {
		first, err := Recommend(in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in.Conf = applied(in.Conf, first.Changes())
		second, err := Recommend(in)
		if err != nil || second.Changed() {
			t.Fatalf("%s: after %v there is still %v, %v", name, first.Changes(), second.Changes(), err)
		}
		for _, s := range second.Settings {
			if s.Verdict == Change || s.Verdict == Try && in.Try {
				t.Fatalf("%s: still %+v", name, s)
			}
		}
	})
}

func TestMemoryIsNeverLoweredAndNeverUnderSparksMinimum(t *testing.T) {
	every(t, func(name string, in Input) {
		r, err := Recommend(in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, role := range spark.Jobs {
			m := spark.MemoryInput{Version: in.Version, Role: role, Conf: in.Conf, Python: in.Python, ClusterMode: in.ClusterMode}
			before, _ := spark.PodMemory(m)
			m.Conf = applied(in.Conf, r.Changes())
			after, err := spark.PodMemory(m)
			if err != nil || after.Heap < spark.MinHeapMiB || after.Heap+after.Overhead+after.OffHeap+after.PySpark != after.Total() {
				t.Fatalf("%s: %s %+v, %v", name, role, after, err)
			}
			if !in.Pack && (after.Heap < before.Heap || after.Overhead < before.Overhead) {
				t.Fatalf("%s: %s lowered from %+v to %+v", name, role, before, after)
			}
			if after.OverheadSet && after.Overhead < after.Derived {
				t.Fatalf("%s: %s overhead is left at %dMi, under %dMi", name, role, after.Overhead, after.Derived)
			}
		}
	})
}

func TestEverySettingHasItsReason(t *testing.T) {
	every(t, func(name string, in Input) {
		r, err := Recommend(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Settings {
			if s.Why == "" || s.Formula == "" || s.Source == "" || s.Confidence == "" || s.Role == "" || s.Verdict == Keep && s.Now != s.Recommended || s.Verdict != Keep && s.Now == s.Recommended {
				t.Fatalf("%s: %+v", name, s)
			}
		}
	})
}

func TestPackingKeepsTheSumAndNeverHoldsLess(t *testing.T) {
	sums := func(in Input) (cores, heap, held int64) {
		w := &work{in: in, conf: clone(in.Conf)}
		if m, _ := w.sized(spark.Executor); m.OverheadSet && m.Overhead < m.Derived {
			delete(w.conf, keyOverhead) // less than Spark's own is no size to compare with
		}
		m, _ := w.sized(spark.Executor)
		c := m.Cores
		n, set, _ := in.Conf.Int(keyInstances)
		if !set {
			n = defaultExecutors
		}
		held, _, _ = w.held(c, m.Heap)
		return c * int64(n), m.Heap * int64(n), held
	}
	packed := 0
	every(t, func(name string, in Input) {
		if !in.Pack || in.Try {
			return
		}
		r, err := Recommend(in)
		if err != nil {
			t.Fatal(err)
		}
		after := in
		after.Conf = applied(in.Conf, r.Changes())
		if _, changed := after.Conf[keyInstances]; !changed || after.Conf[keyInstances].Value == in.Conf[keyInstances].Value {
			return
		}
		packed++
		p, err := (&work{in: after, conf: after.Conf}).sized(spark.Executor)
		if err != nil || p.Overhead < p.Need.Total() {
			t.Fatalf("%s: packed below its need: %dMi of %s, %v", name, p.Overhead, p.Need, err)
		}
		c, h, held := sums(in)
		c2, h2, held2 := sums(after)
		if c != c2 || h != h2 || held2 < held {
			t.Fatalf("%s: %d cores, %dMi, %d held became %d, %d, %d", name, c, h, held, c2, h2, held2)
		}
	})
	if packed == 0 {
		t.Fatal("no case was packed")
	}
}

func TestALargerNodeHoldsNoFewerExecutors(t *testing.T) {
	for _, provider := range []string{shapes.GKE, shapes.EKS, shapes.AKS} {
		before := int64(0)
		var last shapes.Node
		for gib := 2; gib <= 512; gib++ {
			n, err := shapes.Parse(fmt.Sprintf("cpu=32,m=%dGi,provider=%s", gib, provider))
			if err != nil {
				continue // nothing is left of the smallest
			}
			f := n.Fit(2048+384, 1000)
			if f.PerNode < before || n.MemoryMiB < last.MemoryMiB || f.IdleMemory < 0 || f.IdleCPU < 0 {
				t.Fatalf("%s %dGi: %+v on %+v after %+v", provider, gib, f, n, last)
			}
			before, last = f.PerNode, n
		}
	}
}

func worker(limit, request string, env ...string) Pod {
	c := &corev1.Container{}
	for i := 0; i+1 < len(env); i += 2 {
		c.Env = append(c.Env, corev1.EnvVar{Name: env[i], Value: env[i+1]})
	}
	if limit != "" {
		c.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}
	}
	if request != "" {
		c.Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(request)}
	}
	return Pod{Role: spark.Worker, Container: c, ImageKnown: true}
}

// carriedOut makes the edits in a container.
func carriedOut(p Pod, edits []spark.PodChange) Pod {
	c := p.Container.DeepCopy()
	for _, e := range edits {
		switch {
		case e.Env != "":
			c.Env = append(c.Env, corev1.EnvVar{Name: e.Env, Value: e.Value})
		case e.Resource == "limits.cpu":
			c.Resources.Limits[corev1.ResourceCPU] = resource.MustParse(e.Value)
		default:
			list := &c.Resources.Limits
			if e.Resource == "requests.memory" {
				list = &c.Resources.Requests
			}
			if *list == nil {
				*list = corev1.ResourceList{}
			}
			(*list)[corev1.ResourceMemory] = resource.MustParse(e.Value)
		}
	}
	p.Container = c
	return p
}

func TestAWorkerThatWasMendedHoldsWhatItOffers(t *testing.T) {
	nodes := [][]shapes.Node{nil, {shape(t, "4x8Gi")}, {shape(t, "16x64Gi")}}
	for _, limit := range []string{"", "768Mi", "2Gi", "8Gi", "40Gi"} {
		for _, request := range []string{"", "512Mi", "8Gi"} {
			for _, env := range [][]string{nil, {"SPARK_WORKER_MEMORY", "1g"}, {"SPARK_WORKER_MEMORY", "6g", "SPARK_DAEMON_MEMORY", "512m"}, {"SPARK_WORKER_CORES", "4"}} {
				for _, list := range nodes {
					p := worker(limit, request, env...)
					in := Input{Pods: []Pod{p}, Nodes: list, Try: true}
					r, err := Recommend(in)
					if err != nil {
						t.Fatal(err)
					}
					in.Pods = []Pod{carriedOut(p, r.PodEdits())}
					again, err := Recommend(in)
					if err != nil || again.Changed() {
						t.Errorf("limit %q request %q %v on %v: after %+v still %+v", limit, request, env, list, r.PodEdits(), again.PodEdits())
					}
					c := in.Pods[0].Container
					m := sizing.Server{Role: spark.Worker, Container: c, ImageKnown: true}.Memory()
					if m.Limit > 0 && (!m.Offer.Said || m.Verdict != sizing.Fits) && (list == nil || m.Limit >= 4096) {
						t.Errorf("limit %q request %q %v: %+v", limit, request, env, m)
					}
				}
			}
		}
	}
}
