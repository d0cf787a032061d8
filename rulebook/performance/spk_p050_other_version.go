package performance

import (
	"maps"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
)

func otherVersion() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P050", Name: "later-version", Level: rule.Warning, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift, spark.Master, spark.Worker, spark.History},
		Each:  true, Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "A setting needs a later Spark version",
			Why: "Documentation and examples describe the newest Spark release. Spark accepts keys of later versions silently and ignores them. " +
				"The expected protection or speed is missing.",
			Remedy:  "remove the setting, or run the Spark version that reads it",
			Since:   "0.1.0",
			Sources: []string{"Spark 3.3.4, 3.4.4, 3.5.9, 4.0.5, 4.1.4, 4.2.1, 4.3.0: ConfigEntry.knownConfigs and text constants of their jars (test/catalogue)"},
		},
		Parts: []rule.Part{{Name: "key", Profile: rule.Safe, State: "a setting is from a later Spark", Says: "no settings of later Spark versions"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			version := reading.Version(p)
			known, err := keys.New()
			if err != nil {
				panic(err) // generated data that its own test has read
			}
			noteUnknownLine(p, known, version)
			adds := p.Launcher().Traits().Adds
			found := map[string][]string{} // keys by the line that reads them first
			for _, key := range conf.Keys() {
				if value, own := adds[key]; own && conf[key].Value == value {
					continue // the operator's own, which nobody can remove
				}
				if since, later := known.Later(key, version); later && managerOf(key) == "" {
					found[since] = append(found[since], key)
				}
			}
			for _, since := range slices.Sorted(maps.Keys(found)) {
				keys := found[since]
				p.Next()
				p.Evidence("Spark "+version.Line(), "Spark "+since)
				p.Message("Spark %s ignores %s, new in Spark %s", version.Line(), reading.Listed(keys), since)
				p.Summary("remove %s, or upgrade to Spark %s", reading.Listed(keys), since)
				for _, key := range keys {
					p.UnsetConf("key", key)
				}
			}
		}),
	}
}
