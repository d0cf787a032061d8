package tuner

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// of finds a setting by role and name.
func of(r Recommendation, role spark.Role, name string) Setting {
	for _, s := range r.Settings {
		if s.Role == role && s.Name == name {
			return s
		}
	}
	return Setting{}
}

// TestTheWorkedCase is an application whose pods were measured: 4g and 4g of overhead, one core, Java 17. Its JVM's RSS was
// 4924Mi, so that 828Mi were needed beside the heap; Spark's default is 409Mi.
func TestTheWorkedCase(t *testing.T) {
	const measured = 4924 - 4096
	need := sizing.OutsideHeap(spark.Executor, 4096, 1, false, 0, nil)
	if need.Total() != 180+176+445 || need.Asked() != 960 {
		t.Errorf("got %s, asked %d", need, need.Asked())
	}
	if need.Asked() < measured {
		t.Errorf("%dMi are asked for, %dMi were needed", need.Asked(), measured)
	}
	in := Input{Version: spark.Version{Major: 3, Minor: 5, Patch: 3}, Pods: jobs(17), ClusterMode: true,
		Conf: confOf("spark.executor.memory", "4g", "spark.executor.memoryOverhead", "4g")}
	r, err := Recommend(in)
	if err != nil {
		t.Fatal(err)
	}
	if s := of(r, spark.Executor, keyOverhead); s.Verdict != Keep || !strings.Contains(s.Why, "801Mi of 4096Mi") {
		t.Errorf("what is used is not known, and nothing is lowered: %+v", s)
	}
	delete(in.Conf, keyOverhead)
	if r, err = Recommend(in); err != nil {
		t.Fatal(err)
	}
	if s := of(r, spark.Executor, keyOverhead); s.Verdict != Try || s.Recommended != "960m" || s.Confidence != Low || !strings.Contains(s.Formula, "max(trunc(0.1 × 4096Mi), 384Mi) = 409Mi") {
		t.Errorf("got %+v", s)
	}
	if r.Changed() && len(r.Changes()) > 0 && r.Changes()[0].Key == keyOverhead {
		t.Errorf("an experiment is carried unasked: %v", r.Changes())
	}
}

// TestAnOperatorsResourceIsAnApplication though it sets nothing of Spark's: Spark's defaults are what it is run with, and a
// setting that fix adds changes nothing of that.
func TestAnOperatorsResourceIsAnApplication(t *testing.T) {
	in := Input{Launcher: spark.Kubeflow, Conf: spark.Conf{}, Pods: []Pod{{Role: spark.Driver}, {Role: spark.Executor}}}
	r, err := Recommend(in)
	if err != nil || of(r, spark.Executor, keyOverhead).Verdict == "" || len(r.NotJudged) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if in.Launcher = ""; Shape(in) != "" {
		t.Errorf("a text without a setting is %s", Shape(in))
	}
}

func TestSettings(t *testing.T) {
	v4 := spark.Version{Major: 4, Minor: 1, Patch: 1}
	big := []shapes.Node{shape(t, "64x256Gi")}
	cases := []struct {
		name string
		in   Input
		role spark.Role
		key  string
		want Setting // Verdict, Recommended and Confidence are compared; Why by what it holds
	}{
		{"overhead under Spark's own, which suffices", Input{Conf: confOf("spark.executor.memory", "24g", keyOverhead, "1g")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Confidence: High, Why: "without it Spark reserves 2457Mi"}},
		{"overhead under Spark's own, which does not", Input{Conf: confOf("spark.executor.memory", "8g", "spark.executor.cores", "4", keyOverhead, "256m")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Confidence: High, Why: "without it Spark reserves 819Mi; --try sets 1408m for the estimated need of 1191Mi"}},
		{"overhead under Spark's own, which does not, tried", Input{Try: true, Conf: confOf("spark.executor.memory", "8g", "spark.executor.cores", "4", keyOverhead, "256m")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Recommended: "1408m", Confidence: Low, Why: "the estimated need is 1191Mi"}},
		{"Python outside of cluster mode", Input{Python: true, Conf: confOf("spark.executor.memory", "10g")}, spark.Executor, keyOverhead, Setting{Verdict: Try, Recommended: "4928m", Confidence: Medium, Why: "0.1, not 0.4: 1024Mi"}},
		{"Python in cluster mode has 0.4", Input{Python: true, ClusterMode: true, Conf: confOf("spark.executor.memory", "20g")}, spark.Executor, keyOverhead, Setting{Verdict: Keep, Confidence: Medium, Why: "holds the estimated 7"}},
		{"a cap on direct memory counts", Input{Conf: confOf("spark.executor.memory", "6g", keyOverhead, "900m", "spark.executor.extraJavaOptions", "-XX:MaxDirectMemorySize=64m")}, spark.Executor, keyOverhead, Setting{Verdict: Keep, Recommended: "900m", Confidence: Medium, Why: "holds the estimated 812Mi"}},
		{"a heap with which Spark does not start", Input{Conf: confOf("spark.executor.memory", "449m")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Change, Recommended: "512m", Confidence: High, Why: "450Mi"}},
		{"the least heap", Input{Conf: confOf("spark.executor.memory", "450m")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Keep, Recommended: "450m", Confidence: Medium}},
		{"references of eight bytes, and little more room", Input{Conf: confOf("spark.executor.memory", "34g")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Change, Recommended: "31g", Confidence: Medium, Why: "8-byte pointers"}},
		{"an executor's heap without a unit", Input{Conf: confOf("spark.executor.memory", "4096")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Change, Recommended: "4g", Confidence: High, Why: "is bytes"}},
		{"a driver's heap without a unit", Input{Conf: confOf("spark.driver.memory", "4096")}, spark.Driver, "spark.driver.memory", Setting{Verdict: Change, Recommended: "4g", Confidence: High, Why: "Java refuses -Xmx4096: 4096 bytes are too few"}},
		{"RAPIDS' pinned pool", Input{Conf: confOf("spark.executor.memory", "8g", "spark.rapids.memory.pinnedPool.size", "8g")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Recommended: "10688m", Confidence: High, Why: "pins 8192Mi"}},
		{"a collector that Java lacks", Input{Pods: jobs(17), Conf: confOf("spark.executor.memory", "16g", "spark.executor.cores", "4", "spark.executor.extraJavaOptions", "-XX:+UseConcMarkSweepGC")}, spark.Executor, "collector", Setting{Verdict: Keep, Recommended: "G1", Confidence: Low}},
		{"a collector that Java has yet", Input{Pods: jobs(11), Conf: confOf("spark.executor.memory", "16g", "spark.executor.cores", "4", "spark.executor.extraJavaOptions", "-XX:+UseConcMarkSweepGC")}, spark.Executor, "collector", Setting{Verdict: Keep, Recommended: "ConcMarkSweep", Confidence: Low, Why: "set by the options"}},
		{"a driver runs no tasks that a limit could slow", Input{Conf: confOf("spark.kubernetes.driver.limit.cores", "500m", "spark.kubernetes.driver.request.cores", "200m")}, spark.Driver, "spark.kubernetes.driver.limit.cores", Setting{Verdict: Keep, Recommended: "500m", Confidence: Medium}},
		{"a driver whose request is above its limit", Input{Conf: confOf("spark.kubernetes.driver.limit.cores", "500m")}, spark.Driver, "spark.kubernetes.driver.limit.cores", Setting{Verdict: Change, Recommended: "1", Confidence: High, Why: "refuses"}},
		{"one task at half speed", Input{Conf: confOf("spark.kubernetes.executor.request.cores", "250m", "spark.kubernetes.executor.limit.cores", "500m")}, spark.Executor, "spark.kubernetes.executor.limit.cores", Setting{Verdict: Change, Recommended: "1", Confidence: High, Why: "the task runs at half speed"}},
		{"from 48g on they pay", Input{Conf: confOf("spark.executor.memory", "48g")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Keep, Recommended: "48g", Confidence: Medium}},
		{"limit below request", Input{Conf: confOf("spark.executor.cores", "4", "spark.kubernetes.executor.limit.cores", "2")}, spark.Executor, "spark.kubernetes.executor.limit.cores", Setting{Verdict: Change, Recommended: "4", Confidence: High, Why: "refuses"}},
		{"limit below cores", Input{Conf: confOf("spark.executor.cores", "4", "spark.kubernetes.executor.request.cores", "1", "spark.kubernetes.executor.limit.cores", "2")}, spark.Executor, "spark.kubernetes.executor.limit.cores", Setting{Verdict: Change, Recommended: "4", Confidence: High, Why: "tasks run at half speed"}},
		{"limit of one", Input{Conf: confOf("spark.executor.memory", "4g", "spark.kubernetes.executor.limit.cores", "1")}, spark.Executor, "spark.kubernetes.executor.limit.cores", Setting{Verdict: Change, Recommended: "2", Confidence: Medium, Why: "SerialGC"}},
		{"limit that holds all cores", Input{Conf: confOf("spark.executor.cores", "4", "spark.kubernetes.executor.limit.cores", "4000m")}, spark.Executor, "spark.kubernetes.executor.limit.cores", Setting{Verdict: Keep, Recommended: "4000m", Confidence: Medium}},
		{"processors on large nodes", Input{Nodes: big, Conf: confOf("spark.executor.cores", "4")}, spark.Executor, "-XX:ActiveProcessorCount", Setting{Verdict: Change, Recommended: "4", Confidence: High, Why: "all 64 of the node"}},
		{"two at the least", Input{Nodes: big, Conf: confOf()}, spark.Executor, "-XX:ActiveProcessorCount", Setting{Verdict: Change, Recommended: "2", Confidence: High}},
		{"processors on small nodes", Input{Nodes: []shapes.Node{shape(t, "4x16Gi")}, Conf: confOf("spark.executor.cores", "3")}, spark.Executor, "-XX:ActiveProcessorCount", Setting{Verdict: Keep, Confidence: Medium, Why: "not much larger"}},
		{"one core on nodes of two processors", Input{Nodes: []shapes.Node{shape(t, "2x8Gi")}, Conf: confOf()}, spark.Executor, "-XX:ActiveProcessorCount", Setting{Verdict: Keep, Confidence: Medium, Why: "not much larger"}},
		{"one core on nodes of four", Input{Nodes: []shapes.Node{shape(t, "4x16Gi")}, Conf: confOf()}, spark.Executor, "-XX:ActiveProcessorCount", Setting{Verdict: Change, Recommended: "2", Confidence: High}},
		{"a driver on nodes of what it requests", Input{Nodes: []shapes.Node{shape(t, "4x16Gi")}, Conf: confOf("spark.driver.cores", "1", "spark.kubernetes.driver.request.cores", "4")}, spark.Driver, "-XX:ActiveProcessorCount", Setting{Verdict: Keep, Confidence: Medium, Why: "not much larger"}},
		{"a driver on nodes of twice its request", Input{Nodes: []shapes.Node{shape(t, "4x16Gi")}, Conf: confOf("spark.driver.cores", "4", "spark.kubernetes.driver.request.cores", "1500m")}, spark.Driver, "-XX:ActiveProcessorCount", Setting{Verdict: Change, Recommended: "2", Confidence: High}},
		{"processors on unknown nodes", Input{Conf: confOf()}, spark.Executor, "-XX:ActiveProcessorCount", Setting{Verdict: Try, Recommended: "2", Confidence: Low}},
		{"processors that are said", Input{Nodes: big, Conf: confOf("spark.executor.extraJavaOptions", "-XX:ActiveProcessorCount=3")}, spark.Executor, "-XX:ActiveProcessorCount", Setting{Verdict: Keep, Recommended: "3", Confidence: Medium}},
		{"a small batch heap", Input{Pods: jobs(17), Conf: confOf("spark.executor.memory", "8g", "spark.executor.cores", "4")}, spark.Executor, "collector", Setting{Verdict: Try, Recommended: "Parallel", Confidence: Low}},
		{"a middling heap", Input{Pods: jobs(17), Conf: confOf("spark.executor.memory", "16g", "spark.executor.cores", "4")}, spark.Executor, "collector", Setting{Verdict: Keep, Recommended: "G1", Confidence: Low}},
		{"a large heap of which Java 17 makes regions of 32m", Input{Pods: jobs(17), Conf: confOf("spark.executor.memory", "40g", "spark.executor.cores", "8")}, spark.Executor, "-XX:G1HeapRegionSize", Setting{}},
		{"a large heap", Input{Pods: jobs(11), Conf: confOf("spark.executor.memory", "63g", "spark.executor.cores", "8")}, spark.Executor, "-XX:G1HeapRegionSize", Setting{Verdict: Try, Recommended: "32m", Confidence: Low}},
		{"a pod so small that it is Serial", Input{Pods: jobs(11), Conf: confOf("spark.executor.memory", "512m")}, spark.Executor, "collector", Setting{Verdict: Try, Recommended: "Parallel", Confidence: Low, Why: "this small"}},
		{"Java 8 takes Parallel", Input{Pods: jobs(8), Conf: confOf("spark.executor.memory", "4g")}, spark.Executor, "collector", Setting{Verdict: Keep, Recommended: "Parallel", Confidence: Low}},
		{"a collector that is chosen", Input{Pods: jobs(17), Conf: confOf("spark.executor.extraJavaOptions", "-XX:+UseZGC")}, spark.Executor, "collector", Setting{Verdict: Keep, Recommended: "Z", Confidence: Low}},
		{"compact headers from 25 on", Input{Pods: jobs(25), Conf: confOf()}, spark.Executor, "-XX:UseCompactObjectHeaders", Setting{Verdict: Try, Recommended: "on", Confidence: Low}},
		{"a server of queries", Input{ClusterMode: true, Pods: []Pod{{Role: spark.Thrift, Java: 25}, {Role: spark.Executor, Java: 25}}, Launcher: spark.Native, Conf: confOf("spark.driver.memory", "16g")}, spark.Driver, "collector", Setting{Verdict: Try, Recommended: "Z", Confidence: Low}},
		{"a driver out of memory", Input{Pods: jobs(17), Conf: confOf()}, spark.Driver, "-XX:ExitOnOutOfMemoryError", Setting{Verdict: Try, Recommended: "on", Confidence: Low}},
		{"a driver that crashes then", Input{Pods: jobs(17), Conf: confOf("spark.driver.extraJavaOptions", "-XX:+CrashOnOutOfMemoryError")}, spark.Driver, "-XX:ExitOnOutOfMemoryError", Setting{}},
		{"a server that runs its tasks itself", Input{Launcher: spark.Standalone, Pods: []Pod{{Role: spark.Connect, Container: &corev1.Container{}}}, Conf: confOf("spark.executor.memory", "100m")}, spark.Executor, "spark.executor.memory", Setting{}},
		{"a server on Kubernetes", Input{Launcher: spark.Standalone, Pods: []Pod{{Role: spark.Connect, Container: &corev1.Container{Args: []string{"--master", "k8s://https://h"}}}}, Conf: confOf("spark.executor.memory", "100m")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Change, Recommended: "512m", Confidence: High}},
		{"a server on Kubernetes by its configuration", Input{Launcher: spark.Standalone, Pods: []Pod{{Role: spark.Connect}}, Conf: confOf("spark.executor.memory", "100m", "spark.master", "k8s://h")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Change, Recommended: "512m", Confidence: High}},
		{"an overhead under a key that Spark ignores", Input{Conf: confOf("spark.executor.memory", "10g", "spark.kubernetes.executor.memoryOverhead", "3G")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Recommended: "3G", Confidence: High, Why: "spark.kubernetes.executor.memoryOverhead, which Spark ignores"}},
		{"an overhead that was meant, beside one that is too small", Input{Conf: confOf("spark.executor.memory", "8g", keyOverhead, "200m", "spark.kubernetes.executor.memoryOverhead", "2g")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Recommended: "2g", Confidence: High, Why: "Spark ignores"}},
		{"an overhead under a key that Spark ignores, and less than Spark's own", Input{Conf: confOf("spark.executor.memory", "10g", "spark.kubernetes.executor.memoryOverhead", "200m")}, spark.Executor, "spark.kubernetes.executor.memoryOverhead", Setting{Verdict: Change, Confidence: High, Why: "Spark ignores it, and reserves 1024Mi without it"}},
		{"the same beside the right key", Input{Conf: confOf("spark.executor.memory", "10g", keyOverhead, "3g", "spark.kubernetes.executor.memoryOverhead", "2g")}, spark.Executor, "spark.kubernetes.executor.memoryOverhead", Setting{Verdict: Change, Confidence: High, Why: "spark.executor.memoryOverhead is set"}},
		{"a factor under a key that Spark ignores", Input{Conf: confOf("spark.executor.memory", "10g", "spark.kubernetes.executor.memoryOverhead", "0.2")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Recommended: "2g", Confidence: High, Why: "0.2 is a factor"}},
		{"a driver counts the processors that its pod requests", Input{Nodes: big, Conf: confOf("spark.driver.cores", "1", "spark.kubernetes.driver.request.cores", "3500m")}, spark.Driver, "-XX:ActiveProcessorCount", Setting{Verdict: Change, Recommended: "4", Confidence: High}},
		{"a factor as overhead", Input{Conf: confOf("spark.executor.memory", "10g", keyOverhead, "0.2")}, spark.Executor, keyOverhead, Setting{Verdict: Change, Recommended: "2g", Confidence: High, Why: "0.2 is a factor"}},
		{"instances stay", Input{Conf: confOf(keyInstances, "3", "spark.executor.cores", "2")}, spark.Executor, keyInstances, Setting{Verdict: Keep, Recommended: "3", Confidence: Medium}},
		// 16 processors less 110m, 64 GiB less 5711Mi: 3 executors of 4 cores, or 5 of 3 (15 cores).
		{"packing", Input{Pack: true, Nodes: []shapes.Node{shape(t, "16x64Gi")}, Conf: confOf(keyInstances, "3", "spark.executor.cores", "4", "spark.executor.memory", "8g")}, spark.Executor, "spark.executor.cores", Setting{Verdict: Change, Recommended: "3", Confidence: Medium}},
		{"packing scales the heap", Input{Pack: true, Nodes: []shapes.Node{shape(t, "16x64Gi")}, Conf: confOf(keyInstances, "3", "spark.executor.cores", "4", "spark.executor.memory", "8g")}, spark.Executor, "spark.executor.memory", Setting{Verdict: Change, Recommended: "6g", Confidence: Medium}},
		{"packing keeps the sum", Input{Pack: true, Nodes: []shapes.Node{shape(t, "16x64Gi")}, Conf: confOf(keyInstances, "3", "spark.executor.cores", "4", "spark.executor.memory", "8g")}, spark.Executor, keyInstances, Setting{Verdict: Change, Recommended: "4", Confidence: Medium}},
	}
	for _, c := range cases {
		c.in.Version = v4
		if c.in.Conf != nil && len(c.in.Conf) == 0 {
			c.in.Conf = confOf("spark.app.name", "x")
		}
		if c.in.Pods == nil {
			c.in.Pods = jobs(0)
		}
		r, err := Recommend(c.in)
		got := of(r, c.role, c.key)
		if err != nil || got.Verdict != c.want.Verdict || got.Recommended != c.want.Recommended || got.Confidence != c.want.Confidence || !strings.Contains(got.Why, c.want.Why) {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

func TestWhatCannotBeReadIsAnErrorWithItsLine(t *testing.T) {
	for key, value := range map[string]string{"spark.executor.memory": "6 gigs", "spark.executor.cores": "0", "spark.driver.cores": "two", keyOverhead: "x", "spark.kubernetes.executor.request.cores": "-1",
		"spark.kubernetes.executor.limit.cores": "many", keyInstances: "2.5", "spark.dynamicAllocation.enabled": "maybe", "spark.kubernetes.local.dirs.tmpfs": "1"} {
		var bad *spark.ConfError
		_, err := Recommend(Input{Conf: confOf(key, value), Pods: jobs(17)})
		if !errors.As(err, &bad) || bad.Key != key || bad.Line() != 1 {
			t.Errorf("%s=%s: got %v", key, value, err)
		}
	}
}

func TestNotesSayWhatWasNotWeighed(t *testing.T) {
	for want, in := range map[string]Input{
		"Java version unknown":        {Conf: confOf()},
		"nodes unknown":               {Conf: confOf()},
		"unclosed quote":              {Conf: confOf("spark.executor.extraJavaOptions", `"-Da`)},
		"tmpfs":                       {Conf: confOf("spark.kubernetes.local.dirs.tmpfs", "true")},
		"fits on none of these nodes": {Conf: confOf("spark.executor.memory", "20g"), Nodes: []shapes.Node{shape(t, "4x8Gi")}},
		"dynamic allocation":          {Conf: confOf("spark.dynamicAllocation.enabled", "true"), Pack: true, Nodes: []shapes.Node{shape(t, "4x8Gi")}},
		"set separately":              {Conf: confOf("spark.kubernetes.executor.request.cores", "500m"), Pack: true, Nodes: []shapes.Node{shape(t, "4x8Gi")}},
		"off-heap":                    {Conf: confOf("spark.memory.offHeap.enabled", "true", "spark.memory.offHeap.size", "1g"), Pack: true, Nodes: []shapes.Node{shape(t, "4x8Gi")}},
		"for executors of this size":  {Conf: confOf(keyOverhead, "1g"), Pack: true, Nodes: []shapes.Node{shape(t, "4x8Gi")}},
		"driver's pod: set memory":    {Conf: confOf("spark.submit.deployMode", "client")},
		"does not create":             {Conf: confOf(), Pods: []Pod{{Role: spark.Connect}}},
		"pod template is missing":     {Pods: []Pod{{Role: spark.Worker}}},
		"was not read":                {Pods: []Pod{{Role: spark.Executor, Container: &corev1.Container{}}}},
		"spark.eventLog.enabled, ":    {Conf: confOf()},
	} {
		if in.Pods == nil {
			in.Pods = jobs(0)
		}
		if in.Conf != nil && len(in.Conf) == 0 {
			in.Conf = confOf("spark.app.name", "x")
		}
		r, err := Recommend(in)
		said := fmt.Sprint(r.Notes, r.NotJudged)
		if err != nil || !strings.Contains(said, want) {
			t.Errorf("%q is not said: %s, %v", want, said, err)
		}
	}
}

func TestServers(t *testing.T) {
	bitnami := worker("768Mi", "512Mi")
	cpu := worker("16Gi", "16Gi", "SPARK_WORKER_MEMORY", "8g", "SPARK_WORKER_CORES", "4")
	cpu.Container.Resources.Limits[corev1.ResourceCPU] = resource.MustParse("2")
	argued := worker("16Gi", "16Gi", "SPARK_WORKER_MEMORY", "8g", "SPARK_WORKER_CORES", "1")
	argued.Container.Args = []string{"--cores", "4"}
	argued.Container.Resources.Limits[corev1.ResourceCPU] = resource.MustParse("2")
	asked := worker("4Gi", "4Gi", "SPARK_WORKER_MEMORY", "2g")
	asked.Container.Resources.Requests[corev1.ResourceCPU] = resource.MustParse("3500m")
	master := worker("", "")
	master.Role = spark.Master
	tight := worker("1100Mi", "", "SPARK_DAEMON_MEMORY", "1g")
	tight.Role = spark.History
	cases := []struct {
		name  string
		pod   Pod
		nodes []shapes.Node
		key   string
		want  Setting
	}{
		// 1024 + 256 + 1.15 * 1024 = 2458, and up to 256.
		{"Bitnami's default", bitnami, nil, "limits.memory", Setting{Verdict: Change, Recommended: "2560Mi", Confidence: High}},
		{"Bitnami's offer is said", bitnami, nil, "SPARK_WORKER_MEMORY", Setting{Verdict: Change, Recommended: "1g", Confidence: Medium}},
		// 7168 offered: 1024 + 256 + 8244 = 9524.
		{"a limit without a word", worker("8Gi", "8Gi"), nil, "limits.memory", Setting{Verdict: Change, Recommended: "9728Mi", Confidence: High}},
		{"its request goes with it", worker("8Gi", "8Gi"), nil, "requests.memory", Setting{Verdict: Change, Recommended: "9728Mi", Confidence: Medium}},
		// No node holds 9728Mi: (8192 - 1280) / 1.15 = 6010, down to 64.
		{"no node is large enough", worker("8Gi", "8Gi"), []shapes.Node{shape(t, "4x9Gi,allocatable")}, "SPARK_WORKER_MEMORY", Setting{Verdict: Change, Recommended: "5952m", Confidence: High}},
		{"then the limit stays", worker("8Gi", "8Gi"), []shapes.Node{shape(t, "4x9Gi,allocatable")}, "limits.memory", Setting{Verdict: Keep, Recommended: "8Gi", Confidence: High}},
		{"enough", worker("4Gi", "4Gi", "SPARK_WORKER_MEMORY", "2g"), nil, "limits.memory", Setting{Verdict: Keep, Recommended: "4Gi", Confidence: High}},
		{"throttled", cpu, nil, "limits.cpu", Setting{Verdict: Change, Recommended: "4", Confidence: High}},
		{"arguments win over the variable", argued, nil, "SPARK_WORKER_CORES", Setting{Verdict: Keep, Recommended: "4", Confidence: Medium}},
		{"throttled by arguments", argued, nil, "limits.cpu", Setting{Verdict: Change, Recommended: "4", Confidence: High}},
		{"cores of the node", asked, nil, "SPARK_WORKER_CORES", Setting{Verdict: Change, Recommended: "3", Confidence: Medium}},
		{"a master without limits", master, nil, "limits.memory", Setting{Verdict: Change, Recommended: "1536Mi", Confidence: Medium}},
		{"a history server too tight", tight, nil, "limits.memory", Setting{Verdict: Change, Recommended: "1536Mi", Confidence: High}},
	}
	for _, c := range cases {
		r, err := Recommend(Input{Pods: []Pod{c.pod}, Nodes: c.nodes})
		got := of(r, c.pod.Role, c.key)
		if err != nil || got.Verdict != c.want.Verdict || got.Recommended != c.want.Recommended || got.Confidence != c.want.Confidence {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
	for name, p := range map[string]Pod{
		"a variable from elsewhere": worker("4Gi", "", "SPARK_WORKER_MEMORY", "$(X)"),
		"arguments":                 {Role: spark.Worker, Container: &corev1.Container{Args: []string{"--memory=2g"}}},
		"several workers":           worker("4Gi", "", "SPARK_WORKER_INSTANCES", "2"),
		"a mounted configuration":   {Role: spark.Worker, Open: true, Container: worker("4Gi", "").Container},
		"neither limit nor word":    worker("", ""),
	} {
		if r, err := Recommend(Input{Pods: []Pod{p}}); err != nil || r.Changed() || len(r.NotJudged) == 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestShapesAreWhatTheirProvidersSay(t *testing.T) {
	for text, want := range map[string][2]int64{ // left for pods: thousandths of a processor, MiB
		// GKE: 1024 + 819 + 819 + 0.06 * 49152 = 5611, and 100; 60 + 10 + 10 + 30.
		"16x64Gi":                       {15890, 65536 - 5711},
		"cpu=16,m=64Gi":                 {15890, 65536 - 5711},
		"8x32Gi,provider=eks":           {7910, 32768 - 11*110 - 355},
		"8x32Gi,provider=eks,pods=58":   {7910, 32768 - 11*58 - 355},
		"8x32Gi,provider=aks":           {7820, 32768 - 20*110 - 150},
		"cpu=2,memory=4Gi,provider=aks": {1900, 4096 - 1024 - 100},
		"16x64Gi,allocatable":           {16000, 65536},
		"1x900Mi":                       {940, 900 - 355},
		"96x384Gi":                      {96000 - 60 - 10 - 10 - 230, 393216 - 1024 - 819 - 819 - 6881 - 5242 - 100},
	} {
		n, err := shapes.Parse(text)
		if err != nil || n.CPUMilli != want[0] || n.MemoryMiB != want[1] || n.Source == "" {
			t.Errorf("%s: got %+v, %v, want %v", text, n, err, want)
		}
	}
	for _, text := range []string{"", "16", "16x", "x64Gi", "16x64Gi,cpu", "cpu=16", "m=64Gi", "m5.2xlarge", "16x64Gi,provider=do", "0x64Gi", "-1x64Gi", "16x300Mi", "16x64Gi,pods=0", "16x64Gi,size=3", "99999x64Gi", "16x99999Ti"} {
		if n, err := shapes.Parse(text); err == nil || !strings.Contains(err.Error(), "16x64Gi") || !strings.Contains(err.Error(), `"`+text+`"`) {
			t.Errorf("%q: got %+v, %v", text, n, err)
		}
	}
}

func TestExplainedMemoryAddsUp(t *testing.T) {
	every(t, func(name string, in Input) {
		if in.Try || in.Pack {
			return
		}
		roles, _, err := Explain(in)
		if err != nil || len(roles) != 2 {
			t.Fatalf("%s: %v, %v", name, roles, err)
		}
		for _, m := range roles {
			if m.Sum() != m.LimitMiB {
				t.Fatalf("%s: parts %v of %d", name, m.Parts, m.LimitMiB)
			}
			if r := m.Regions; r != nil && (r.Reserved+r.Unified+r.User != m.Parts[0].MiB || r.StorageFloor > r.Unified || r.User < 0) {
				t.Fatalf("%s: %+v of %d", name, r, m.Parts[0].MiB)
			}
		}
	})
}

func TestExplainGoesByContainersWhereThereIsNoConfiguration(t *testing.T) {
	executor := worker("6344Mi", "", "SPARK_EXECUTOR_MEMORY", "6144m", "SPARK_EXECUTOR_CORES", "2")
	executor.Role = spark.Executor
	history := worker("2Gi", "", "SPARK_DAEMON_MEMORY", "1g")
	history.Role = spark.History
	for name, c := range map[string]struct {
		pod   Pod
		parts []int64
		short int64
	}{
		"executor":        {executor, []int64{6144, 200}, 180 + 224 + 568 - 200},
		"Bitnami":         {worker("768Mi", ""), []int64{1024, 1024}, 256 + 154 + 1280},
		"roomy worker":    {worker("4Gi", "", "SPARK_WORKER_MEMORY", "1g"), []int64{1024, 1024, 2048}, 0},
		"history":         {history, []int64{1024, 1024}, 0},
		"without a limit": {worker("", "", "SPARK_WORKER_MEMORY", "1g"), []int64{1024, 1024}, 0},
	} {
		roles, notes, err := Explain(Input{Pods: []Pod{c.pod}})
		if err != nil || len(roles) != 1 || len(roles[0].Parts) != len(c.parts) || roles[0].Short != c.short {
			t.Errorf("%s: got %+v, %v, %v", name, roles, notes, err)
			continue
		}
		for i, p := range roles[0].Parts {
			if p.MiB != c.parts[i] {
				t.Errorf("%s: part %d is %+v, want %d", name, i, p, c.parts[i])
			}
		}
	}
	driver := worker("1408Mi", "")
	driver.Role = spark.Driver
	for _, p := range []Pod{driver, worker("", ""), {Role: spark.Worker}, {Role: spark.Executor, Container: &corev1.Container{}}} {
		if roles, notes, err := Explain(Input{Pods: []Pod{p}}); err != nil || len(roles) != 0 || len(notes) != 1 {
			t.Errorf("%s: %+v, %v, %v", p.Role, roles, notes, err)
		}
	}
}

func TestShapeOfAnApplication(t *testing.T) {
	for want, in := range map[string]Input{
		"2 × (1g + 384m, 1 core)":        {Conf: confOf()},
		"3 × (6g + 200m, 2 cores)":       {Conf: confOf(keyInstances, "3", "spark.executor.memory", "6g", keyOverhead, "200m", "spark.executor.cores", "2")},
		"executors of 1g + 384m, 1 core": {Conf: confOf("spark.dynamicAllocation.enabled", "true")},
		"":                               {Conf: confOf("spark.executor.memory", "?")},
	} {
		in.Pods = jobs(0)
		in.Conf["spark.app.name"] = spark.Setting{Value: "x"}
		if got := Shape(in); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestAVersionThatIsTooOldIsSaid, and one that is known is not spoken of.
func TestAVersionThatIsTooOldIsSaid(t *testing.T) {
	for text, want := range map[string]bool{"2.4.0": true, "3.2.4": true, "3.3.0": false, "4.3.0": false} {
		v, ok := spark.ParseVersion(text)
		if !ok {
			t.Fatal(text)
		}
		r, err := Recommend(Input{Version: v, Pods: jobs(17), Conf: confOf("spark.executor.memory", "2g")})
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Contains(strings.Join(r.Notes, "\n"), "is older than 3.3"); said != want {
			t.Errorf("%s: said %v: %q", text, said, r.Notes)
		}
	}
}
