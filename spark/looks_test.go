package spark

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestWhatLooksLikeSpark: every hint is named, and neither Spark's operators nor other programs of a like name are taken for it.
func TestWhatLooksLikeSpark(t *testing.T) {
	type c = corev1.Container
	for _, one := range []struct {
		labels map[string]string
		c      c
		want   string
	}{
		{nil, c{Image: "registry.example.com/team/spark-etl:1"}, "image registry.example.com/team/spark-etl:1"},
		{nil, c{Image: "jupyter/pyspark-notebook"}, "image jupyter/pyspark-notebook"},
		{nil, c{Image: "${REGISTRY}/team/etl:spark-3.5"}, ""},
		{nil, c{Image: "spark.example.com/Team/web:1"}, ""},
		{nil, c{Image: "${REGISTRY}/team/spark:1"}, "image ${REGISTRY}/team/spark:1"},
		{nil, c{Image: "spark.example.com/team/web:1"}, ""},
		{nil, c{Image: "team/sparkle:1"}, ""},
		{nil, c{Image: "team/web:spark"}, ""},
		{nil, c{Image: "team/etl", Command: []string{"/opt/spark/bin/spark-sql", "-f", "q.sql"}}, "command spark-sql"},
		{nil, c{Image: "team/etl", Args: []string{"-c", "sleep 5; pyspark < x.py"}}, "command pyspark"},
		{nil, c{Image: "team/etl", Command: []string{"java", "-cp", "/opt/spark/jars/*", "org.apache.spark.launcher.Main"}}, "command org.apache.spark"},
		{nil, c{Image: "team/etl", Env: []corev1.EnvVar{{Name: "SPARK_HOME", Value: "/opt/spark"}}}, "variable SPARK_HOME"},
		{map[string]string{LabelRole: "sidecar"}, c{Image: "team/etl"}, "label spark-role"},
		{map[string]string{labelName: "spark"}, c{Image: "team/etl"}, "label " + labelName},
		{map[string]string{labelName: "web"}, c{Image: "team/etl"}, ""},
		{nil, c{Image: "ghcr.io/kubeflow/spark-operator/controller:2.5.1"}, ""},
		{nil, c{Image: "apache/spark-kubernetes-operator:1.0.0", Env: []corev1.EnvVar{{Name: "SPARK_X"}}}, ""},
		{map[string]string{labelName: "spark-operator"}, c{Image: "team/spark"}, ""},
		{nil, c{Image: "nginx"}, ""},
	} {
		if got := Looks(&metav1.ObjectMeta{Labels: one.labels}, &corev1.PodSpec{Containers: []c{one.c}}); got != one.want {
			t.Errorf("%v %+v: %q, want %q", one.labels, one.c, got, one.want)
		}
	}
}
