package monitoring

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/daemon"
)

const (
	logLevelPart, logFilePart, logLayoutPart, logJSONPart = "level", "file", "layout", "json"

	log4jFile     = "log4j2.properties"
	logLevelKey   = "spark.log.level"
	structuredKey = "spark.log.structuredLogging.enabled"
	jsonTemplate  = "JsonTemplateLayout"
	longestFile   = 256 // of the names of files that a finding names
)

func logConfiguration() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M015", Name: "log-configuration", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Master, spark.Worker, spark.History, spark.Connect, spark.Thrift},
		Spark: spark.Range{Since: spark.Version{Major: 3, Minor: 3}},
		Uses:  []rule.Key{rule.FactConf, rule.FactFiles, rule.FactImage},
		Doc: rule.Doc{
			Title: "A logging configuration loses logs or is ignored",
			Why: "With root level DEBUG or TRACE Spark writes many lines for each task. They slow it down, and fill the kubelet's five files of 10Mi for each container. " +
				"Lines that a file appender writes inside the container are not in kubectl logs. No log agent sees them, and they are lost with the container. A file without a rolling policy grows without limit. " +
				"From 4.0 on spark.log.structuredLogging.enabled makes the log JSON, but only with Spark's own configuration. With your own log4j2 file it has no effect. " +
				"The layout JsonTemplateLayout needs the jar log4j-layout-template-json, which Spark has from 4.0 on. Without the jar Log4j creates no appender. " +
				"If the root logger then has none, Spark uses its own configuration, and the log is text. JsonLayout needs no further jar. The first lines of a log, and those of the start script, are text in any case.",
			Remedy: "log to the console at level INFO, as Spark's conf/log4j2.properties.template does",
			Levels: "a suggestion for a file on a volume that grows without limit, or next to the console",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: Logging.scala (a root logger without appenders gets the default configuration; structured logging chooses between two of those), log4j2-defaults.properties; conf/log4j2-json-layout.properties.template of 4.x",
				"seen with 3.5.9 and 4.3.0: each form of the file, with and without structured logging (test/jvmstart)",
				"seen: log4j-layout-template-json is in the jars of 4.3.0 and not in those of 3.5.9",
				"Kubernetes: containerLogMaxSize 10Mi and containerLogMaxFiles 5 are the kubelet's defaults",
			},
		},
		Parts: []rule.Part{
			{Name: logLevelPart, Profile: rule.Safe, State: "the root level is DEBUG or TRACE", Says: "no `spark.log.level` below INFO"},
			{Name: logFilePart, Profile: rule.Safe, State: "logs go to a file in the container", Says: "logs on the console"},
			{Name: logLayoutPart, Profile: rule.Safe, State: "the layout has no effect", Says: "a layout that the Spark version has"},
			{Name: logJSONPart, Profile: rule.ByWant, State: "logs are no JSON", Says: "`spark.log.structuredLogging.enabled=true` from Spark 4.0 on, with Spark's own log configuration"},
		},
		Ensure: rule.Workload(ensureLogConfiguration),
	}
}

func ensureLogConfiguration(p *rule.WorkloadPass) {
	conf, known := p.Conf()
	if level, set := conf.Get(logLevelKey); set && verbose(level) && reading.Applications.Has(p.Role()) && reading.Version(p).AtLeast(3, 5) {
		p.Evidence(logLevelKey+"="+level, "INFO or less")
		p.Message("%s=%s: many lines for each task slow Spark down", logLevelKey, level)
		p.Summary("remove %s, or set it to INFO", logLevelKey)
		p.UnsetConf(logLevelPart, logLevelKey)
		p.Next()
	}
	files, seen := rule.Get(p, rule.FactFiles)
	text, own := files.Text[log4jFile]
	switch {
	case p.Main() == nil:
		p.OfConf().NeedsPod()
	case log4jNamed(p):
		p.NotKnown("the logging configuration (an option may name another file)")
	case !seen:
		p.NotKnown("the mounted ConfigMap")
	case own:
		judgeLog4j(p, text)
	default:
		for name := range files.Text {
			if strings.HasPrefix(name, "log4j2") {
				p.NotKnown("the logging configuration as %s", log4jFile)
				return
			}
		}
		if on, _ := conf.Get(structuredKey); known && reading.Version(p).AtLeast(4, 0) && !reading.IsTrue(on) && p.Wanted(logJSONPart) {
			p.Level(rule.Advice)
			p.Message("the log is text; JSON is wanted")
			p.Summary("set %s=true", structuredKey)
			p.SetConf(logJSONPart, structuredKey, "true")
		}
	}
}

// filesOnly says of a log4j2.properties that its root logger has appenders for files, and none for the console.
func filesOnly(text string) bool {
	properties, err := spark.ParseProperties([]byte(text))
	if err != nil {
		return false
	}
	l := readLog4j(properties)
	return !l.console && slices.ContainsFunc(l.appenders, func(a logAppender) bool { return strings.HasSuffix(a.kind, "file") && l.used[a.name] })
}

// verbose says whether a level lets through more than INFO does.
func verbose(level string) bool {
	return slices.Contains([]string{"debug", "trace", "all"}, strings.ToLower(strings.TrimSpace(level)))
}

// judgeLog4j tells what is wrong with the mounted file.
func judgeLog4j(p *rule.WorkloadPass, text string) {
	properties, err := spark.ParseProperties([]byte(text))
	if err != nil {
		p.NotKnown(log4jFile)
		return
	}
	l := readLog4j(properties)
	at := p.At("volumeMounts")
	if _, mount := confMount(p, log4jFile); mount != nil {
		at = mount
	}
	tell := func(part string) {
		p.RefuseFor(part, at, rule.NoExactForm, "the file is in a ConfigMap, which fix does not edit")
		p.Next()
	}
	if verbose(l.level) {
		p.Message("%s sets the root level %s: many lines for each task slow Spark down", log4jFile, strings.ToUpper(l.level))
		p.Summary("set rootLogger.level=info in %s", log4jFile)
		tell(logLevelPart)
	}
	judgeLayout(p, &l, tell)
	for _, a := range l.appenders {
		if !strings.HasSuffix(a.kind, "file") || !l.used[a.name] {
			continue
		}
		rolls := strings.HasPrefix(a.kind, "rolling")
		switch {
		case a.file == "" || len(a.file) > longestFile || strings.Contains(a.file, "${"):
			p.NotKnown("the file names in %s", log4jFile)
			continue
		case !l.console && !onVolume(p, a.file):
			p.Message("the log goes to %s; kubectl logs shows nothing, and the file is lost with the container", a.file)
			if k, kept := daemon.KeptByAnother(p.Main()); kept && k.Shows {
				p.Message("the log goes to %s; the file is lost with the container", a.file)
			}
			p.Summary("in %s add an appender of type Console and name it in rootLogger.appenderRef, or mount a volume at %s", log4jFile, path.Dir(a.file))
		case !rolls:
			p.Level(rule.Advice)
			p.Message("the log file %s grows without limit", a.file)
			p.Summary("in %s use type RollingFile with a size policy and a DefaultRolloverStrategy, or the console", log4jFile)
		default:
			continue
		}
		tell(logFilePart)
	}
}

// judgeLayout tells of a JSON layout that is not in effect.
func judgeLayout(p *rule.WorkloadPass, l *log4j, tell func(part string)) {
	version := reading.Version(p)
	on, _, _ := reading.Property(p, structuredKey)
	switch {
	case l.template && version.Known() && !version.AtLeast(4, 0):
		p.Message("Spark %s has no %s; Log4j makes no appender, and the log is Spark's default, as text", version, jsonTemplate)
		if !reading.OfficialImage(p) {
			p.Message("Spark %s has no %s; the log is Spark's default, as text, unless the image has log4j-layout-template-json", version, jsonTemplate)
		}
		p.Summary("in %s set layout.type=JsonLayout, layout.compact=true and layout.eventEol=true, or add the jar log4j-layout-template-json to the image", log4jFile)
		tell(logLayoutPart)
	case !l.template && !l.json && version.AtLeast(4, 0) && reading.IsTrue(on):
		p.Message("%s has no effect, because %s is mounted; the log is text", structuredKey, log4jFile)
		p.Summary("in %s set layout.type=%s and layout.eventTemplateUri=classpath:org/apache/spark/SparkLayout.json for the console, or remove the file", log4jFile, jsonTemplate)
		tell(logLayoutPart)
	}
}

// log4j is what a properties file says.
type log4j struct {
	level          string // of the root logger
	appenders      []logAppender
	used           map[string]bool // names of appenders that a logger has
	console        bool            // the root logger has one on the console
	template, json bool            // an appender's layout
}

type logAppender struct{ name, kind, file string } // kind in small letters: Log4j takes either

// readLog4j reads both forms in which loggers name their appenders: rootLogger = LEVEL, NAME and rootLogger.appenderRef.X.ref = NAME.
func readLog4j(properties spark.Conf) log4j {
	l := log4j{used: map[string]bool{}}
	root := map[string]bool{}
	for _, key := range properties.Keys() {
		value := properties[key].Value
		words := strings.Split(key, ".")
		last := words[len(words)-1]
		isRoot := words[0] == "rootLogger"
		switch {
		case key == "rootLogger" || words[0] == "logger" && len(words) == 2:
			level, names, _ := strings.Cut(value, ",")
			if isRoot {
				l.level = level
			}
			for name := range strings.SplitSeq(names, ",") {
				l.used[strings.TrimSpace(name)] = true
				root[strings.TrimSpace(name)] = root[strings.TrimSpace(name)] || isRoot
			}
		case key == "rootLogger.level":
			l.level = value
		case last == "ref" && slices.Contains(words, "appenderRef"):
			l.used[value] = true
			root[value] = root[value] || isRoot
		case words[0] == "appender" && last == "type" && len(words) == 3:
			name, _ := properties.Get("appender." + words[1] + ".name")
			file, _ := properties.Get("appender." + words[1] + ".fileName")
			l.appenders = append(l.appenders, logAppender{name, strings.ToLower(value), file})
		case words[0] == "appender" && last == "type" && len(words) == 4: // of what the appender holds
			l.template = l.template || strings.EqualFold(value, jsonTemplate)
			l.json = l.json || strings.EqualFold(value, "JsonLayout")
		}
	}
	for _, a := range l.appenders {
		l.console = l.console || a.kind == "console" && root[a.name]
	}
	l.level = strings.TrimSpace(l.level)
	return l
}

// onVolume says whether a file is on a mounted volume.
func onVolume(p rule.Pass, file string) bool {
	return slices.ContainsFunc(p.Main().VolumeMounts, func(m corev1.VolumeMount) bool {
		return strings.HasPrefix(path.Clean(file)+"/", strings.TrimSuffix(path.Clean(m.MountPath), "/")+"/")
	})
}
