package workload

import "github.com/kubectl-spark/kubectl-spark/spark"

// Labels by which the operators' pods name the resource that made them.
var ownerLabels = [...]struct {
	label, kind string
	launcher    spark.Launcher
}{
	{"sparkoperator.k8s.io/app-name", "SparkApplication", spark.Kubeflow},
	{"sparkoperator.k8s.io/connect-name", "SparkConnect", spark.Kubeflow},
	{"spark.operator/spark-app-name", "SparkApplication", spark.Apache},
	{"spark.operator/spark-cluster-name", "SparkCluster", spark.Apache},
}

// ownerOf says which workload a slot belongs to: that of the custom resource or controller that made it, else the
// application whose id Spark has written on its pods.
func ownerOf(d *Document, s *Slot) owner {
	labels := d.Meta.Labels
	if d.Kind != "Pod" && s.Template != nil {
		labels = s.Template.Labels
	}
	if d.Conf == nil || d.Kind == "ConfigMap" {
		for _, known := range ownerLabels {
			if name := labels[known.label]; name != "" {
				return owner{string(known.launcher), known.kind, d.Namespace, name}
			}
		}
	}
	if d.Kind != "Pod" {
		return owner{string(s.Launcher), d.Kind, d.Namespace, d.Name}
	}
	// A client-mode executor is owned by its driver's pod: the application's id comes first.
	if app := labels[spark.LabelApp]; app != "" {
		return owner{string(spark.Native), "Pod", d.Namespace, app}
	}
	for _, ref := range d.Meta.OwnerReferences {
		if ref.Controller != nil && *ref.Controller {
			kind, name := ownerName(ref.Kind, ref.Name, labels["pod-template-hash"])
			return owner{string(s.Launcher), kind, d.Namespace, name}
		}
	}
	return owner{string(s.Launcher), "Pod", d.Namespace, d.Name}
}
