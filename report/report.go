// Package report is what the commands say, as values, and the forms in which they are written: what doctor found (Report),
// what tune recommends (Tuning), the memory of a pod (MemoryMap), rules' documents, diffs and plain lines. It hides secrets in
// all of them.
package report

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// APIVersion and Kind name the report's schema. Fields may be added to it; none changes its meaning.
const (
	APIVersion = "kubectl-spark.io/v1alpha1"
	Kind       = "Report"
)

// Report is the whole answer of one run of doctor.
type Report struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Summary    Summary      `json:"summary"`
	Coverage   Coverage     `json:"coverage"`
	Workloads  []Workload   `json:"workloads"`
	Findings   []Finding    `json:"findings"`
	Skipped    []Skipped    `json:"skipped"`
	Suppressed []Suppressed `json:"suppressed"`
	// Limits are the flags that left rules out; "" where all were asked for.
	Limits string `json:"limits,omitempty"`

	// Took is how long the run took. It is shown, and not part of what programs read.
	Took time.Duration `json:"-"`
	// Checked holds the codes of the rules that were run on anything, Asked counts those that were asked for.
	Checked map[string]bool `json:"-"`
	Asked   int             `json:"-"`
	// Hint is the next commands to run, for the end of the table.
	Hint []string `json:"-"`
	// Nothing says that there is no workload, and where it was looked for; "" leaves it to the table.
	Nothing string `json:"-"`
}

// Counts holds how many findings there are of each level.
type Counts struct {
	Error   int `json:"error"`
	Warning int `json:"warning"`
	Advice  int `json:"advice"`
}

// Add counts a finding.
func (c *Counts) Add(level rule.Level) {
	switch level {
	case rule.Error:
		c.Error++
	case rule.Warning:
		c.Warning++
	default:
		c.Advice++
	}
}

// Join adds other counts.
func (c *Counts) Join(other Counts) {
	c.Error, c.Warning, c.Advice = c.Error+other.Error, c.Warning+other.Warning, c.Advice+other.Advice
}

func (c Counts) all() int { return c.Error + c.Warning + c.Advice }

// String is "2 errors, 1 warning": the levels of which there are any.
func (c Counts) String() string {
	var parts []string
	for _, level := range []struct {
		n         int
		one, many string
	}{{c.Error, "error", "errors"}, {c.Warning, "warning", "warnings"}, {c.Advice, "suggestion", "suggestions"}} {
		if level.n > 0 {
			parts = append(parts, Count(level.n, level.one, level.many))
		}
	}
	return strings.Join(parts, ", ")
}

// Summary counts findings, and what was looked at.
type Summary struct {
	Counts
	ByArea    map[rule.Area]Counts `json:"byArea"`
	Workloads int                  `json:"workloads"`
	Pods      int                  `json:"pods"`
	Checks    int                  `json:"checks"` // different rules that were run on anything
	Rules     int                  `json:"rules"`  // rules that were asked for; explain lists all that there are
}

// Coverage says what could not be read. Complete says that everything was read and every rule was checked on it, as
// --strict-coverage asks: nothing is listed here, nor among what a report skipped.
type Coverage struct {
	Complete bool      `json:"complete"`
	Missing  []Missing `json:"missing"`
	LeftOut  []LeftOut `json:"leftOut,omitempty"`
	// NotChecked are objects of which not everything could be read with certainty.
	NotChecked []NotChecked `json:"notChecked,omitempty"`
}

// NotChecked is an object that was not checked, or in part, and why.
type NotChecked struct {
	Object   string    `json:"object,omitempty"` // job jobs/etl
	Reason   string    `json:"reason"`
	Location *Location `json:"location,omitempty"`
}

// cleanNotUsed makes the names and reasons of logs that were not used safe to print.
func cleanNotUsed(all []NotChecked) {
	for i := range all {
		all[i].Object, all[i].Reason = clean.Text(all[i].Object), clean.Text(mask.Message(all[i].Reason))
	}
}

func (n *NotChecked) String() string {
	text := n.Reason
	if n.Object != "" {
		text = n.Object + ": " + text
	}
	if n.Location != nil {
		text = fmt.Sprintf("%s:%d: %s", n.Location.File, n.Location.Line, text)
	}
	return text
}

// LeftOut is a file that could not be read, or made sense of, or a workload of it.
type LeftOut struct {
	File     string `json:"file,omitempty"`
	Workload string `json:"workload,omitempty"`
	Reason   string `json:"reason"`
}

// Missing is one thing that could not be read, and what it takes to read it.
type Missing struct {
	Verb      string   `json:"verb"`
	Group     string   `json:"group"`
	Resource  string   `json:"resource"`
	Namespace string   `json:"namespace,omitempty"`
	NeededBy  []string `json:"neededBy"`
	Reason    string   `json:"reason"`
	Grant     string   `json:"grant"`
}

// Workload is something that was looked at.
type Workload struct {
	Name      string `json:"name"` // namespace/name, or the file where there is no name
	Launcher  string `json:"launcher"`
	Spark     string `json:"spark,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Driver    int    `json:"drivers,omitempty"`
	Executors int    `json:"executors,omitempty"`
	Pods      int    `json:"pods"`
	State     string `json:"state,omitempty"` // running, failed and the like, where a status tells
	Guess     string `json:"guess,omitempty"` // why the launcher is only a guess; "" where it is certain
}

// Subject is the object that a finding is about.
type Subject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	Container  string `json:"container,omitempty"`
}

// String names the object as kubectl does: statefulset.apps/worker.
func (s Subject) String() string {
	kind := strings.ToLower(s.Kind)
	if group, _, has := strings.Cut(s.APIVersion, "/"); has {
		kind += "." + group
	}
	return kind + "/" + s.Name
}

// Evidence is what was seen and what is needed.
type Evidence struct {
	Observed string `json:"observed,omitempty"`
	Needed   string `json:"needed,omitempty"`
}

// Kinds of a Fix.
const (
	FixTemplate   = "template"
	FixConf       = "conf"
	FixDockerfile = "dockerfile"
	FixCompanion  = "companion" // an object that is to be created
	FixManual     = "manual"
)

// Fix is what mends a finding.
type Fix struct {
	Kind    string `json:"kind"`
	Summary string `json:"summary"`
	Command string `json:"command,omitempty"`
	// NotFixed says why the fix command changes nothing, or not all of it.
	NotFixed string `json:"notFixed,omitempty"`
}

// Location is a place in a file; line and column count from 1, 0 where they are not known.
type Location struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

func (l *Location) String() string {
	if l.Line == 0 {
		return l.File
	}
	return fmt.Sprintf("%s:%d", l.File, l.Line)
}

// Finding is one thing that is wrong in a workload. Count says on how many of its pods it was found.
type Finding struct {
	Code     string     `json:"code"`
	Level    rule.Level `json:"level"`
	Area     rule.Area  `json:"area"`
	Workload string     `json:"workload"`
	Role     string     `json:"role,omitempty"`
	Parts    []string   `json:"parts,omitempty"`
	Count    int        `json:"count"`
	Subject  Subject    `json:"subject"`
	Path     string     `json:"path,omitempty"`
	Where    string     `json:"where,omitempty"` // file and line, else the object; then the field
	Message  string     `json:"message"`
	Evidence *Evidence  `json:"evidence,omitempty"`
	Fix      *Fix       `json:"fix,omitempty"`
	Location *Location  `json:"location,omitempty"`
	// Places are all places of a finding that has several; the first is the one that the fields above tell of. Before the
	// report is finished, they are the places besides.
	Places []Place `json:"places,omitempty"`
	// CausedBy is the code of a finding of the same workload, whose fix takes this one away.
	CausedBy string `json:"causedBy,omitempty"`
	// Happened says that pods, Events or an operator show that it has happened.
	Happened bool `json:"happened,omitempty"`

	// Title says what is wrong with all findings of the code.
	Title string `json:"-"`
	// Once says that the finding is of what pods share: their number says nothing.
	Once   bool `json:"-"`
	Edited bool `json:"-"` // a rule has an edit for it in a pod or its template
	// Fault is the same of findings that are the same fault in other places; "" where only the message can tell.
	Fault string `json:"-"`
	// Of are the numbers that whoever made the findings gave them: a merged finding has those of all its parts.
	Of []int `json:"-"`
	// Note says what stands at the first of several places.
	Note string `json:"-"`
}

// Skipped is a rule that was not run on something. Count says on how many subjects.
type Skipped struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Suppressed is a finding that somebody decided to live with.
type Suppressed struct {
	Code    string  `json:"code"`
	Subject Subject `json:"subject"`
	Reason  string  `json:"reason"`
	Until   string  `json:"until,omitempty"`
}

// Finish merges what is the same, sorts, counts, and makes every string safe to print. It is called once, before
// the report is written. showSecrets leaves the values of keys that look like secrets in the clear.
func (r *Report) Finish(showSecrets bool) {
	r.APIVersion, r.Kind = APIVersion, Kind
	r.clean(showSecrets)
	r.merge()
	r.say()
	r.Skipped = mergeSkipped(r.Skipped)
	if r.Suppressed == nil {
		r.Suppressed = []Suppressed{}
	}
	if r.Workloads == nil {
		r.Workloads = []Workload{}
	}
	sort.SliceStable(r.Workloads, func(i, j int) bool { return r.Workloads[i].Name < r.Workloads[j].Name })
	r.Coverage.finish(len(r.Skipped))
	r.Summary = Summary{ByArea: map[rule.Area]Counts{}, Workloads: len(r.Workloads), Checks: len(r.Checked), Rules: r.Asked}
	for _, area := range rule.Areas() {
		r.Summary.ByArea[area] = Counts{}
	}
	for _, w := range r.Workloads {
		r.Summary.Pods += w.Pods
	}
	for _, f := range r.Findings {
		r.Summary.Add(f.Level)
		counts := r.Summary.ByArea[f.Area]
		counts.Add(f.Level)
		r.Summary.ByArea[f.Area] = counts
	}
}

func mergeSkipped(in []Skipped) []Skipped {
	out := []Skipped{}
	at := map[[2]string]int{}
	for _, s := range in {
		s.Count = max(s.Count, 1)
		key := [2]string{s.Code, s.Reason}
		if i, ok := at[key]; ok {
			out[i].Count += s.Count
			continue
		}
		at[key] = len(out)
		out = append(out, s)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}

// Worst is the worst level that the report holds, "" where there is no finding.
func (r *Report) Worst() rule.Level {
	for _, level := range rule.Levels() {
		for _, f := range r.Findings {
			if f.Level == level {
				return level
			}
		}
	}
	return ""
}
