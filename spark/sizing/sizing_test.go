package sizing

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// confOf makes a configuration of key and value, one after the other.
func confOf(words ...string) spark.Conf {
	c := spark.Conf{}
	for i := 0; i+1 < len(words); i += 2 {
		c[words[i]] = spark.Setting{Value: words[i+1], Line: i/2 + 1}
	}
	return c
}

func TestTheFloorNeverExceedsWhatSparkAsksFor(t *testing.T) {
	for _, heap := range []int64{1, 600, 1024, 3839, 3840, 3850, 4096, 54321, 1 << 30} {
		for _, version := range []spark.Version{{Major: 3, Minor: 3, Patch: 4}, {Major: 3, Minor: 5, Patch: 9}, {Major: 4, Minor: 3}, {}} {
			conf := confOf("spark.executor.memory", spark.FormatSize(heap<<20))
			got, err := spark.PodMemory(spark.MemoryInput{Version: version, Role: spark.Executor, Conf: conf, Python: true, ClusterMode: true})
			plain, plainErr := spark.PodMemory(spark.MemoryInput{Version: version, Role: spark.Executor, Conf: conf})
			if floor := Floor(heap); err != nil || plainErr != nil || floor > got.Total() || floor != plain.Total() {
				t.Errorf("%v with %dm: floor %d, asked %d and %d, %v, %v", version, heap, floor, plain.Total(), got.Total(), err, plainErr)
			}
		}
	}
}

// TestWorkersOfferWhatSparkOffers holds the formula against workers of all lines that were started (spark/testdata).
func TestWorkersOfferWhatSparkOffers(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "worker.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		row := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(row) < 4 {
			continue
		}
		seen, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		rows++
		if got := strconv.FormatInt(WorkerOffer(seen>>20), 10); got != row[3] {
			t.Errorf("Spark %s sees %d and offers %s, got %s", row[0], seen, row[3], got)
		}
	}
	if rows < 2 {
		t.Errorf("%d rows", rows)
	}
	if got := WorkerOffer(768); got != 1024 { // Bitnami's default
		t.Errorf("got %d", got)
	}
}

func TestAWorkerFitsWhatItOffers(t *testing.T) {
	if got := WorkerNeed(1024, 1024); got != 2458 {
		t.Errorf("got %d", got)
	}
	for limit := int64(0); limit < 20000; limit += 7 {
		fits := WorkerFits(1024, limit)
		if fits != 0 && (fits < 1024 || WorkerNeed(1024, fits) > limit) || fits > 0 && WorkerNeed(1024, fits+66) <= limit || limit > 2560 && fits == 0 {
			t.Fatalf("limit %d: %d fit", limit, fits)
		}
	}
}

// TestARaisedLimitFits walks requests, limits, cores and heaps: what is raised is right, and no more than it must be.
func TestARaisedLimitFits(t *testing.T) {
	for _, role := range []spark.Role{spark.Driver, spark.Executor, spark.Worker} {
		for _, cores := range []int64{1, 2, 5} {
			for _, request := range []int64{0, 200, 1000, 5500} {
				for limit := int64(100); limit < 7000; limit += 300 {
					for _, heap := range []int64{0, 1024, 4096} {
						c := CPU{Role: role, Cores: cores, Request: request, Limit: limit, HeapMiB: heap}
						raised := c
						raised.Limit = c.Raised() * 1000
						if raised.Limit < limit || raised.Judge() != Fits {
							t.Fatalf("%+v: raised to %d, %s", c, raised.Limit, raised.Judge())
						}
						if v := c.Judge(); v == Fits && limit%1000 == 0 && raised.Limit != limit {
							t.Fatalf("%+v fits and is raised to %d", c, raised.Limit)
						}
					}
				}
			}
		}
	}
}

func TestCPUVerdicts(t *testing.T) {
	for name, row := range map[string]struct {
		c    CPU
		want Verdict
	}{
		"refused before throttled":    {CPU{Role: spark.Executor, Cores: 4, Request: 4000, Limit: 2000}, Refused},
		"a driver is refused, too":    {CPU{Role: spark.Driver, Cores: 1, Request: 1000, Limit: 500}, Refused},
		"tasks at half speed":         {CPU{Role: spark.Executor, Cores: 4, Request: 1000, Limit: 2000}, Throttled},
		"a driver runs no tasks":      {CPU{Role: spark.Driver, Cores: 4, Request: 1000, Limit: 2000}, Fits},
		"one processor":               {CPU{Role: spark.Executor, Cores: 1, Request: 1000, Limit: 1000, HeapMiB: 4096}, Serial},
		"of a driver":                 {CPU{Role: spark.Driver, Cores: 1, Request: 500, Limit: 500, HeapMiB: 4096}, Serial},
		"for a small heap":            {CPU{Role: spark.Executor, Cores: 1, Request: 1000, Limit: 1000, HeapMiB: 1791}, Fits},
		"with a collector by name":    {CPU{Role: spark.Executor, Cores: 1, Limit: 1000, HeapMiB: 4096, Tokens: []string{"-XX:+UseG1GC"}}, Fits},
		"with processors by name":     {CPU{Role: spark.Executor, Cores: 1, Limit: 1000, HeapMiB: 4096, Tokens: []string{"-XX:ActiveProcessorCount=2"}}, Fits},
		"the last of two counts":      {CPU{Role: spark.Executor, Cores: 1, HeapMiB: 4096, Tokens: []string{"-XX:ActiveProcessorCount=2", "-XX:ActiveProcessorCount=1"}}, Serial},
		"without a limit":             {CPU{Role: spark.Executor, Cores: 1, Request: 1000, HeapMiB: 4096}, Fits},
		"a request within the limit":  {CPU{Role: spark.Executor, Cores: 2, Request: 2000, Limit: 2000, HeapMiB: 4096}, Fits},
		"a limit that is rounded up":  {CPU{Role: spark.Driver, Cores: 1, Request: 1000, Limit: 1100, HeapMiB: 4096}, Fits},
		"a worker with too few cores": {CPU{Role: spark.Worker, Cores: 3, Limit: 2000}, Throttled},
	} {
		if got := row.c.Judge(); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
	for limit, want := range map[int64]string{500: "half speed", 250: "25 % of full speed", 900: "90 % of full speed"} {
		if got := (CPU{Cores: 1, Limit: limit}).SpeedWords(); got != want {
			t.Errorf("%d: %s", limit, got)
		}
	}
}

func TestCPUOfAConfiguration(t *testing.T) {
	c, err := CPUOf(confOf("spark.executor.cores", "4", "spark.kubernetes.executor.request.cores", "6", "spark.kubernetes.executor.limit.cores", "4500m"), spark.Executor)
	if err != nil || c.Cores != 4 || c.Request != 6000 || c.Limit != 4500 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = CPUOf(confOf("spark.driver.cores", "3"), spark.Driver); err != nil || c.Request != 3000 || c.Limit != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []spark.Conf{confOf("spark.executor.cores", "0"), confOf("spark.executor.cores", "x"), confOf("spark.kubernetes.executor.limit.cores", "-1"), confOf("spark.kubernetes.executor.request.cores", "lots")} {
		if c, err := CPUOf(bad, spark.Executor); err == nil {
			t.Errorf("%v: %+v", bad, c)
		}
	}
}

func TestHeapVerdicts(t *testing.T) {
	for name, row := range map[string]struct {
		role   spark.Role
		mib    int64
		text   string
		tokens []string
		want   Verdict
		to     int64
	}{
		"the least":                       {spark.Executor, 450, "450m", nil, Fits, 0},
		"less than the least":             {spark.Executor, 449, "449m", nil, NotStarted, 512},
		"of a driver":                     {spark.Driver, 256, "256m", nil, NotStarted, 512},
		"an executor's without a unit":    {spark.Executor, 4096, "4096", nil, NotStarted, 4096},
		"a driver's without a unit":       {spark.Driver, 4096, " 4096", nil, NotStarted, 4096},
		"a driver's that Java lacks":      {spark.Driver, 4096, "4gb", nil, NotStarted, 4096},
		"an executor's that Spark writes": {spark.Executor, 4096, "4gb", nil, Fits, 0},
		"not set":                         {spark.Executor, 1024, "", nil, Fits, 0},
		"wide":                            {spark.Executor, 34 << 10, "34g", nil, Wide, 31 << 10},
		"wide, and a run tells":           {spark.Executor, 40 << 10, "40g", nil, Wide, 0},
		"wide by choice":                  {spark.Executor, 34 << 10, "34g", []string{"-XX:+UseZGC"}, Fits, 0},
		"narrow":                          {spark.Executor, 31 << 10, "31g", nil, Fits, 0},
		"large":                           {spark.Executor, 48 << 10, "48g", nil, Fits, 0},
	} {
		got := Heap(row.role, row.mib, row.text, row.tokens)
		if to := HeapTo(got, row.mib); got != row.want || to != row.to {
			t.Errorf("%s: %s to %d, want %s to %d", name, got, to, row.want, row.to)
		}
	}
}

func TestG1ChoosesItsRegions(t *testing.T) {
	// Run: Java 17 and 25, -Xms and -Xmx alike, -XX:+PrintFlagsFinal.
	for _, row := range []struct {
		java      int
		heap, mib int64
	}{{17, 8, 4}, {17, 9, 8}, {17, 12, 8}, {25, 9, 8}, {25, 40, 32}, {11, 12, 4}, {11, 40, 16}, {11, 64, 32}, {17, 1, 1}, {11, 500, 32}} {
		if got := G1Region(row.java, row.heap<<10); got != row.mib {
			t.Errorf("Java %d, %dg: %d, want %d", row.java, row.heap, got, row.mib)
		}
	}
}

func TestOverheadVerdicts(t *testing.T) {
	for name, row := range map[string]struct {
		conf spark.Conf
		want OverheadVerdict
	}{
		"below what Spark derives":       {confOf("spark.executor.memory", "8g", "spark.executor.memoryOverhead", "256m"), OverheadVerdict{Short, 0}},
		"what Spark derives":             {confOf("spark.executor.memory", "8g"), OverheadVerdict{Prior, 1216}},
		"what Spark derives, written":    {confOf("spark.executor.memory", "8g", "spark.executor.memoryOverhead", "819m"), OverheadVerdict{Prior, 1216}},
		"enough":                         {confOf("spark.executor.memory", "8g", "spark.executor.memoryOverhead", "2g"), OverheadVerdict{Fits, 2048}},
		"a pinned pool":                  {confOf("spark.executor.memory", "8g", "spark.rapids.memory.pinnedPool.size", "4g"), OverheadVerdict{Short, 5952}},
		"a pinned pool that has room":    {confOf("spark.executor.memory", "8g", "spark.rapids.memory.pinnedPool.size", "4g", "spark.executor.memoryOverhead", "6g"), OverheadVerdict{Fits, 6144}},
		"a pool in bytes without a unit": {confOf("spark.executor.memory", "8g", "spark.rapids.memory.pinnedPool.size", "1073741824"), OverheadVerdict{Short, 2432}},
	} {
		p, err := PodOf(spark.MemoryInput{Version: spark.Version{Major: 3, Minor: 5}, Role: spark.Executor, Conf: row.conf, ClusterMode: true}, nil)
		if got := p.JudgeOverhead(); err != nil || got != row.want {
			t.Errorf("%s: %+v, %v, want %+v (need %s)", name, got, err, row.want, p.Need)
		}
	}
}

// TestWhatIsAskedForIsEnough: an overhead that is taken over is never judged again, in any version.
func TestWhatIsAskedForIsEnough(t *testing.T) {
	for _, version := range []spark.Version{{Major: 3, Minor: 3}, {Major: 3, Minor: 5}, {Major: 4, Minor: 0}, {Major: 4, Minor: 3}} {
		for _, memory := range []string{"450m", "1g", "6g", "31g", "64g"} {
			for _, overhead := range []string{"", "1m", "400m", "3g"} {
				for _, pinned := range []string{"0", "2g"} {
					for _, python := range []bool{false, true} {
						conf := confOf("spark.executor.memory", memory, "spark.rapids.memory.pinnedPool.size", pinned, "spark.executor.cores", "3")
						if overhead != "" {
							conf["spark.executor.memoryOverhead"] = spark.Setting{Value: overhead}
						}
						in := spark.MemoryInput{Version: version, Role: spark.Executor, Conf: conf, Python: python, ClusterMode: true}
						for step := 0; ; step++ {
							p, err := PodOf(in, nil)
							if err != nil {
								t.Fatal(err)
							}
							v := p.JudgeOverhead()
							if v.Verdict == Fits {
								break
							}
							if step == 2 {
								t.Fatalf("%v %v: still %+v", version, conf, v)
							}
							delete(conf, "spark.executor.memoryOverhead")
							if v.To > 0 {
								conf["spark.executor.memoryOverhead"] = spark.Setting{Value: spark.FormatSize(v.To << 20)}
							}
						}
					}
				}
			}
		}
	}
}

func TestOffHeapVerdicts(t *testing.T) {
	for name, row := range map[string]struct {
		conf spark.Conf
		want Verdict
	}{
		"on and sized":      {confOf(spark.KeyOffHeapEnabled, "true", spark.KeyOffHeapSize, "1g"), Fits},
		"on without a size": {confOf(spark.KeyOffHeapEnabled, "true"), NotStarted},
		"sized and not on":  {confOf(spark.KeyOffHeapSize, "1g"), Ignored},
		"off by choice":     {confOf(spark.KeyOffHeapEnabled, "false", spark.KeyOffHeapSize, "1g"), Fits},
		"neither":           {confOf(), Fits},
	} {
		if got, _, err := OffHeap(row.conf, spark.Version{}); err != nil || got != row.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func container(limit string, env ...string) *corev1.Container {
	c := &corev1.Container{}
	for i := 0; i+1 < len(env); i += 2 {
		c.Env = append(c.Env, corev1.EnvVar{Name: env[i], Value: env[i+1]})
	}
	if limit != "" {
		c.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}
	}
	return c
}

func TestServersAreSized(t *testing.T) {
	pod := &corev1.PodSpec{Resources: &corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}}}
	for name, row := range map[string]struct {
		s       Server
		need    int64
		verdict Verdict
		why     Why
	}{
		"a history server whose heap is its limit":    {Server{Role: spark.History, Container: container("1Gi"), ImageKnown: true}, 1408, Short, ""},
		"a history server whose heap is more":         {Server{Role: spark.History, Container: container("1Gi", daemonMemory, "2g")}, 2048 + 384, Killed, ""},
		"a history server that fits":                  {Server{Role: spark.History, Container: container("1408Mi"), ImageKnown: true}, 1408, Fits, ""},
		"without a limit":                             {Server{Role: spark.Master, Container: container(""), ImageKnown: true}, 1408, Fits, ""},
		"an image of somebody's own":                  {Server{Role: spark.Master, Container: container("1Gi")}, 1408, Short, ImageUnknown},
		"the pod's own limit":                         {Server{Role: spark.Master, Container: container(""), Spec: pod, ImageKnown: true}, 1408, Short, ""},
		"a size in bytes for Java":                    {Server{Role: spark.Master, Container: container("1Gi", daemonMemory, "1024"), ImageKnown: true}, 1408, Short, Unreadable},
		"a Connect server by its configuration":       {Server{Role: spark.Connect, Container: container("4Gi"), Conf: confOf(driverMemory, "4g"), ImageKnown: true}, 4096 + 409, Short, ""},
		"a Connect server without one":                {Server{Role: spark.Connect, Container: container("4Gi"), ImageKnown: true}, 1408, Fits, ConfUnseen},
		"Bitnami's default worker":                    {Server{Role: spark.Worker, Container: container("768Mi"), ImageKnown: true}, 2458, Killed, ""},
		"a worker that offers Gi to 4.2":              {Server{Role: spark.Worker, Version: spark.Version{Major: 4, Minor: 2}, ImageKnown: true, Container: container("8Gi", workerMemory, "4Gi")}, 5991, Fits, ""},
		"a worker that offers Gi to 3.5":              {Server{Role: spark.Worker, Version: spark.Version{Major: 3, Minor: 5}, ImageKnown: true, Container: container("8Gi", workerMemory, "4Gi")}, 1280, Fits, Unreadable},
		"a worker that counts bytes":                  {Server{Role: spark.Worker, ImageKnown: true, Container: container("8Gi", workerMemory, "4096")}, 1280, Fits, Unreadable},
		"a worker with neither":                       {Server{Role: spark.Worker, Container: container(""), ImageKnown: true}, 1280, Fits, WorkerMemory},
		"a worker whose memory is taken from envFrom": {Server{Role: spark.Worker, Container: &corev1.Container{EnvFrom: []corev1.EnvFromSource{{}}, Resources: container("8Gi").Resources}}, 1280, Fits, ConfUnseen},
	} {
		got := row.s.Memory()
		if got.Need != row.need || got.Verdict != row.verdict || got.Why != row.why || got.To < got.Need || got.To%256 != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestAnOperatorsOwnOverheadIsReplaced: where removing the key brings the operator's own overhead, Spark's is written out.
func TestAnOperatorsOwnOverheadIsReplaced(t *testing.T) {
	in := spark.MemoryInput{Role: spark.Executor, Conf: confOf("spark.executor.memory", "8g", "spark.executor.memoryOverhead", "256m"), ClusterMode: true, OwnOverhead: true}
	p, err := PodOf(in, nil)
	if got := p.JudgeOverhead(); err != nil || got != (OverheadVerdict{Short, 819}) || p.PoolShort() {
		t.Errorf("%+v, %v", got, err)
	}
}
