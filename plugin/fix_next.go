package plugin

import (
	"context"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
)

// next prints the commands that come next: they write what is shown into the files or the cluster, and give settings as arguments for
// what submits.
func (o *fixOptions) next(ctx context.Context, planned *change.Set, changed int, written bool) {
	if o.check || o.interactive || o.output != "diff" {
		return
	}
	if len(o.Names) == 0 {
		o.nextLive(ctx, planned, changed)
		return
	}
	command := o.again("", o.Lowest())
	if o.Kustomize != "" && changed > 0 {
		o.Say("note: ", "nothing is written back into files of a kustomization: -o kustomize prints the changes as a kustomization with "+clean.Line(o.Kustomize)+" as its resource")
		if command != "" {
			fmt.Fprintln(o.ErrOut, "next: "+command+" -o kustomize")
		}
	}
	if command == "" || !o.InPlace() {
		return
	}
	if changed > 0 && !written {
		fmt.Fprintln(o.ErrOut, "next: "+command+" --write")
	}
	if planned.Arguments() {
		fmt.Fprintln(o.ErrOut, "next: "+command+" -o conf")
	}
}

// nextLive prints them for objects of a cluster. They are a hint: where the cluster does not tell what they would do, there are none.
func (o *fixOptions) nextLive(ctx context.Context, planned *change.Set, changed int) {
	namespace, err := o.Namespace()
	command := o.again(namespace, o.Lowest())
	if err != nil || command == "" {
		return
	}
	if edits, err := planned.Edited(func(object []byte) []byte { return object }); err == nil && changed > 0 {
		next, note, err := o.applying.Next(ctx, o.Session, edits, command)
		if err == nil && note != "" {
			o.Say("note: ", note)
		}
		if next != "" {
			fmt.Fprintln(o.ErrOut, "next: "+next)
		}
	}
	if planned.Arguments() {
		fmt.Fprintln(o.ErrOut, "next: "+command+" -o conf")
	}
}

// arguments counts those for spark-submit that -o conf shows.
func (o *fixOptions) arguments(planned *change.Set) (n int) {
	for _, s := range planned.Settings {
		if o.output == "conf" && !o.check && !planned.LeftOut(s.File) {
			n += len(s.Args())
		}
	}
	return n
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
		notes = append(notes, s.Removals()...)
	}
	return notes
}
