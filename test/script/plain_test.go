package script

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// plainApplications are SparkApplications that say what each needs to run, and nothing else.
func plainApplications() map[spark.Launcher]string {
	return map[spark.Launcher]string{
		spark.Kubeflow: `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: plain, namespace: lab}
spec:
  type: Scala
  mode: cluster
  image: apache/spark:VERSION
  mainClass: org.example.Plain
  mainApplicationFile: local:///opt/jobs/plain.jar
  sparkVersion: VERSION
  driver: {cores: 1, memory: 2g, serviceAccount: spark}
  executor: {cores: 2, instances: 2, memory: 4g}
`,
		spark.Apache: `apiVersion: spark.apache.org/v1
kind: SparkApplication
metadata: {name: plain, namespace: lab}
spec:
  mainClass: org.example.Plain
  jars: local:///opt/jobs/plain.jar
  runtimeVersions: {sparkVersion: VERSION}
  sparkConf:
    spark.kubernetes.container.image: apache/spark:VERSION
    spark.kubernetes.authenticate.driver.serviceAccountName: spark
    spark.driver.memory: 2g
    spark.executor.memory: 4g
`,
		spark.Stackable: `apiVersion: spark.stackable.tech/v1alpha1
kind: SparkApplication
metadata: {name: plain, namespace: lab}
spec:
  sparkImage: {productVersion: VERSION}
  mode: cluster
  mainClass: org.example.Plain
  mainApplicationFile: local:///stackable/spark/jobs/plain.jar
  driver: {config: {resources: {cpu: {min: "1", max: "2"}, memory: {limit: 2Gi}}}}
  executor: {replicas: 2, config: {resources: {cpu: {min: "1", max: "2"}, memory: {limit: 4Gi}}}}
`,
	}
}

// TestAPlainApplicationHasNoErrorAndAtMostTwoWarnings: whoever makes it, and with each line that Spark maintains. What an
// operator does by itself is no warning about the user's resource.
func TestAPlainApplicationHasNoErrorAndAtMostTwoWarnings(t *testing.T) {
	texts := plainApplications()
	for _, launcher := range spark.Launchers(func(l spark.Traits) bool {
		return slices.ContainsFunc(l.Kinds, func(k spark.Kind) bool { return k.Kind == "SparkApplication" })
	}) {
		text, ok := texts[launcher]
		if !ok {
			t.Errorf("no plain SparkApplication of %s", launcher)
			continue
		}
		for _, version := range []string{"3.5.9", "4.0.5", "4.1.4", "4.2.1", "4.3.0"} {
			r, s, read := benchFor(t.TempDir(), "plain.yaml").doctor([]byte(strings.ReplaceAll(text, "VERSION", version)))
			if !read || r.Summary.Workloads != 1 {
				t.Errorf("%s with Spark %s: %s", launcher, version, s.errs)
				continue
			}
			warnings := []string{}
			for _, f := range r.Findings {
				switch f.Level {
				case rule.Error:
					t.Errorf("%s with Spark %s: %s: %s", launcher, version, f.Code, f.Message)
				case rule.Warning:
					warnings = append(warnings, f.Code)
				}
			}
			if len(warnings) > mostWarnings || slices.Contains(warnings, "SPK-P050") {
				t.Errorf("%s with Spark %s: warnings %v", launcher, version, warnings)
			}
		}
	}
}
