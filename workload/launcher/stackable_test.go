package launcher_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/daemon"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

const stackableYAML = `apiVersion: spark.stackable.tech/v1alpha1
kind: SparkApplication
metadata: {name: big, namespace: batch}
spec:
  sparkImage: {productVersion: 3.5.6}
  mode: cluster
  mainApplicationFile: local:///stackable/spark/jobs/big.py
  sparkConf: {spark.sql.shuffle.partitions: "64"}
  env: [{name: MODE, value: night}, {name: LEVEL, value: low}]
  driver:
    config: {resources: {cpu: {min: "1", max: 1500m}, memory: {limit: 2Gi}}}
    envOverrides: {LEVEL: high}
    jvmArgumentOverrides: {add: [-Xss2m]}
    podOverrides: {spec: {containers: [{name: other}, {name: spark, image: own:1}]}}
  executor: {replicas: 3, config: {resources: {memory: {limit: 4Gi}}}}
---
apiVersion: spark.stackable.tech/v1alpha1
kind: SparkConnectServer
metadata: {name: connect, namespace: batch}
spec:
  image: {productVersion: 4.0.1}
  server: {config: {resources: {memory: {limit: 2Gi}}}, configOverrides: {spark-defaults.conf: {spark.a: b}}}
  executor: {configOverrides: {spark-defaults.conf: {spark.executor.cores: "2"}}}
---
apiVersion: spark.stackable.tech/v1alpha1
kind: SparkHistoryServer
metadata: {name: history, namespace: batch}
spec:
  image: {productVersion: 4.0.1}
  logFileDirectory: {customLogDirectory: "s3a://logs/events"}
  sparkConf: {spark.history.fs.cleaner.enabled: "true"}
  nodes: {roleGroups: {default: {replicas: 1}, more: {config: {resources: {memory: {limit: 1Gi}}}}}}
`

func stackableFile(t *testing.T) *source.File {
	t.Helper()
	f, err := source.Open("stackable.yaml", []byte(stackableYAML))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestStackableResourcesAreRead(t *testing.T) {
	var b strings.Builder
	for _, d := range stackableFile(t).Docs {
		for _, s := range d.Slots {
			fmt.Fprintf(&b, "%s %s %s %s at %s, container %d\n", d.Kind, s.Launcher, s.Role, s.Version, s.At.Field(), s.Identity.Container)
		}
		for _, key := range d.Conf.Keys() {
			if setting := d.Conf[key]; len(setting.Path) > 0 {
				fmt.Fprintf(&b, "  %s=%s line %d\n", key, setting.Value, setting.Line)
			}
		}
	}
	want := `SparkApplication stackable driver 3.5.6 at spec.driver.podOverrides, container 1
SparkApplication stackable executor 3.5.6 at spec.executor.podOverrides, container -1
  spark.driver.cores=2 line 11
  spark.driver.extraJavaOptions=-Djava.security.properties=/stackable/log_config/security.properties -Xss2m line 13
  spark.driver.memory=1462m line 11
  spark.executor.instances=3 line 15
  spark.executor.memory=2925m line 15
  spark.kubernetes.driver.limit.cores=1500m line 11
  spark.kubernetes.driver.request.cores=1 line 11
  spark.kubernetes.resource.type=python line 7
  spark.sql.shuffle.partitions=64 line 8
SparkConnectServer stackable connect 4.0.1 at spec.server.podOverrides, container -1
SparkConnectServer stackable executor 4.0.1 at spec.executor.podOverrides, container -1
  spark.a=b line 22
  spark.executor.cores=2 line 23
SparkHistoryServer stackable history 4.0.1 at spec.nodes.roleGroups.default.podOverrides, container -1
SparkHistoryServer stackable history 4.0.1 at spec.nodes.roleGroups.more.podOverrides, container -1
  spark.history.fs.cleaner.enabled=true line 31
  spark.history.fs.logDirectory=s3a://logs/events line 30
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestStackablePodsArePredicted(t *testing.T) {
	docs := stackableFile(t).Docs
	pod, ok := launcher.Predict(docs[0], &docs[0].Slots[0])
	if !ok {
		t.Fatal("not predicted")
	}
	c := pod.Template.Spec.Containers[pod.Identity.Container]
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	if c.Name != "spark" || env["MODE"] != "night" || env["LEVEL"] != "high" || *pod.Template.Spec.SecurityContext.FSGroup != 1000 || pod.Template.Spec.ServiceAccountName != "big" {
		t.Errorf("%+v", pod.Template.Spec)
	}
	if got := c.Resources.Limits.Memory().String(); got != "1846Mi" {
		t.Errorf("memory %s", got)
	}
	for i, e := range c.Env {
		if at, _ := pod.Place(inMain(pod, "env", fmt.Sprint(i), "value")); e.Name == "LEVEL" && at.Field() != "spec.driver.envOverrides.LEVEL.value" {
			t.Errorf("LEVEL is at %s", at.Field())
		}
	}
	if _, kind, name, ok := spark.ResourceOf(pod.Template.Labels); !ok || kind != "SparkApplication" || name != "big" {
		t.Errorf("the pod is of %s %s", kind, name)
	}
	if id := spark.Identify(&pod.Template.ObjectMeta, &pod.Template.Spec); id.Launcher != spark.Stackable || id.Role != spark.Driver {
		t.Errorf("%+v", id)
	}
	pod, _ = launcher.Predict(docs[1], &docs[1].Slots[0])
	server := pod.Template.Spec.Containers[0]
	if got := server.Resources.Limits.Memory().String(); got != "2Gi" || daemon.Forks(&server) != "" {
		t.Errorf("memory %s, %v", got, server.Args)
	}
	if at, exact := pod.Place(inMain(pod, "resources", "limits", "memory")); at.Field() != "spec.server.config.resources.memory.limit" || !exact {
		t.Errorf("the limit is at %s", at.Field())
	}
	pod, _ = launcher.Predict(docs[2], &docs[2].Slots[1])
	if got := pod.Template.Spec.Containers[0].Resources.Limits.Memory().String(); got != "1Gi" {
		t.Errorf("memory of a role group %s", got)
	}
}

func TestStackableSettingsAreChangedWhereTheyWin(t *testing.T) {
	docs := stackableFile(t).Docs
	for _, c := range []struct {
		doc  int
		c    spark.Change
		want string
	}{
		{0, spark.Change{Key: "spark.executor.memory", Value: "3g"}, "add /spec/sparkConf/spark.executor.memory \"3g\""},
		{0, spark.Change{Key: "spark.executor.instances", Value: "5"}, "replace /spec/executor/replicas 5"},
		{0, spark.Change{Key: "spark.kubernetes.driver.limit.cores", Value: "2"}, "add /spec/sparkConf/spark.kubernetes.driver.limit.cores \"2\""},
		{0, spark.Change{Key: "spark.driver.extraJavaOptions", Value: "-Xss1m"}, "refused: the operator sets this itself: add the options to the role's jvmArgumentOverrides.add"},
		{0, spark.Change{Key: "spark.app.name", Value: "x"}, "refused: the operator gives the application its resource's name"},
		{0, spark.Change{Key: "spark.sql.shuffle.partitions", Unset: true}, "remove /spec/sparkConf/spark.sql.shuffle.partitions"},
		{1, spark.Change{Key: "spark.executor.memoryOverhead", Value: "512m"}, "add /spec/executor/configOverrides/spark-defaults.conf/spark.executor.memoryOverhead \"512m\""},
		{1, spark.Change{Key: "spark.a", Value: "c"}, "replace /spec/server/configOverrides/spark-defaults.conf/spark.a \"c\""},
	} {
		made := carry.ConfGroups(docs[c.doc], [][]spark.Change{{c.c}})[0]
		got := ""
		for _, op := range made.Ops {
			got = strings.TrimSpace(fmt.Sprintf("%s %s %s", op.Op, op.Path, op.Value))
		}
		if made.Refused != nil {
			got = "refused: " + made.Refused.Reason
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.c.Key, got, c.want)
		}
	}
}

// inMain is a path in Spark's container of a pod.
func inMain(p *pod.Pod, fields ...string) patch.Path {
	return patch.Path{"spec", "containers", fmt.Sprint(p.Identity.Container)}.With(fields...)
}
