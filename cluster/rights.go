package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Right is one verb on the objects of a collection; "*" stands for all of a kind, and an empty name for every object.
type Right struct{ Verb, Group, Resource, Namespace, Name string }

// Of is the resource with its group.
func (r Right) Of() string {
	if r.Group != "" {
		return r.Resource + "." + r.Group
	}
	return r.Resource
}

func (r Right) String() string {
	text := r.Verb + " " + r.Of()
	if r.Namespace != "" {
		text += " in namespace " + r.Namespace
	}
	return text
}

// RightTo is a verb on one object of a kind that install applies.
func RightTo(verb, apiVersion, kind, namespace, name string) Right {
	k := kindOf(apiVersion, kind)
	return Right{Verb: verb, Group: k.group, Resource: k.resource, Namespace: namespace, Name: name}
}

// May asks the API server whether this account has a right.
func (r *Reader) May(ctx context.Context, right Right) (bool, error) {
	review := authorizationv1.SelfSubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"},
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: right.Verb, Group: right.Group, Resource: right.Resource, Namespace: right.Namespace, Name: right.Name}},
	}
	body, err := json.Marshal(review)
	if err != nil {
		return false, err
	}
	raw, err := answer(r.client.Post().AbsPath("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews").Body(body).Do(ctx))
	switch {
	case fatal(ctx, err):
		return false, r.unanswered(ctx, err)
	case err != nil:
		return false, fmt.Errorf("ask for the right to %s: %w", right, err)
	}
	if err := json.Unmarshal(raw, &review); err != nil {
		return false, fmt.Errorf("ask for the right to %s: %w", right, err)
	}
	return review.Status.Allowed, nil
}
