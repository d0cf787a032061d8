package rulebook

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// property is a Spark setting of the subject, from where its JVM takes it: the workload's configuration, -D options of
// the container, spark-defaults.conf in the configuration folder, in this order. seen says that nothing which could
// hold it was hidden, but for a file in the image. The rule must declare FactConf and FactFiles.
func property(p *rule.Pass, key string) (value string, set, seen bool) {
	conf, known := p.Conf()
	if value, set = conf.Get(key); set {
		return value, true, true
	}
	c := p.Main()
	if c == nil {
		return "", false, known && !onCommandLine(conf)
	}
	options := spark.JVMOptions(c, p.Role())
	for _, token := range options.Tokens {
		if text, ok := strings.CutPrefix(token, "-D"+key+"="); ok {
			value, set = text, true
		}
	}
	if set {
		return value, true, true
	}
	if known && !ownPod(p) && p.Launcher() != spark.Standalone && p.Launcher() != spark.Bitnami {
		return "", false, options.Visible // what was submitted is the whole of it
	}
	files, ok := p.Files()
	if !ok {
		return "", false, false
	}
	defaults, err := spark.ParseProperties([]byte(files["spark-defaults.conf"]))
	if err != nil {
		return "", false, false
	}
	value, set = defaults.Get(key)
	return value, set, options.Visible && !otherProperties(p)
}

// otherProperties says whether the container's command names a properties file of its own, which stands in for
// spark-defaults.conf.
func otherProperties(p *rule.Pass) bool {
	for _, list := range [][]string{p.Main().Command, p.Main().Args} {
		for _, word := range list {
			if strings.Contains(word, "--properties-file") {
				return true
			}
		}
	}
	return false
}

// whole says whether the settings that can be seen are all there are: no file of the image adds to them.
func whole(p *rule.Pass) bool {
	_, known := p.Conf()
	return p.FilesWhole() || plainImage(p) || known && p.Launcher() != spark.Standalone && p.Launcher() != spark.Bitnami
}

// plainImage says whether the image is one of Spark's own, whose configuration folder is empty.
func plainImage(p *rule.Pass) bool {
	ref, _ := spark.ParseReference(p.Main().Image)
	return ref.Repository == "docker.io/apache/spark" || ref.Repository == "docker.io/library/spark"
}

// isTrue reads a setting as Spark reads a boolean.
func isTrue(value string) bool { return strings.EqualFold(strings.TrimSpace(value), "true") }

// isFalse is not the opposite of isTrue: what cannot be read is neither.
func isFalse(value string) bool { return strings.EqualFold(strings.TrimSpace(value), "false") }
