package carry

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// edit changes or takes out what the pod has at the wish's path, where the resource holds it.
func (c *carrier) edit(wish Wish) (at patch.Path, err error) {
	o := pod.Nearest(c.model().origins, wish.Path)
	switch {
	case o.Gone:
		return nil, nil // it is the same place as another pod's, and taken out for that one
	case c.undo && !c.own(o):
		return nil, errors.New("it is set already")
	case o.Below:
		at = o.At.With(wish.Path[len(o.Pod):]...)
	case !o.Stands || len(wish.Path) != len(o.Pod):
		return nil, c.notEditable(o)
	case o.Key != "" && c.option(wish.Path):
		return nil, c.reoption(o, wish)
	case !launcher.DecidesAlone(o.At, o.Key) || wish.Op == patch.Remove && several(o.Key) || wish.Op != patch.Remove && !c.says(o, wish.Path):
		return nil, c.notEditable(o)
	default:
		at = o.At
		if wish.Op != patch.Remove {
			wish.Value = c.like(at, wish.Value)
		}
	}
	switch {
	case wish.Op == patch.Remove && !c.holds(at):
		return nil, nil
	case wish.Op == patch.Remove:
		return nil, c.remove(at)
	case !c.holds(at):
		if at, err = c.target(wish.Path); err != nil {
			return nil, err
		}
		return at, c.add(at, wish.Value)
	}
	return at, c.replace(at, wish.Value)
}

// own says whether a run before this one, or this one, made a place.
func (c *carrier) own(o pod.Origin) bool {
	for _, made := range append(append([]creation{}, c.made...), c.old...) {
		if made.suffix == "" && len(made.at) > 0 && patch.Under(o.At, made.at) {
			return true
		}
	}
	return false
}

// several says whether a setting is one of many that make an element of the pod together.
func several(key string) bool {
	return strings.Contains(key, ".volumes.") || strings.Contains(key, ".secrets.") || strings.HasSuffix(key, ".pullSecrets")
}

// says tells whether the setting says what the pod has there, and no more than that.
func (c *carrier) says(o pod.Origin, path patch.Path) bool {
	now, held := scalar(c.model().raw, path), scalar(c.raw, o.At)
	if now == held {
		return now != ""
	}
	a, errA := quantity.ParseQuantity(now)
	b, errB := quantity.ParseQuantity(held)
	return errA == nil && errB == nil && a.Cmp(b) == 0
}

// scalar is a text, number or truth as it would be written on a command line; "" where there is none.
func scalar(raw []byte, at patch.Path) string {
	value, ok := patch.Lookup(raw, at)
	if !ok {
		return ""
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	if plain := string(value); plain != "null" && !strings.ContainsAny(plain, "{[") {
		return plain
	}
	return ""
}

// like is a value in the type of the one that stands at a place.
func (c *carrier) like(at patch.Path, value json.RawMessage) json.RawMessage {
	held, _ := patch.Lookup(c.raw, at)
	text := scalar(value, nil)
	if len(held) > 0 && held[0] != '"' && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return patch.Text(text)
}

// remove takes a place out of the resource, for all its pods.
func (c *carrier) remove(at patch.Path) error {
	if err := c.change(patch.Op{Op: patch.Remove, Path: at.Pointer()}, at); err != nil {
		return err
	}
	for _, p := range c.all {
		p.removed(at)
	}
	return nil
}

// option says whether the pod has an option of an executor's JVM there.
func (c *carrier) option(path patch.Path) bool {
	if len(path) < 5 || path[3] != "env" || c.s.Role != spark.Executor {
		return false
	}
	name := scalar(c.model().raw, path[:5].With("name"))
	return strings.HasPrefix(name, spark.Channel(spark.Executor))
}

// reoption changes one option among those that a setting holds; without a value it is taken out.
func (c *carrier) reoption(o pod.Origin, wish Wish) error {
	old, wanted := scalar(c.model().raw, wish.Path[:5].With("value")), scalar(wish.Value, nil)
	if len(wish.Path) == 5 && wish.Op != patch.Remove {
		wanted = scalar(wish.Value, patch.Path{"value"})
	}
	tokens, err := spark.SplitOptions(c.text(o.At))
	if err != nil {
		return fmt.Errorf("the options at %s cannot be read", o.At.Field())
	}
	var out []string
	found := false
	for _, token := range tokens {
		if token == old && !found {
			if found = true; wish.Op == patch.Remove || wanted == "" {
				continue
			}
			token = wanted
		}
		out = append(out, spark.QuoteOption(token))
	}
	switch {
	case !found:
		return c.notEditable(o)
	case len(out) == 0:
		return c.remove(o.At)
	}
	return c.replace(o.At, patch.Text(strings.Join(out, " ")))
}
