package performance

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const keyShuffleService = "spark.shuffle.service.enabled"

func externalShuffle() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P049", Name: "external-shuffle-service", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "The external shuffle service is on",
			Why: "With spark.shuffle.service.enabled each executor registers with a shuffle service on port 7337 of its host. Nothing listens there in a pod. " +
				"The executor retries until spark.shuffle.registration.timeout and maxAttempts, then exits. No executor ever runs a task.",
			Remedy: "remove spark.shuffle.service.enabled; use shuffle tracking for dynamic allocation",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: BlockManager.scala initialize, registerWithExternalShuffleServer; the same in 3.3 to 4.3",
				"Spark: job-scheduling.md, dynamic allocation on Kubernetes needs shuffle tracking",
			},
		},
		Parts: []rule.Part{{Name: "service", Profile: rule.Safe, State: "the external shuffle service is on", Says: "no external shuffle service on Kubernetes"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			on, _, err := conf.Bool(keyShuffleService)
			if err != nil || !on || !reading.OnKubernetes(p, conf) {
				return
			}
			p.Evidence(keyShuffleService+"=true", "false")
			p.Message("the external shuffle service is on, but Kubernetes has none; each executor fails to register on port 7337 and exits")
			p.Summary("remove %s", keyShuffleService)
			p.UnsetConf("service", keyShuffleService)
			if dynamic, _, err := conf.Bool("spark.dynamicAllocation.enabled"); err == nil && dynamic && !tracks(p, conf) {
				p.Summary("remove %s, and set %s=true", keyShuffleService, keyShuffleTracking)
				p.SetConf("service", keyShuffleTracking, "true")
			}
		}),
	}
}

// tracks says whether shuffle tracking is on: it is by default from 3.4 on.
func tracks(p rule.Pass, conf spark.Conf) bool {
	on, set, err := conf.Bool(keyShuffleTracking)
	if set {
		return err == nil && on
	}
	return spark.Range{Since: spark.Version{Major: 3, Minor: 4}}.Match(reading.Version(p)) == spark.Yes
}
