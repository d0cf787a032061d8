package rule

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
)

// Prefix begins every label and annotation of ours.
const Prefix = "kubectl-spark.io/"

// ReportAnnotation is where an injected pod says what was done to it.
const ReportAnnotation = Prefix + "report"

const (
	maxReport      = 2 << 10   // bytes of the annotation
	maxAnnotations = 256 << 10 // bytes of all annotations, the API server's own limit
)

// Report is what an injected object says of itself: one annotation, under 2 KiB, recomputed on every pass.
type Report struct {
	Revision  string            `json:"rev"`
	Profile   Profile           `json:"profile"`
	Container string            `json:"container"`
	Applied   []string          `json:"applied,omitempty"`
	Refused   map[string]Reason `json:"refused,omitempty"`
	// Undo lists the edits in the order in which they were made; see Undo.
	Undo []string `json:"undo,omitempty"`
}

// ReadReport reads the annotation's value. What it holds is untrusted: anybody may have written it.
func ReadReport(value string) (Report, error) {
	var r Report
	if len(value) > maxReport {
		return r, errReport("is longer than 2 KiB")
	}
	if err := json.Unmarshal([]byte(value), &r); err != nil {
		return r, errReport(err.Error())
	}
	r.Undo = undo.Lengthen(r.Undo)
	return r, nil
}

type errReport string

func (e errReport) Error() string { return "annotation " + ReportAnnotation + ": " + string(e) }

// report makes the subject's report, or "" where there is nothing to tell. An edit that an earlier pass made is
// kept only if a verb of this pass found just that fulfilled, so a forged report cannot claim anything. whole says that it
// has room for what takes every edit back.
func (r *run) report() (text string, whole bool) {
	old, had := r.template.Annotations[ReportAnnotation]
	report := Report{Revision: r.set.Revision, Profile: r.in.Profile, Container: r.template.Spec.Containers[r.in.Identity.Container].Name}
	applied := map[string]bool{}
	at := patch.Path{"metadata", "annotations", ReportAnnotation}
	if had {
		r.keepTrue(old, &report, applied)
	}
	report.Undo = slices.Grow(report.Undo, len(r.edits)+1)
	for i := range r.edits {
		e := &r.edits[i]
		if i == 0 || e.Code != r.edits[i-1].Code || e.Part != r.edits[i-1].Part {
			applied[fullCode(e.Code, e.Part)] = true
		}
		report.Undo = append(report.Undo, e.Undo)
	}
	if depth, ok := r.stands(at); ok && depth < len(at)-1 {
		report.Undo = append(report.Undo, r.undo(at, depth, ""))
	}
	report.Applied = make([]string, 0, len(applied))
	for code, is := range applied {
		if is {
			report.Applied = append(report.Applied, code)
		}
	}
	sort.Strings(report.Applied)
	for _, refusal := range r.refusals {
		if report.Refused == nil {
			report.Refused = map[string]Reason{}
		}
		report.Refused[fullCode(refusal.Code, refusal.Part)] = refusal.Reason
	}
	if len(report.Applied) == 0 && len(report.Refused) == 0 && !had {
		return "", true // with a report there already, one that claims nothing takes its place
	}
	return report.fit()
}

// keepTrue takes over what is true of the report that an earlier pass left.
func (r *run) keepTrue(old string, report *Report, applied map[string]bool) {
	before, err := ReadReport(old)
	if r.in.earlier != nil {
		before, err = *r.in.earlier, nil
	}
	if err != nil {
		return
	}
	own, ours := ownUndo(), false
	for _, entry := range before.Undo {
		if code, ok := r.kept[undo.Bare(entry)]; ok {
			applied[code] = true
			report.Undo = append(report.Undo, entry)
			delete(r.kept, undo.Bare(entry)) // one claim each
		} else if entry != own && undo.Bare(entry) == own && !ours {
			ours = true
			report.Undo = append(report.Undo, entry)
		}
	}
	if len(before.Undo) == 0 { // it had no room: an applied part still stands where a verb found it fulfilled
		for _, code := range r.kept {
			applied[code] = applied[code] || slices.Contains(before.Applied, code)
		}
	}
}

// fit writes the report, leaving out what has no room. How to take back what was done matters more than what was not
// done, but for what was not done for want of that room, by part or at least by rule. Where it has no room for the undo texts either, it is not whole,
// and says what was done. The next pass finds the report as it is cut and must cut it the same way: that is why refusals
// get the room that undo texts were too long for.
func (r Report) fit() (text string, whole bool) {
	if text := marshal(r); len(text) <= maxReport {
		return text, true
	}
	parts, rules, refused := r, r, r
	parts.Refused, rules.Refused, refused.Undo = map[string]Reason{}, map[string]Reason{}, nil
	for code, reason := range r.Refused {
		if reason == NoRoom {
			parts.Refused[code] = reason
			code, _, _ = strings.Cut(code, "/")
			rules.Refused[code] = reason
		}
	}
	least := refused
	least.Refused = nil
	for i, choice := range []Report{parts, rules, refused, least} {
		if text := marshal(choice); len(text) <= maxReport {
			return text, i < 2 || len(r.Undo) == 0
		}
	}
	for len(least.Applied) > 0 {
		least.Applied = least.Applied[:len(least.Applied)-1]
		if text := marshal(least); len(text) <= maxReport {
			return text, false
		}
	}
	return "", false
}

func marshal(r Report) string {
	r.Undo = undo.Shorten(r.Undo)
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // "+" and "&" read as they are
	if err := encoder.Encode(r); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
