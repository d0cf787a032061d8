package evidence

import (
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// written are properties that Spark writes into its configuration as it starts, and where its pods are: they size nothing.
var written = []string{
	"spark.app.", "spark.driver.host", "spark.driver.port", "spark.driver.bindAddress", "spark.driver.blockManager.port", "spark.executor.id",
	"spark.kubernetes.driver.pod.name", "spark.kubernetes.executor.podNamePrefix", "spark.kubernetes.namespace", "spark.kubernetes.submitInDriver", "spark.driver.appUIAddress",
}

// Conf is the configuration that a run states, without what Spark adds to it by itself. A driver in cluster mode runs with
// deployMode=client, which says nothing of the submission: its key is left out where spark-submit's Kubernetes client made the driver.
func Conf(m *model.Run) spark.Conf {
	conf := make(spark.Conf, len(m.Spark))
	_, submitted := m.Spark[spark.KeyResourceType]
	for key, value := range m.Spark {
		own := func(one string) bool { return key == one || strings.HasSuffix(one, ".") && strings.HasPrefix(key, one) }
		if slices.ContainsFunc(written, own) || submitted && key == "spark.submit.deployMode" {
			continue
		}
		if strings.HasSuffix(key, "JavaOptions") {
			if value = spark.WithoutModuleOptions(value); value == "" {
				continue
			}
		}
		conf[key] = spark.Setting{Value: value}
	}
	return conf
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
