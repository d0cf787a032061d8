package apply

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Impact is what a change does to what runs now.
type Impact struct {
	Effect spark.Effect // "" where nothing that runs is touched
	Text   string
}

// Disrupts says that something that runs is restarted or run again.
func (i Impact) Disrupts() bool { return i.Effect == spark.Replaces || i.Effect == spark.Reruns }

// impactOf says what the change of an object does to what runs now.
func impactOf(o *Object) Impact {
	under := func(prefix string) bool {
		return slices.ContainsFunc(o.Operations, func(op patch.Op) bool { return strings.HasPrefix(op.Path, prefix) })
	}
	untouched := Impact{"", "nothing that runs is touched"}
	group, _, has := strings.Cut(o.APIVersion, "/")
	if !has {
		group = ""
	}
	if o.Resizes() {
		return resized(o)
	}
	switch o.Kind {
	case propertiesKind:
		return Impact{spark.NextRun, "next run that is submitted with --properties-file " + o.Target.Name}
	case "StatefulSet", "Deployment":
		if group != "apps" {
			break
		}
		if !under("/spec/template/") {
			return untouched
		}
		return replaced(o)
	case "ReplicaSet", "ReplicationController":
		return Impact{spark.KeepsPods, "only new pods have it: delete the old ones yourself"}
	case "CronJob":
		return Impact{spark.NextRun, "next run only"}
	case "ConfigMap":
		return Impact{spark.NextRun, "only processes that start later read it"}
	}
	if !under("/spec/") {
		return untouched
	}
	switch effect := spark.OnChange(group, o.Kind); effect {
	case spark.Reruns:
		return rerun(o)
	case spark.Replaces:
		return Impact{effect, "the operator restarts the server"}
	case spark.KeepsPods:
		return Impact{effect, "only new pods have it: delete the server's pod yourself"}
	case spark.Ignored:
		return Impact{effect, "what runs is untouched, and the operator does not read the change: delete and create the " + o.Kind + " to use it"}
	case spark.NextRun:
		return Impact{effect, "next run only"}
	}
	return Impact{spark.NextRun, "what its controller does with running pods is unknown"}
}

// replaced says how a controller of Kubernetes replaces pods whose template has changed.
func replaced(o *Object) Impact {
	count, err := strconv.Atoi(lookup(o.live, "status", "replicas"))
	if err != nil {
		count, _ = strconv.Atoi(lookup(o.live, "spec", "replicas"))
	}
	pods := fmt.Sprintf("%d pods", count)
	if count == 1 {
		pods = "1 pod"
	}
	switch {
	case count == 0:
		return Impact{spark.NextRun, "no pod runs; new ones have it"}
	case lookup(o.live, "spec", "updateStrategy", "type") == "OnDelete":
		return Impact{spark.KeepsPods, "only new pods have it: delete the " + pods + " yourself (updateStrategy OnDelete)"}
	case lookup(o.live, "spec", "paused") == "true":
		return Impact{spark.KeepsPods, "the Deployment is paused: " + pods + " are replaced once it is resumed"}
	case lookup(o.live, "spec", "strategy", "type") == "Recreate":
		return Impact{spark.Replaces, "stops " + pods + " at once, then starts them again"}
	}
	return Impact{spark.Replaces, "rolling restart of " + pods}
}

// rerun says what the operator does with an application whose spec has changed.
func rerun(o *Object) Impact {
	switch state := lookup(o.live, "status", "applicationState", "state"); state {
	case "":
		return Impact{spark.NextRun, "next run only: it was not submitted yet"}
	case "COMPLETED", "FAILED":
		return Impact{spark.Reruns, "the operator runs the application again, although it has ended (" + strings.ToLower(state) + ")"}
	default:
		return Impact{spark.Reruns, "the operator kills the application (" + strings.ToLower(state) + ") and runs it again"}
	}
}

// lookup is a scalar of an object as text; "" where it is not there.
func lookup(object []byte, at ...string) string {
	value, _ := patch.Lookup(object, at)
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
