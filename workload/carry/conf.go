package carry

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Refusal is a change that has no form in a document, by the key that it is about.
type Refusal struct {
	Key    string
	Reason string // in words for people: what decides instead, or where the change can be made
}

// Grouped is what becomes of changes that belong together: all of their operations, none where nothing is to do, or the
// change for which none of them can be made.
type Grouped struct {
	Ops     []patch.Op
	Refused *Refusal
}

// ConfGroups turns changes of a workload's configuration into operations for File.Edit on the document that holds it:
// a properties file, a ConfigMap with one, a custom resource of either operator, the --conf arguments of a server.
// A value is changed where it stands; a new one goes into the field that the operator has for the key, else among the
// document's other settings. Changes are made one after the other, and one that would not take effect is refused.
// Changes that belong together, as the two of a key's new name, are a group, which is made whole or not at all. A key that takes
// the place of another one keeps it in the text, where both stand in one mapping. It gives one result a group; the operations of
// all of them, in order, are one edit.
func ConfGroups(d *workload.Document, groups [][]spark.Change) []Grouped {
	results := make([]Grouped, len(groups))
	for i, changes := range groups {
		work := d
		var g Grouped
		for at := 0; at < len(changes); at++ {
			c := changes[at]
			if at+1 < len(changes) && c.Unset && changes[at+1].From == c.Key {
				if made, next := renamed(work, c, changes[at+1]); next != nil {
					g.Ops, work, at = append(g.Ops, made...), next, at+1
					continue
				}
			}
			made, next, err := effect(work, c)
			if err != nil {
				g = Grouped{Refused: &Refusal{Key: c.Key, Reason: err.Error()}}
				break
			}
			g.Ops, work = append(g.Ops, made...), next
		}
		results[i] = g
		if g.Refused == nil {
			d = work
		}
	}
	return results
}

// rounds bounds how many places can hold one key.
const rounds = 4

// effect makes one change and gives the document behind it. What is taken out may stand in several places, of which each
// hides the next.
func effect(d *workload.Document, c spark.Change) (ops []patch.Op, next *workload.Document, err error) {
	next = d
	if !c.Unset {
		_, c.Value = launcher.WithoutAgent(c.Value, launcher.Agent(d, c.Key))
	}
	for range rounds {
		made, err := confOps(next, c)
		if err != nil {
			return nil, d, err
		}
		if len(made) == 0 {
			break
		}
		edited, err := source.Edited(next, made)
		if err != nil {
			return nil, d, fmt.Errorf("the edit is not possible: %w", err)
		}
		ops, next = append(ops, made...), edited
	}
	conf := next.EffectiveConf()
	setting, stands := conf[c.Key]
	switch {
	case c.Unset && stands && len(setting.Path) > 0:
		return nil, d, fmt.Errorf("it would still be set: %s decides", patch.Path(setting.Path).Field())
	case len(ops) == 0, c.Unset, conf == nil, setting.Value == c.Value: // nil: arguments beside a properties file, which win
		return ops, next, nil
	case len(setting.Path) > 0:
		return nil, d, fmt.Errorf("it would not take effect: %s decides", patch.Path(setting.Path).Field())
	}
	return nil, d, errors.New("it would not take effect here")
}

// confOps makes one change: its operations, none where nothing is to do, or why it has no form here.
func confOps(d *workload.Document, c spark.Change) (ops []patch.Op, err error) {
	of := launcher.Of(d)
	switch {
	case c.Key == "":
		return nil, errors.New("a change without a key")
	case d.Kind == launcher.KindScript:
		if line := d.EffectiveConf()[c.Key].Line; line > 0 {
			return nil, fmt.Errorf("a script is not edited: change its line %d", line)
		}
		return nil, fmt.Errorf("a script is not edited: change the command on its line %d", d.Line)
	case d.Properties:
		return pairOps(d.Conf, c, patch.Path{c.Key}), nil
	case d.Kind == "ConfigMap":
		return configMapOps(d, c)
	case of != nil:
		return of.Configure(d, c)
	}
	return argumentOps(d, c)
}

// pairOps sets or removes a key of a flat configuration at its path.
func pairOps(conf spark.Conf, c spark.Change, at patch.Path) []patch.Op {
	setting, set := conf[c.Key]
	switch {
	case c.Unset && !set, !c.Unset && set && setting.Value == c.Value:
		return nil
	case c.Unset:
		return []patch.Op{{Op: patch.Remove, Path: at.Pointer()}}
	case set:
		return []patch.Op{{Op: patch.Replace, Path: at.Pointer(), Value: patch.Text(c.Value)}}
	}
	return []patch.Op{{Op: patch.Add, Path: at.Pointer(), Value: patch.Text(c.Value)}}
}

func configMapOps(d *workload.Document, c spark.Change) ([]patch.Op, error) {
	if d.Conf == nil {
		return nil, fmt.Errorf("the ConfigMap has neither %s nor %s", workload.KeyDefaults, workload.KeyProperties)
	}
	var fixed struct {
		Immutable bool `json:"immutable"`
	}
	if json.Unmarshal(d.Raw, &fixed) == nil && fixed.Immutable {
		return nil, errors.New("the ConfigMap is immutable, as the one that spark-submit writes for a driver: submit with --conf instead")
	}
	if setting, set := d.Conf[c.Key]; set {
		return pairOps(d.Conf, c, setting.Path), nil
	}
	name := workload.KeyDefaults
	if _, has := patch.Lookup(d.Raw, patch.Path{"data", workload.KeyProperties}); has {
		name = workload.KeyProperties // it is read last
	}
	return pairOps(d.Conf, c, patch.Path{"data", name, c.Key}), nil
}
