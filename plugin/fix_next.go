package plugin

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/change"
)

// next prints the commands that come next: they write what is shown into the files, and give settings as arguments for what submits.
func (o *fixOptions) next(planned *change.Set, changed int, written bool) {
	if o.check || o.interactive || o.output != "diff" {
		return
	}
	command := o.again("", o.Lowest())
	if o.kustomize != "" && changed > 0 {
		o.say("note: ", "nothing is written back into files of a kustomization: -o kustomize prints the changes as a kustomization with "+oneLine(o.kustomize)+" as its resource")
		if command != "" {
			fmt.Fprintln(o.ErrOut, "next: "+command+" -o kustomize")
		}
	}
	if command == "" || len(o.names) == 0 || !o.inPlace() {
		return
	}
	if changed > 0 && !written {
		fmt.Fprintln(o.ErrOut, "next: "+command+" --write")
	}
	if planned.Arguments() {
		fmt.Fprintln(o.ErrOut, "next: "+command+" -o conf")
	}
}

// removals are notes about the keys that go, beside arguments for spark-submit, none of which can say so.
func (o *fixOptions) removals(planned *change.Set) (notes []string) {
	if o.output != "conf" || o.write || o.check {
		return nil
	}
	for _, s := range planned.Settings {
		if planned.LeftOut(s.File) {
			continue
		}
		for _, key := range s.Unset() {
			notes = append(notes, removal(s.Title, key))
		}
	}
	return notes
}

// removal says that a key has to go where a workload's settings stand.
func removal(title, key string) string {
	return fmt.Sprintf("%s: remove %s from the configuration; no argument can do that", title, key)
}
