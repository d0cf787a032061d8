package performance

import (
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// tellHeap speaks of a driver's heap that Spark reads and the driver's JVM does not: spark-submit in client mode, which is
// what starts the JVM in a driver's pod too, puts the text itself behind -Xmx (SparkSubmitCommandBuilder).
func tellHeap(p *rule.WorkloadPass, conf spark.Conf) {
	const key = "spark.driver.memory"
	text, set := conf.Get(key)
	name := key
	if !set && reading.ClientDriver(p) && reading.SubmitReadsEnvironment(p) {
		name = "SPARK_DRIVER_MEMORY"
		text = spark.EnvString(p.Main(), name)
	}
	version := reading.Version(p)
	if !version.Known() {
		version = spark.Version{Major: 4, Minor: 2} // which reads most: Java takes the same of every version
	}
	heap, err := spark.ParseSizeFor(version, text, spark.MiB, spark.MiB)
	refused := sizing.JavaRefuses(text)
	if err != nil || refused == "" || heap < 1 || heap > maxHeap || heapElsewhere(p, conf) {
		return
	}
	to := sizing.JavaSize(sizing.HeapTo(sizing.NotStarted, heap))
	p.Evidence(strconv.Quote(text), to)
	p.Message("%s is %q; Java refuses -Xmx%s (%s), and the driver does not start", name, text, text, refused)
	if name != key {
		p.Summary("set the variable %s to %s", name, to)
		manualField(p, reading.VariableAt(p, name))
		return
	}
	p.Summary("set %s=%s", key, to)
	p.SetConf(valuePart, key, to)
	p.Next()
}

// heapElsewhere says that the driver's heap may not come from spark.driver.memory, or not as it stands: that of a Thrift
// server comes from SPARK_DAEMON_MEMORY before, and other cluster managers write a number of their own.
func heapElsewhere(p rule.Pass, conf spark.Conf) bool {
	if p.Role() == spark.Thrift {
		c := p.Main()
		if c == nil || len(c.EnvFrom) > 0 || reading.ConfMounted(p) {
			return true
		}
		if _, _, present := spark.EnvValue(c, "SPARK_DAEMON_MEMORY"); present {
			return true
		}
	}
	master, mode := reading.ValueOr(conf, "spark.master", ""), reading.ValueOr(conf, "spark.submit.deployMode", "")
	return master != "" && !strings.HasPrefix(master, "k8s") && mode == "cluster"
}
