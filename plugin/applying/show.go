package applying

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/change/forms"
	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// show writes the plan: each object with what it does to what runs, its fields, and why it is left where it is.
func (r *run) show() error {
	var b strings.Builder
	var owned []change.Edited
	for _, o := range r.plan.Objects {
		if o.Skipped != nil {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", clean.Text(o.Name()), o.Impact.Text)
		for _, f := range o.Fields {
			b.WriteString("  " + fieldText(&f) + "\n")
		}
		for _, note := range taken(o) {
			b.WriteString("  " + note + "\n")
		}
	}
	for _, o := range r.plan.Objects {
		if o.Skipped == nil {
			continue
		}
		fmt.Fprintf(&b, "not %s: %s: %s; %s\n", r.done, clean.Text(o.Name()), masked(o.Skipped.Why), o.Skipped.Remedy)
		if o.Skipped.Cause != apply.Owned {
			for _, f := range o.Fields {
				b.WriteString("  " + fieldText(&f) + "\n")
			}
			continue
		}
		ops, err := o.Shown()
		if err != nil {
			return err
		}
		one := o.Edited
		one.Operations = ops
		owned = append(owned, one)
	}
	if len(owned) > 0 {
		text, err := forms.Kustomize(owned)
		if err != nil {
			return err
		}
		b.WriteString("The same as patches for the place that they come from:\n---\n" + string(text))
	}
	_, err := r.Out.Write([]byte(b.String()))
	return err
}

// taken says which fields are taken over, a line for each manager.
func taken(o *apply.Object) (notes []string) {
	seen := map[string]bool{}
	for _, c := range o.Taken {
		if !seen[c.Manager] {
			seen[c.Manager] = true
			notes = append(notes, fmt.Sprintf("takes over fields that %q set: change the file that they came from too, or the next kubectl apply takes the change back", clean.Text(c.Manager)))
		}
	}
	return notes
}

// fieldText is a field with its values before and after, without secrets.
func fieldText(f *apply.Field) string {
	name := clean.Text(f.Name())
	value := func(raw json.RawMessage) string {
		if f.Secret {
			return mask.Masked
		}
		return shown(raw)
	}
	return name + "  " + made.Became(value(f.Before), value(f.After), f.Before != nil, f.After != nil)
}

// shown is a value on one line.
func shown(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return masked(text)
	}
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	out, err := json.Marshal(mask.Tree(value))
	if err != nil {
		return ""
	}
	return clean.Text(string(out))
}
