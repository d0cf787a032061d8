package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
)

// Path is the path of a kind's collection; namespace "" is that of a kind without namespaces. It is for the kinds
// that install applies.
func Path(apiVersion, name, namespace string) string {
	return kindOf(apiVersion, name).path(namespace)
}

// CollectionOf is the path of the collection of a type that the server has named; a type without namespaces leaves namespace out.
func CollectionOf(m *meta.RESTMapping, namespace string) string {
	if m.Scope.Name() == meta.RESTScopeNameRoot {
		namespace = ""
	}
	return mapped(m).path(namespace)
}

func mapped(m *meta.RESTMapping) kind {
	return kind{m.Resource.Group, m.Resource.Version, m.GroupVersionKind.Kind, m.Resource.Resource}
}

// kindOf is a kind with the name that its resource has by Kubernetes' rule of names: it holds for the kinds that install applies,
// and is a guess for others.
func kindOf(apiVersion, name string) kind {
	g := schema.FromAPIVersionAndKind(apiVersion, name)
	guess, _ := meta.UnsafeGuessKindToResource(g)
	return kind{g.Group, g.Version, name, guess.Resource}
}

// ApplyOptions say how an object is applied.
type ApplyOptions struct {
	Manager string // owner of the fields
	Force   bool   // take fields over that another manager holds
	DryRun  bool   // persist nothing
}

// Conflict is a field that another manager holds, and that has another value.
type Conflict struct{ Field, Manager string }

// ConflictError names the fields of an object that others hold. Nothing was changed.
type ConflictError struct {
	Name      string
	Conflicts []Conflict
}

func (e *ConflictError) Error() string {
	words := make([]string, 0, len(e.Conflicts))
	for _, c := range e.Conflicts {
		words = append(words, fmt.Sprintf("%s is held by %q", c.Field, c.Manager))
	}
	return fmt.Sprintf("apply %s: %s", e.Name, strings.Join(words, ", "))
}

// Apply brings one object of ours into a state by server-side apply, strictly, and returns what the server made of
// it. A *ConflictError says that another manager holds fields of it.
func (r *Reader) Apply(ctx context.Context, collection, name string, object []byte, o ApplyOptions) ([]byte, error) {
	request := r.client.Patch(types.ApplyPatchType).AbsPath(collection, name).Param("fieldManager", o.Manager).Param("fieldValidation", "Strict").Body(object)
	if o.Force {
		request = request.Param("force", "true")
	}
	if o.DryRun {
		request = request.Param("dryRun", "All")
	}
	raw, err := answer(request.Do(ctx))
	if err == nil {
		return raw, nil
	}
	if conflicts := conflictsOf(err); len(conflicts) > 0 {
		return nil, &ConflictError{Name: name, Conflicts: conflicts}
	}
	if fatal(ctx, err) {
		return nil, r.unanswered(ctx, err)
	}
	return nil, fmt.Errorf("apply %s: %w", name, err)
}

func conflictsOf(err error) (out []Conflict) {
	var status apierrors.APIStatus
	if !apierrors.IsConflict(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	for _, c := range status.Status().Details.Causes {
		if c.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		// conflict with "NAME" with subresource ... using v1
		manager := c.Message
		if parts := strings.SplitN(c.Message, `"`, 3); len(parts) == 3 {
			manager = parts[1]
		}
		out = append(out, Conflict{Field: c.Field, Manager: manager})
	}
	return out
}

// Get reads one object. found is false where it, or its kind, does not exist; a right that is missing is an error.
func (r *Reader) Get(ctx context.Context, collection, name string, into any) (found bool, err error) {
	err = r.get(ctx, collection+"/"+name, into)
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case fatal(ctx, err):
		return false, r.unanswered(ctx, err)
	case err != nil:
		return false, fmt.Errorf("read %s: %w", name, err)
	}
	return true, nil
}

// DryCreate asks the API server what it would make of a new object, and returns that with the warnings of the
// webhooks that it called. Nothing is kept.
func (r *Reader) DryCreate(ctx context.Context, collection string, object []byte) (raw []byte, warnings []string, err error) {
	result := r.client.Post().AbsPath(collection).Param("dryRun", "All").WarningHandler(rest.NoWarnings{}).Body(object).Do(ctx)
	for _, w := range result.Warnings() {
		warnings = append(warnings, w.Text)
	}
	raw, err = answer(result)
	if fatal(ctx, err) {
		return nil, nil, r.unanswered(ctx, err)
	}
	return raw, warnings, err
}

// Warnings are what the API server warns of when an object gets some fields. Nothing is kept.
func (r *Reader) Warnings(ctx context.Context, collection, name string, fields any) (warnings []string, err error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	result := r.client.Patch(types.MergePatchType).AbsPath(collection, name).Param("dryRun", "All").WarningHandler(rest.NoWarnings{}).Body(body).Do(ctx)
	for _, w := range result.Warnings() {
		warnings = append(warnings, w.Text)
	}
	_, err = answer(result)
	if fatal(ctx, err) {
		return nil, r.unanswered(ctx, err)
	}
	return warnings, err
}

// Delete removes one object. found tells whether it was there.
func (r *Reader) Delete(ctx context.Context, collection, name string, dryRun bool) (found bool, err error) {
	// In the background: what a Deployment made goes with it. With a body the server reads no parameters.
	options := map[string]any{"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": metav1.DeletePropagationBackground}
	if dryRun {
		options["dryRun"] = []string{metav1.DryRunAll}
	}
	body, err := json.Marshal(options)
	if err != nil {
		return false, err
	}
	err = r.client.Delete().AbsPath(collection, name).Body(body).Do(ctx).Error()
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case fatal(ctx, err):
		return false, r.unanswered(ctx, err)
	case err != nil:
		return false, fmt.Errorf("delete %s: %w", name, err)
	}
	return true, nil
}

// ErrEnough is the error of a visit that ends a list which it need not see to its end.
var ErrEnough = errors.New("enough of this list")

// List hands the objects of a collection to visit, page by page, until it gives ErrEnough. A gap says what could not be read; where
// the server has no such kind there is nothing to read.
func (r *Reader) List(ctx context.Context, apiVersion, name string, scope Scope, visit func(raw []byte) error) (*Gap, error) {
	k := kindOf(apiVersion, name)
	each := func(objects []*Object) error {
		for _, o := range objects {
			if err := visit(withKind(k, o.raw)); err != nil {
				return err
			}
		}
		return nil
	}
	err := r.pages(ctx, k, scope, reading{limit: page, plain: true}, each)
	if apierrors.IsNotFound(err) { // the name is a guess, and a server may have the kind by another
		resource, asked := r.resourceOf(ctx, k)
		switch {
		case asked != nil:
			err = asked
		case resource == "":
			return nil, nil
		case resource != k.resource:
			k.resource = resource
			err = r.pages(ctx, k, scope, reading{limit: page, plain: true}, each)
		}
	}
	var refused *visitError
	switch {
	case err == nil, errors.Is(err, ErrEnough):
		return nil, nil
	case errors.As(err, &refused):
		return nil, refused.err
	case fatal(ctx, err):
		return nil, r.unanswered(ctx, err)
	}
	return &Gap{Verb: "list", Group: k.group, Resource: k.resource, Namespace: scope.Namespace, Err: err}, nil
}

// resourceOf is the name by which the server has a kind; "" where it has none.
func (r *Reader) resourceOf(ctx context.Context, k kind) (string, error) {
	var served metav1.APIResourceList
	err := r.get(ctx, path.Dir(k.path("")), &served)
	if err != nil && !apierrors.IsNotFound(err) {
		return "", err
	}
	for _, one := range served.APIResources {
		if one.Kind == k.kind && !strings.Contains(one.Name, "/") {
			return one.Name, nil
		}
	}
	return "", nil
}
