package e2e

import (
	"maps"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// sized is a combination of settings that decide the memory of pods.
type sized struct {
	name    string
	jvm     bool // a compiled class instead of Python
	conf    map[string]string
	profile []string // arguments of sized.py, where its executors are of another profile; nil: not
	// more is what the profile changes of what the formula gives without it, in MiB.
	more int64
	only string // line of Spark that has the setting; empty: both
}

func sizes() []sized {
	const factor, offHeap, offHeapSize = "spark.kubernetes.memoryOverheadFactor", "spark.memory.offHeap.enabled", "spark.memory.offHeap.size"
	heaps := func(driver, executor string, more ...string) map[string]string {
		conf := map[string]string{"spark.driver.memory": driver, "spark.executor.memory": executor}
		for i := 0; i < len(more); i += 2 {
			conf[more[i]] = more[i+1]
		}
		return conf
	}
	dynamic := heaps("1g", "1g", "spark.dynamicAllocation.enabled", "true", "spark.dynamicAllocation.shuffleTracking.enabled", "true",
		"spark.dynamicAllocation.initialExecutors", "0", "spark.executor.instances", "0")
	return []sized{
		{name: "python", conf: heaps("1g", "1g")},
		{name: "python-large", conf: heaps("3g", "5g")},
		{name: "jvm", jvm: true, conf: heaps("1g", "1g")},
		{name: "jvm-large", jvm: true, conf: heaps("4100m", "7001m")},
		{name: "overhead", conf: heaps("1g", "1g", "spark.driver.memoryOverhead", "500m", "spark.executor.memoryOverhead", "200m")},
		{name: "overhead-number", jvm: true, conf: heaps("1g", "1g", "spark.driver.memoryOverhead", "512", "spark.executor.memoryOverhead", "1024")},
		{name: "factor", conf: heaps("2g", "2g", factor, "0.33")},
		{name: "factor-jvm", jvm: true, conf: heaps("2g", "3g", factor, "0.7")},
		{name: "factor-of-roles", jvm: true, conf: heaps("2g", "2g", "spark.driver.memoryOverheadFactor", "0.55", "spark.executor.memoryOverheadFactor", "0.25")},
		{name: "factor-and-roles", conf: heaps("2g", "2g", factor, "0.2", "spark.executor.memoryOverheadFactor", "0.6")},
		{name: "off-heap", jvm: true, conf: heaps("1g", "1g", offHeap, "true", offHeapSize, "700m")},
		{name: "off-heap-bytes", conf: heaps("1g", "1g", offHeap, "true", offHeapSize, "268435456")},
		{name: "off-heap-off", jvm: true, conf: heaps("1g", "1g", offHeap, "false", offHeapSize, "700m")},
		{name: "python-memory", conf: heaps("1g", "2g", "spark.executor.pyspark.memory", "900m", "spark.executor.memoryOverhead", "400m")},
		{name: "python-memory-jvm", jvm: true, conf: heaps("1g", "1g", "spark.executor.pyspark.memory", "900m")},
		{name: "least", only: "s43", conf: heaps("1g", "1g", "spark.driver.minMemoryOverhead", "600m", "spark.executor.minMemoryOverhead", "800m")},
		{name: "least-jvm", jvm: true, only: "s43", conf: heaps("1g", "1g", "spark.driver.minMemoryOverhead", "100m", "spark.executor.minMemoryOverhead", "128m")},
		// A profile that sets memory alone keeps the overhead of the default profile's heap.
		{name: "profile", conf: dynamic, profile: []string{}, more: 1024},
		{name: "profile-overhead", conf: dynamic, profile: []string{"300m"}, more: 1024 + 300 - 409},
	}
}

// TestPodMemoryIsWhatSparkAsksFor submits each combination, and compares the memory of the pods with the formula. The executors find no node.
func TestPodMemoryIsWhatSparkAsksFor(t *testing.T) {
	onNode(t)
	t.Parallel()
	combinations := 0
	for _, version := range versions() {
		for _, s := range sizes() {
			if s.only != "" && s.only != line(version) {
				continue
			}
			combinations++
			t.Run(version+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				s.compare(t, version)
			})
		}
	}
	if combinations < 30 {
		t.Errorf("%d combinations", combinations)
	}
}

func (s sized) compare(t *testing.T, version string) {
	defer slot()()
	namespace := "memory-" + s.name + "-" + line(version)
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	w := workload{name: "job", app: "local:///opt/jobs/pi.py", conf: map[string]string{"spark.kubernetes.submission.waitAppCompletion": "false",
		"spark.kubernetes.executor.node.selector.none": "such"}}
	if s.jvm {
		w.app, w.class = "local:///opt/jobs/jobs.jar", "Words"
	}
	if s.profile != nil {
		w.app = "local:///opt/jobs/sized.py"
	}
	maps.Copy(w.conf, s.conf)
	j := w.job(version, namespace)
	j.arguments = s.profile
	if out, err := j.command(t.Context()).CombinedOutput(); err != nil {
		t.Fatalf("spark-submit: %v\n%s", err, last(string(out)))
	}
	conf := spark.Conf{}
	for key, value := range j.settings() {
		conf[key] = spark.Setting{Value: value}
	}
	read, ok := spark.ParseVersion(version)
	if !ok {
		t.Fatal(version)
	}
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		want, err := spark.PodMemory(spark.MemoryInput{Version: read, Role: role, Conf: conf, Python: !s.jvm, ClusterMode: true})
		if err != nil {
			t.Fatal(err)
		}
		total := want.Total()
		if role == spark.Executor {
			total += s.more
		}
		pod := firstPod(t, j, role, s.profile != nil && role == spark.Executor)
		resources := pod.Spec.Containers[0].Resources
		if request, limit := resources.Requests.Memory(), resources.Limits.Memory(); request.Value() != total<<20 || limit.Value() != total<<20 {
			t.Errorf("%s: request %s and limit %s, the formula says %dMi: %+v", role, request, limit, total, want)
		}
		t.Logf("%s %dMi", role, total)
	}
}

// firstPod waits for a pod of that role, of another resource profile than the default where that is asked for.
func firstPod(t *testing.T, j job, role spark.Role, ofProfile bool) corev1.Pod {
	t.Helper()
	selector := "spark-role=" + string(role)
	if ofProfile {
		selector += ",spark-exec-resourceprofile-id!=0"
	}
	for start := time.Now(); ; time.Sleep(time.Second) {
		pods, err := running.Client().CoreV1().Pods(j.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			t.Fatal(err)
		}
		if len(pods.Items) > 0 {
			return pods.Items[0]
		}
		if time.Since(start) > patience {
			log, err := running.Client().CoreV1().Pods(j.namespace).GetLogs(j.name, &corev1.PodLogOptions{}).DoRaw(t.Context())
			t.Fatalf("no pod of %s : %v\n%s", selector, err, last(string(log)))
		}
	}
}
