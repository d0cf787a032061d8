package rule

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Options is what an admission run knows beyond the pod and its namespace. The webhook takes it from its
// configuration and inject from its flags; with equal options both give equal operations.
type Options struct {
	Profile Profile         // where neither the pod nor its namespace names one; "": standard
	Images  spark.Catalogue // facts of configured images
	// NullAs tells how the text that the template was decoded from spells a null of it; nil: as JSON.
	NullAs func(at patch.Path) patch.Null
}

// Subject makes the Input of a pod template: who it is, which settings hold for it and what is known of its image.
// raw is the JSON that t was decoded from. The problems name settings that mean nothing; they quote user text.
func Subject(raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (in Input, problems []string) {
	return subject(spark.Identify(&t.ObjectMeta, &t.Spec), raw, t, namespace, o)
}

func subject(who spark.Identity, raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (in Input, problems []string) {
	in = Input{Template: t, Raw: raw, Identity: who, NullAs: o.NullAs}
	in.Settings, problems = Resolve(Marks{Labels: t.Labels, Annotations: t.Annotations}, namespace, cmp.Or(o.Profile, Standard))
	if !in.Identity.Certain || in.Disabled {
		return in, nil // nothing will be done, so nothing that its annotations say matters
	}
	facts, err := ImageFacts(t.Spec.Containers[in.Identity.Container].Image, t.Annotations[ImageAnnotation], o.Images)
	if facts != nil {
		Put(&in.Facts, FactImage, *facts)
	}
	if err != nil {
		problems = append(problems, err.Error())
	}
	return in, problems
}

// AdmitAs is AdmitPod for a template whose owner says who its pods are: a custom resource, a file of pod templates.
func (s *Set) AdmitAs(who spark.Identity, raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (Admitted, []string, error) {
	in, problems := subject(who, raw, t, namespace, o)
	out, err := s.Admit(in)
	return out, problems, err
}

// AdmitPod does for a pod as it was sent what the webhook does by Subject and Admit, and inject by AdmitAs: status tells by it
// what the webhook would have made of a pod. Like Admit it changes t, and an error means that the pod must be left as it was.
func (s *Set) AdmitPod(raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (Admitted, []string, error) {
	in, problems := Subject(raw, t, namespace, o)
	out, err := s.Admit(in)
	return out, problems, err
}

// ImageFacts is what is known of an image: by the pod's annotation, "" where it has none, then the catalogue, then what
// is known of public images; nil where that is nothing. Facts are told also where an error names an annotation that cannot be read.
func ImageFacts(reference, annotation string, images spark.Catalogue) (facts *spark.Image, unread error) {
	var own *spark.Image
	if annotation != "" {
		if parsed, err := spark.ParseImageAnnotation(annotation); err != nil {
			unread = fmt.Errorf("annotation %s: %w", ImageAnnotation, err)
		} else {
			own = &parsed
		}
	}
	if known, ok := images.Facts(reference, own); ok {
		facts = &known
	}
	return facts, unread
}
