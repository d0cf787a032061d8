package monitoring

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

const (
	logURLKey    = "spark.ui.custom.executor.log.url"
	attributeKey = "spark.executorEnv.SPARK_EXECUTOR_ATTRIBUTE_"
	logLinkPart  = "attributes"
)

// ofExecutor are the attributes that a variable of every executor's container gives: Kubernetes fills it in, as Spark sets that one before.
var ofExecutor = map[string]string{"APP_ID": "$(SPARK_APPLICATION_ID)", "EXECUTOR_ID": "$(SPARK_EXECUTOR_ID)"}

// pattern is what Spark replaces in the URL (ExecutorLogUrlHandler).
var pattern = regexp.MustCompile(`\{\{([A-Za-z0-9_-]+)\}\}`)

func executorLogLinks() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M029", Name: "executor-log-links", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: reading.Applications, Launchers: reading.KubernetesLaunchers, Needs: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The links to executor logs do not work",
			Why: "spark.ui.custom.executor.log.url makes links to a log store on the Executors page and in the History Server. " +
				"Spark replaces {{NAME}} by the executor's attribute of that name: its variable SPARK_EXECUTOR_ATTRIBUTE_NAME. " +
				"If one attribute is missing, Spark writes no link at all, and only a line in the driver's log says so. " +
				"On Kubernetes Spark sets APP_ID and EXECUTOR_ID, from 4.0 on. Names of YARN such as CONTAINER_ID do not exist. " +
				"FILE_NAME also needs the attribute LOG_FILES.",
			Remedy: "set spark.executorEnv.SPARK_EXECUTOR_ATTRIBUTE_NAME for each name in the URL, or use only {{APP_ID}} and {{EXECUTOR_ID}}",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: ExecutorLogUrlHandler.scala of 3.5.9 and 4.3.0: all names of the URL must be attributes, or the links stay as they were",
				"Spark: CoarseGrainedExecutorBackend.extractAttributes: variables that begin with SPARK_EXECUTOR_ATTRIBUTE_",
				"SPARK-49190: BasicExecutorFeatureStep sets APP_ID and EXECUTOR_ID from 4.0.0 on; seen: the jar of 4.3.0 has them, that of 3.5.9 does not",
				"Kubernetes: a variable is expanded in those after it; Spark writes SPARK_APPLICATION_ID and SPARK_EXECUTOR_ID before spark.executorEnv",
			},
		},
		Parts:  []rule.Part{{Name: logLinkPart, Profile: rule.Safe, State: "the links to executor logs need attributes that executors do not have", Says: "the attributes APP_ID and EXECUTOR_ID before Spark 4.0"}},
		Ensure: rule.Conf(ensureLogLinks),
	}
}

func ensureLogLinks(p *rule.ConfPass) {
	conf, _ := p.Conf()
	url, set := conf.Get(logURLKey)
	if !set {
		return
	}
	has := map[string]bool{}
	for key := range conf {
		if name, is := strings.CutPrefix(key, attributeKey); is {
			has[strings.ToUpper(name)] = true
		}
	}
	var missing, fixed []string
	for _, m := range pattern.FindAllStringSubmatch(url, -1) {
		name := m[1]
		if name == "FILE_NAME" {
			name = "LOG_FILES"
		}
		_, own := ofExecutor[name]
		switch {
		case has[name] || slices.Contains(missing, name) || slices.Contains(fixed, name) || own && p.Version().AtLeast(4, 0):
		case own && !p.Version().Known():
			p.NotKnown("the Spark version")
		case own:
			fixed = append(fixed, name)
		default:
			missing = append(missing, name)
		}
	}
	if _, template := conf.Get("spark.kubernetes.executor.podTemplateFile"); template && len(missing) > 0 {
		p.NotKnown("the executor's pod template, which may set %s", variables(missing))
		missing = nil
	}
	if all := slices.Concat(fixed, missing); len(all) > 0 {
		p.Message("executors lack %s; Spark writes no links to their logs", variables(all))
	}
	for _, name := range fixed {
		p.SetConf(logLinkPart, attributeKey+name, ofExecutor[name])
	}
	if len(missing) > 0 {
		p.Summary("set %s in spark.executorEnv, or remove the names from %s", variables(missing), logURLKey)
		p.RefuseConf(logLinkPart, logURLKey, rule.NoExactForm)
	} else if len(fixed) > 0 {
		p.Summary("set %s%s=%s", attributeKey, fixed[0], ofExecutor[fixed[0]])
		if len(fixed) > 1 {
			p.Summary("set %[1]s%[2]s=%[3]s and %[1]s%[4]s=%[5]s", attributeKey, fixed[0], ofExecutor[fixed[0]], fixed[1], ofExecutor[fixed[1]])
		}
	}
}

// variables are those that give attributes.
func variables(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = "SPARK_EXECUTOR_ATTRIBUTE_" + name
	}
	return reading.Listed(all)
}
