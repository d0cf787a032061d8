// Package change is what will be done: edits of the documents that a scene holds, made in memory, told one finding at a
// time, and written, shown or handed on as the user asks. fix, tune and inject make their changes here and nowhere else.
// Start reading at [Fix].
package change

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Set is what will be done in one run.
type Set struct {
	Scene    *scene.Scene
	Outcomes []Outcome
	// Found is what was found before anything was changed, as doctor finds it.
	Found []Found
	// Below is what is left because its level is lower than was asked for.
	Below []Found
	// Submit are changes for the spark-submit command that starts an application: no object of it can be edited.
	Submit []Settings
	// Settings are all changes of configurations, those that files hold and those of Submit.
	Settings []Settings
	Notes    []string
	// Restarts say of live pods that they are older than their template, in which what is found in them is right already.
	Restarts []string
	// Others are changed files of folders that hold no Kubernetes object: Edited gives the objects without them.
	Others []string

	configured, submitted map[configuration]int     // indexes of Settings and Submit
	created               map[*source.File]creation // files of objects that are created
	left                  *scene.LeftOut
	documents             map[*workload.Document]*documentState
	turns                 int                         // so often something was done in a document for a rule
	titled                map[string][]*scene.Subject // those that are edited, by their workload's title
}

func newSet(editable *scene.Scene, left *scene.LeftOut) *Set {
	return &Set{Scene: editable, left: left, configured: map[configuration]int{}, submitted: map[configuration]int{}, created: map[*source.File]creation{}, documents: map[*workload.Document]*documentState{}}
}

// Fate says what becomes of a finding.
type Fate string

// The fates.
const (
	Fixed  Fate = "fixed"     // every change that it needs is made
	Partly Fate = "partly"    // some are made
	Manual Fate = "manual"    // none can be made: only people can
	Submit Fate = "in submit" // it is for the command that submits the application
)

// Outcome is one finding and what becomes of it.
type Outcome struct {
	Finding *rule.Finding // which twins share
	Title   string        // of the workload
	Role    spark.Role
	Fate    Fate
	// Submit says that a part of it is for the command that submits the application, whatever the fate.
	Submit bool
	// Why says why not all of it is changed; "" where all is.
	Why string
	// Did are the changes that were made for it.
	Did []made.Change

	files []*source.File
}

// Done says what was changed for the outcome in a file, a line for each change; nil stands for all files.
func (o *Outcome) Done(f *source.File, showSecrets bool) []string {
	lines := made.Lines(o.Did, f, showSecrets)
	switch {
	case o.Fate != Fixed || len(made.Lines(o.Did, nil, showSecrets)) > 0:
		return lines
	case o.Finding.Summary == goneWithOthers, o.Role == "": // text of a Dockerfile is no field: what was to be done was done
		return []string{o.Finding.Summary}
	}
	return []string{"changed: -o diff shows how"}
}

// About is the role that the outcome is about: that of the setting, where it is of one role's, else the one in whose pod it was found.
func (o *Outcome) About() spark.Role {
	if role := spark.RoleOfKey(o.Finding.Key); role != "" {
		return role
	}
	return o.Role
}

// LeftOut says whether a file was left out: then nothing that is done in it counts.
func (s *Set) LeftOut(f *source.File) bool { return f != nil && s.left.Has(f.Name) }

// Left are the files and workloads that are left out.
func (s *Set) Left() *scene.LeftOut { return s.left }

// Kept are the outcomes in files that were not left out.
func (s *Set) Kept() []Outcome {
	if s.left.Files() == 0 {
		return s.Outcomes
	}
	return slices.DeleteFunc(slices.Clone(s.Outcomes), func(o Outcome) bool { return slices.ContainsFunc(o.files, s.LeftOut) })
}

// FixedIn are those of outcomes of which something was changed in a file, in their order.
func FixedIn(f *source.File, outcomes []Outcome) (fixed []Outcome) {
	for _, o := range outcomes {
		if (o.Fate == Fixed || o.Fate == Partly && !o.Submit) && slices.Contains(o.files, f) {
			fixed = append(fixed, o)
		}
	}
	return fixed
}

// Files lists the files that are not what they were.
func (s *Set) Files() (files []*source.File) {
	for _, f := range s.Scene.Files {
		if !s.LeftOut(f) && f.Edited() {
			files = append(files, f)
		}
	}
	return files
}
