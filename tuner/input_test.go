package tuner

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

func TestWhatTheInputTellsByItself(t *testing.T) {
	driver := []Pod{{Role: spark.Driver}}
	for name, c := range map[string]struct {
		in                 Input
		python, r, cluster bool
	}{
		"nothing":            {Input{Conf: confOf(), Pods: driver}, false, false, false},
		"a kind":             {Input{Conf: confOf(spark.KeyResourceType, "python")}, true, false, true},
		"another kind":       {Input{Conf: confOf(spark.KeyResourceType, "r")}, false, true, true},
		"a mode":             {Input{Conf: confOf("spark.submit.deployMode", "cluster")}, false, false, true},
		"client mode":        {Input{Conf: confOf("spark.submit.deployMode", "client")}, false, false, false},
		"Apache's operator":  {Input{Launcher: spark.Apache, Pods: driver}, false, false, true},
		"its cluster":        {Input{Launcher: spark.Apache, Pods: []Pod{{Role: spark.Master}}}, false, false, false},
		"what was said":      {Input{Python: true, R: true, ClusterMode: true}, true, true, true},
		"Kubeflow says less": {Input{Launcher: spark.Kubeflow, Pods: driver}, false, false, false},
	} {
		if got := c.in.whole(nil); got.Python != c.python || got.R != c.r || got.ClusterMode != c.cluster {
			t.Errorf("%s: python %v, R %v, cluster %v", name, got.Python, got.R, got.ClusterMode)
		}
	}
}

func TestWhereAContainerTakesSettingsFromUnseen(t *testing.T) {
	for name, c := range map[string]struct {
		container corev1.Container
		want      bool
	}{
		"nothing":        {corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: "b"}}, VolumeMounts: []corev1.VolumeMount{{MountPath: "/opt/spark/work-dir"}}}, false},
		"a folder":       {corev1.Container{VolumeMounts: []corev1.VolumeMount{{MountPath: "/opt/spark/conf"}}}, true},
		"a file":         {corev1.Container{VolumeMounts: []corev1.VolumeMount{{MountPath: "/opt/spark/conf/spark-defaults.conf"}}}, true},
		"another folder": {corev1.Container{Env: []corev1.EnvVar{{Name: "SPARK_CONF_DIR", Value: "/x"}}}, true},
		"envFrom":        {corev1.Container{EnvFrom: []corev1.EnvFromSource{{}}}, true},
	} {
		in := Input{Pods: []Pod{{Role: spark.Worker, Container: &c.container}}}
		if got := in.whole(nil).Pods[0].Open; got != c.want || in.Pods[0].Open {
			t.Errorf("%s: %v, and the caller's pod %v", name, got, in.Pods[0].Open)
		}
	}
}

func TestShapesOfNodes(t *testing.T) {
	big, small := shapes.Node{Name: "big", CPUMilli: 16000}, shapes.Node{CapacityMilli: 3500, MemoryMiB: 1024}
	got := shapes.Group([]shapes.Node{small, big, small, big, big})
	small.Name, small.Count, big.Count = "3.5x1024Mi", 2, 3
	if !slices.Equal(got, []shapes.Node{small, big}) {
		t.Errorf("%+v", got)
	}
}
