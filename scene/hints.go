package scene

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// hintTimeout bounds a look that only serves a hint or completion.
const hintTimeout = 10 * time.Second

// noWorkloads says where no workload was found, and what else there is. A namespace that does not exist is an error.
func noWorkloads(ctx context.Context, reader *cluster.Reader, scope Scope) (text string, err error) {
	text = "no Spark workloads"
	if scope.Selector != "" {
		text += fmt.Sprintf(" with labels %s", scope.Selector)
	}
	if scope.Namespace == "" {
		return text + " in the cluster", nil
	}
	unseen, err := namespaceMissing(ctx, reader, scope.Namespace)
	if err != nil {
		return "", err
	}
	text += fmt.Sprintf(" in namespace %q", scope.Namespace)
	if unseen != nil {
		text += fmt.Sprintf("; whether it exists was not checked: get namespaces %s", unseen.Reason())
		if grant := unseen.Grant(); grant != "" {
			text += " (grant: " + grant + ")"
		}
	}
	var others []string
	for _, w := range clusterWorkloads(ctx, reader) {
		if !slices.Contains(others, w.Namespace) && w.Namespace != scope.Namespace {
			others = append(others, w.Namespace)
		}
	}
	switch len(others) {
	case 0:
	case 1:
		text += fmt.Sprintf("; namespace %q has some: try -n %[1]s", others[0])
	default:
		text += fmt.Sprintf("; %d namespaces have some: try -A", len(others))
	}
	return text, nil
}

// namespaceMissing is the error of a namespace that does not exist, with those that it may have been meant for. unseen says that it
// may not be read.
func namespaceMissing(ctx context.Context, reader *cluster.Reader, name string) (unseen *cluster.Gap, missing error) {
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	var namespace metav1.PartialObjectMetadata
	switch found, err := reader.Get(ctx, cluster.Path("v1", "Namespace", ""), name, &namespace); {
	case err != nil:
		return &cluster.Gap{Verb: "get", Resource: "namespaces", Err: err}, nil
	case found:
		return nil, nil
	}
	hint := didYouMean(name, reader.Namespaces(ctx))
	if hint == "" {
		hint = ": choose another with -n"
	}
	return nil, fmt.Errorf("namespace %q does not exist%s", name, hint)
}

// clusterWorkloads are the workloads of the cluster that were seen in time.
func clusterWorkloads(ctx context.Context, reader *cluster.Reader) []workload.Workload {
	return listBriefly(ctx, reader, cluster.Scope{})
}

// WorkloadNames are the names of the workloads of a namespace that were seen in a few seconds.
func WorkloadNames(ctx context.Context, reader *cluster.Reader, namespace string) (names []string) {
	for _, w := range listBriefly(ctx, reader, cluster.Scope{Namespace: namespace}) {
		names = append(names, w.Name)
	}
	return names
}

// mostListed bounds the documents that are held for a hint: pods of one application that differ only in names are one.
const mostListed = 2000

// listBriefly are the workloads that were seen in a few seconds, among the first documents.
func listBriefly(ctx context.Context, reader *cluster.Reader, scope cluster.Scope) []workload.Workload {
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	in, collector := newIntake(), workload.NewCollector()
	// It serves a hint: what cannot be read is not hinted at.
	_, _ = reader.Workloads(ctx, scope, func(objects []*cluster.Object) error {
		if len(in.docs) >= mostListed {
			return cluster.ErrEnough
		}
		return in.page(objects)
	})
	for _, doc := range in.docs {
		collector.Add(doc)
	}
	return collector.Workloads()
}

// inOtherNamespaces hints at other namespaces that have a workload of a name; "" where there is none.
func inOtherNamespaces(ctx context.Context, reader *cluster.Reader, name string) string {
	var titles []string
	for _, w := range clusterWorkloads(ctx, reader) {
		if w.Name == name || w.App == name {
			titles = append(titles, w.Namespace+"/"+w.Name)
		}
	}
	if len(titles) == 0 {
		return ""
	}
	return "; there is " + FirstNames(titles)
}

// FirstNames names the first of many.
func FirstNames(names []string) string {
	const first = 3
	slices.Sort(names)
	if names = slices.Compact(names); len(names) <= first {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:first], ", "), len(names)-first)
}
