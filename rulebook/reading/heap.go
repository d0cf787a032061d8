package reading

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Heap is the heap in MiB that Spark gives the role's JVM, where that is certain.
func Heap(p rule.Pass) (mib int64, known bool) {
	conf, has := p.Conf()
	c := p.Main()
	name := map[spark.Role]string{spark.Executor: "SPARK_EXECUTOR_MEMORY", spark.Master: "SPARK_DAEMON_MEMORY", spark.Worker: "SPARK_DAEMON_MEMORY",
		spark.History: "SPARK_DAEMON_MEMORY", spark.Connect: "SPARK_DAEMON_MEMORY", spark.Thrift: "SPARK_DAEMON_MEMORY"}[p.Role()]
	if c != nil && name != "" {
		if _, literal, _ := spark.EnvValue(c, name); !literal {
			return 0, false
		}
		size, set, err := EnvSize(c, name)
		if err != nil {
			return 0, false
		}
		if set {
			return size, true
		}
		if p.Role().Server() && !ReadsConf(p.Role()) {
			return spark.DefaultHeapMiB, len(c.EnvFrom) == 0
		}
	}
	if !has {
		return 0, false
	}
	size, set, err := conf.SizeFor(Version(p), "spark."+ConfRole(p.Role())+".memory", spark.MiB, spark.MiB)
	if !set {
		return spark.DefaultHeapMiB, err == nil
	}
	return size, err == nil && size > 0
}

// HeapSetting is where the heap of the role's JVM is set: a setting of the application, or a variable of a server.
func HeapSetting(p rule.Pass) string {
	if c := p.Main(); p.Role().Server() && (!ReadsConf(p.Role()) || c != nil && spark.EnvString(c, "SPARK_DAEMON_MEMORY") != "") {
		return "the variable SPARK_DAEMON_MEMORY"
	}
	return "spark." + ConfRole(p.Role()) + ".memory"
}

// EnvSize reads a variable that holds a size as Spark writes it; a bare number counts MiB.
func EnvSize(c *corev1.Container, name string) (mib int64, set bool, err error) {
	value, literal, present := spark.EnvValue(c, name)
	if !present || !literal || value == "" {
		return 0, false, nil
	}
	size, err := spark.ParseSize(value, spark.MiB)
	if err != nil {
		return 0, true, fmt.Errorf("%s: %w", name, err)
	}
	return size >> 20, true, nil
}
