package rulebook

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// optionSource is one place that gives the role's JVM options.
type optionSource struct {
	name   string // the key or variable
	text   string // what is written there
	tokens []string
	from   int  // index of the first token among those of all sources
	hidden bool // something is there that cannot be seen
	broken bool // a quote that nothing closes
	env    int  // index of the variable in the main container; -1: a key of the configuration
	// parsed says that Spark itself cuts the text into options, as spark.SplitOptions does.
	parsed bool
}

// envFrom stands for whatever a ConfigMap or Secret brings into the environment.
const envFrom = "envFrom"

// optionSources lists the places in the order in which the JVM reads them. Of an executor's numbered variables Spark makes each
// by itself, from the configuration: where that is known they are not listed.
func optionSources(p *rule.Pass) (sources []optionSource) {
	role := p.Role()
	conf, _ := p.Conf()
	env := func(names ...string) {
		for _, name := range names {
			if s, ok := envSource(p, conf, name); ok {
				sources = append(sources, s)
			}
		}
	}
	keys := func(of string) {
		for _, name := range []string{"defaultJavaOptions", "extraJavaOptions"} {
			key := "spark." + of + "." + name
			if text, set := conf.Get(key); set {
				sources = append(sources, source(key, text, -1, true))
			}
		}
	}
	env("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")
	switch role {
	case spark.Driver:
		env("SPARK_SUBMIT_OPTS")
		keys("driver")
	case spark.Connect, spark.Thrift:
		env("SPARK_DAEMON_JAVA_OPTS", "SPARK_SUBMIT_OPTS")
		keys("driver")
	case spark.Executor:
		if conf != nil {
			keys("executor")
		} else {
			sources = append(sources, numbered(p)...)
		}
	default:
		env("SPARK_DAEMON_JAVA_OPTS", "SPARK_"+strings.ToUpper(string(role))+"_OPTS")
	}
	env("_JAVA_OPTIONS")
	if c := p.Main(); c != nil && len(c.EnvFrom) > 0 {
		sources = append(sources, optionSource{name: envFrom, env: -1, hidden: true})
	}
	return sources
}

// shownTokens are the options that the container itself shows: those of an executor too that Spark made from a known configuration.
func shownTokens(p *rule.Pass) []string {
	if p.Main() == nil {
		return nil
	}
	return spark.JVMOptions(p.Main(), p.Role()).Tokens
}

func source(name, text string, env int, parsed bool) optionSource {
	s := optionSource{name: name, text: text, env: env, parsed: parsed}
	if env < 0 && strings.Contains(text, "${") { // Spark puts another setting in its place
		s.hidden = true
		return s
	}
	tokens, err := spark.SplitOptions(text)
	s.tokens, s.broken, s.hidden = tokens, err != nil, err != nil
	return s
}

// envSource is a variable of the container, or the setting of the configuration that will make it.
func envSource(p *rule.Pass, conf spark.Conf, name string) (optionSource, bool) {
	parsed := strings.HasPrefix(name, "SPARK_")
	if c := p.Main(); c != nil {
		if value, literal, present := spark.EnvValue(c, name); present {
			s := source(name, value, lastVariable(c, name), parsed)
			s.hidden = s.hidden || !literal
			return s, true
		}
	}
	prefix := map[spark.Role]string{spark.Driver: "spark.kubernetes.driverEnv.", spark.Executor: "spark.executorEnv."}[p.Role()]
	if text, set := conf.Get(prefix + name); set && prefix != "" && !ownPod(p) {
		return source(prefix+name, text, -1, parsed), true
	}
	return optionSource{}, false
}

// numbered are an executor's SPARK_JAVA_OPT_<n>, each one option.
func numbered(p *rule.Pass) (sources []optionSource) {
	c := p.Main()
	if c == nil {
		return nil
	}
	for i := range c.Env {
		digits, is := strings.CutPrefix(c.Env[i].Name, spark.Channel(spark.Executor))
		if _, err := strconv.Atoi(digits); !is || err != nil {
			continue
		}
		value, literal, _ := spark.EnvValue(c, c.Env[i].Name)
		s := optionSource{name: c.Env[i].Name, text: value, env: i, hidden: !literal, parsed: true}
		if literal && value != "" {
			s.tokens = []string{value}
		}
		sources = append(sources, s)
	}
	return sources
}

// write puts the mended text in the source's place, or says why that is not for us to do.
func (s *optionSource) write(p *rule.Pass, text string) {
	c := p.Main()
	switch {
	case s.env < 0 && text == "":
		p.UnsetConf(optionsPart, s.name)
	case s.env < 0:
		p.SetConf(optionsPart, s.name, text)
	case strings.HasPrefix(s.name, spark.Channel(spark.Executor)):
		s.refuse(p, rule.SparkSetsThem)
	case !s.parsed, c.Env[s.env].Value != s.text: // cut by other rules than Spark's, or escaped for the kubelet
		s.refuse(p, rule.NoExactForm)
	default:
		p.Correct(optionsPart, s.path(p), text)
	}
}

func (s *optionSource) refuse(p *rule.Pass, reason rule.Reason) {
	if s.env < 0 {
		p.RefuseConf(optionsPart, s.name, reason)
		return
	}
	p.Refuse(optionsPart, s.path(p), reason)
}

// report makes a finding of an Inspect rule at the source.
func (s *optionSource) report(p *rule.Pass, format string, args ...any) {
	if s.env < 0 {
		p.ReportConf(s.name, format, args...)
		return
	}
	p.Report(s.path(p), format, args...)
}

func (s *optionSource) path(p *rule.Pass) rule.Path {
	return p.At("env", strconv.Itoa(s.env), "value")
}

// tellUnreadable speaks of options that Spark's launcher refuses as a whole.
func tellUnreadable(p *rule.Pass, s *optionSource) {
	daemon := p.Role() != spark.Executor && !readsConf(p.Role())
	switch {
	case s.broken && s.parsed && p.Role() != spark.Executor:
		p.Next()
		p.Level(rule.Error)
		p.Message("%s has a quote or a backslash that nothing closes; Spark's launcher refuses it and the %s does not start", s.name, p.Role())
		p.Summary("close the quote in %s", s.name)
		s.refuse(p, rule.Unreadable)
	case daemon && s.parsed && strings.Contains(s.text, "Xmx"):
		p.Next()
		p.Level(rule.Error)
		p.Message("%s holds Xmx, which Spark's launcher refuses: the %s does not start", s.name, p.Role())
		p.Summary("set SPARK_DAEMON_MEMORY instead")
		s.refuse(p, rule.NoExactForm)
	}
}

// imageOf is what is known of the subject's image: its facts, and where no container names one those of the image that
// the configuration names.
func imageOf(p *rule.Pass) spark.Image {
	if image, known := p.Image(); known {
		return image
	}
	if c := p.Main(); c != nil && c.Image != "" {
		return spark.Image{}
	}
	conf, _ := p.Conf()
	for _, key := range []string{"spark.kubernetes." + confRole(p.Role()) + ".container.image", "spark.kubernetes.container.image"} {
		if reference, set := conf.Get(key); set {
			facts, _ := spark.Facts(reference, nil)
			return facts
		}
	}
	return spark.Image{}
}

// versionOf is the subject's Spark version, else that of its image.
func versionOf(p *rule.Pass) spark.Version {
	if p.Version().Known() {
		return p.Version()
	}
	return imageOf(p).Spark
}

// lastVariable is the index of the last variable of that name, the one that counts; -1 where there is none.
func lastVariable(c *corev1.Container, name string) int {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if c.Env[i].Name == name {
			return i
		}
	}
	return -1
}

// forgiven says whether the source's JVMs are told to ignore flags that they do not know. What every JVM of the container
// reads reaches that of Spark's launcher too, which is not told; an executor has none.
func (s *optionSource) forgiven(p *rule.Pass) spark.Answer {
	if !s.parsed && s.env >= 0 && p.Role() != spark.Executor {
		return spark.No
	}
	return spark.TolerantJVM(p.Role(), versionOf(p))
}

// readsConf says whether the role's JVM has options from a configuration that its container does not show.
func readsConf(role spark.Role) bool {
	return role == spark.Driver || role == spark.Connect || role == spark.Thrift
}

// confRole is the word of a role's keys: servers that are applications have those of a driver.
func confRole(role spark.Role) string {
	if role == spark.Executor {
		return "executor"
	}
	return "driver"
}
