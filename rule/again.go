package rule

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/members"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/origin"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// again readies a pod that an earlier call has edited during the same admission, and that another webhook has changed after it.
// Edits that the rules do not make in the pod as it is now are taken back: it comes out as if the other webhook had been called
// first. The operations are on the pod as it was sent; in is made the pod after them. Edits that still hold are not touched.
//
// A report that came with the request is no evidence: what the request holds is its sender's, whoever wrote it first.
func (s *Set) again(in *Input) (back []patch.Op) {
	managed, _ := patch.Lookup(in.Raw, patch.Path{"metadata", "managedFields"})
	if origin.Names(managed, ReportAnnotation) {
		return nil
	}
	fields, listed := origin.Read(managed)
	report, err := ReadReport(in.Template.Annotations[ReportAnnotation])
	if !listed || err != nil {
		return nil
	}
	e := earlier{set: s, in: in, report: report}
	if !e.read() || !e.explain(fields) {
		return nil
	}
	holds, ok := e.holds()
	if !ok {
		return nil
	}
	report.Undo = nil
	entangled := e.entangled()
	var gone []claim
	var broken []string // where edits stand that go with others, and are made anew: behind a part of a text, in what one of them created
	for _, c := range e.stands {
		text := holds(&c)
		if text == "" && entangled && e.shared(&c) {
			text = c.entry
		}
		if text != "" && !slices.ContainsFunc(broken, func(in string) bool { return in != "" && strings.HasPrefix(c.place, in) }) {
			report.Undo = append(report.Undo, text)
			continue
		}
		place, _, _ := strings.Cut(c.place, " ")
		gone, broken = append(gone, c), append(broken, strings.TrimSuffix(place, "/value")+"/value ", undo.Around(c.entry))
	}
	ops, after, whole, ok := e.without(gone)
	if len(gone) == 0 || !whole || !ok {
		return nil
	}
	report.Undo = append(report.Undo, e.own)
	*in.Template, in.Raw, in.Index, in.earlier = *after.Template, after.Raw, nil, &report
	return ops
}

// earlier is what an earlier call says that it did.
type earlier struct {
	set    *Set
	in     *Input
	report Report
	pod    *undo.Back // what others added under the name of an edit's place has another
	own    string     // the entry of the report's annotation
	tree   any        // the object as it was sent
	claims []claim
	stands []claim         // those that are as the edit left them
	now    map[string]bool // places of those that a verb finds fulfilled in the pod as it is now
}

// claim is an edit.
type claim struct {
	entry, long string
	place, code string
	hides       bool // something else was added under its name
}

// read finds the places of the edits.
func (e *earlier) read() (ok bool) {
	var tree map[string]any
	if kjson.Unmarshal(e.in.Raw, &tree) != nil || e.report.Container != e.in.Template.Spec.Containers[e.in.Identity.Container].Name {
		return false // another container is Spark's now
	}
	e.tree = tree
	e.pod, _ = undo.New(e.in.Raw, members.Ours)
	e.own = ownUndo()
	for _, entry := range e.report.Undo {
		c := claim{entry: entry, long: undo.Expand(tree, entry, e.report.Container), place: undo.Bare(entry)}
		if c.place == ownUndo() {
			e.own = entry
			continue
		}
		c.hides = e.pod.Hide(c.long)
		e.claims = append(e.claims, c)
	}
	return len(e.claims) > 0
}

// explain tells which edits stand as the rules make them: in the pod as it is now or, where something keeps the rules from
// looking, in what came with the request and was edited then. What others set in the place of an edit may be what keeps them.
func (e *earlier) explain(fields origin.Fields) (ok bool) {
	seen := newSight()
	if !e.look(nil, &seen) {
		return false
	}
	e.now = seen.now
	for without := -1; without < len(e.claims) && !e.report.explained(&seen); without++ {
		if without >= 0 && seen.standing[e.claims[without].place] != "" || e.in.Late != nil && e.in.Late() {
			continue
		}
		places, before := origin.Places{}, newSight()
		for i, c := range e.claims {
			if i != without {
				places.Add(e.pod.Find(c.long).At)
			}
		}
		e.look(func(pod any) any { return fields.Only(pod, places) }, &before)
		maps.Copy(seen.standing, before.standing)
	}
	for _, c := range e.claims {
		// A report may have been brought by another webhook: what the request lists is not ours, but for what was put behind a text.
		if c.code = seen.standing[c.place]; c.code != "" && (strings.Contains(c.place, " ") || !fields.Has(e.tree, e.pod.Find(c.long).At)) {
			e.stands = append(e.stands, c)
		}
	}
	return len(e.stands) > 0
}

func (e *earlier) look(part func(pod any) any, seen *sight) (ok bool) {
	raw, err := e.pod.JSON(part)
	var t corev1.PodTemplateSpec
	if err != nil || kjson.Unmarshal(raw, &t) != nil {
		return false
	}
	who := e.in.Identity
	who.Container = slices.IndexFunc(t.Spec.Containers, func(c corev1.Container) bool { return c.Name == e.report.Container })
	var known *spark.Image
	if facts, has := Known(&e.in.Facts, FactImage); has {
		known = &facts
	}
	// Nobody's user is supposed: another webhook may have set the one that stands there.
	return who.Container >= 0 && e.set.lookAll(who, raw, &e.report, supposed(known, nil), seen) == nil
}

// shared says whether others may go by what the edit brought without setting it anew: a variable with options, a volume, a mount.
func (e *earlier) shared(c *claim) bool {
	options := spark.Channel(e.in.Identity.Role)
	return options != "" && strings.HasPrefix(c.place, "@/env/"+options) || strings.HasPrefix(c.place, "@/volumeMounts/") || strings.HasPrefix(c.place, "spec/volumes/")
}

// entangled says whether another webhook goes by what edits brought: it has put options beside ours, changed a volume or a mount, or
// mounts a volume of ours elsewhere. An option that stays needs its volume, and so does a mount: then all of them stay.
func (e *earlier) entangled() bool {
	raw, _ := e.pod.JSON(nil)
	back, err := undo.New(raw, members.Ours)
	standing := map[string]bool{}
	for _, c := range e.stands {
		standing[c.place] = true
	}
	for i := len(e.claims) - 1; i >= 0 && err == nil; i-- {
		c := &e.claims[i]
		there := e.shared(c) && back.Find(c.long).At != nil
		if there && (!standing[c.place] || !takeBack(back, e.in.Identity.Role, c.long)) {
			return true
		}
	}
	spec := &e.in.Template.Spec
	for n, c := range slices.Concat(spec.Containers, spec.InitContainers) {
		for _, m := range c.VolumeMounts {
			ours := n == e.in.Identity.Container && standing["@/volumeMounts/"+string(undo.AppendSegment(nil, m.MountPath))]
			if !ours && standing["spec/volumes/"+m.Name] {
				return true
			}
		}
	}
	return err != nil
}

// holds runs the rules on the pod without the edits. What they make there again, as it stands, holds: its entry is given as it
// is written now, for another edit may be the one that creates what both stand in.
func (e *earlier) holds() (holds func(*claim) string, ok bool) {
	_, before, _, ok := e.without(append(slices.Clone(e.stands), claim{long: e.own})) // the report was written last
	if !ok {
		return nil, false
	}
	r, text, err := e.set.admit(before)
	if err != nil || r.err != nil {
		return nil, false
	}
	if report, err := ReadReport(text); err == nil && text != "" {
		e.own = ownUndo()
		if last := len(report.Undo) - 1; last >= 0 && undo.Bare(report.Undo[last]) == e.own {
			e.own = report.Undo[last]
		}
	}
	executor := e.in.Identity.Role == spark.Executor
	made := map[[2]string]string{}
	for i := range r.edits {
		edit := &r.edits[i]
		if code := fullCode(edit.Code, edit.Part); executor && edit.Token != "" { // its number depends on those of others
			made[[2]string{code, edit.Token}] = edit.Undo
		} else {
			made[[2]string{code, undo.Bare(edit.Undo)}] = edit.Undo
		}
	}
	return func(c *claim) string {
		if token, is := e.pod.Text(e.pod.Find(c.long).At.With("value")); executor && is && made[[2]string{c.code, token}] != "" {
			return c.entry
		}
		if c.hides || !e.now[c.place] {
			return ""
		}
		return made[[2]string{c.code, c.place}]
	}, true
}

// without is the pod without the edits; whole says that each of them could be taken back.
func (e *earlier) without(edits []claim) (ops []patch.Op, without Input, whole, ok bool) {
	raw, err := e.pod.JSON(nil)
	if err != nil {
		return nil, without, false, false
	}
	back, err := undo.New(raw, members.Ours)
	whole = true
	for i := len(edits) - 1; i >= 0 && err == nil; i-- {
		whole = takeBack(back, e.in.Identity.Role, edits[i].long) && whole
	}
	without = *e.in
	without.Template, without.Index = &corev1.PodTemplateSpec{}, nil
	if err == nil {
		without.Raw, err = patchjson.Apply(e.in.Raw, back.Ops)
	}
	return back.Ops, without, whole, err == nil && kjson.Unmarshal(without.Raw, without.Template) == nil
}
