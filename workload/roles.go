package workload

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ConfRoles are the roles that a configuration is for which no pod stands beside: a History server where it holds what only
// that reads, and nothing that an application does; else driver and executors.
func ConfRoles(conf spark.Conf) spark.Roles {
	history := false
	for key := range conf {
		switch {
		case strings.HasPrefix(key, "spark.history."):
			history = true
		case !strings.HasPrefix(key, "spark."), strings.HasPrefix(key, "spark.hadoop."), strings.HasPrefix(key, "spark.ssl."), strings.HasPrefix(key, "spark.acls."),
			strings.HasPrefix(key, "spark.admin."), strings.HasPrefix(key, "spark.ui."): // both read it
		default:
			return spark.Jobs
		}
	}
	if history {
		return spark.Roles{spark.History}
	}
	return spark.Jobs
}

// VersionOfConf is the version that the driver's label or annotation names, else that of the image that a configuration names for an
// application's driver, else for all its pods;
// zero where that cannot be told.
func VersionOfConf(conf spark.Conf) spark.Version {
	if version := spark.VersionOfMarks(conf); version.Known() {
		return version
	}
	for _, key := range []string{"spark.kubernetes.driver.container.image", "spark.kubernetes.container.image"} {
		if image, set := conf.Get(key); set {
			return spark.VersionOfImages(image)
		}
	}
	return spark.Version{}
}

// EffectiveConf is the configuration that a document says: its own, else that of its first template's arguments.
func (d *Document) EffectiveConf() spark.Conf {
	if d.Conf == nil && len(d.Slots) > 0 {
		return d.Slots[0].Conf
	}
	return d.Conf
}

// Submits says whether the document is a configuration that somebody wrote for spark-submit on Kubernetes: a properties
// file, or a ConfigMap with a spark-defaults.conf. It tells how driver and executors come about.
func (d *Document) Submits() bool {
	if !d.Properties && d.Kind != "ConfigMap" {
		return false
	}
	if d.Kind == "ConfigMap" {
		_, written := patch.Lookup(d.Raw, patch.Path{"data", KeyProperties})
		_, has := patch.Lookup(d.Raw, patch.Path{"data", KeyDefaults})
		if written || !has {
			return false
		}
	}
	for key, setting := range d.Conf {
		if strings.HasPrefix(key, "spark.kubernetes.") || key == "spark.master" && strings.HasPrefix(setting.Value, "k8s://") {
			return true
		}
	}
	return false
}

// ConfSlot is the place of a pod that spark-submit makes of a configuration alone.
func ConfSlot(role spark.Role, conf spark.Conf) Slot {
	id := spark.Identity{Role: role, Launcher: spark.Submitter(), Version: VersionOfConf(conf), Container: -1, Certain: true, Finite: true}
	return Slot{Role: role, Launcher: id.Launcher, Version: id.Version, Identity: id, Conf: conf, Missing: true}
}
