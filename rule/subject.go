package rule

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Options is what an admission run knows beyond the pod and its namespace. The webhook takes it from its
// configuration and inject from its flags; with equal options both give equal operations.
type Options struct {
	Profile Profile         // where neither the pod nor its namespace names one; "": standard
	Images  spark.Catalogue // facts of configured images
}

// Subject makes the Input of a pod template: who it is, which settings hold for it and what is known of its image.
// raw is the JSON that t was decoded from. The problems name settings that mean nothing; they quote user text.
func Subject(raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (in Input, problems []string) {
	return subject(spark.Identify(&t.ObjectMeta, &t.Spec), raw, t, namespace, o)
}

func subject(who spark.Identity, raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (in Input, problems []string) {
	in = Input{Template: t, Raw: raw, Identity: who}
	if o.Profile == "" {
		o.Profile = Standard
	}
	in.Settings, problems = Resolve(Marks{Labels: t.Labels, Annotations: t.Annotations}, namespace, o.Profile)
	if !in.Identity.Certain || in.Disabled {
		return in, nil // nothing will be done, so nothing that its annotations say matters
	}
	var own *spark.Image
	if text := t.Annotations[ImageAnnotation]; text != "" {
		facts, err := spark.ParseImageAnnotation(text)
		if err != nil {
			problems = append(problems, "annotation "+ImageAnnotation+": "+err.Error())
		} else {
			own = &facts
		}
	}
	if facts, known := o.Images.Facts(t.Spec.Containers[in.Identity.Container].Image, own); known {
		in.Image = &facts
	}
	return in, problems
}

// AdmitAs is AdmitPod for a template whose owner says who its pods are: a custom resource, a file of pod templates.
func (s *Set) AdmitAs(who spark.Identity, raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (Admitted, []string, error) {
	in, problems := subject(who, raw, t, namespace, o)
	out, err := s.Admit(in)
	return out, problems, err
}

// AdmitPod is what the webhook and inject share: it recognises the pod, resolves its settings and image facts and
// runs Admit. Like Admit it changes t, and an error means that the pod must be left as it was.
func (s *Set) AdmitPod(raw []byte, t *corev1.PodTemplateSpec, namespace Marks, o Options) (Admitted, []string, error) {
	in, problems := Subject(raw, t, namespace, o)
	out, err := s.Admit(in)
	return out, problems, err
}
