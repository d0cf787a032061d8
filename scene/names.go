package scene

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/validate/content"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/resource"

	"github.com/kubectl-spark/kubectl-spark/cluster"
)

// Names are arguments that name workloads of a cluster: NAME, NAMESPACE/NAME or TYPE/NAME.
type Names struct {
	Given []string
	// Namespace is where a name without one is looked for.
	Namespace string
	// Server tells which types are served.
	Server resource.RESTClientGetter
}

// target is one argument, taken apart. types are what its type may mean; none where it has no type.
type target struct {
	given, typeName, namespace, name string
	types                            []*meta.RESTMapping
}

// targets takes the arguments apart. Which words are types is asked of the server, and only where one could be.
func (n *Names) targets() (all []target, err error) {
	if len(n.Given) > 1 && !slices.ContainsFunc(n.Given, func(arg string) bool { return strings.Contains(arg, "/") }) {
		types, err := n.typesOf(n.Given[0]) // kubectl's other form: TYPE NAME ...
		if err != nil {
			return nil, err
		}
		if len(types) > 0 {
			for _, name := range n.Given[1:] {
				if len(content.IsPathSegmentName(name)) > 0 {
					return nil, nameless(name)
				}
				all = append(all, target{n.Given[0] + "/" + name, n.Given[0], n.Namespace, name, types})
			}
			return all, nil
		}
	}
	for _, arg := range n.Given {
		one := target{given: arg, namespace: n.Namespace, name: arg}
		title, app, ofRun := strings.Cut(strings.TrimSuffix(arg, ")"), " (") // as runs of one name are told apart
		first, rest, parted := strings.Cut(title, "/")
		switch {
		case arg == "" || strings.HasPrefix(arg, "/") || strings.HasSuffix(arg, "/") || strings.Contains(rest, "/"):
			return nil, nameless(arg)
		case parted:
			if one.types, err = n.typesOf(first); err != nil {
				return nil, err
			}
			if one.typeName, one.name = first, rest; len(one.types) == 0 {
				one.namespace = first
			}
		}
		if ofRun {
			one.name = app
		}
		if len(content.IsPathSegmentName(one.name))+len(content.IsPathSegmentName(one.namespace)) > 0 {
			return nil, nameless(arg)
		}
		all = append(all, one)
	}
	return all, nil
}

func nameless(arg string) error {
	return fmt.Errorf("%q names nothing: give NAME, NAMESPACE/NAME or TYPE/NAME", arg)
}

// typesOf are the types that a word stands for: a kind, a resource in singular or plural, a short name, each also with its
// version and group. Several groups may serve one of the same name.
func (n *Names) typesOf(word string) (types []*meta.RESTMapping, err error) {
	mapper, err := n.Server.ToRESTMapper()
	if err != nil {
		return nil, err
	}
	full, resource := schema.ParseResourceArg(strings.ToLower(word))
	asked := resource.WithVersion("")
	if full != nil {
		if found, err := mapper.ResourcesFor(*full); err == nil && len(found) > 0 {
			asked = *full
		}
	}
	found, err := mapper.ResourcesFor(asked)
	if meta.IsNoMatchError(err) { // what was cached is read anew by now: a short name that it lacked may be known
		found, err = mapper.ResourcesFor(asked)
	}
	if meta.IsNoMatchError(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	seen := map[schema.GroupKind]bool{}
	for _, r := range found {
		kind, err := mapper.KindFor(r)
		if err != nil || seen[kind.GroupKind()] {
			continue
		}
		seen[kind.GroupKind()] = true
		versions := []string{}
		if asked.Version != "" {
			versions = append(versions, asked.Version)
		}
		mapping, err := mapper.RESTMapping(kind.GroupKind(), versions...)
		if err != nil {
			return nil, err
		}
		types = append(types, mapping)
	}
	return types, nil
}

// object reads the one object that TYPE/NAME stands for. nil says that the first word is a namespace.
func (n *Names) object(ctx context.Context, reader *cluster.Reader, t *target) (json.RawMessage, error) {
	var found []json.RawMessage
	var full []string
	var refused error
	for _, m := range t.types {
		var raw json.RawMessage
		is, err := reader.Get(ctx, cluster.CollectionOf(m, t.namespace), t.name, &raw)
		switch {
		case apierrors.IsForbidden(err):
			gap := cluster.Gap{Verb: "get", Group: m.Resource.Group, Resource: m.Resource.Resource, Namespace: t.namespace, Err: err}
			refused = fmt.Errorf("%w; grant: %s", err, gap.Grant())
		case err != nil:
			return nil, err
		case is:
			found = append(found, raw)
			full = append(full, strings.ToLower(m.GroupVersionKind.GroupKind().String())+"/"+t.name)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		slices.Sort(full)
		return nil, fmt.Errorf("%s is %d objects in namespace %q: give %s", t.given, len(found), t.namespace, strings.Join(full, " or "))
	case refused != nil:
		return nil, refused
	}
	var namespace metav1.PartialObjectMetadata
	if is, err := reader.Get(ctx, cluster.Path("v1", "Namespace", ""), t.typeName, &namespace); err == nil && is {
		t.namespace = t.typeName
		return nil, nil
	}
	return nil, t.missing(ctx, reader)
}

// missing is the error of an object that is not there, with those that it may have been meant for.
func (t *target) missing(ctx context.Context, reader *cluster.Reader) error {
	root := len(t.types) == 1 && t.types[0].Scope.Name() == meta.RESTScopeNameRoot
	if !root {
		if _, missing := namespaceMissing(ctx, reader, t.namespace); missing != nil {
			return missing
		}
	}
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	var names, groups []string
	for _, m := range t.types {
		groups = append(groups, m.Resource.Group)
		names = append(names, reader.Names(ctx, m, t.namespace, maxListed)...)
	}
	of := ""
	if slices.Sort(groups); len(groups) > 1 {
		of = " of " + strings.Join(groups, " or ")
	}
	where := fmt.Sprintf(" in namespace %q", t.namespace)
	if root {
		where = ""
	}
	hint := didYouMean(t.name, names)
	switch {
	case hint != "":
	case len(names) > 0:
		hint = "; there is " + FirstNames(names)
	default:
		hint = ": check the name and -n"
	}
	return fmt.Errorf("%s %q%s not found%s%s", strings.ToLower(t.types[0].GroupVersionKind.Kind), t.name, of, where, hint)
}
