package workload

import (
	"encoding/json"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// argumentOps makes a change among the --conf arguments of a server's container, which is all the configuration that
// a Deployment or StatefulSet shows.
func argumentOps(d *Document, c spark.Change) ([]patch.Op, string) {
	if len(d.Slots) > 0 && d.Slots[0].submission != nil {
		return d.Slots[0].submission.ops(d, c)
	}
	switch {
	case d.Kind == "Pod" && (d.Line == 0 || spark.Jobs.Has(slotRole(d))):
		return nil, "a pod keeps the configuration that it was started with: give it to spark-submit as --conf"
	case len(d.Slots) == 0:
		return nil, "no Spark configuration is held here"
	case d.Slots[0].Role.Job():
		return nil, "a pod template holds no Spark configuration: give it to spark-submit as --conf"
	case d.Slots[0].Identity.Container < 0 || d.Slots[0].Template == nil:
		return nil, "which container holds Spark is not certain"
	case d.Slots[0].Embedded:
		return nil, "a pod template in a ConfigMap holds no Spark configuration"
	}
	s := &d.Slots[0]
	at := s.At.With("spec", "containers", strconv.Itoa(s.Identity.Container))
	found := arguments(&s.Template.Spec.Containers[s.Identity.Container], c.Key)
	switch {
	case found.count > 1:
		return nil, "it is given more than once among the arguments"
	case c.Unset && found.file:
		return nil, "a properties file that cannot be seen from here may set it, too"
	case c.Unset && found.count == 0:
		return nil, ""
	case c.Unset:
		gone := patch.Op{Op: patch.Remove, Path: at.With(found.list, strconv.Itoa(found.value)).Pointer()}
		if found.joined {
			return []patch.Op{gone}, ""
		}
		return []patch.Op{gone, {Op: patch.Remove, Path: at.With(found.list, strconv.Itoa(found.value-1)).Pointer()}}, ""
	case found.count == 1:
		text := c.Key + "=" + c.Value
		if found.joined {
			text = "--conf=" + text
		}
		if text == found.text {
			return nil, ""
		}
		return []patch.Op{{Op: patch.Replace, Path: at.With(found.list, strconv.Itoa(found.value)).Pointer(), Value: quoted(text)}}, ""
	case found.room < 0:
		return nil, "the container has no --conf argument beside which it could stand: set it in the properties file or the options variable that the server reads"
	}
	// The pair goes in front of the first option that is there, so that it stands before the application's own arguments.
	here := at.With(found.list, strconv.Itoa(found.room)).Pointer()
	return []patch.Op{
		{Op: patch.Add, Path: here, Value: quoted(c.Key + "=" + c.Value)},
		{Op: patch.Add, Path: here, Value: json.RawMessage(`"--conf"`)},
	}, ""
}

func slotRole(d *Document) spark.Role {
	if len(d.Slots) == 0 {
		return ""
	}
	return d.Slots[0].Role
}

// argument is what a container's command line shows of a key.
type argument struct {
	count  int
	list   string // command or args
	value  int    // index of the argument with the value
	room   int    // index at which a pair could be put in; -1: nowhere
	rank   int    // of the room: beside another --conf is best
	joined bool   // --conf=key=value
	text   string // the argument as it stands
	file   bool   // a properties file is read, too
}

func arguments(c *corev1.Container, key string) argument {
	found := argument{room: -1}
	eachArgument(c, func(list string, i int, arg string, pair *confPair) {
		found.file = found.file || arg == "--properties-file" || strings.HasPrefix(arg, "--properties-file=")
		switch {
		case pair != nil:
			found.offer(list, i, 3)
		case arg == "--class" || strings.HasPrefix(arg, "--class="):
			found.offer(list, i, 2)
		case takesConf(arg):
			found.offer(list, i+1, 1)
		}
		if pair != nil && pair.key == key {
			found.count++
			found.list, found.value, found.joined, found.text = list, pair.at, pair.joined, pair.text
		}
	})
	return found
}

// confPair is a --conf argument that sets a key of Spark's.
type confPair struct {
	key, value string
	at         int    // index of the argument that holds the pair
	joined     bool   // --conf=key=value
	text       string // that argument as it stands
}

// eachArgument visits a container's command and arguments in order, with the pair that begins at each.
func eachArgument(c *corev1.Container, visit func(list string, i int, arg string, pair *confPair)) {
	for _, field := range [...]struct {
		name string
		list []string
	}{{"command", c.Command}, {"args", c.Args}} {
		for i, arg := range field.list {
			text, joined := strings.CutPrefix(arg, "--conf=")
			at := i
			if (arg == "--conf" || arg == "-c") && i+1 < len(field.list) {
				text, at = field.list[i+1], i+1
			}
			var pair *confPair // bash -c is no setting
			if key, value, ok := strings.Cut(text, "="); ok && (joined || at > i) && strings.HasPrefix(key, "spark.") {
				pair = &confPair{key, value, at, joined, field.list[at]}
			}
			visit(field.name, i, arg, pair)
		}
	}
}

// confOfArgs reads --conf arguments, which is all that a server started by hand shows of its configuration.
// nil where a properties file adds to them: then they are not what is in effect.
func confOfArgs(c *corev1.Container, at patch.Path) (conf spark.Conf) {
	file := false
	eachArgument(c, func(list string, _ int, arg string, pair *confPair) {
		file = file || arg == "--properties-file" || strings.HasPrefix(arg, "--properties-file=")
		if pair != nil {
			if conf == nil {
				conf = spark.Conf{}
			}
			conf[pair.key] = spark.Setting{Value: pair.value, Path: at.With(list, strconv.Itoa(pair.at))}
		}
	})
	if file {
		return nil
	}
	return conf
}

// offer notes a place for a new pair where none as good was found before.
func (a *argument) offer(list string, at, rank int) {
	if rank > a.rank && a.count == 0 {
		a.list, a.room, a.rank = list, at, rank
	}
}

// takesConf says whether an argument is a program that takes --conf behind it.
func takesConf(arg string) bool {
	switch arg[strings.LastIndexByte(arg, '/')+1:] {
	case "spark-submit", "spark-sql", "spark-shell", "pyspark", "start-connect-server.sh", "start-thriftserver.sh":
		return true
	}
	return false
}
