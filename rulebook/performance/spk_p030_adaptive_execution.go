package performance

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const keyAdaptive = "spark.sql.adaptive.enabled"

func adaptiveExecution() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P030", Name: "adaptive-execution", Level: rule.Advice, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "Adaptive query execution is switched off",
			Why: "From 3.2 on Spark replans a query between its stages. It merges small shuffle partitions, splits skewed ones and changes joins when one side is small. " +
				"Without it each shuffle has spark.sql.shuffle.partitions partitions (200 by default). Spark then ignores all other keys under spark.sql.adaptive.",
			Remedy:  "remove " + keyAdaptive + ", or set it to true",
			Levels:  "a warning where other keys under spark.sql.adaptive are set, because Spark ignores them",
			Since:   "0.1.0",
			Sources: []string{"Spark: SQLConf.scala ADAPTIVE_EXECUTION_ENABLED, true since 3.2.0; InsertAdaptiveSparkPlan.scala"},
		},
		Parts: []rule.Part{{Name: "adaptive", Profile: rule.Safe, State: "adaptive query execution is off", Says: "adaptive query execution left on"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			on, set, err := conf.Bool(keyAdaptive)
			if v := reading.Version(p); !set || on || err != nil || v.Known() && !v.AtLeast(3, 2) {
				return
			}
			p.Message("adaptive query execution is off; small and skewed partitions slow down queries")
			var unread []string
			for _, key := range conf.Keys() {
				if strings.HasPrefix(key, "spark.sql.adaptive.") && key != keyAdaptive {
					unread = append(unread, key)
				}
			}
			if unread != nil {
				p.Level(rule.Warning)
				p.Evidence(strings.Join(unread, ", "), keyAdaptive+"=true")
				p.Message("adaptive query execution is off; %s", reading.Count(unread, "is ignored", "are ignored"))
			}
			p.Summary("remove %s (on by default)", keyAdaptive)
			p.UnsetConf("adaptive", keyAdaptive)
		}),
	}
}
