package rule

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/members"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/nested"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/typed"
)

// Fill sets the field at the path where nothing is set. A value that stands there fulfils the wish, whatever it is.
func (p podVerbs) Fill(part string, at patch.Path, value any) {
	p.want(part, at, value, false)
}

// Correct sets the field at the path where it holds anything else. Where a user wrote another value it is
// carried by fix only; at admission it is refused.
func (p podVerbs) Correct(part string, at patch.Path, value any) {
	p.want(part, at, value, true)
}

// FillOver changes the field where it holds the API server's own default, which a user may have written as well. So only a
// part that is asked for by name may call it. It fills nothing: that is another part's.
func (p podVerbs) FillOver(part string, at patch.Path, value, otherwise any) {
	old := p.run.find(at)
	if !p.Wanted(part) || !typed.Present(old) {
		return
	}
	before := fmt.Sprintf(" %v", otherwise)
	switch wish := reflect.ValueOf(value); {
	case typed.Equal(old, wish):
		p.fulfilled(part, at, before)
	case typed.Equal(old, reflect.ValueOf(otherwise)):
		if p.replace(part, at, wish); p.run.err == nil {
			p.run.edits[len(p.run.edits)-1].Undo = p.run.undo(at, len(at), before)
		}
	}
}

func (p podVerbs) want(part string, at patch.Path, value any, overwrite bool) {
	if !p.Wanted(part) {
		return
	}
	old := p.run.find(at)
	wish := reflect.ValueOf(value)
	if len(p.run.in.Unknown) > 0 && !typed.Present(old) && p.run.placeUnknown(p.rule.Code, part, at) {
		return
	}
	switch {
	case !typed.Present(old):
		p.carry(part, at, wish, "")
	case typed.Equal(old, wish):
		p.fulfilled(part, at, "")
	case !overwrite:
	case !p.run.correct:
		p.Refuse(part, at, UserSet)
	default:
		p.replace(part, at, wish)
	}
}

// Remove empties the field at the path. What a user wrote is removed by fix only; at admission it is refused.
func (p podVerbs) Remove(part string, at patch.Path) {
	if !p.Wanted(part) || !typed.Present(p.run.find(at)) {
		return
	}
	if !p.run.correct {
		p.Refuse(part, at, UserSet)
		return
	}
	p.decides()
	p.run.set.fields.Zero(p.run.root, at)
	p.record(part, at, patch.Op{Op: patch.Remove, Path: at.Pointer()}, "")
}

// AppendEnv sets a variable of the main container where it has none of that name.
func (p podVerbs) AppendEnv(part, name, value string) {
	if !p.Wanted(part) {
		return
	}
	c := p.Main()
	at := p.At("env", "-")
	if i := lastEnv(c, name); i >= 0 {
		if c.Env[i].Value == value && c.Env[i].ValueFrom == nil {
			p.fulfilled(part, p.At("env", strconv.Itoa(i)), "")
		}
		return
	}
	if len(c.EnvFrom) > 0 {
		p.Refuse(part, p.At("envFrom"), EnvFrom)
		return
	}
	p.carry(part, at, reflect.ValueOf(corev1.EnvVar{Name: name, Value: value}), "")
}

// AddVolume adds a volume to the pod where it has none of that name.
func (p podVerbs) AddVolume(part string, volume corev1.Volume) {
	if !p.Wanted(part) {
		return
	}
	for i := range p.run.template.Spec.Volumes {
		old := &p.run.template.Spec.Volumes[i]
		if old.Name != volume.Name {
			continue
		}
		at := patch.Path{"spec", "volumes", strconv.Itoa(i)}
		if equality.Semantic.DeepEqual(*old, volume) { // quantities keep how they were spelled
			p.fulfilled(part, at, "")
		} else {
			p.Refuse(part, at, PathTaken)
		}
		return
	}
	p.carry(part, patch.Path{"spec", "volumes", "-"}, reflect.ValueOf(volume), "")
}

// Mount mounts a volume into the main container where nothing is mounted at that path.
func (p podVerbs) Mount(part string, mount corev1.VolumeMount) {
	if !p.Wanted(part) {
		return
	}
	for i, old := range p.Main().VolumeMounts {
		if old.MountPath != mount.MountPath {
			continue
		}
		if at := p.At("volumeMounts", strconv.Itoa(i)); reflect.DeepEqual(old, mount) {
			p.fulfilled(part, at, "")
		}
		return
	}
	p.carry(part, p.At("volumeMounts", "-"), reflect.ValueOf(mount), "")
}

// Annotate sets an annotation of the pod where it has none of that key. One that is empty stays: somebody set it.
func (p podVerbs) Annotate(part, key, value string) {
	if old, set := p.run.template.Annotations[key]; set && old == "" {
		return
	}
	p.Fill(part, patch.Path{"metadata", "annotations", key}, value)
}

// Companion says that an object should exist beside the workload that does not. It is created as it is, and nothing of the workload
// changes: a finding of it changes nothing else. No admission creates one.
func (p *pass) Companion(part string, o *companion.Object) { p.CompanionAt(part, nil, o) }

// CompanionAt is Companion for an object that a field of the template names: the finding stands there.
func (p *pass) CompanionAt(part string, at patch.Path, o *companion.Object) {
	if !p.Wanted(part) {
		return
	}
	if !p.run.correct {
		p.run.fail(fmt.Errorf("%s wants %s at admission, where nothing is created", p.rule.Code, o.Name()))
		return
	}
	p.decides()
	o.Code = p.rule.Code
	p.called = append(p.called, call{part: part, path: at})
	p.run.edits = append(p.run.edits, Edit{Code: p.rule.Code, Part: part, Companion: o})
}

// Refuse says that an edit which is wanted at the path is not made, and why.
func (p podVerbs) Refuse(part string, at patch.Path, reason Reason) {
	if !p.Wanted(part) {
		return
	}
	p.decides()
	p.called = append(p.called, call{part: part, path: at, reason: reason})
	p.run.refusals = append(p.run.refusals, Refusal{Code: p.rule.Code, Part: part, Reason: reason, Path: at})
}

// RefuseFor is Refuse with the words in which the finding gives the reason.
func (p podVerbs) RefuseFor(part string, at patch.Path, reason Reason, why string) {
	before := len(p.called)
	if p.Refuse(part, at, reason); len(p.called) > before && p.tells() {
		p.called[before].why = why
	}
}

// Assume says whether an edit may be made that rests on what cannot be seen, for a reason: by fix, whose user sees the difference
// before it is made. At admission it is refused.
func (p podVerbs) Assume(part string, at patch.Path, reason Reason) bool {
	if !p.run.correct {
		p.Refuse(part, at, reason)
	}
	return p.run.correct
}

// Decline says that the rule deliberately wants nothing of the part here, and why. It is no finding.
func (p *pass) Decline(part string, reason Reason) {
	if Named(p.run.in.Skip, p.rule.Code, part) {
		return
	}
	p.run.refusals = append(p.run.refusals, Refusal{Code: p.rule.Code, Part: part, Reason: reason, Deliberate: true})
}

// declined tells what the rule says in None of the subject's role and launcher. all: there is nothing else to say.
func (p *pass) declined() (all bool) {
	var declined map[string]bool
	for i := range p.rule.None {
		n := &p.rule.None[i]
		if !n.concerns(p.run.in.Identity.Role, p.run.in.Identity.Launcher) || declined[n.Part] {
			continue
		}
		if declined == nil {
			declined = map[string]bool{}
		}
		declined[n.Part] = true
		p.Decline(n.Part, n.Reason)
		all = all || n.Part == ""
	}
	return all
}

// fulfilled notes that an earlier pass may have made the edit, where one has reported any.
func (p *pass) fulfilled(part string, at patch.Path, suffix string) {
	if p.run.kept != nil {
		p.run.kept[undo.Bare(p.run.undo(at, len(at), suffix))] = fullCode(p.rule.Code, part)
	}
}

// carry makes the edit: on the typed copy, and as an add operation that brings the missing parents with it.
func (p *pass) carry(part string, at patch.Path, value reflect.Value, suffix string) {
	depth, exact := p.run.stands(at)
	if !exact {
		p.run.fail(fmt.Errorf("%s: no place for %s", p.rule.Code, at.Pointer()))
		return
	}
	if raw, ok := p.put(at, value, at[depth+1:]); ok {
		// undo is told where creation began: one below what stood. An appended element stood in its list.
		p.record(part, at, patch.Op{Op: patch.Add, Path: at[:depth+1].Pointer(), Value: raw}, p.run.undo(p.run.settled(at), depth, suffix))
	}
}

func (p *pass) replace(part string, at patch.Path, value reflect.Value) {
	if raw, ok := p.put(at, value, nil); ok {
		p.record(part, at, patch.Op{Op: patch.Replace, Path: at.Pointer(), Value: raw}, "")
	}
}

// put writes a value into the typed copy, and gives its JSON within the parents that are missing.
func (p *pass) put(at patch.Path, value reflect.Value, missing patch.Path) (raw json.RawMessage, ok bool) {
	p.decides()
	raw, err := nested.JSON(missing, value.Interface())
	if err == nil {
		err = p.run.put(at, value)
	}
	if err != nil {
		p.run.fail(fmt.Errorf("%s at %s: %w", p.rule.Code, at.Pointer(), err))
	}
	return raw, err == nil
}

func (p *pass) record(part string, at patch.Path, op patch.Op, undo string) {
	if members.OfContainer(at) && (at[3] == "env" || at[3] == "envFrom") {
		clear(p.run.memos)
	}
	p.called = append(p.called, call{part: part, path: at})
	p.run.edits = append(p.run.edits, Edit{Code: p.rule.Code, Part: part, Ops: []patch.Op{op}, Undo: undo, Path: at})
}

// lastEnv is the index of the last variable of that name, the one that counts; -1 where there is none.
func lastEnv(c *corev1.Container, name string) int {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if c.Env[i].Name == name {
			return i
		}
	}
	return -1
}
