package performance

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func volumeKeys() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P048", Name: "volume-keys", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "A volume setting is invalid",
			Why: "Spark reads volumes from spark.kubernetes.{driver,executor}.volumes.TYPE.NAME.SETTING. " +
				"SETTING is mount.path, mount.readOnly, mount.subPath, mount.subPathExpr or options.OPTION. Spark takes TYPE and NAME exactly as written, blanks included. " +
				"With an unknown type, or without mount.path or a required option, spark-submit fails before it creates the driver's pod. " +
				"Spark ignores every other setting and mounts the volume without it.",
			Remedy: "write the setting in the form that Spark reads",
			Levels: "a warning where Spark ignores the setting; a suggestion for options.type of a hostPath",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: KubernetesVolumeUtils.scala parseVolumesWithPrefix, KubernetesConf.scala createDriverConf (the executors' volumes are read before the driver's pod is made)",
				"Spark 3.5.9 and 4.3.0: constants of Config; mount.subPathExpr, options.type, label. and annotation. are in 4.3.0 and not in 3.5.9; running-on-kubernetes.md",
				"kubeflow/spark-operator issue 1774",
			},
		},
		Parts: []rule.Part{{Name: "key", Profile: rule.Safe, State: "a volume setting is invalid", Says: "valid volume settings"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			for _, role := range spark.Jobs {
				for _, fault := range spark.VolumeFaults(conf, role, reading.Version(p)) {
					tellVolume(p, conf, fault)
				}
			}
		}),
	}
}

func tellVolume(p *rule.ConfPass, conf spark.Conf, fault spark.VolumeFault) {
	p.Next()
	if fault.Ends {
		p.Message("%s %s; spark-submit fails", fault.Key, fault.Reason)
	} else {
		p.Level(rule.Warning)
		if strings.HasSuffix(fault.Key, ".options.type") {
			p.Level(rule.Advice) // it only has the kubelet look at what is mounted anyway
		}
		p.Message("%s %s; Spark ignores it", fault.Key, fault.Reason)
	}
	_, set := conf.Get(fault.Key)
	_, taken := conf.Get(fault.Meant)
	switch {
	case fault.Meant != "" && !taken:
		p.Summary("rename %s to %s", fault.Key, fault.Meant)
		p.RenameConf("key", fault.Key, fault.Meant)
	case fault.Meant != "":
		p.Summary("remove %s; %s is already set", fault.Key, fault.Meant)
		p.UnsetConf("key", fault.Key)
	case set && !fault.Ends:
		p.Summary("remove %s", fault.Key)
		p.UnsetConf("key", fault.Key)
	case set:
		p.Summary("%s", fault.Remedy)
		p.RefuseConf("key", fault.Key, rule.NoExactForm)
	default:
		p.Summary("set %s", fault.Key)
		p.RefuseConf("key", fault.Key, rule.NoExactForm)
	}
}
