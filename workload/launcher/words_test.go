package launcher

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// TestSettingsAreWrittenAsTheObjectHasThem: the field of a resource, the option of spark-submit, and else the key.
func TestSettingsAreWrittenAsTheObjectHasThem(t *testing.T) {
	const kubeflow = `{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication","metadata":{"name":"x"},"spec":{` +
		`"sparkConf":{"spark.kubernetes.executor.limit.cores":"1","spark.sql.x":"y"},"driver":{"memory":"1g","env":[{"name":"A","value":"b"}]},"executor":{}}}`
	const scheduled = `{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"ScheduledSparkApplication","metadata":{"name":"x"},"spec":{"template":{"driver":{},"dynamicAllocation":{"enabled":true}}}}`
	const stackable = `{"apiVersion":"spark.stackable.tech/v1alpha1","kind":"SparkApplication","metadata":{"name":"x"},"spec":{"executor":{"replicas":3}}}`
	const apache = `{"apiVersion":"spark.apache.org/v1","kind":"SparkApplication","metadata":{"name":"x"},"spec":{"sparkConf":{}}}`
	for _, c := range []struct{ object, key, want string }{
		{kubeflow, "spark.executor.memoryOverhead", "spec.executor.memoryOverhead"},
		{kubeflow, "spark.driver.memory", "spec.driver.memory"},
		{kubeflow, "spark.driver.extraJavaOptions", "spec.driver.javaOptions"},
		{kubeflow, "spark.kubernetes.executor.limit.cores", "spark.kubernetes.executor.limit.cores"}, // where it stands
		{kubeflow, "spark.sql.x", "spark.sql.x"},
		{kubeflow, "spark.authenticate", "spark.authenticate"},
		{kubeflow, "spark.dynamicAllocation.maxExecutors", "spark.dynamicAllocation.maxExecutors"}, // the operator does not read the field
		{kubeflow, "spark.kubernetes.driverEnv.A", "spark.kubernetes.driverEnv.A"},
		{scheduled, "spark.executor.memoryOverhead", "spec.template.executor.memoryOverhead"},
		{scheduled, "spark.dynamicAllocation.maxExecutors", "spec.template.dynamicAllocation.maxExecutors"},
		{stackable, "spark.executor.extraJavaOptions", "spec.executor.jvmArgumentOverrides.add"},
		{stackable, "spark.driver.extraJavaOptions", "spec.driver.jvmArgumentOverrides.add"},
		{stackable, "spark.executor.instances", "spec.executor.replicas"},
		{stackable, "spark.executor.memoryOverhead", "spark.executor.memoryOverhead"},
		{apache, "spark.executor.memoryOverhead", "spark.executor.memoryOverhead"},
	} {
		docs, err := (&Reader{}).Object([]byte(c.object), nil, "", "", 0)
		if err != nil || len(docs) != 1 {
			t.Fatal(c.object, docs, err)
		}
		if got := Word(docs[0], c.key); got != c.want {
			t.Errorf("%s %s: %s is written %s, want %s", docs[0].APIVersion, docs[0].Kind, c.key, got, c.want)
		}
	}
}

// TestKeysOfATextAreWrittenAsTheObjectHasThem: all of them in an order; of what stands those that stand in one place.
func TestKeysOfATextAreWrittenAsTheObjectHasThem(t *testing.T) {
	docs, err := (&Reader{}).Object([]byte(`{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication","metadata":{"name":"x"},"spec":{`+
		`"sparkConf":{"spark.driver.memory":"2g"},"driver":{"memory":"1g"},"executor":{"memory":"1g"}}}`), nil, "", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	const text = "set spark.driver.memory=1g, \"spark.executor.memory\" (spark.driver.extraJavaOptions) and spark.executor.cores; not -Dspark.driver.memory"
	for standing, want := range map[bool]string{
		false: "set spec.driver.memory=1g, \"spec.executor.memory\" (spec.driver.javaOptions) and spec.executor.cores; not -Dspark.driver.memory",
		true:  "set spark.driver.memory=1g, \"spec.executor.memory\" (spark.driver.extraJavaOptions) and spark.executor.cores; not -Dspark.driver.memory",
	} {
		if got := InWords(docs[0], text, standing); got != want {
			t.Errorf("standing %v:\ngot  %s\nwant %s", standing, got, want)
		}
	}
	if got := InWords(nil, text, false); got != text {
		t.Errorf("of no document: %s", got)
	}
}

// TestOptionsOfSparkSubmitAreWrittenAsSuch: a script gives a setting by its option.
func TestOptionsOfSparkSubmitAreWrittenAsSuch(t *testing.T) {
	found, err := document.Shell().Read(document.Text{Name: "a.sh", Line: 1, Raw: []byte("spark-submit --master k8s://https://h --deploy-mode cluster --driver-memory 2g --conf spark.executor.memory=1g local:///x.jar\n")})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	docs := (&Reader{Places: workload.Places(found[0].Position)}).Command("a.sh", found[0].Command)
	for key, want := range map[string]string{"spark.driver.memory": "--driver-memory", "spark.executor.memory": "spark.executor.memory", "spark.driver.cores": "spark.driver.cores"} {
		if got := Word(docs[0], key); got != want {
			t.Errorf("%s is written %s, want %s", key, got, want)
		}
	}
}

// TestKeysInATextAreFoundAsTheirFormSays: at the beginning of a word, and up to their last letter or digit.
func TestKeysInATextAreFoundAsTheirFormSays(t *testing.T) {
	form := regexp.MustCompile(`(?:^|[\s("',;])(spark\.[A-Za-z][A-Za-z0-9_.\-]*[A-Za-z0-9])`)
	parts := []string{"spark.", "a", "B", "7", "_", ".", "-", " ", "(", "\"", ",", "\n", "é", "executor.memory", "-Dspark.x", "="}
	random := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		text := ""
		for range random.IntN(12) {
			text += parts[random.IntN(len(parts))]
		}
		var want, got []string
		for _, m := range form.FindAllStringSubmatch(text, -1) {
			want = append(want, m[1])
		}
		for from, end := nextKey(text, 0); from >= 0; from, end = nextKey(text, end) {
			got = append(got, text[from:end])
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in %q: %q, not %q", text, got, want)
		}
	}
}
