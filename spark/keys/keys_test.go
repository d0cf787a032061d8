package keys_test

import (
	"os"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
)

var (
	any0 = spark.Version{}
	v33  = spark.Version{Major: 3, Minor: 3, Patch: 4}
	v35  = spark.Version{Major: 3, Minor: 5, Patch: 9}
	v40  = spark.Version{Major: 4}
	v41  = spark.Version{Major: 4, Minor: 1, Patch: 4}
	v43  = spark.Version{Major: 4, Minor: 3}
)

func catalogue(t testing.TB) *keys.Catalogue {
	t.Helper()
	c, err := keys.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatAKeyIsToAVersion(t *testing.T) {
	c := catalogue(t)
	for _, row := range []struct {
		key     string
		version spark.Version
		want    keys.Verdict
	}{
		{"spark.executor.memory", v35, keys.Verdict{}},
		{"spark.app.id", v35, keys.Verdict{}}, // a text in the code is enough
		// Slips.
		{"spark.executor.memoryOverhed", v35, misspelt("spark.executor.memoryOverhead")},
		{"spark.executor.memoryOverhe", v35, misspelt("spark.executor.memoryOverhead")},
		{"spark.executor.memoryOverheadMb", v35, misspelt("spark.executor.memoryOverhead")},
		{"spark.executor.memoryOverheadMiB", v35, keys.Verdict{}},
		{"spark.executor.memroy", v35, misspelt("spark.executor.memory")},
		{"spark.exector.instances", any0, misspelt("spark.executor.instances")},
		{"spark.sql.shuffle.partition", v43, misspelt("spark.sql.shuffle.partitions")},
		{"spark.executor.instnces", v43, misspelt("spark.executor.instances")},
		{"spark.executor.cor", v43, keys.Verdict{}},     // two slips in a short word
		{"spark.sqk.ansi.enabled", v43, keys.Verdict{}}, // three letters are another word
		{"spark.task.cpu", v43, keys.Verdict{}},
		{"spark.executor.mem", v43, keys.Verdict{}},
		{"spark.executor", v43, keys.Verdict{}},
		{"spark.sql.catalogue", v43, keys.Verdict{}},
		// Case, dots and dashes; segments in another order.
		{"spark.dynamicallocation.enabled", v35, misspelt("spark.dynamicAllocation.enabled")},
		{"spark.executor.memory.overhead", v35, misspelt("spark.executor.memoryOverhead")},
		{"spark.executor.memory-overhead", any0, misspelt("spark.executor.memoryOverhead")},
		{"spark.memory.executor", v35, misspelt("spark.executor.memory")},
		{"spark.kubernetes.executor.cores.limit", v35, misspelt("spark.kubernetes.executor.limit.cores")},
		// The wrong place.
		{"spark.kubernetes.executor.memoryOverhead", any0, misspelt("spark.executor.memoryOverhead")},
		{"spark.kubernetes.driver.memoryOverhead", v43, misspelt("spark.driver.memoryOverhead")},
		{"spark.kubernetes.dynamicAllocation.enabled", v43, misspelt("spark.dynamicAllocation.enabled")},
		{"spark.executor.limit.cores", v43, misspelt("spark.kubernetes.executor.limit.cores")},
		{"spark.driver.podTemplateFile", v43, misspelt("spark.kubernetes.driver.podTemplateFile")},
		{"spark.container.image", v43, misspelt("spark.kubernetes.container.image")},
		{"spark.namespace", v43, keys.Verdict{}}, // could be anybody's
		{"spark.kubernetes.authenticate.driver.serviceAccount", v35, misspelt("spark.kubernetes.authenticate.driver.serviceAccountName")},
		{"spark.kubernetes.authenticate.driver.anything", v35, keys.Verdict{}},
		// Maps.
		{"spark.kubernetes.executor.labels.team", v35, misspelt("spark.kubernetes.executor.label.team")},
		{"spark.executor.annotation.a", v35, misspelt("spark.kubernetes.executor.annotation.a")},
		{"spark.kubernetes.driver.nodeSelector.disk", v35, misspelt("spark.kubernetes.driver.node.selector.disk")},
		{"spark.kubernetes.nodeSelector.disk", v35, misspelt("spark.kubernetes.node.selector.disk")},
		{"spark.executor.env.A", v35, misspelt("spark.executorEnv.A")},
		{"spark.kubernetes.executor.label.memroy", v35, keys.Verdict{}},
		{"spark.executorEnv.", v35, keys.Verdict{}},
		{"spark.executor.label.", v35, keys.Verdict{}},
		// Retired.
		{"spark.blacklist.enabled", v35, keys.Verdict{Kind: keys.Leaving, Since: "4.1", To: "spark.excludeOnFailure.enabled", Same: true}},
		{"spark.blacklist.enabled", v41, keys.Verdict{Kind: keys.Gone, Since: "4.1", To: "spark.excludeOnFailure.enabled", Same: true}},
		{"spark.blacklist.enabled", any0, keys.Verdict{Kind: keys.Leaving, Since: "4.1", To: "spark.excludeOnFailure.enabled", Same: true}},
		{"spark.kubernetes.pyspark.pythonVersion", v40, keys.Verdict{}},
		{"spark.kubernetes.pyspark.pythonVersion", v41, keys.Verdict{Kind: keys.Gone, Since: "4.1"}},
		{"spark.kubernetes.pyspark.pythonVersion", any0, keys.Verdict{}},
		{"spark.rpc", any0, keys.Verdict{Kind: keys.Gone, Since: "2.0"}},
		{"spark.rpc.numRetries", v33, keys.Verdict{}},
		{"spark.rpc.numRetries", v35, keys.Verdict{Kind: keys.Gone, Since: "3.4"}},
		{"spark.shuffle.service.index.cache.entries", v35, keys.Verdict{Kind: keys.Gone, Since: "2.3.0", To: "spark.shuffle.service.index.cache.size"}},
		{"spark.sql.legacy.parquet.int96RebaseModeInRead", v35, keys.Verdict{Kind: keys.Leaving, Since: "4.0", To: "spark.sql.parquet.int96RebaseModeInRead", Same: true}},
		{"spark.sql.legacy.parquet.int96RebaseModeInRead", v40, keys.Verdict{Kind: keys.Refused, Since: "4.0", To: "spark.sql.parquet.int96RebaseModeInRead", Same: true, Passes: "CORRECTED"}},
		{"spark.sql.hive.verifyPartitionPath", v40, keys.Verdict{Kind: keys.Refused, Since: "4.0", To: "spark.sql.files.ignoreMissingFiles", Passes: "false"}},
		// Deprecated and read; a later line's key; versions of no supported line.
		{"spark.reducer.maxMbInFlight", v43, keys.Verdict{}},
		{"spark.yarn.executor.memoryOverhead", v43, keys.Verdict{}},
		{"spark.shuffle.server.chunkFetchHandlerThreadsPercent", v43, keys.Verdict{}},
		{"spark.executor.minMemoryOverhead", v33, keys.Verdict{}},
		{"spark.executor.minMemoryOverhed", v33, keys.Verdict{}},
		{"spark.executor.memroy", spark.Version{Major: 3, Minor: 2}, keys.Verdict{}},
		{"spark.executor.memroy", spark.Version{Major: 4, Minor: 4}, keys.Verdict{}},
		{"hadoop.executor.memroy", v35, keys.Verdict{}},
		{"spark." + strings.Repeat("x", 5000), v35, keys.Verdict{}},
	} {
		if got := c.Look(row.key, row.version); got != row.want {
			t.Errorf("%s in %s: %+v, want %+v", row.key, row.version, got, row.want)
		}
	}
}

func misspelt(to string) keys.Verdict {
	return keys.Verdict{Kind: keys.Misspelt, To: to, Same: true}
}

// TestKeysOfOthersAreNeverSpokenOf holds real keys of third parties, one a line; each is silent in every version.
func TestKeysOfOthersAreNeverSpokenOf(t *testing.T) {
	text, err := os.ReadFile("testdata/third-party.txt")
	if err != nil {
		t.Fatal(err)
	}
	c := catalogue(t)
	count := 0
	for key := range strings.Lines(string(text)) {
		key = strings.TrimSpace(key)
		if key == "" || key[0] == '#' {
			continue
		}
		count++
		for _, version := range []spark.Version{any0, v33, {Major: 3, Minor: 4}, v35, v40, v41, {Major: 4, Minor: 2}, v43} {
			if got := c.Look(key, version); got != (keys.Verdict{}) {
				t.Errorf("%s in %s: %+v", key, version, got)
			}
		}
	}
	if count < 300 {
		t.Errorf("%d keys", count)
	}
}

// TestTheCatalogueHasNoSlipsOfItsOwn: what any line has is never said to be misspelt in another.
func TestTheCatalogueHasNoSlipsOfItsOwn(t *testing.T) {
	text, err := os.ReadFile("keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	c := catalogue(t)
	count := 0
	for row := range strings.Lines(string(text)) {
		key, _, _ := strings.Cut(row, " ")
		if !strings.HasPrefix(key, "spark.") {
			continue
		}
		count++
		for _, version := range []spark.Version{any0, v33, v35, v40, v41, v43} {
			if got := c.Look(key, version); got.Kind == keys.Misspelt {
				t.Errorf("%s in %s: %+v", key, version, got)
			}
		}
	}
	if count < 1900 || len(text) > 1<<20 {
		t.Errorf("%d keys in %d bytes", count, len(text))
	}
}

func BenchmarkLook(b *testing.B) {
	c := catalogue(b)
	for b.Loop() {
		c.Look("spark.somebody.elses.setting.enabled", v35)
	}
}
