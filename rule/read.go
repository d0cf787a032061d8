package rule

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/possible"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Role is the role of the subject.
func (p reader) Role() spark.Role { return p.run.in.Identity.Role }

// Launcher is what brought the subject.
func (p reader) Launcher() spark.Launcher { return p.run.in.Identity.Launcher }

// Identity is everything that is known of who the subject is.
func (p reader) Identity() *spark.Identity { return &p.run.in.Identity }

// Version is the subject's Spark version; zero where it is not known.
func (p reader) Version() spark.Version {
	p.run.asked |= askedVersion
	return p.run.in.Identity.Version
}

// Submitted says that the template is handed to Spark, which makes the pod of it.
func (p reader) Submitted() bool { return p.run.in.Submitted }

// Template is the pod template, or nil where the subject has none.
func (p reader) Template() *corev1.PodTemplateSpec { return p.run.template }

// Main is the container that plays the role, or nil where there is no template.
func (p reader) Main() *corev1.Container {
	if p.run.template == nil {
		return nil
	}
	return &p.run.template.Spec.Containers[p.run.in.Identity.Container]
}

// At is the path of a field of the main container.
func (p reader) At(fields ...string) patch.Path {
	at := make(patch.Path, 0, 3+len(fields))
	return append(append(at, "spec", "containers", strconv.Itoa(p.run.in.Identity.Container)), fields...)
}

// Conf is the workload's Spark configuration. The rule must declare FactConf.
func (p reader) Conf() (spark.Conf, bool) {
	p.asks(FactConf)
	return p.run.in.Conf, p.run.in.Conf != nil
}

// Outside are the lists of arguments and variables that stand in no template.
func (p reader) Outside() []Outside { return p.run.in.Outside }

// Image is what is known of the main container's image: its facts, and where no container names one those of the image that the
// configuration names. The rule must declare FactImage.
func (p reader) Image() (spark.Image, bool) {
	p.asks(FactImage)
	return imageOf(&p.run.in, p.run.template != nil)
}

// imageOf is what is known of the image of a subject, which may have a pod.
func imageOf(in *Input, pod bool) (spark.Image, bool) {
	image, known := Known(&in.Facts, FactImage)
	if known || pod && in.Template.Spec.Containers[in.Identity.Container].Image != "" {
		return image, known
	}
	return possible.Named(in.Conf, in.Identity.Role, ImageAnnotation)
}
