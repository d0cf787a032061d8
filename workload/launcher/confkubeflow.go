package launcher

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// managed are the keys that an operator writes itself or whose webhook denies them (Kubeflow's
// internal/webhook/sparkconf_validator.go and submission.go), with the reason for people.
var managed = map[string]string{
	"spark.master":                                          "the operator sets the master itself",
	"spark.kubernetes.driver.master":                        "the operator sets the master itself",
	"spark.kubernetes.namespace":                            "an application runs in its resource's namespace",
	"spark.app.name":                                        "the operator gives the application its resource's name",
	"spark.submit.deployMode":                               "the resource's own mode decides",
	spark.KeyResourceType:                                   "spark-submit finds it out itself",
	"spark.kubernetes.driver.podTemplateFile":               "the operator writes the pod template file itself, from the resource's template",
	"spark.kubernetes.executor.podTemplateFile":             "the operator writes the pod template file itself, from the resource's template",
	"spark.kubernetes.driver.podTemplateContainerName":      "the operator names the container itself",
	"spark.kubernetes.executor.podTemplateContainerName":    "the operator names the container itself",
	"spark.kubernetes.authenticate.oauthToken":              "the operator manages the credentials",
	"spark.kubernetes.authenticate.oauthTokenFile":          "the operator manages the credentials",
	"spark.kubernetes.authenticate.driver.oauthToken":       "the operator manages the credentials",
	"spark.kubernetes.authenticate.driver.oauthTokenFile":   "the operator manages the credentials",
	"spark.kubernetes.authenticate.executor.oauthToken":     "the operator manages the credentials",
	"spark.kubernetes.authenticate.executor.oauthTokenFile": "the operator manages the credentials",
	"spark.kubernetes.submission.waitAppCompletion":         "the operator never waits",
}

// kubeflowOps makes a change in a Kubeflow resource. The operator hands its own fields to spark-submit after sparkConf,
// and its webhook denies some keys there, so a key goes into the field that it has.
func kubeflowOps(d *workload.Document, c spark.Change) ([]patch.Op, error) {
	if reason := managed[c.Key]; reason != "" {
		return nil, errors.New(reason)
	}
	spec, connect := patch.Path{"spec"}, false
	switch d.Kind {
	case "SparkApplication":
	case "ScheduledSparkApplication":
		spec = spec.With("template")
	case "SparkConnect":
		connect = true
	default:
		return nil, fmt.Errorf("kind %s holds no Spark configuration", d.Kind)
	}
	if connect && !c.Unset && submit.Special(c.Key+c.Value) {
		return nil, ErrShell
	}
	if agent := Agent(d, c.Key); agent != "" && !c.Unset {
		if d.Conf[c.Key].Value == c.Value {
			return nil, nil
		}
		c.Value, _ = WithoutAgent(c.Value, agent)
	}
	home := kubeflowHome(d, c.Key)
	if at := spec.With("sparkConf", c.Key); !c.Unset && denied[c.Key] && home.At.Pointer() == at.Pointer() {
		if _, stands := patch.Lookup(d.Raw, at); !stands {
			return nil, fmt.Errorf("the operator's webhook denies it in sparkConf, and kind %s has no field for it", d.Kind)
		}
	}
	return resourceOps(d, c, home, spec.With("sparkConf", c.Key))
}

func kubeflowHome(d *workload.Document, key string) Place {
	spec := specOf(d)
	on, _ := patch.Lookup(d.Raw, spec.With("dynamicAllocation", "enabled"))
	if strings.HasPrefix(key, "spark.dynamicAllocation.") && string(on) != "true" && key != "spark.dynamicAllocation.enabled" {
		return Place{At: spec.With("sparkConf", key)} // the operator reads the other fields only with this one
	}
	return kubeflowPlace(spec, key, d.Kind == "SparkConnect")
}

// denied are the keys that the operator's webhook takes in its own fields only.
var denied = map[string]bool{
	"spark.kubernetes.container.image":                          true,
	"spark.kubernetes.driver.container.image":                   true,
	"spark.kubernetes.executor.container.image":                 true,
	"spark.kubernetes.authenticate.driver.serviceAccountName":   true,
	"spark.kubernetes.authenticate.executor.serviceAccountName": true,
}

// ErrShell refuses a value of a SparkConnect: internal/controller/sparkconnect/options.go of the operator joins the settings into one
// line for bash, without quotes.
var ErrShell = errors.New("the operator hands the settings of a SparkConnect to a shell without quotes, which would take this value apart")

// resourceOps makes a change in a custom resource: where the value stands, else in the key's own place. Removing takes
// the key out of every place that is its own, for what stood behind would come forward.
func resourceOps(d *workload.Document, c spark.Change, home Place, plain patch.Path) ([]patch.Op, error) {
	setting, set := d.Conf[c.Key]
	stands := patch.Path(setting.Path)
	own := len(stands) > 0 && DecidesAlone(stands, c.Key)
	switch {
	case !c.Unset && set && setting.Value == c.Value:
		return nil, nil
	case !c.Unset && own && stands.Pointer() != home.At.Pointer():
		return put(d.Raw, Place{At: stands}, c.Value)
	case !c.Unset:
		return put(d.Raw, home, c.Value)
	case len(stands) > 0 && !own:
		return nil, fmt.Errorf("it comes from %s, which decides about more than this", stands.Field())
	}
	places := []patch.Path{home.At, plain}
	if own {
		if patch.Last(stands) == "value" {
			stands = stands[:len(stands)-1] // the whole variable
		}
		places = append(places, stands)
	}
	var ops []patch.Op
	for _, at := range places {
		if _, has := patch.Lookup(d.Raw, at); has && !removes(ops, at) {
			ops = append(ops, patch.Op{Op: patch.Remove, Path: at.Pointer()})
		}
	}
	return ops, nil
}

// DecidesAlone says whether a place decides about the key and nothing else.
func DecidesAlone(at patch.Path, key string) bool {
	if len(at) > 1 && at[len(at)-2] == "envSecretKeyRefs" {
		return false
	}
	switch patch.Last(at) {
	case "dynamicAllocation", "monitoring", "secretType", "imagePullSecrets", "type", "jars", "pyFiles", "sparkRFiles",
		"min", "max", "limit", "add", "mainApplicationFile", "logFileDirectory", "s3", "custom":
		return false
	case "image":
		section := at[len(at)-2]
		return section == "driver" || section == "executor" || key == "spark.kubernetes.container.image"
	}
	return true
}

func removes(ops []patch.Op, at patch.Path) bool {
	for _, op := range ops {
		if op.Path == at.Pointer() {
			return true
		}
	}
	return false
}

// kubeflowPlace is the field that a resource has for a key, else the key in its settings.
func kubeflowPlace(spec patch.Path, key string, connect bool) Place {
	if name, ok := strings.CutPrefix(key, "spark.dynamicAllocation."); ok {
		if kind := allocation[name]; kind != "" {
			field := strings.NewReplacer("shuffleTracking.enabled", "shuffleTrackingEnabled", "shuffleTracking.timeout", "shuffleTrackingTimeout").Replace(name)
			return Place{spec.With("dynamicAllocation", field), kind}
		}
	}
	if connect {
		return connectPlace(spec, key)
	}
	switch key {
	case "spark.kubernetes.container.image":
		return Place{At: spec.With("image")}
	case "spark.kubernetes.container.image.pullPolicy":
		return Place{At: spec.With("imagePullPolicy")}
	case spark.KeyOverheadFactor:
		return Place{At: spec.With("memoryOverheadFactor")}
	}
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		word := string(role)
		at := spec.With(word)
		for _, f := range podFields {
			if key == strings.Replace(f.key, "%s", word, 1) && f.has(role) {
				return Place{at.With(f.name), kinds[f.name]}
			}
		}
		for _, held := range []string{"label", "annotation"} {
			if name, ok := strings.CutPrefix(key, "spark.kubernetes."+word+"."+held+"."); ok && name != "" {
				return Place{At: at.With(held+"s", name)}
			}
		}
	}
	return Place{At: spec.With("sparkConf", key)}
}

func connectPlace(spec patch.Path, key string) Place {
	switch key {
	case "spark.kubernetes.container.image":
		return Place{At: spec.With("image")}
	case "spark.driver.cores":
		return Place{spec.With("server", "cores"), "whole"}
	case "spark.driver.memory":
		return Place{At: spec.With("server", "memory")}
	case "spark.executor.instances", "spark.executor.cores":
		return Place{spec.With("executor", strings.TrimPrefix(key, "spark.executor.")), "whole"}
	case "spark.executor.memory":
		return Place{At: spec.With("executor", "memory")}
	}
	return Place{At: spec.With("sparkConf", key)}
}

// kinds are the types of fields that are not text.
var kinds = map[string]string{"cores": "whole", "instances": "whole", "deleteOnTermination": "truth"}

// allocation are the keys that dynamicAllocation has fields for, with their types.
var allocation = map[string]string{"enabled": "truth", "initialExecutors": "whole", "minExecutors": "whole", "maxExecutors": "whole",
	"shuffleTracking.enabled": "truth", "shuffleTracking.timeout": "whole"}

// has says whether the section of a role has the field: some are an executor's alone.
func (f field) has(role spark.Role) bool {
	return role == spark.Executor || f.name != "instances" && f.name != "deleteOnTermination"
}
