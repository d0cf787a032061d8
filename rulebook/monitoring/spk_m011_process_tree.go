package monitoring

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const processTreeKey = "spark.executor.processTreeMetrics.enabled"

func processTree() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M011", Name: "process-tree", Level: rule.Advice, Area: rule.Monitoring,
		Roles: spark.Roles{spark.Driver},
		Spark: spark.Range{Since: spark.Version{Major: 3}},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles},
		Doc: rule.Doc{
			Title: "The memory of Python is not measured",
			Why: "Python workers use memory outside of the JVM, and a pod is killed for the sum. " +
				"Spark measures that memory only with spark.executor.processTreeMetrics.enabled. It reads /proc once a heartbeat, and finds the processes with pgrep before 4.0. " +
				"Without pgrep (package procps, which Spark's own images have) the metrics stay 0 and the application runs on. " +
				"The peaks are in the event log, where tune reads them, and at " + executorsPath + ". This rule runs only where an event log is configured.",
			Remedy: "set " + processTreeKey + "=true; before 4.0 the image needs pgrep (package procps)",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: package.scala (the default is false in 3.5.9 and 4.3.0), ProcfsMetricsGetter.scala (pgrep -P in 3.5.9; SPARK-45907 made it ProcessHandle in 4.0.0)",
				"Spark: SPARK-24958; ExecutorMetricType.scala (ProcessTreePythonRSSMemory)",
			},
		},
		Parts: []rule.Part{{Name: "processTree", Profile: rule.Standard, State: processTreeKey + " is not set", Says: "the memory of Python among the executors' metrics, where there is an event log"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			kind, _ := conf.Get(spark.KeyResourceType)
			if python := p.Identity().Python; kind != "python" && (python == nil || !*python) {
				return
			}
			if !logsEvents(conf) {
				return
			}
			_, set, seen := reading.Property(p, processTreeKey)
			if set {
				return
			}
			if !seen {
				p.NotKnown("all settings (%s may be set elsewhere)", processTreeKey)
				return
			}
			p.Message("the application is written in Python, and %s is not set; the memory of its Python workers is not measured", processTreeKey)
			p.SetConf("processTree", processTreeKey, "true")
		}),
	}
}

// logsEvents says that an application configures an event log, and does not switch it off. A key that is misspelt, which is another
// rule's to fix, shows the same wish.
func logsEvents(conf spark.Conf) bool {
	if on, set := conf.Get("spark.eventLog.enabled"); set {
		return reading.IsTrue(on)
	}
	for key := range conf {
		if strings.HasPrefix(strings.ToLower(key), "spark.eventlog.") {
			return true
		}
	}
	return false
}
