package reading

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/jvm"
)

// OptionSource is one place that gives the role's JVM options.
type OptionSource struct {
	Name     string // the key or variable
	Text     string // what is written there
	Tokens   []string
	From     int  // index of the first token among those of all sources
	Hidden   bool // something is there that cannot be seen
	Broken   bool // a quote that nothing closes
	Variable int  // index of the variable in the main container; -1: a key of the configuration
	// Parsed says that Spark itself cuts the text into options, as spark.SplitOptions does.
	Parsed bool
}

// EnvFrom stands for whatever a ConfigMap or Secret brings into the environment.
const EnvFrom = "envFrom"

// OptionSources lists the places in the order in which the JVM reads them. Of an executor's numbered variables Spark makes each
// by itself, from the configuration: where that is known they are not listed.
func OptionSources(p rule.Pass) []OptionSource {
	_, _ = p.Conf() // the rule must say that it reads the configuration, even where an earlier rule has read it
	return optionSources.Of(p)
}

var optionSources = rule.NewMemo(readOptionSources)

func readOptionSources(p rule.Pass) (sources []OptionSource) {
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
			sources = numbered(p, sources)
		}
	default:
		env("SPARK_DAEMON_JAVA_OPTS", "SPARK_"+strings.ToUpper(string(role))+"_OPTS")
	}
	env("_JAVA_OPTIONS")
	if c := p.Main(); c != nil && len(c.EnvFrom) > 0 {
		sources = append(sources, OptionSource{Name: EnvFrom, Variable: -1, Hidden: true})
	}
	return sources
}

// OptionsPlace is where options of a role's JVM are written: the setting of a driver or executor, or the variable of a server.
func OptionsPlace(role spark.Role) string {
	if role.Job() || ReadsConf(role) {
		return "spark." + ConfRole(role) + ".extraJavaOptions"
	}
	return spark.Channel(role)
}

// SettingsPlace says where settings of Spark are written where no configuration is known; "" where it is.
func SettingsPlace(p rule.Pass) string {
	if _, known := p.Conf(); known {
		return ""
	}
	return " (in spark-defaults.conf or with spark-submit --conf)"
}

// RefuseCommand says that a part is not done because the container may start something else than Spark's script, which reads the
// variable of the role's JVM options.
func RefuseCommand(p *rule.PodPass, part string, at rule.Path) {
	name := spark.Channel(p.Role())
	if p.Role() == spark.Executor {
		name += "0"
	}
	why := "the container has its own command, which may ignore the variable " + name
	if c := p.Main(); len(c.Command)+len(c.Args) == 0 {
		why = "the container's command is unknown and may ignore the variable " + name
	}
	p.RefuseFor(part, at, rule.Entrypoint, why)
}

// ShownOptions are the options that the container itself shows: those of an executor too that Spark made from a known configuration.
func ShownOptions(p rule.Pass) []string {
	if p.Main() == nil {
		return nil
	}
	return p.JVMOptions().Tokens
}

func source(name, text string, env int, parsed bool) OptionSource {
	s := OptionSource{Name: name, Text: text, Variable: env, Parsed: parsed}
	if env < 0 && strings.Contains(text, "${") { // Spark puts another setting in its place
		s.Hidden = true
		return s
	}
	tokens, err := spark.SplitOptions(text)
	s.Tokens, s.Broken, s.Hidden = tokens, err != nil, err != nil
	return s
}

// envSource is a variable of the container, or the setting of the configuration that will make it.
func envSource(p rule.Pass, conf spark.Conf, name string) (OptionSource, bool) {
	parsed := strings.HasPrefix(name, "SPARK_")
	if c := p.Main(); c != nil {
		if value, literal, present := spark.EnvValue(c, name); present {
			s := source(name, value, LastVariable(c, name), parsed)
			s.Hidden = s.Hidden || !literal
			return s, true
		}
	}
	prefix := map[spark.Role]string{spark.Driver: "spark.kubernetes.driverEnv.", spark.Executor: "spark.executorEnv."}[p.Role()]
	if text, set := conf.Get(prefix + name); set && prefix != "" && !ClientDriver(p) {
		return source(prefix+name, text, -1, parsed), true
	}
	return OptionSource{}, false
}

// numbered are sources and behind them an executor's SPARK_JAVA_OPT_<n>, each one option.
func numbered(p rule.Pass, sources []OptionSource) []OptionSource {
	c := p.Main()
	if c == nil {
		return sources
	}
	channel := spark.Channel(spark.Executor)
	n := 0
	for i := range c.Env {
		if strings.HasPrefix(c.Env[i].Name, channel) {
			n++
		}
	}
	if n == 0 {
		return sources
	}
	first := len(sources)
	sources = slices.Grow(sources, n)
	tokens := make([]string, 0, n)   // of all of them
	seen := make(map[string]bool, n) // of a name that stands twice the last counts
	for i := len(c.Env) - 1; i >= 0; i-- {
		digits, is := strings.CutPrefix(c.Env[i].Name, channel)
		if !is || seen[digits] || !spark.Numbered(digits) {
			continue
		}
		seen[digits] = true
		value, literal := spark.Literal(&c.Env[i])
		s := OptionSource{Name: c.Env[i].Name, Text: value, Variable: i, Hidden: !literal, Parsed: true}
		if literal && value != "" {
			tokens = append(tokens, value)
			s.Tokens = tokens[len(tokens)-1 : len(tokens) : len(tokens)]
		}
		sources = append(sources, s)
	}
	slices.Reverse(sources[first:])
	return sources
}

// Setting is where a user sets the source's options: Spark makes an executor's numbered variables from a setting.
func (s *OptionSource) Setting() string {
	if strings.HasPrefix(s.Name, spark.Channel(spark.Executor)) {
		return OptionsPlace(spark.Executor) + " (" + s.Name + ")"
	}
	return s.Name
}

// Write puts the mended text in the source's place, or says why that is not for us to do.
func (s *OptionSource) Write(p *rule.WorkloadPass, part, text string) {
	c := p.Main()
	switch {
	case s.Variable < 0 && text == "":
		if conf, _ := p.Conf(); conf[s.Name].Under != nil { // what it replaced is in force then, and is not to be lost with it
			p.SetConf(part, s.Name, conf[s.Name].Under.Value)
			return
		}
		p.UnsetConf(part, s.Name)
	case s.Variable < 0:
		p.SetConf(part, s.Name, text)
	case strings.HasPrefix(s.Name, spark.Channel(spark.Executor)):
		s.Refuse(p, part, rule.SparkSetsThem)
	case !s.Parsed, c.Env[s.Variable].Value != s.Text: // cut by other rules than Spark's, or escaped for the kubelet
		s.Refuse(p, part, rule.NoExactForm)
	default:
		p.Correct(part, s.Path(p), text)
	}
}

// Refuse says that a wanted change of the source is not made, and why.
func (s *OptionSource) Refuse(p *rule.WorkloadPass, part string, reason rule.Reason) {
	if s.Variable < 0 {
		p.RefuseConf(part, s.Name, reason)
		return
	}
	p.Refuse(part, s.Path(p), reason)
}

// Path is the place of the variable in the template.
func (s *OptionSource) Path(p rule.Pass) rule.Path {
	return p.At("env", strconv.Itoa(s.Variable), "value")
}

// Image is what is known of the subject's image.
func Image(p rule.Pass) spark.Image {
	image, _ := p.Image()
	return image
}

// JavaVersion is what a rule needs that cannot tell, and how a user says it.
const JavaVersion = "the Java version (set the pod's annotation " + rule.ImageAnnotation + `, for example "java: 17")`

// Version is the subject's Spark version, else that of its image.
func Version(p rule.Pass) spark.Version {
	if p.Version().Known() {
		return p.Version()
	}
	return Image(p).Spark
}

// LastVariable is the index of the last variable of that name, the one that counts; -1 where there is none.
func LastVariable(c *corev1.Container, name string) int {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if c.Env[i].Name == name {
			return i
		}
	}
	return -1
}

// Forgiven says whether the source's JVMs are told to ignore flags that they do not know. What every JVM of the container
// reads reaches that of Spark's launcher too, which is not told; an executor has none.
func (s *OptionSource) Forgiven(p rule.Pass) spark.Answer {
	if !s.Parsed && s.Variable >= 0 && p.Role() != spark.Executor {
		return spark.No
	}
	return jvm.TolerantJVM(p.Role(), Version(p))
}

// ReadsConf says whether the role's JVM has options from a configuration that its container does not show.
func ReadsConf(role spark.Role) bool {
	return role == spark.Driver || role == spark.Connect || role == spark.Thrift
}

// ConfRole is the word of a role's keys: servers that are applications have those of a driver.
func ConfRole(role spark.Role) string {
	if role == spark.Executor {
		return "executor"
	}
	return "driver"
}

// VariableAt is the place of the value of a variable of Spark's container: of the last one of that name.
func VariableAt(p rule.Pass, name string) rule.Path {
	return p.At("env", strconv.Itoa(LastVariable(p.Main(), name)), "value")
}
