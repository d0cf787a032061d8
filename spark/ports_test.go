package spark

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPortsFollowWhatTheContainerSays(t *testing.T) {
	named := func(name string, port int32) corev1.Container {
		return corev1.Container{Ports: []corev1.ContainerPort{{Name: name, ContainerPort: port}}}
	}
	for name, test := range map[string]struct {
		c            corev1.Container
		role         Role
		web, service int32
	}{
		"driver":                    {named("spark-ui", 4050), Driver, 4050, 7078},
		"executor without port":     {corev1.Container{}, Executor, 0, 0},
		"executor":                  {named("blockmanager", 7079), Executor, 0, 7079},
		"master":                    {corev1.Container{}, Master, 8080, 7077},
		"master by environment":     {env(corev1.Container{}, "SPARK_MASTER_PORT", "7000", "SPARK_MASTER_WEBUI_PORT", "8000"), Master, 8000, 7000},
		"arguments over all":        {env(container("m", ClassMaster, "--webui-port", "9000", "--port=7001"), "SPARK_MASTER_WEBUI_PORT", "8000"), Master, 9000, 7001},
		"worker in a script":        {container("w", "-c", "start-worker.sh --webui-port 8082; sleep 1"), Worker, 8082, 8082},
		"worker named":              {named("http", 18081), Worker, 18081, 18081},
		"history by options":        {env(corev1.Container{}, "SPARK_HISTORY_OPTS", "-Dx=y -Dspark.history.ui.port=18081"), History, 18081, 18081},
		"connect by conf":           {container("c", "--conf", "spark.connect.grpc.binding.port=15003"), Connect, 4040, 15003},
		"thrift by hiveconf":        {container("t", "--hiveconf", "hive.server2.thrift.port=10001"), Thrift, 4040, 10001},
		"thrift":                    {corev1.Container{}, Thrift, 4040, 10000},
		"a reference is not known":  {env(corev1.Container{}, "SPARK_MASTER_PORT", "$(P)"), Master, 8080, 0},
		"a service link is no port": {env(corev1.Container{}, "SPARK_MASTER_PORT", "tcp://10.0.0.1:7077"), Master, 8080, 0},
		"no role":                   {corev1.Container{}, "", 0, 0},
	} {
		if web, service := WebPort(&test.c, test.role), ServicePort(&test.c, test.role); web != test.web || service != test.service {
			t.Errorf("%s: got %d and %d, want %d and %d", name, web, service, test.web, test.service)
		}
	}
}
