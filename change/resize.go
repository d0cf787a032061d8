package change

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Resizing is what is recommended for one workload.
type Resizing struct {
	Workload *scene.Workload
	Conf     []spark.Change
	Pods     []spark.PodChange
}

// Refused is a recommendation that is not carried out, or not as a whole.
type Refused struct {
	Title  string
	Key    string // what it is about: a key of the configuration, a variable or a resource and its role
	Reason string
	Submit bool // no object holds it: it is for the command that submits the application
}

// Resize makes, in memory, recommended changes in the objects that hold what they change: by the verbs of rules, and so
// with the checks and refusals of [Fix]. When the context ends so does it, with the context's error.
func Resize(ctx context.Context, sc *scene.Scene, all []Resizing) (set *Set, refused []Refused, err error) {
	editable, err := sc.Editable()
	if err != nil {
		return nil, nil, err
	}
	set = newSet(editable, sc.Left)
	for _, r := range all {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		w := editable.Same(r.Workload)
		if w == nil {
			continue
		}
		no, err := set.resize(w, r)
		if err != nil {
			return nil, nil, err
		}
		refused = append(refused, no...)
	}
	return set, refused, nil
}

// Carriable says whether any change has a place in what was read; otherwise they are for what submits the application.
func Carriable(all []Resizing) bool {
	return slices.ContainsFunc(all, func(r Resizing) bool {
		rec, err := recommended(r)
		if err != nil {
			return false
		}
		return slices.ContainsFunc(r.Workload.Editable(), func(s *scene.Subject) bool {
			want := rec.of(s)
			return len(want.Only) > 0 && carriable(s, want)
		})
	})
}

// resize makes the changes of one workload. An error is about a file that cannot be left out.
func (s *Set) resize(w *scene.Workload, r Resizing) (refused []Refused, err error) {
	rec, err := recommended(Resizing{w, r.Conf, r.Pods})
	if err != nil {
		return nil, err
	}
	before := len(s.Outcomes)
	tried := map[string]bool{}
	for _, subject := range w.Editable() {
		f := newFixer(s, rec.of(subject), rule.Advice)
		for _, code := range f.want.Only {
			tried[code] = true
		}
		if len(f.want.Only) == 0 || s.LeftOut(s.Scene.FileOf(subject.Doc)) {
			continue
		}
		if at, err := f.fixSubject(subject); err != nil && at != nil && s.left.Given > 0 {
			s.left.Add(at.Name, err)
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	why := map[string]string{}
	for _, o := range s.Outcomes[before:] {
		if o.Fate == Manual || o.Fate == Partly {
			why[o.Finding.Code] = o.Why
		}
	}
	for _, one := range rec.rules {
		if !tried[one.Code] && !slices.ContainsFunc(refused, func(r Refused) bool { return r.Key == rec.homeless[one.Code].Key }) {
			refused = append(refused, rec.homeless[one.Code])
		} else if reason := why[one.Code]; reason != "" {
			refused = append(refused, Refused{Title: r.Workload.Title, Key: one.Doc.Title, Reason: reason})
		}
	}
	return refused, nil
}

// recommendation is what is recommended for a workload as rules, one a change, so that it is carried out as what other rules want.
type recommendation struct {
	rules []*rule.Rule
	set   *rule.Set
	only  map[*scene.Subject][]string // codes of the rules that are for a subject
	// homeless says of each rule why it is refused where it is for no subject.
	homeless map[string]Refused
}

// recommendedCode begins the codes of recommendations, which nobody sees, and recommendedRemedy what each says to do.
const recommendedCode, recommendedRemedy = "SPK-T", "change "

func recommended(r Resizing) (*recommendation, error) {
	rec := &recommendation{only: map[*scene.Subject][]string{}, homeless: map[string]Refused{}}
	add := func(home *scene.Subject, name, homeless, why string, needs []rule.Key, ensure rule.Check) {
		code := fmt.Sprintf(recommendedCode+"%03d", len(rec.rules))
		rec.rules = append(rec.rules, &rule.Rule{Code: code, Name: "recommended-" + strconv.Itoa(len(rec.rules)), Level: rule.Advice, Area: rule.Performance, Client: true, Written: needs == nil,
			Doc:   rule.Doc{Title: name, Why: "tune recommends it", Remedy: recommendedRemedy + name, Since: "0.1.0", Sources: []string{"tuner"}},
			Needs: needs, Parts: []rule.Part{{Name: part, Profile: rule.Safe}}, Ensure: ensure})
		rec.homeless[code] = Refused{Title: r.Workload.Title, Key: homeless, Reason: why, Submit: homeless == submitted}
		if home != nil {
			rec.only[home] = append(rec.only[home], code)
		}
	}
	home := holder(r.Workload)
	for _, c := range r.Conf {
		add(home, c.Key, submitted, "spark-submit made its pods, and no object here holds it: submit with --conf", []rule.Key{rule.FactConf}, rule.Conf(func(p *rule.ConfPass) {
			if c.Unset {
				p.UnsetConf(part, c.Key)
			} else {
				p.SetConf(part, c.Key, c.Value)
			}
		}))
	}
	for _, c := range r.Pods {
		name := c.Name() + " of the " + string(c.Role)
		add(templateOf(r.Workload, c.Role), name, name, "only the pods were read, not the object that creates them", nil, rule.Pod(func(p *rule.PodPass) { resized(p, c) }))
	}
	var err error
	rec.set, err = rule.NewSet("", rec.rules...)
	return rec, err
}

// submitted is what is refused of an application whose configuration no object holds.
const submitted = "the configuration"

// part is the one part of a recommendation.
const part = "value"

// of is what is wanted of a subject.
func (r *recommendation) of(s *scene.Subject) scene.Wanted {
	return scene.Wanted{Set: r.set, Only: r.only[s]}
}

// resized changes a variable or a resource of the container. Of a variable that stands several times the last counts.
func resized(p *rule.PodPass, c spark.PodChange) {
	refuse := func(at rule.Path, reason rule.Reason) {
		p.Message("%s", rule.Reasons()[reason])
		p.Refuse(part, at, reason)
	}
	if c.Resource != "" {
		at := p.At(append([]string{"resources"}, strings.Split(c.Resource, ".")...)...)
		if c.Unset {
			p.Remove(part, at)
		} else if amount, err := quantity.ParseQuantity(c.Value); err == nil {
			p.Correct(part, at, amount)
		} else {
			refuse(at, rule.NoExactForm)
		}
		return
	}
	env := p.Main().Env
	for i := len(env) - 1; i >= 0; i-- {
		switch one := p.At("env", strconv.Itoa(i)); {
		case env[i].Name != c.Env:
			continue
		case env[i].ValueFrom != nil:
			refuse(one.With("valueFrom"), rule.ValueFrom)
		case c.Unset:
			p.Remove(part, one)
		default:
			p.Correct(part, one.With("value"), c.Value)
		}
		return
	}
	switch {
	case c.Unset:
	case len(p.Main().EnvFrom) > 0:
		refuse(p.At("envFrom"), rule.EnvFrom)
	default:
		p.AppendEnv(part, c.Env, c.Value)
	}
}

// holder is the subject whose document holds the workload's configuration; nil where only pods were seen.
func holder(w *scene.Workload) *scene.Subject {
	return first(w, func(s *scene.Subject) bool { return s.Doc.Conf != nil || s.Slot.Conf != nil })
}

// templateOf is the subject that holds the owner's template of a role.
func templateOf(w *scene.Workload, role spark.Role) *scene.Subject {
	return first(w, func(s *scene.Subject) bool {
		return s.Slot.Role == role && s.Slot.Template != nil && s.Slot.Identity.Container >= 0
	})
}

func first(w *scene.Workload, is func(*scene.Subject) bool) *scene.Subject {
	i := slices.IndexFunc(w.Subjects, func(s *scene.Subject) bool { return !s.Live && is(s) })
	if i < 0 {
		return nil
	}
	return w.Subjects[i]
}
