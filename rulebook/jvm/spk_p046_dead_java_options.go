package jvm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

func deadJavaOptions() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P046", Name: "dead-java-options", Level: rule.Error, Area: rule.Performance,
		Roles: reading.Applications, Launchers: spark.Launchers(func(t spark.Traits) bool { return t.FieldsWin }),
		Needs: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "A field overrides a setting in sparkConf",
			Why: "Kubeflow's operator passes sparkConf to spark-submit first and the resource's fields after it. Spark uses the last value of a key. " +
				"The fields javaOptions and monitoring override extraJavaOptions of sparkConf completely; monitoring adds a Java agent there. " +
				"The options in sparkConf never reach the JVM.",
			Remedy: "move the options from sparkConf to spec.driver.javaOptions or spec.executor.javaOptions; for other settings keep the field and remove the one in sparkConf",
			Levels: "a warning for settings other than JVM options, because one of the two values is used",
			Since:  "0.1.0",
			Sources: []string{
				"Kubeflow spark-operator v2: internal/controller/sparkapplication/submission.go buildSparkSubmitArgs (sparkConfOption before driverConfOption and executorConfOption), monitoring_config.go",
				"kubeflow/spark-operator issues 423, 489, 1038, 1841",
			},
		},
		Parts: []rule.Part{
			{Name: "options", Profile: rule.Safe, State: "JVM options never reach the JVM", Says: "JVM options where the operator reads them"},
			{Name: "setting", Profile: rule.Safe, State: "a setting never reaches Spark", Says: "one value for each setting"},
		},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			for _, key := range conf.Keys() {
				setting := conf[key]
				if setting.Under == nil || setting.Under.Value == setting.Value || sameSize(setting.Under.Value, setting.Value) {
					continue
				}
				p.Next()
				if strings.HasSuffix(key, ".extraJavaOptions") {
					tellDead(p, key, setting)
					continue
				}
				p.Level(rule.Warning)
				under, over := secret.HideValue(key, setting.Under.Value), secret.HideValue(key, setting.Value)
				p.Evidence("sparkConf "+under, winner(setting)+" "+over)
				p.Message("sparkConf sets %s to %s, but %s overrides it with %s", key, under, winner(setting), over)
				p.Summary("remove the setting from sparkConf, or move its value to %s", field(key, setting))
				p.RefuseConf("setting", key, rule.NoExactForm)
			}
		}),
	}
}

// sameSize says whether two values are one size, as 10G and 10g are.
func sameSize(a, b string) bool {
	_, err := spark.ParseSize(a, spark.MiB)
	return err == nil && strings.EqualFold(a, b)
}

// tellDead tells of JVM options that are lost, and puts them before those that count: of two of a kind the last wins.
func tellDead(p *rule.ConfPass, key string, setting spark.Setting) {
	dead, err := spark.SplitOptions(setting.Under.Value)
	live, err2 := spark.SplitOptions(setting.Value)
	if err != nil || err2 != nil {
		return // SPK-P014 tells of the quote that nothing closes
	}
	dead = slices.DeleteFunc(dead, func(token string) bool {
		_, collector := spark.Collector(token)
		_, chosen := spark.CollectorOf(live)
		return spark.HasOption(live, spark.OptionKey(token)) || collector && chosen
	})
	if len(dead) == 0 {
		return
	}
	quoted := make([]string, 0, len(dead)+1)
	for _, token := range dead {
		quoted = append(quoted, spark.QuoteOption(token))
	}
	dead = secret.HideOptions(dead)
	p.Message("%s overrides %s in sparkConf; the JVM does not get %s", winner(setting), key, listedOptions(dead))
	p.Summary("move the options from sparkConf to %s", winner(setting))
	p.SetConf("options", key, strings.TrimSpace(strings.Join(append(quoted, setting.Value), " ")))
}

// listedOptions are at most four options, with blanks between: they can be copied.
func listedOptions(options []string) string {
	const most = 4
	if len(options) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(options[:most], " "), len(options)-most)
	}
	return strings.Join(options, " ")
}

// field is the field that takes the setting's value: the operator switches shuffle tracking on with dynamic allocation, where
// dynamicAllocation.shuffleTrackingEnabled is not set.
func field(key string, s spark.Setting) string {
	if key == "spark.dynamicAllocation.shuffleTracking.enabled" && s.Path[len(s.Path)-1] == "dynamicAllocation" {
		return winner(s) + ".shuffleTrackingEnabled"
	}
	return winner(s)
}

// winner is the field that counts: spec.executor.javaOptions.
func winner(s spark.Setting) string { return rule.Path(s.Path).Field() }
