package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// notListed refuses what has no meaning beside a list of what fix created.
func (o *fixOptions) notListed(changed func(flag string) bool) error {
	switch {
	case !o.list:
		return nil
	case len(o.Names)+len(o.Args) > 0 || o.Kustomize != "" || len(o.Only) > 0:
		return errors.New("--list lists the objects of a namespace that fix created: give -n or -A, and no workload, file or code")
	}
	for _, flag := range []string{"output", "write", "apply", "check", "interactive", "undo", "selector"} {
		if changed(flag) {
			return fmt.Errorf("--list changes nothing and has one form: leave out --%s", flag)
		}
	}
	return nil
}

// listCreated writes the objects that fix created beside workloads.
func (o *fixOptions) listCreated(ctx context.Context) error {
	reader, err := o.Reader()
	if err != nil {
		return err
	}
	namespace, where := "", "the cluster"
	if !o.AllNamespaces {
		if namespace, err = o.Namespace(); err != nil {
			return err
		}
		where = "namespace " + namespace
	}
	all, gaps, err := apply.Companions(ctx, reader, namespace, apply.MaxCompanions)
	if err != nil {
		return err
	}
	o.TellMissing(diagnosis.Missing(gaps))
	switch {
	case len(all) == 0 && len(gaps) > 0:
		fmt.Fprintf(o.ErrOut, "no object that fix created was found in what could be read of %s\n", clean.Text(where))
		return session.Coverage
	case len(all) == 0:
		fmt.Fprintf(o.ErrOut, "fix created no object in %s\n", clean.Text(where))
		return nil
	}
	out := tabwriter.NewWriter(o.Out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(out, "NAMESPACE\tOBJECT\tCODE\tFOR")
	for _, one := range all {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", clean.Text(one.Namespace), clean.Text(strings.ToLower(one.Kind)+"/"+one.Name), clean.Text(one.Code), clean.Text(mask.Message(one.For)))
	}
	return out.Flush()
}
