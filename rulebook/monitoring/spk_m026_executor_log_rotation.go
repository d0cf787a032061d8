package monitoring

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	rollingPart, rollingSizePart, retainedPart, cleanupPart = "rolling", "size", "retained", "cleanup"

	logsRolling        = "spark.executor.logs.rolling."
	rollingStrategyKey = logsRolling + "strategy"
	rollingSizeKey     = logsRolling + "maxSize"
	rollingIntervalKey = logsRolling + "time.interval"
	retainedFilesKey   = logsRolling + "maxRetainedFiles"
	workerCleanupKey   = "spark.worker.cleanup.enabled"

	rollingBytes  = "134217728" // 128 MiB
	retainedFiles = "5"
)

func executorLogRotation() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M026", Name: "executor-log-rotation", Level: rule.Advice, Area: rule.Monitoring,
		Roles: spark.Roles{spark.Worker},
		Uses:  []rule.Key{rule.FactConf, rule.FactFiles, rule.FactImage},
		Doc: rule.Doc{
			Title: "A worker does not rotate the logs of its executors",
			Why: "A standalone worker writes the output of its executors to files in its work folder (SPARK_WORKER_DIR, else work in Spark's folder). " +
				"These files grow without limit, unless the worker has spark.executor.logs.rolling.strategy. The kubelet rotates only the container's own output (10Mi, five files). " +
				"No log agent of the node reads these files; manifests/logs/worker has a sidecar that sends them. " +
				"Only the worker's configuration counts. In an application's configuration, and with executors on Kubernetes, these keys have no effect. " +
				"maxSize is a number of bytes, at most 2147483647. With 128m Spark warns and does not rotate. For a size below 81920 Spark uses 81920. " +
				"Without maxRetainedFiles a worker never deletes a rotated file. Before 4.0 it also keeps the folders of all finished applications. " +
				"With spark.worker.cleanup.enabled it deletes folders in which nothing was written for seven days.",
			Remedy: "add -Dspark.executor.logs.rolling.strategy=size -Dspark.executor.logs.rolling.maxSize=134217728 -Dspark.executor.logs.rolling.maxRetainedFiles=5 to SPARK_WORKER_OPTS, and before 4.0 -Dspark.worker.cleanup.enabled=true",
			Levels: "a warning where a setting is invalid and the worker does not rotate",
			Since:  "0.1.0", Consequence: "the node's disk can become full",
			Sources: []string{
				"Spark: ExecutorRunner.scala (stdout and stderr of the work folder), FileAppender.scala (Illegal size, IntParam), RollingPolicy.scala (MINIMUM_SIZE_BYTES), RollingFileAppender.scala (deleteOldFiles)",
				"seen with 3.5.9 and 4.3.0: what a worker does with the options (test/jvmstart)",
				"seen: the default of spark.worker.cleanup.enabled is false in 3.5.9 and true in 4.3.0; the core migration guide says so of 4.0",
				"Kubernetes: containerLogMaxSize 10Mi and containerLogMaxFiles 5 are the kubelet's defaults",
			},
		},
		Parts: []rule.Part{
			{Name: rollingPart, Profile: rule.Safe, State: "executor logs are not rotated", Says: "rotation of the executors' logs at 128 MiB"},
			{Name: rollingSizePart, Profile: rule.Safe, State: "the size for the rotation is invalid", Says: "the size for the rotation in bytes"},
			{Name: retainedPart, Profile: rule.Safe, State: "rotated logs are never deleted", Says: "five rotated files of each log"},
			{Name: cleanupPart, Profile: rule.Safe, State: "folders of finished applications stay", Says: "`spark.worker.cleanup.enabled=true` before Spark 4.0"},
		},
		Ensure: rule.Workload(ensureLogRotation),
	}
}

func ensureLogRotation(p *rule.WorkloadPass) {
	if p.Main() == nil {
		p.OfConf().NeedsPod()
		return
	}
	w := workerOptions{p: p, sources: reading.OptionSources(p)}
	if !w.read() {
		return
	}
	strategy, set := w.get(rollingStrategyKey)
	if !w.rotates(strategy) && set && strategy != "" {
		w.tellInvalid(strategy)
		p.Next()
	}
	var orders []string
	want := func(part, key, value string) {
		if _, has := w.get(key); !has {
			orders = append(orders, key+"="+value)
			w.put(part, key, value)
		}
	}
	if !set {
		want(rollingPart, rollingStrategyKey, "size")
		want(rollingPart, rollingSizeKey, rollingBytes)
		want(rollingPart, retainedFilesKey, retainedFiles)
	} else if strategy != "" {
		want(retainedPart, retainedFilesKey, retainedFiles)
	}
	if version := reading.Version(p); version.Known() && !version.AtLeast(4, 0) {
		want(cleanupPart, workerCleanupKey, "true")
	}
	p.Summary("%s", w.order(orders))
}

// workerOptions are the settings that a worker's JVM has: -D options, and files of its configuration folder.
type workerOptions struct {
	p        *rule.WorkloadPass
	sources  []reading.OptionSource
	own      spark.Conf // of a resource, from which an operator makes the options
	defaults spark.Conf // spark-defaults.conf
}

// read says whether all settings can be seen.
func (w *workerOptions) read() bool {
	p, c := w.p, w.p.Main()
	if conf, known := p.Conf(); known && p.Launcher().Traits().WholeConf {
		w.own = conf
	}
	for i := range w.sources {
		if w.sources[i].Hidden {
			p.NotKnown("all JVM options (envFrom or valueFrom hides some)")
			return false
		}
	}
	for _, word := range slices.Concat(c.Command, c.Args) {
		for _, names := range []string{"--properties-file", "spark-defaults", "spark-env", "SPARK_WORKER_OPTS=", "SPARK_DAEMON_JAVA_OPTS=", logsRolling, workerCleanupKey} {
			if strings.Contains(word, names) {
				p.NotKnown("the settings that the command writes")
				return false
			}
		}
	}
	files, seen := rule.Get(p, rule.FactFiles)
	if !seen && reading.ConfMounted(p) {
		p.NotKnown("the mounted ConfigMap")
		return false
	}
	if _, known := p.Image(); !known && !files.Whole {
		return false // the image may hold files of its own
	}
	if script := files.Text["spark-env.sh"]; strings.Contains(script, "_OPTS") {
		p.NotKnown("the options that spark-env.sh sets")
		return false
	}
	var err error
	w.defaults, err = spark.ParseProperties([]byte(files.Text["spark-defaults.conf"]))
	if err != nil {
		p.NotKnown("spark-defaults.conf")
	}
	return err == nil
}

// source is the place of the option that counts, the last one; nil where none sets the key.
func (w *workerOptions) source(key string) (s *reading.OptionSource, token string) {
	for i := range w.sources {
		for _, t := range w.sources[i].Tokens {
			if spark.HasKey(t, "-D"+key) {
				s, token = &w.sources[i], t
			}
		}
	}
	return s, token
}

func (w *workerOptions) get(key string) (value string, set bool) {
	if value, set = w.own.Get(key); set {
		return value, true
	}
	if s, token := w.source(key); s != nil {
		_, value, _ = strings.Cut(token, "=")
		return value, true
	}
	return w.defaults.Get(key)
}

// rotates says whether a worker with the strategy rotates.
func (w *workerOptions) rotates(strategy string) bool {
	switch strategy {
	case "size":
		size, set := w.get(rollingSizeKey)
		_, err := strconv.ParseInt(size, 10, 32)
		return err == nil || !set
	case "time":
		interval, set := w.get(rollingIntervalKey)
		_, err := strconv.ParseInt(interval, 10, 32)
		return err == nil || !set || slices.Contains([]string{"daily", "hourly", "minutely"}, interval)
	}
	return false
}

// tellInvalid makes the finding of a value with which a worker does not rotate.
func (w *workerOptions) tellInvalid(strategy string) {
	p := w.p
	p.Level(rule.Warning)
	key, value, to, why := rollingStrategyKey, strategy, strings.ToLower(strategy), "is neither size nor time"
	switch strategy {
	case "size":
		key, why = rollingSizeKey, "is not a number of bytes up to 2147483647"
		value, _ = w.get(key)
		to = sizeInBytes(value)
	case "time":
		key, to, why = rollingIntervalKey, "", "is not daily, hourly, minutely or a number of seconds"
		value, _ = w.get(key)
	}
	if key == rollingStrategyKey && to != "size" && to != "time" {
		to = ""
	}
	p.Message("%s=%s %s; Spark warns, and executor logs grow without limit", key, value, why)
	if to == "" {
		p.Summary("set a valid value of %s in the worker's configuration", key)
		w.refuse(rollingSizePart, key)
		return
	}
	p.Summary("%s", w.order([]string{key + "=" + to}))
	if s, _ := w.source(key); s != nil && w.own == nil {
		p.Summary("set -D%s=%s in the variable %s", key, to, s.Name)
	}
	w.replace(rollingSizePart, key, to)
}

// sizeInBytes is a size as Spark writes others, in bytes that fit an Int; "" where it is none.
func sizeInBytes(text string) string {
	bytes, err := spark.ParseSize(text, spark.Byte)
	if err != nil || bytes == 0 {
		return ""
	}
	return strconv.FormatInt(min(bytes, math.MaxInt32), 10)
}

// put gives the worker a setting that it does not have.
func (w *workerOptions) put(part, key, value string) {
	switch p := w.p; {
	case w.own != nil:
		p.SetConf(part, key, value)
	case !reading.SparkEntrypoint(p):
		reading.RefuseCommand(p.Pod(), part, p.At("command"))
	default:
		p.MergeTokens(part, "-D"+key+"="+value)
	}
}

// replace gives a setting another value, where it stands. An option counts before spark-defaults.conf.
func (w *workerOptions) replace(part, key, value string) {
	_, own := w.own.Get(key)
	s, token := w.source(key)
	switch {
	case own:
		w.p.SetConf(part, key, value)
	case s == nil:
		w.put(part, key, value)
	case strings.Count(s.Text, token) != 1:
		s.Refuse(w.p, part, rule.NoExactForm)
	default:
		s.Write(w.p, part, strings.Replace(s.Text, token, "-D"+key+"="+value, 1))
	}
}

func (w *workerOptions) refuse(part, key string) {
	_, own := w.own.Get(key)
	s, _ := w.source(key)
	switch {
	case own:
		w.p.RefuseConf(part, key, rule.NoExactForm)
	case s != nil:
		s.Refuse(w.p, part, rule.NoExactForm)
	default:
		w.p.Refuse(part, w.p.At("volumeMounts"), rule.NoExactForm)
	}
}

// order is what to set by hand, and where.
func (w *workerOptions) order(settings []string) string {
	if w.own != nil {
		return "set " + strings.Join(settings, ", ")
	}
	return "add -D" + strings.Join(settings, " -D") + " to the variable " + spark.Channel(spark.Worker)
}
