package rule

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Claims are what the report of a template says, as far as it can be true: what stands there now as an edit of the rules would
// have left it, and what they would refuse for the reason given. Anybody may have written a report.
type Claims struct {
	Report
	False []string // edits and codes of the report that are not true
	Left  bool     // the rules have something left to do that the report does not say was refused
}

// ReadClaims reads the report of a template, and holds it against what the rules do with the template by the report's own
// settings. had is false without a report; an error means that nothing of it can be believed. raw is the JSON that the
// template is decoded from, images are facts of configured images.
func (s *Set) ReadClaims(who spark.Identity, raw []byte, images spark.Catalogue) (c Claims, had bool, err error) {
	t := &corev1.PodTemplateSpec{}
	if err := kjson.Unmarshal(raw, t); err != nil {
		return c, false, fmt.Errorf("read the template: %w", err)
	}
	text, had := t.Annotations[ReportAnnotation]
	if !had {
		return c, false, nil
	}
	if text == "" { // emptied, for it was not true
		return c, true, nil
	}
	if c.Report, err = ReadReport(text); err != nil {
		return Claims{}, true, err
	}
	seen := newSight()
	if who.Certain && who.Container >= 0 && who.Container < len(t.Spec.Containers) {
		main := &t.Spec.Containers[who.Container]
		c.Container = main.Name
		known, _ := ImageFacts(main.Image, t.Annotations[ImageAnnotation], images)
		if err := s.lookAll(who, raw, &c.Report, supposed(known, userOf(t, main)), &seen); err != nil {
			return Claims{}, true, err
		}
	}
	c.believe(&seen)
	return c, true, nil
}

// lookAll runs the rules by the facts that are known, the first, and by others until all edits of the report are explained.
func (s *Set) lookAll(who spark.Identity, raw []byte, claimed *Report, facts []*spark.Image, seen *sight) error {
	for i, one := range facts {
		if i > 0 && claimed.explained(seen) {
			break
		}
		if err := s.look(who, raw, claimed, one, seen, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// sight is what the rules find in a template.
type sight struct {
	standing map[string]string // code by the undo text, bare, of the edit that would have brought what stands there
	refused  map[string][]Reason
	edits    map[string]bool // codes with something left to do
	now      map[string]bool // what stands there by the facts that are known
}

func newSight() sight {
	return sight{standing: map[string]string{}, refused: map[string][]Reason{}, edits: map[string]bool{}, now: map[string]bool{}}
}

// left says whether an edit of the code, or of a part of it, is left to do.
func (s *sight) left(code string) bool {
	for edit := range s.edits {
		if edit == code || strings.HasPrefix(edit, code+"/") {
			return true
		}
	}
	return false
}

// supposed are facts of the image by which the edits may have been made: those that are known, then such as a user and a release
// of Java, for the server may have known more.
func supposed(known *spark.Image, uid *int64) []*spark.Image {
	all := []*spark.Image{known}
	for _, java := range []int{17, 8} {
		facts := spark.Image{Entrypoint: spark.EntrypointSpark, Libc: "glibc"}
		if known != nil && known.Entrypoint != "" {
			facts.Entrypoint = known.Entrypoint
		}
		facts.UID, facts.Java = uid, java
		all = append(all, &facts)
	}
	return all
}

func userOf(t *corev1.PodTemplateSpec, main *corev1.Container) *int64 {
	if sc := main.SecurityContext; sc != nil && sc.RunAsUser != nil {
		return sc.RunAsUser
	}
	if sc := t.Spec.SecurityContext; sc != nil {
		if sc.RunAsUser != nil {
			return sc.RunAsUser
		}
		return sc.FSGroup
	}
	return nil
}

// look runs the rules on a copy, by the settings that the report claims. What is left to do is told by the facts that are
// known.
func (s *Set) look(who spark.Identity, raw []byte, claimed *Report, facts *spark.Image, seen *sight, known bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the engine panicked (%T)", p)
		}
	}()
	t := &corev1.PodTemplateSpec{}
	if err := kjson.Unmarshal(raw, t); err != nil {
		return fmt.Errorf("read the template: %w", err)
	}
	in := Input{Template: t, Raw: raw, Identity: who}
	in.Profile, in.Want = Restricted, claimed.Applied
	if p, ok := ParseProfile(string(claimed.Profile)); ok {
		in.Profile = p
	}
	if facts != nil {
		Put(&in.Facts, FactImage, *facts)
	}
	r := newRun(s, in)
	r.kept = map[string]string{}
	r.rules()
	if r.err != nil {
		return r.err
	}
	for entry, code := range r.kept {
		seen.standing[entry], seen.now[entry] = code, seen.now[entry] || known
	}
	for i := range r.refusals {
		one := &r.refusals[i]
		code := fullCode(one.Code, one.Part)
		seen.refused[code] = append(seen.refused[code], one.Reason)
	}
	for i := 0; known && i < len(r.edits); i++ {
		seen.edits[fullCode(r.edits[i].Code, r.edits[i].Part)] = true
	}
	return nil
}

// ownUndo is the undo text of the report's annotation itself.
func ownUndo() string { return patch.Path{"metadata", "annotations", ReportAnnotation}.Pointer()[1:] }

// explained says whether all edits of the report stand there.
func (r *Report) explained(seen *sight) bool {
	own := ownUndo()
	for _, entry := range r.Undo {
		if undo.Bare(entry) != own && seen.standing[undo.Bare(entry)] == "" {
			return false
		}
	}
	return len(r.Undo) > 0
}

// believe leaves what can be true.
func (c *Claims) believe(seen *sight) {
	own, claimed := ownUndo(), c.Undo
	codes, once := map[string]bool{}, map[string]bool{}
	c.Undo = nil
	for _, entry := range claimed {
		place := undo.Bare(entry)
		code, stands := seen.standing[place]
		if once[place] || !stands && place != own {
			c.False = append(c.False, entry)
			continue
		}
		once[place], codes[code] = true, true
		c.Undo = append(c.Undo, entry)
	}
	if len(claimed) == 0 { // it had no room for them
		for _, code := range seen.standing {
			codes[code] = true
		}
	}
	applied := c.Applied
	c.Applied = nil
	for _, code := range applied {
		if codes[code] && !slices.Contains(c.Applied, code) {
			c.Applied = append(c.Applied, code)
		} else {
			c.False = append(c.False, code)
		}
	}
	refused := c.Refused
	c.Refused = nil
	for code, reason := range refused {
		// What a bound of the namespace or the report's own room kept from being done is left to do.
		if !slices.Contains(seen.refused[code], reason) && !((reason == Quota || reason == NoRoom) && seen.left(code)) {
			continue
		}
		if c.Refused == nil {
			c.Refused = map[string]Reason{}
		}
		c.Refused[code] = reason
	}
	for edit := range seen.edits {
		code, _, _ := strings.Cut(edit, "/")
		c.Left = c.Left || c.Refused[edit] == "" && c.Refused[code] == ""
	}
}
