package rulebook

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestNoRuleNeedsThePodThatCannotBeTold: a workflow whose podSpecPatch is not read, a submission with a template elsewhere:
// there is a configuration, a role and a mode, and no pod.
func TestNoRuleNeedsThePodThatCannotBeTold(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	full := spark.Conf{}
	for key, value := range map[string]string{
		"spark.master": "k8s://https://kubernetes.default", "spark.submit.deployMode": "client", "spark.driver.memory": "4g", "spark.driver.cores": "1",
		"spark.executor.memory": "8g", "spark.executor.cores": "4", "spark.executor.memoryOverhead": "128m", "spark.kubernetes.executor.limit.cores": "1",
		"spark.kubernetes.driver.limit.cores": "1", "spark.driver.host": "127.0.0.1", "spark.executor.extraJavaOptions": "-XX:+UseConcMarkSweepGC -javaagent:/a.jar",
		"spark.driver.extraJavaOptions": "-XX:+UseConcMarkSweepGC -javaagent:/a.jar", "spark.eventLog.enabled": "true", "spark.ui.prometheus.enabled": "true",
	} {
		full[key] = spark.Setting{Value: value, Path: []string{"args", "0"}}
	}
	roles := []spark.Role{spark.Driver, spark.Executor, spark.Master, spark.Worker, spark.History, spark.Connect, spark.Thrift}
	for _, launcher := range spark.Launchers(nil) {
		for _, role := range roles {
			for _, client := range []bool{false, true} {
				for _, conf := range []spark.Conf{nil, {}, full} {
					id := spark.Identity{Role: role, Launcher: launcher, Container: -1, Certain: true, Client: client, Version: spark.Version{Major: 3, Minor: 5, Patch: 6}}
					d := set.Diagnose(rule.Input{Identity: id, Conf: conf, Unseen: "it cannot be told"})
					for _, s := range d.Skipped {
						if strings.Contains(s.Reason, "panicked") {
							t.Errorf("%s, %s, client mode %v, %d settings: %s: %s", launcher, role, client, len(conf), s.Code, s.Reason)
						}
					}
				}
			}
		}
	}
}
