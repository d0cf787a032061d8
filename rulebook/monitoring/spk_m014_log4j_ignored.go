package monitoring

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func log4jIgnored() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M014", Name: "log4j-ignored", Level: rule.Error, Area: rule.Monitoring, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Master, spark.Worker, spark.History, spark.Connect, spark.Thrift},
		Spark: spark.Range{Since: spark.Version{Major: 3, Minor: 3}},
		Needs: []rule.Key{rule.FactFiles}, Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "Spark does not read the logging configuration file",
			Why: "From 3.3 on Spark uses Log4j 2 and reads log4j2.properties, .yaml, .json or .xml. " +
				"It ignores log4j.properties and log4j.xml (Log4j 1) silently. Log levels, layout and files are then Spark's defaults.",
			Remedy:  "write log4j2.properties; start from Spark's conf/log4j2.properties.template",
			Since:   "0.1.0",
			Sources: []string{"Spark: core migration guide, from 3.2 to 3.3 (SPARK-37814)", "Log4j: the Log4j 1 bridge reads such files with log4j1.compatibility only"},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			files, _ := rule.Get(p, rule.FactFiles)
			old := ""
			for _, name := range []string{"log4j.xml", "log4j.properties"} {
				if _, has := files.Text[name]; has {
					old = name
				}
			}
			if old == "" || log4jNamed(p) {
				return
			}
			for name := range files.Text {
				if strings.HasPrefix(name, "log4j2") {
					return
				}
			}
			from, at := log4jSource(p, old)
			p.Summary("rewrite %s in Log4j 2 format, under the key log4j2.properties of %s", old, from)
			p.Report(at, "the pod mounts %s (Log4j 1), but Spark %s reads only Log4j 2; your log settings are ignored", old, p.Version())
		}),
	}
}

// log4jSource names what is mounted as the folder of the configuration, or as the file itself, and gives the place of the mount.
func log4jSource(p *rule.PodPass, file string) (from string, at rule.Path) {
	v, at := confMount(p, file)
	if v == nil {
		return "the mounted ConfigMap", p.At("volumeMounts")
	}
	from = "ConfigMap " + v.ConfigMap.Name
	switch i, _ := strconv.Atoi(at[len(at)-1]); {
	case p.Main().VolumeMounts[i].SubPath != "":
		from += ", and change mountPath and subPath to it"
	case len(v.ConfigMap.Items) > 0:
		from += ", and add the key to the items of volume " + v.Name
	}
	return from, at
}

// confMount is the ConfigMap that is mounted as the folder of the configuration, or as the file itself, and the place of the mount.
func confMount(p rule.Pass, file string) (v *corev1.Volume, at rule.Path) {
	for i, m := range p.Main().VolumeMounts {
		if !strings.HasSuffix(strings.TrimSuffix(m.MountPath, "/"), "/spark/conf") && !strings.HasSuffix(m.MountPath, "/"+file) {
			continue
		}
		if v := reading.Volume(&p.Template().Spec, m.Name); v != nil && v.ConfigMap != nil {
			return v, p.At("volumeMounts", strconv.Itoa(i))
		}
	}
	return nil, nil
}

// log4jNamed says whether an option tells Log4j where its configuration is, or may.
func log4jNamed(p rule.Pass) bool {
	c := p.Main()
	if c == nil {
		return true
	}
	options := p.JVMOptions()
	conf, _ := p.Conf()
	text := strings.Join(options.Tokens, " ")
	for _, key := range []string{"spark.driver.extraJavaOptions", "spark.driver.defaultJavaOptions"} {
		value, _ := conf.Get(key)
		text += " " + value
	}
	return !options.Visible || strings.Contains(text, "-Dlog4j")
}
