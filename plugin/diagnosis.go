package plugin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/crd"
)

// diagnosis turns workloads into a report.
type diagnosis struct {
	set        *rule.Set
	profile    rule.Profile // "" unless the user asked for one
	now        time.Time
	processors int64
	around     *around
	marks      func(namespace string) rule.Marks
	file       map[*workload.Document]string
	checked    map[string]bool
	named      map[string]bool // workloads that were seen
	notes      []string
	doubtful   []*workload.Document // live ones that could not be read with certainty
	left       *leftOut
	report     report.Report
	opened     func(*workload.File)     // is shown every file that was read; may be nil
	each       func(*workload.Workload) // what is done with a workload that was found
	schemas    func() (*crd.Schemas, error)
}

// newDiagnosis makes one that reports every workload that is found.
func newDiagnosis(set *rule.Set, profile rule.Profile, now time.Time) *diagnosis {
	d := &diagnosis{left: &leftOut{}, set: set, profile: profile, now: now, checked: map[string]bool{}, named: map[string]bool{}, schemas: sync.OnceValues(crd.New)}
	d.each = d.workload
	return d
}

// name is what the report calls a workload.
func (d *diagnosis) name(w *workload.Workload) string {
	name := w.Name
	if w.Namespace != "" {
		name = w.Namespace + "/" + w.Name
	}
	if w.App != "" && d.named[name] {
		name += " (" + w.App + ")" // runs of one name at a time are told apart by application
	}
	d.named[name] = true
	return name
}

func (d *diagnosis) workload(w *workload.Workload) {
	name := d.name(w)
	about := report.Workload{Name: name, Launcher: string(w.Launcher), Kind: w.Kind}
	if w.Version.Known() {
		about.Spark = w.Version.String()
	}
	live := map[spark.Role]bool{}
	for _, s := range w.Subjects {
		if !s.Live {
			continue
		}
		live[s.Slot.Role] = true
		about.Pods += s.Count
		switch s.Slot.Role {
		case spark.Driver:
			about.Driver += s.Count
		case spark.Executor:
			about.Executors += s.Count
		}
	}
	for _, s := range w.Subjects {
		// Where pods of the role run, they show what is: the webhook may have mended what the owner's template lacks.
		if s.Live || !live[s.Slot.Role] {
			d.subject(name, w, s)
		}
	}
	if about.Name == "" && len(w.Subjects) > 0 {
		about.Name = d.file[w.Subjects[0].Doc]
	}
	d.report.Workloads = append(d.report.Workloads, about)
}

// input is all that is known of a subject, as rules want it, with the marks of its pod.
func (d *diagnosis) input(name string, s workload.Subject) (rule.Input, rule.Marks) {
	slot, doc := s.Slot, s.Doc
	in := rule.Input{Raw: slot.Raw, Identity: slot.Identity, Submitted: slot.Submitted, Conf: slot.Conf}
	if d.processors > 0 {
		rule.Put(&in.Facts, rule.FactNode, d.processors)
	}
	d.around.fill(&in.Facts, s)
	if schemas, err := d.schemas(); err == nil {
		schemas.Put(&in.Facts, doc.APIVersion, doc.Kind, doc.Raw)
	}
	for _, list := range slot.Outside {
		in.Outside = append(in.Outside, rule.Outside(list))
	}
	in.ConfRest = slot.ConfRest(d.texts())
	pod := rule.Marks{Labels: doc.Meta.Labels, Annotations: doc.Meta.Annotations}
	if slot.Template != nil {
		in.Template = slot.Template.DeepCopy()
		pod = rule.Marks{Labels: slot.Template.Labels, Annotations: slot.Template.Annotations}
	}
	var problems []string
	in.Settings, problems = rule.Resolve(pod, d.marks(doc.Namespace), rule.Standard)
	if d.profile != "" {
		in.Profile = d.profile
	}
	if slot.Template != nil && slot.Identity.Container >= 0 {
		image, problem := rule.ImageFacts(s.Image(slot.Conf), pod.Annotations[rule.ImageAnnotation], nil)
		if image != nil {
			rule.Put(&in.Facts, rule.FactImage, *image)
		}
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	for _, p := range problems {
		d.notes = append(d.notes, name+": "+p)
	}
	if !slot.Identity.Certain && slot.Template != nil {
		d.notes = append(d.notes, fmt.Sprintf("%s: which container of the %s holds Spark is not certain (%s): only its configuration was checked", name, slot.Role, slot.Identity.Why))
	}
	return in, pod
}

func (d *diagnosis) subject(name string, w *workload.Workload, s workload.Subject) {
	in, pod := d.input(name, s)
	out := d.set.Diagnose(in)
	for _, code := range out.Checked {
		d.checked[code] = true
	}
	for _, skip := range out.Skipped {
		d.report.Skipped = append(d.report.Skipped, report.Skipped{Code: skip.Code, Reason: skip.Reason})
	}
	mends := d.mender(name, w, s)
	for _, f := range out.Findings {
		d.finding(name, s, f, mends(f), pod.Annotations)
	}
}

func (d *diagnosis) finding(name string, s workload.Subject, f rule.Finding, command string, annotations map[string]string) {
	doc, slot := s.Doc, s.Slot
	subject := report.Subject{APIVersion: doc.APIVersion, Kind: doc.Kind, Namespace: doc.Namespace, Name: doc.Name}
	if doc.Properties {
		subject.Kind, subject.Name = "File", d.file[doc]
	}
	if !f.OfConf && slot.Template != nil && slot.Identity.Container >= 0 {
		subject.Container = slot.Template.Spec.Containers[slot.Identity.Container].Name
	}
	if why, ignored := d.ignored(name, f.Code, doc.Meta.Annotations, annotations); ignored {
		why.Subject = subject
		d.report.Suppressed = append(d.report.Suppressed, why)
		return
	}
	at := slot.At.With(f.Path...)
	if f.OfConf {
		if at = f.Path; len(at) == 0 {
			at = slot.ConfAt()
		}
	}
	out := report.Finding{Code: f.Code, Level: f.Level, Area: f.Area, Workload: name, Role: string(f.Role), Parts: f.Parts, Count: s.Count,
		Subject: subject, Path: at.Field(), Message: f.Message}
	if f.OfConf {
		out.Role, out.Count, out.Once = "", 1, true
	}
	if f.Observed+f.Needed != "" {
		out.Evidence = &report.Evidence{Observed: f.Observed, Needed: f.Needed}
	}
	if f.Summary != "" {
		out.Fix = &report.Fix{Kind: report.FixManual, Summary: f.Summary}
		switch {
		case f.OfConf && f.Key != "":
			out.Fix.Kind = report.FixConf
		case f.Carried && f.Parts != nil:
			out.Fix.Kind = report.FixTemplate
		}
		out.Fix.Command = command
	}
	if file := d.file[doc]; file != "" {
		line := f.Line
		if line == 0 {
			line = doc.LineOf(at)
		}
		out.Location = &report.Location{File: file, Line: line}
	}
	d.report.Findings = append(d.report.Findings, out)
}

// ignored says whether somebody decided to live with what a rule finds, by an annotation that has not expired.
func (d *diagnosis) ignored(name, code string, annotations ...map[string]string) (report.Suppressed, bool) {
	for _, held := range annotations {
		text, ok := held[rule.Prefix+"ignore."+code]
		if !ok {
			continue
		}
		reason, until, expired := ignore(text, d.now)
		if !expired {
			return report.Suppressed{Code: code, Reason: reason, Until: until}, true
		}
		d.notes = append(d.notes, fmt.Sprintf("%s: %s is no longer ignored: its date %s has passed", name, code, until))
	}
	return report.Suppressed{}, false
}

// ignore reads an annotation that suppresses a finding: a reason, and the last day on which it holds.
func ignore(text string, now time.Time) (reason, until string, expired bool) {
	form := regexp.MustCompile(`\buntil=(\S+)`)
	m := form.FindStringSubmatch(text)
	if m == nil {
		return strings.TrimSpace(text), "", false
	}
	reason = strings.Trim(strings.Replace(text, m[0], "", 1), " ,;")
	day, err := time.Parse(time.DateOnly, strings.TrimRight(m[1], ",;"))
	if err != nil {
		return reason, m[1], true // a date that cannot be read suppresses nothing
	}
	return reason, day.Format(time.DateOnly), !now.Before(day.AddDate(0, 0, 1))
}

// needers lists the rules that ask for a fact.
func needers(set *rule.Set, fact rule.Key) []string {
	codes := []string{}
	for _, r := range set.Rules() {
		if slices.Contains(r.Needs, fact) || slices.Contains(r.Uses, fact) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}
