package carry

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// argumentOps makes a change among the --conf arguments of a server's container, which is all the configuration that
// a Deployment or StatefulSet shows.
func argumentOps(d *workload.Document, c spark.Change) ([]patch.Op, error) {
	if len(d.Slots) > 0 && d.Slots[0].BySubmit != nil {
		if d.Kind == "Pod" && d.Line == 0 {
			return nil, errors.New("a pod keeps the arguments that it was started with: give it to spark-submit as --conf")
		}
		return d.Slots[0].BySubmit.Ops(c)
	}
	switch {
	case d.Kind == "Pod" && (d.Line == 0 || spark.Jobs.Has(slotRole(d))):
		return nil, errors.New("a pod keeps the configuration that it was started with: give it to spark-submit as --conf")
	case len(d.Slots) == 0:
		return nil, errors.New("no Spark configuration is held here")
	case d.Slots[0].Role.Job():
		return nil, errors.New("a pod template holds no Spark configuration: give it to spark-submit as --conf")
	case d.Slots[0].Identity.Container < 0 || d.Slots[0].Template == nil:
		return nil, errors.New("which container holds Spark is not certain")
	case d.Slots[0].Embedded:
		return nil, errors.New("a pod template in a ConfigMap holds no Spark configuration")
	}
	s := &d.Slots[0]
	at := s.At.With("spec", "containers", strconv.Itoa(s.Identity.Container))
	found := submit.FindArgument(&s.Template.Spec.Containers[s.Identity.Container], c.Key)
	switch {
	case found.Count > 1:
		return nil, errors.New("it is given more than once among the arguments")
	case c.Unset && found.File:
		return nil, errors.New("a properties file that cannot be seen from here may set it, too")
	case c.Unset && found.Count == 0:
		return nil, nil
	case c.Unset:
		gone := patch.Op{Op: patch.Remove, Path: at.With(found.List, strconv.Itoa(found.Value)).Pointer()}
		if found.Joined {
			return []patch.Op{gone}, nil
		}
		return []patch.Op{gone, {Op: patch.Remove, Path: at.With(found.List, strconv.Itoa(found.Value-1)).Pointer()}}, nil
	case found.Count == 1:
		text := c.Key + "=" + c.Value
		if found.Joined {
			text = "--conf=" + text
		}
		if text == found.Text {
			return nil, nil
		}
		return []patch.Op{{Op: patch.Replace, Path: at.With(found.List, strconv.Itoa(found.Value)).Pointer(), Value: patch.Text(text)}}, nil
	case found.Room < 0:
		return nil, errors.New("the container has no --conf argument: set it in the properties file or the options variable that the server reads")
	}
	// The pair goes in front of the first option that is there, so that it stands before the application's own arguments.
	here := at.With(found.List, strconv.Itoa(found.Room)).Pointer()
	return []patch.Op{
		{Op: patch.Add, Path: here, Value: patch.Text(c.Key + "=" + c.Value)},
		{Op: patch.Add, Path: here, Value: json.RawMessage(`"--conf"`)},
	}, nil
}

// renamedArgument gives a --conf argument another key; nil where the configuration is held in no arguments, or the key in no single one.
func renamedArgument(d *workload.Document, key string, c spark.Change) []patch.Op {
	if d.Properties || d.Kind == launcher.KindScript || d.Kind == "ConfigMap" || launcher.Of(d) != nil || len(d.Slots) == 0 {
		return nil
	}
	// What the document refuses for one key it refuses for the other.
	if ops, err := argumentOps(d, c); err != nil || len(ops) == 0 {
		return nil
	}
	s := &d.Slots[0]
	if s.BySubmit != nil {
		return s.BySubmit.Rename(key, c)
	}
	container := &s.Template.Spec.Containers[s.Identity.Container]
	found := submit.FindArgument(container, key)
	if found.Count != 1 || submit.FindArgument(container, c.Key).Count > 0 {
		return nil
	}
	text := c.Key + "=" + c.Value
	if found.Joined {
		text = "--conf=" + text
	}
	at := s.At.With("spec", "containers", strconv.Itoa(s.Identity.Container), found.List, strconv.Itoa(found.Value))
	return []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: patch.Text(text)}}
}

func slotRole(d *workload.Document) spark.Role {
	if len(d.Slots) == 0 {
		return ""
	}
	return d.Slots[0].Role
}
