package neighbour

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestOneStoreHasOneName: folders that mean the same are the same, others are not, and what cannot be told is "".
func TestOneStoreHasOneName(t *testing.T) {
	spec := &corev1.PodSpec{
		Volumes: []corev1.Volume{
			{Name: "logs", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "events"}}},
			{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		},
		Containers: []corev1.Container{{VolumeMounts: []corev1.VolumeMount{
			{Name: "logs", MountPath: "/logs/"}, {Name: "tmp", MountPath: "/logs/tmp"}, {Name: "logs", MountPath: "/other", SubPath: "deep"},
			{Name: "logs", MountPath: "/each", SubPathExpr: "$(POD)"},
		}}},
	}
	conf := spark.Conf{
		"spark.kubernetes.driver.volumes.persistentVolumeClaim.a.mount.path":        {Value: "/conf"},
		"spark.kubernetes.driver.volumes.persistentVolumeClaim.a.mount.subPath":     {Value: "sub"},
		"spark.kubernetes.driver.volumes.persistentVolumeClaim.a.options.claimName": {Value: "events"},
		"spark.kubernetes.driver.volumes.persistentVolumeClaim.b.mount.path":        {Value: "/new"},
		"spark.kubernetes.driver.volumes.persistentVolumeClaim.b.options.claimName": {Value: "OnDemand"},
		"spark.kubernetes.driver.volumes.emptyDir.c.mount.path":                     {Value: "/conf/tmp"},
	}
	for folder, want := range map[string]string{
		"s3a://b/logs/":         "s3://b/logs",
		"s3n://b/logs":          "s3://b/logs",
		"S3://b//logs":          "s3://b/logs",
		"s3a://b":               "s3://b",
		"gs://b/logs":           "gs://b/logs",
		"abfss://c@a.dfs/logs":  "abfs://c@a.dfs/logs",
		"wasbs://c@a/logs":      "wasb://c@a/logs",
		"hdfs://nn:8020/logs":   "hdfs://nn:8020/logs",
		"hdfs:///logs":          "",
		"s3a://${BUCKET}/logs":  "",
		"/logs/a":               "claim ns/events/a",
		"file:/logs":            "claim ns/events",
		"file:///logs/":         "claim ns/events",
		"local:///logs/a":       "claim ns/events/a",
		"/logs/tmp/a":           "",
		"/logstash":             "",
		"/other/a":              "claim ns/events/deep/a",
		"/each":                 "",
		"/conf/a":               "claim ns/events/sub/a",
		"/conf/tmp":             "",
		"/new":                  "",
		"/tmp/spark-events":     "",
		"file:/tmp/../logs/./a": "claim ns/events/a",
	} {
		if got := Stored(folder, "ns", spec, &spec.Containers[0], conf); got != want {
			t.Errorf("%s: %q, not %q", folder, got, want)
		}
	}
	if got := Stored("/logs", "ns", nil, nil, nil); got != "" {
		t.Errorf("without a pod: %q", got)
	}
}

// TestWhereAHistoryServerReads: as Spark does, options before files; what may be said elsewhere is not known.
func TestWhereAHistoryServerReads(t *testing.T) {
	const key = "spark.history.fs.logDirectory"
	env := func(name, value string) corev1.Container {
		return corev1.Container{Env: []corev1.EnvVar{{Name: name, Value: value}}}
	}
	file := map[string]string{"spark-defaults.conf": key + " s3a://file"}
	named := env("SPARK_HISTORY_OPTS", "-D"+key+"=s3a://b/x")
	named.Args = []string{"--properties-file", "/x"}
	hidden := env("SPARK_HISTORY_OPTS", "-D"+key+"=s3a://b/x")
	hidden.EnvFrom = []corev1.EnvFromSource{{}}
	dir := corev1.Container{Command: []string{"start-history-server.sh", "--dir=/x"}}
	for name, c := range map[string]struct {
		c     corev1.Container
		conf  spark.Conf
		files map[string]string
		want  []string
	}{
		"option":           {env("SPARK_HISTORY_OPTS", "-D"+key+"=s3a://b/x"), nil, file, []string{"s3://b/x"}},
		"daemon":           {env("SPARK_DAEMON_JAVA_OPTS", "-D"+key+"=s3a://b/x"), nil, nil, []string{"s3://b/x"}},
		"several":          {env("SPARK_HISTORY_OPTS", "-D"+key+"=s3a://b/x,s3a://c"), nil, nil, []string{"s3://b/x", "s3://c"}},
		"file":             {corev1.Container{}, nil, file, []string{"s3://file"}},
		"file not read":    {corev1.Container{}, nil, map[string]string{"spark-defaults.conf": `a \u12`}, nil},
		"conf":             {corev1.Container{}, spark.Conf{key: {Value: "s3a://conf"}}, file, []string{"s3://conf"}},
		"conf with a file": {named, spark.Conf{key: {Value: "s3a://conf"}}, nil, []string{"s3://b/x"}},
		"named file":       {named, nil, nil, nil},
		"hidden":           {hidden, nil, nil, nil},
		"argument":         {dir, nil, file, nil},
		"nothing":          {corev1.Container{}, nil, nil, nil},
	} {
		var logs EventLogs
		pod := &corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{c.c}}}
		logs.Add(spark.History, LogUser{Name: "h"}, pod, 0, c.conf, c.files)
		if len(logs.Servers) != 1 || !slices.Equal(logs.Servers[0].Stores, c.want) {
			t.Errorf("%s: %v, not %q", name, logs.Servers, c.want)
		}
	}
	var logs EventLogs
	logs.Add(spark.History, LogUser{}, nil, -1, spark.Conf{key: {Value: "gs://b"}}, nil)
	logs.Add(spark.Driver, LogUser{}, nil, -1, spark.Conf{"spark.eventLog.enabled": {Value: "TRUE "}, "spark.eventLog.dir": {Value: "gs://b/"}}, nil)
	logs.Add(spark.Connect, LogUser{}, nil, -1, spark.Conf{"spark.eventLog.enabled": {Value: "true"}}, nil)
	logs.Add(spark.Driver, LogUser{}, nil, -1, spark.Conf{"spark.eventLog.dir": {Value: "gs://b/"}}, nil)
	logs.Add(spark.Executor, LogUser{}, nil, -1, spark.Conf{"spark.eventLog.enabled": {Value: "true"}}, nil)
	if len(logs.Servers) != 1 || len(logs.Writers) != 2 || logs.Writers[0].Stores[0] != logs.Servers[0].Stores[0] || logs.Writers[1].Stores != nil {
		t.Errorf("%+v", logs)
	}
	var facts rule.Facts
	EventLogs{}.Put(&facts, "ns")
	if _, known := rule.Known(&facts, FactEventLogs); known {
		t.Error("nothing is told as something")
	}
	logs.Put(&facts, "ns")
	if got, known := rule.Known(&facts, FactEventLogs); !known || got.Namespace != "ns" || logs.Namespace != "" {
		t.Errorf("%+v, and %+v", got, logs)
	}
}
