package launcher

import (
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Image is the image that the subject's pods run. A pod that Spark is to make runs what the configuration names; a driver in
// client mode is none of those.
func Image(s *workload.Subject, conf spark.Conf) (image string) {
	if !s.Live && s.Doc != nil {
		slot := *s.Slot
		slot.Conf = conf
		if pod, ok := Predict(s.Doc, &slot); ok { // as its owner makes it
			return pod.Template.Spec.Containers[pod.Identity.Container].Image
		}
	}
	if t, at := s.Slot.Template, s.Slot.Identity.Container; t != nil && at >= 0 && at < len(t.Spec.Containers) {
		image = t.Spec.Containers[at].Image
	}
	made := image == "" || s.Slot.Role.Job() && !(s.Slot.Identity.Client && s.Slot.Role == spark.Driver)
	if named := spark.ImageOf(conf, s.Slot.Role); named != "" && !s.Live && made {
		return named
	}
	return image
}
