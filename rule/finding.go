package rule

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rule/place"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Place is where something stands that a rule speaks of.
type Place = place.Place

// Edit is a verb that was carried: what it did, and how to take it back.
type Edit struct {
	Code string
	Part string
	Ops  []patch.Op // on the template: its root holds metadata and spec
	Undo string     // see Undo
	Path patch.Path
	// Token is the JVM option that the verb merged into the options of the variable Env; "" for other verbs.
	Token, Env string
	// Conf is what the verb changes in the workload's configuration; Ops, Undo and Path are empty then.
	Conf []spark.Change
	// Lines is what it changes in the text of a Dockerfile; the others are empty then.
	Lines []patch.Op
	File  string // that Lines are of; "": the Dockerfile itself
	// Companion is an object that is to be created; the others are empty then.
	Companion *companion.Object
}

// Refusal is a verb that was not carried (Reason says why), or a field that is deliberately left alone.
type Refusal struct {
	Code   string
	Part   string
	Reason Reason
	Path   patch.Path
	// Deliberate: the rule wants nothing here. It is told in reports and by explain, and is no finding.
	Deliberate bool
}

// Finding is what a rule says of one subject.
type Finding struct {
	Code     string
	Level    Level
	Area     Area
	Role     spark.Role
	Place             // where it stands, or would
	Also     []Place  // where else: the same fault of one workload, told once
	Fault    string   // what is the same in findings that differ in places and values only; "" where parts make the message
	Cause    string   // the code of another finding, whose fix takes this one away; "" where it stands by itself
	Parts    []string // of an Ensure rule
	Carried  bool     // all of its verbs could be carried
	Edits    []Edit   // what mends it; nil where only people can
	Message  string
	NotFixed string // why an edit of it is not made; "" where all are, or none is known
	Observed string
	Needed   string
	Summary  string // of the fix
	Happened bool   // pods, Events or an operator show that it has happened
	Pods     int    // that show it; 0: all of the subject
}

// Skip is a rule that could not be run on a subject.
type Skip struct {
	Code   string
	Reason string
}

func fullCode(code, part string) string {
	if part == "" {
		return code
	}
	return code + "/" + part
}
