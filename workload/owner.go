package workload

import "github.com/kubectl-spark/kubectl-spark/spark"

// ownerOf says which workload a slot belongs to: that of the custom resource or controller that made it, else the
// application whose id Spark has written on its pods.
func ownerOf(d *Document, s *Slot) owner {
	labels := d.Meta.Labels
	if d.Kind != "Pod" && s.Template != nil {
		labels = s.Template.Labels
	}
	if d.Conf == nil || d.Kind == "ConfigMap" {
		if launcher, kind, name, ok := spark.ResourceOf(labels); ok {
			return owner{string(launcher), kind, d.Namespace, name}
		}
	}
	if d.Kind != "Pod" {
		return owner{string(s.Launcher), d.Kind, d.Namespace, d.Called()}
	}
	// A client-mode executor is owned by its driver's pod: the application's id comes first.
	if app := labels[spark.LabelApp]; app != "" {
		return owner{string(spark.Submitter()), "Pod", d.Namespace, app}
	}
	for _, ref := range d.Meta.OwnerReferences {
		if ref.Controller != nil && *ref.Controller {
			kind, name := spark.Controller(ref.Kind, ref.Name, labels["pod-template-hash"])
			return owner{string(s.Launcher), kind, d.Namespace, name}
		}
	}
	return owner{string(s.Launcher), "Pod", d.Namespace, d.Called()}
}
