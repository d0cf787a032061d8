package security

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

func secretsInClear() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S013", Name: "secrets-in-clear", Level: rule.Error, Area: rule.Security, Client: true, Each: true,
		Uses: []rule.Key{rule.FactConf, neighbour.FactObjects},
		Doc: rule.Doc{
			Title: "A secret is in clear text",
			Why: "Spark copies its whole configuration into the driver's ConfigMap, into pods and into the event log. Variables and arguments are part of the pod's specification. " +
				"Anyone who can read ConfigMaps, pods, backups or the manifest's repository can read the secret. Values are recognised by their name and their form. " +
				"References to a secret (a variable, a file, a provider, a Secret's name) and placeholders such as xxxx are not reported. A default password in use, such as changeme, is reported. " +
				"Copies stay in " + leaks + ". So create new credentials, because the old ones are known. " +
				"fix never writes or records the value. You create the Secret with new credentials, and fix sets the references once it exists. In files it sets them at once. " +
				"fix --undo leaves the reference as it is, because no record holds the value. " +
				"fix has references for variables of containers and of the application, settings of spark.hadoop such as the keys of S3A, and passwords of spark.ssl. " +
				"Spark has none for other settings, JVM options and arguments: let your program read a variable or a mounted file.",
			Remedy: "move the value into a Secret and read it from a variable (spark.kubernetes.driver.secretKeyRef.VARIABLE=SECRET:KEY and spark.kubernetes.executor.secretKeyRef.VARIABLE=SECRET:KEY, valueFrom.secretKeyRef), a mounted file or a credential provider; then create new credentials, because the old ones are known, and delete the copies",
			Levels: "a warning where only the id of a static key is set",
			Since:  "0.1.0",
			Sources: []string{"Spark: KubernetesClientUtils.scala buildSparkConfDirFilesMap, MountSecretsFeatureStep.scala, EnvSecretsFeatureStep.scala",
				"seen in 3.5.9 and 4.3.0: SparkHadoopUtil takes AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN as keys of S3A, Hadoop reads ${env.X} in spark.hadoop, SSLOptions ${env:X} in spark.ssl"},
		},
		Parts: []rule.Part{{Name: referencePart, Profile: rule.Safe, State: "a secret is in clear text", Says: "a reference to a key of a Secret"}},
		Ensure: rule.Workload(func(p *rule.WorkloadPass) {
			conf, _ := p.Conf()
			e := &exposures{p: p, conf: conf}
			// The application's configuration is the driver's: executors and workers have no finding of it.
			if p.Role() != spark.Executor && p.Role() != spark.Worker {
				e.ofConf(p)
				for _, list := range p.Outside() {
					e.ofList(list, rule.AtOwner)
				}
			}
			if c := p.Main(); c != nil {
				e.ofList(rule.Outside{Path: p.At("env"), Env: c.Env}, rule.AtField)
				e.ofList(rule.Outside{Path: p.At("command"), Args: c.Command}, rule.AtField)
				e.ofList(rule.Outside{Path: p.At("args"), Args: c.Args}, rule.AtField)
			}
			e.report(p)
		}),
	}
}

// exposures are the secrets that stand in clear in one subject.
type exposures struct {
	p      *rule.WorkloadPass
	conf   spark.Conf
	places []rule.Place
	names  []string // what holds each
	vars   []string // the variable that can hold each instead; "" where only the program knows its name
	moves  []*move  // what puts a reference in place of each; nil where nothing does
	lands  []string // where they can be read, each once
	grave  bool     // one of them is more than the id of a key
}

// add notes a secret. Nothing of it is told, its length neither.
func (e *exposures) add(at rule.Place, name, variable, what string, degree secret.Secrecy, lands string) {
	at.Note = name + " holds " + what
	e.places, e.names, e.vars, e.moves = append(e.places, at), append(e.names, name), append(e.vars, variable), append(e.moves, nil)
	e.grave = e.grave || degree != secret.KeyID
	if !slices.Contains(e.lands, lands) {
		e.lands = append(e.lands, lands)
	}
}

// report makes one finding of all of them.
func (e *exposures) report(p *rule.WorkloadPass) {
	if len(e.places) == 0 {
		return
	}
	if !e.grave {
		p.Level(rule.Warning)
	}
	p.Evidence("(masked)", "a reference to a Secret")
	e.move(p)
	if len(e.places) == 1 {
		note := e.places[0].Note
		e.places[0].Note = ""
		p.ReportPlaces(e.places, "%s in clear text; anyone who can read %s sees it", note, e.lands[0])
		return
	}
	p.ReportPlaces(e.places, "%d secrets in clear text: %s; anyone who can read %s sees them", len(e.names), strings.Join(e.names, ", "), strings.Join(e.lands, " or "))
}

// passed says how the value gets from a Secret to where it is needed: Spark on Kubernetes makes a variable of a setting.
func (e *exposures) passed(p *rule.WorkloadPass) string {
	name, words := "VARIABLE", "a variable that your program reads"
	if known := e.variables(); len(known) == 1 {
		name, words = known[0], "the variable "+known[0]
	} else if len(known) > 1 {
		name, words = known[0], "the variables "+strings.Join(known, ", ")
	}
	if !p.Role().Job() || !slices.Contains(reading.KubernetesLaunchers, p.Launcher()) || reading.ClientDriver(p) {
		return words + " (valueFrom.secretKeyRef)"
	}
	if p.Role() == spark.Driver { // its executors get variables of their own
		return words + " (spark.kubernetes.driver.secretKeyRef." + name + "=SECRET:KEY, and spark.kubernetes.executor.secretKeyRef." + name + "=SECRET:KEY if executors need it)"
	}
	return words + " (spark.kubernetes." + string(p.Role()) + ".secretKeyRef." + name + "=SECRET:KEY)"
}

// variables are the names of all of them, each once; none where one is not known.
func (e *exposures) variables() (names []string) {
	for _, name := range e.vars {
		if name == "" {
			return nil
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// variableOf is the variable from which Spark or the program reads what a key holds.
func variableOf(key string) string {
	switch key {
	case "spark.hadoop.fs.s3a.access.key":
		return "AWS_ACCESS_KEY_ID"
	case "spark.hadoop.fs.s3a.secret.key":
		return "AWS_SECRET_ACCESS_KEY"
	case "spark.hadoop.fs.s3a.session.token":
		return "AWS_SESSION_TOKEN"
	}
	if ofEnvironment(key) {
		return key[strings.LastIndexByte(key, '.')+1:]
	}
	return ""
}

// inPod is where what stands in a pod can be read.
const inPod = "pods in the namespace"

func (e *exposures) ofConf(p *rule.WorkloadPass) {
	lands := "ConfigMaps in the namespace"
	if p.Role() != spark.Driver && (!slices.Contains(reading.KubernetesLaunchers, p.Launcher()) || p.Identity().MainClass == "") {
		lands = "this configuration"
	}
	if reading.ClientDriver(p) {
		lands = inPod
	}
	for _, key := range e.conf.Keys() {
		value := e.conf[key].Value
		if strings.HasSuffix(key, "JavaOptions") || ofEnvironment(key) {
			if words := wordsOf(value); words != nil {
				for _, secret := range words {
					e.add(p.AtSetting(key), key+" ("+secret.Name+")", "", secret.What, secret.Degree, lands)
				}
				continue
			}
		}
		if what, degree := secret.Of(key, value); degree != secret.Public {
			e.add(p.AtSetting(key), key, variableOf(key), what, degree, lands)
			e.moves[len(e.moves)-1] = e.ofSetting(key)
		}
	}
}

// placing makes a place of a path.
type placing func(rule.Path) rule.Place

// ofList looks at arguments or variables, be they a container's or what an object hands to the application.
func (e *exposures) ofList(list rule.Outside, at placing) {
	for i, env := range list.Env {
		if env.ValueFrom != nil || fromConf(e.conf, env.Name) {
			continue
		}
		where := at(list.Path.With(strconv.Itoa(i), "value"))
		words := wordsOf(env.Value)
		for _, secret := range words {
			e.add(where, "variable "+env.Name+" ("+secret.Name+")", "", secret.What, secret.Degree, inPod)
		}
		if what, degree := secret.Of(env.Name, env.Value); words == nil && degree != secret.Public {
			e.add(where, "variable "+env.Name, env.Name, what, degree, inPod)
			if !where.OfConf {
				e.moves[len(e.moves)-1] = e.ofVariable(list.Path.With(strconv.Itoa(i)), env.Name)
			}
		}
	}
	e.ofArgs(list, at)
}

// wordsOf are the secrets of a value that is a line of words or an option.
func wordsOf(value string) []secret.Exposed {
	if !strings.HasPrefix(value, "-") && !strings.ContainsFunc(value, unicode.IsSpace) {
		return nil
	}
	return secret.In(value)
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

// ofArgs looks at arguments. What the configuration sets as well is told of the configuration.
func (e *exposures) ofArgs(list rule.Outside, at placing) {
	for _, found := range secret.InArguments(list.Args) {
		name, _, _ := strings.Cut(strings.TrimPrefix(list.Args[found.Index], "--conf="), "=")
		if found.Line {
			name = found.Name
		}
		if _, inConf := e.conf.Get(name); inConf {
			continue
		}
		who := found.Name
		switch {
		case found.Line:
			who = fmt.Sprintf("number %d (%s)", found.Index+1, found.Name)
		case who == "":
			who = fmt.Sprintf("number %d", found.Index+1) // what is no plain name may hold the secret itself
		}
		e.add(at(list.Path.With(strconv.Itoa(found.Index))), "argument ("+who+")", "", found.What, found.Degree, inPod)
	}
}
