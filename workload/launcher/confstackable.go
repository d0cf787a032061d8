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
		return nil, fmt.Errorf("kind %s holds no Spark configuration", d.Kind)
	}
	if reason := managedByStackable[c.Key]; reason != "" {
		return nil, errors.New(reason)
	}
	if strings.HasSuffix(c.Key, "JavaOptions") {
		return nil, errors.New("the operator sets this itself: add the options to the role's jvmArgumentOverrides.add")
	}
	plain := stackablePlain(d, c.Key)
	home := stackableHome(d, c.Key)
	if c.Unset {
		home = Place{At: plain}
	}
	return resourceOps(d, c, home, plain)
}

// stackablePlain is where a resource holds a setting by its key.
func stackablePlain(d *workload.Document, key string) patch.Path {
	if d.Kind != "SparkConnectServer" {
		return patch.Path{"spec", "sparkConf", key}
	}
	role := "server"
	if strings.HasPrefix(key, "spark.executor.") || strings.HasPrefix(key, "spark.kubernetes.executor.") {
		role = "executor"
	}
	return patch.Path{"spec", role, "configOverrides", workload.KeyDefaults, key}
}

func stackableHome(d *workload.Document, key string) Place {
	plain := stackablePlain(d, key)
	if strings.HasSuffix(key, "JavaOptions") {
		role := "executor"
		if strings.HasPrefix(key, "spark.driver.") {
			if role = "driver"; d.Kind == "SparkConnectServer" {
				role = "server"
			}
		}
		return Place{At: patch.Path{"spec", role, "jvmArgumentOverrides", "add", "-"}}
	}
	if d.Kind == "SparkApplication" && key == "spark.executor.instances" {
		if _, stands := patch.Lookup(d.Raw, plain); !stands {
			return Place{patch.Path{"spec", "executor", "replicas"}, "whole"}
		}
	}
	return Place{At: plain}
}
