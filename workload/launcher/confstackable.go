package launcher

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// managedByStackable are the keys that Stackable's operator needs as it sets them.
var managedByStackable = map[string]string{
	"spark.kubernetes.namespace":                         "an application runs in its resource's namespace",
	"spark.app.name":                                     "the operator gives the application its resource's name",
	"spark.submit.deployMode":                            "the resource's own mode decides",
	spark.KeyResourceType:                                "spark-submit finds it out itself",
	"spark.kubernetes.driver.podTemplateFile":            "the operator writes the pod template itself, with podOverrides in it",
	"spark.kubernetes.executor.podTemplateFile":          "the operator writes the pod template itself, with podOverrides in it",
	"spark.kubernetes.driver.podTemplateContainerName":   "the operator names the container itself",
	"spark.kubernetes.executor.podTemplateContainerName": "the operator names the container itself",
}

// stackableOps makes a change in a resource of Stackable's operator. What sparkConf says wins over everything else there.
func stackableOps(d *workload.Document, c spark.Change) ([]patch.Op, error) {
	if d.Conf == nil {
		return nil, fmt.Errorf("a %s holds no Spark configuration", d.Kind)
	}
	if reason := managedByStackable[c.Key]; reason != "" {
		return nil, errors.New(reason)
	}
	if strings.HasSuffix(c.Key, "JavaOptions") {
		return nil, errors.New("the operator sets this itself: add the options to the role's jvmArgumentOverrides.add")
	}
	at := patch.Path{"spec", "sparkConf", c.Key}
	if d.Kind == "SparkConnectServer" {
		at = patch.Path{"spec", "server", "configOverrides", workload.KeyDefaults, c.Key}
		if strings.HasPrefix(c.Key, "spark.executor.") || strings.HasPrefix(c.Key, "spark.kubernetes.executor.") {
			at = patch.Path{"spec", "executor", "configOverrides", workload.KeyDefaults, c.Key}
		}
	}
	home := Place{At: at}
	if d.Kind == "SparkApplication" && c.Key == "spark.executor.instances" && !c.Unset {
		if _, stands := patch.Lookup(d.Raw, at); !stands {
			home = Place{patch.Path{"spec", "executor", "replicas"}, "whole"}
		}
	}
	return resourceOps(d, c, home, at)
}
