package reading

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Property is a Spark setting of the subject, from where its JVM takes it: the workload's configuration, -D options of
// the container, spark-defaults.conf in the configuration folder, in this order. seen says that nothing which could
// hold it was hidden, but for a file in the image. The rule must declare FactConf and FactFiles.
func Property(p rule.Pass, key string) (value string, set, seen bool) {
	conf, known := p.Conf()
	if value, set = conf.Get(key); set {
		return value, true, true
	}
	c := p.Main()
	if c == nil {
		return "", false, known && !OnCommandLine(conf)
	}
	options := p.JVMOptions()
	for _, token := range options.Tokens {
		if text, ok := strings.CutPrefix(token, "-D"+key+"="); ok {
			value, set = text, true
		}
	}
	if set {
		return value, true, true
	}
	if known && !ClientDriver(p) && !p.Launcher().Traits().ByHand {
		return "", false, options.Visible // what was submitted is the whole of it
	}
	files, ok := rule.Get(p, rule.FactFiles)
	if !ok {
		return "", false, false
	}
	defaults, err := spark.ParseProperties([]byte(files.Text["spark-defaults.conf"]))
	if err != nil {
		return "", false, false
	}
	value, set = defaults.Get(key)
	return value, set, options.Visible && !NamesPropertiesFile(p)
}

// NamesPropertiesFile says whether the container's command names a properties file of its own, which stands in for
// spark-defaults.conf.
func NamesPropertiesFile(p rule.Pass) bool {
	if p.Main() == nil {
		return false
	}
	for _, list := range [][]string{p.Main().Command, p.Main().Args} {
		for _, word := range list {
			if strings.Contains(word, "--properties-file") {
				return true
			}
		}
	}
	return false
}

// SettingsComplete says whether the settings that can be seen are all there are: no file of the image adds to them.
func SettingsComplete(p rule.Pass) bool {
	_, known := p.Conf()
	files, _ := rule.Get(p, rule.FactFiles)
	return files.Whole || OfficialImage(p) || known && !p.Launcher().Traits().ByHand
}

// OfficialImage says whether the image is one of Spark's own, whose configuration folder is empty.
func OfficialImage(p rule.Pass) bool {
	if p.Main() == nil {
		return false
	}
	ref, _ := spark.ParseReference(p.Main().Image)
	return ref.Repository == "docker.io/apache/spark" || ref.Repository == "docker.io/library/spark"
}

// IsTrue reads a setting as Spark reads a boolean.
func IsTrue(value string) bool { return strings.EqualFold(strings.TrimSpace(value), "true") }

// IsFalse is not the opposite of IsTrue: what cannot be read is neither.
func IsFalse(value string) bool { return strings.EqualFold(strings.TrimSpace(value), "false") }

// ValueOr is a setting, or what Spark takes without it.
func ValueOr(conf spark.Conf, key, fallback string) string {
	if v, set := conf.Get(key); set {
		return v
	}
	return fallback
}

// Streams says whether an application says in its configuration that it runs streaming queries.
func Streams(conf spark.Conf) bool {
	_, set := conf.Get("spark.sql.streaming.checkpointLocation")
	return set
}
