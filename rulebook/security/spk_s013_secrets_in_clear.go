package security

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func secretsInClear() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S013", Name: "secrets-in-clear", Level: rule.Error, Area: rule.Security, Client: true, Each: true,
		Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "A secret stands in clear",
			Why: "Spark copies its whole configuration into the driver's ConfigMap, into pods and into the event log; variables and arguments stand in the pod's specification. " +
				"Whoever may read ConfigMaps or pods of the namespace, a backup or the repository of the manifest has the secret. " +
				"Values are judged by the name that they stand under and by their shape. What only leads to a secret (a variable, a file, a provider, a Secret's name) is none, and neither are stand-ins such as changeit.",
			Remedy: "put it into a Secret and bring it by secretKeyRef (spark.kubernetes.driver.secretKeyRef.NAME, spark.kubernetes.executor.secretKeyRef.NAME, valueFrom), " +
				"mount it (spark.kubernetes.driver.secrets.NAME), or use a credential provider or the pod's own identity; then change the secret, for it has been seen",
			Levels:  "warning where only the id of a static key stands there",
			Since:   "0.1.0",
			Sources: []string{"Spark: KubernetesClientUtils.scala buildSparkConfDirFilesMap, MountSecretsFeatureStep.scala, EnvSecretsFeatureStep.scala"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			conf, _ := p.Conf()
			// The application's configuration is the driver's: executors and workers have no finding of it.
			if p.Role() != spark.Executor && p.Role() != spark.Worker {
				secretsOfConf(p, conf)
				for _, list := range p.Outside() {
					secretsOfList(p, list, p.ReportOwner, conf)
				}
			}
			if c := p.Main(); c != nil {
				secretsOfList(p, rule.Outside{Path: p.At("env"), Env: c.Env}, p.Report, conf)
				secretsOfList(p, rule.Outside{Path: p.At("command"), Args: c.Command}, p.Report, conf)
				secretsOfList(p, rule.Outside{Path: p.At("args"), Args: c.Args}, p.Report, conf)
			}
		}),
	}
}

// exposed sets level, evidence and summary of a finding. Nothing of the secret is told, its length neither.
func exposed(p rule.Pass, degree spark.Secrecy) {
	p.Level(rule.Error)
	if degree == spark.KeyID {
		p.Level(rule.Warning)
	}
	p.Evidence("(masked)", "a reference to a Secret")
	p.Summary("bring it from a Secret by secretKeyRef or a mount, and change it")
}

func secretsOfConf(p *rule.WorkloadPass, conf spark.Conf) {
	lands := "Spark copies it into the driver's ConfigMap, where every reader of ConfigMaps sees it"
	if p.Role() != spark.Driver && (!slices.Contains(reading.KubernetesLaunchers, p.Launcher()) || p.Identity().MainClass == "") {
		lands = "every reader of this configuration sees it"
	}
	if reading.ClientDriver(p) {
		lands = "every reader of pods in the namespace sees it"
	}
	for _, key := range conf.Keys() {
		value := conf[key].Value
		if strings.HasSuffix(key, "JavaOptions") || ofEnvironment(key) {
			if words := wordsOf(value); words != nil {
				for _, secret := range words {
					exposed(p, secret.Degree)
					p.ReportConf(key, "%s holds %s in clear (%s); %s", key, secret.What, secret.Name, lands)
				}
				continue
			}
		}
		if what, degree := spark.SecretOf(key, value); degree != spark.Public {
			exposed(p, degree)
			p.ReportConf(key, "%s holds %s in clear; %s", key, what, lands)
		}
	}
}

// report makes a finding at a place.
type report func(at rule.Path, format string, args ...any)

// secretsOfList looks at arguments or variables, be they a container's or what an object hands to the application.
func secretsOfList(p rule.Pass, list rule.Outside, report report, conf spark.Conf) {
	secretsOfEnv(p, list, report, conf)
	secretsOfArgs(p, list, report, conf)
}

func secretsOfEnv(p rule.Pass, list rule.Outside, report report, conf spark.Conf) {
	for i, env := range list.Env {
		if env.ValueFrom != nil || fromConf(conf, env.Name) {
			continue
		}
		tell := func(name, what string, degree spark.Secrecy) {
			exposed(p, degree)
			report(list.Path.With(strconv.Itoa(i), "value"), "variable %s holds %s in clear; every reader of pods in the namespace sees it", name, what)
		}
		words := wordsOf(env.Value)
		for _, secret := range words {
			tell(env.Name+" ("+secret.Name+")", secret.What, secret.Degree)
		}
		if what, degree := spark.SecretOf(env.Name, env.Value); words == nil && degree != spark.Public {
			tell(env.Name, what, degree)
		}
	}
}

// wordsOf are the secrets of a value that is a line of words or an option.
func wordsOf(value string) []spark.Exposed {
	if !strings.HasPrefix(value, "-") && !strings.ContainsFunc(value, unicode.IsSpace) {
		return nil
	}
	return spark.SecretsIn(value)
}

// ofEnvironment says that a key is a variable of a container.
func ofEnvironment(key string) bool {
	return strings.HasPrefix(key, "spark.kubernetes.driverEnv.") || strings.HasPrefix(key, "spark.executorEnv.")
}

// fromConf says that a variable was put there by a key of the configuration, whose finding it is.
func fromConf(conf spark.Conf, name string) bool {
	for _, prefix := range [...]string{"spark.kubernetes.driverEnv.", "spark.executorEnv."} {
		if _, set := conf.Get(prefix + name); set {
			return true
		}
	}
	return conf != nil && strings.HasPrefix(name, "SPARK_JAVA_OPT_")
}

// secretsOfArgs looks at arguments. What the configuration sets as well is its finding.
func secretsOfArgs(p rule.Pass, list rule.Outside, report report, conf spark.Conf) {
	for _, secret := range spark.SecretsOfArguments(list.Args) {
		name, _, _ := strings.Cut(strings.TrimPrefix(list.Args[secret.Index], "--conf="), "=")
		if secret.Line {
			name = secret.Name
		}
		if _, told := conf.Get(name); told {
			continue
		}
		who := secret.Name
		switch {
		case secret.Line:
			who = fmt.Sprintf("number %d (%s)", secret.Index+1, secret.Name)
		case who == "":
			who = fmt.Sprintf("number %d", secret.Index+1) // what is no plain name may hold the secret itself
		}
		exposed(p, secret.Degree)
		report(list.Path.With(strconv.Itoa(secret.Index)), "argument %s holds %s in clear; every reader of pods in the namespace sees it", who, secret.What)
	}
}
