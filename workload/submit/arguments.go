package submit

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Argument is what a container's command line shows of a key.
type Argument struct {
	Count  int
	List   string // command or args
	Value  int    // index of the argument with the value
	Room   int    // index at which a pair could be put in; -1: nowhere
	Rank   int    // of the room: beside another --conf is best
	Joined bool   // --conf=key=value
	Text   string // the argument as it stands
	File   bool   // a properties file is read, too
}

// FindArgument finds a key among the --conf arguments of a container.
func FindArgument(c *corev1.Container, key string) Argument {
	found := Argument{Room: -1}
	eachArgument(c, func(list string, i int, arg string, pair *confPair) {
		found.File = found.File || arg == "--properties-file" || strings.HasPrefix(arg, "--properties-file=")
		switch {
		case pair != nil:
			found.offer(list, i, 3)
		case arg == "--class" || strings.HasPrefix(arg, "--class="):
			found.offer(list, i, 2)
		case takesConf(arg):
			found.offer(list, i+1, 1)
		}
		if pair != nil && pair.key == key {
			found.Count++
			found.List, found.Value, found.Joined, found.Text = list, pair.at, pair.joined, pair.text
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

// Conf reads --conf arguments, which is all that a server started by hand shows of its configuration.
// nil where a properties file adds to them: then they are not what is in effect.
func Conf(c *corev1.Container, at patch.Path) (conf spark.Conf) {
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
func (a *Argument) offer(list string, at, rank int) {
	if rank > a.Rank && a.Count == 0 {
		a.List, a.Room, a.Rank = list, at, rank
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
