package launcher

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// native is spark-submit by itself, in cluster or client mode, from wherever it is called: a shell, a script, a container.
func native() *Launcher {
	return &Launcher{
		Name:   "native",
		Traits: spark.Traits{Kubernetes: true, Submits: true},
	}
}

// submits adds what a pod submits, where it runs spark-submit and is no Spark pod by its own marks. A pod that somebody
// controls shows only what it is itself: the rest is told of its controller. seen says that one was found, or noted.
func (r *Reader) submits(d *workload.Document, t *corev1.PodTemplateSpec, raw []byte, at patch.Path) (seen bool) {
	found, unread := submit.Find(t, at, func(container int) bool { return workload.MayHaveDefaults(d.Namespace, t, container) })
	note(d, unread)
	if found == nil {
		return len(unread) > 0
	}
	s := workload.NewSubmission(found, d.Namespace, t)
	controlled := d.Kind == "Pod" && slices.ContainsFunc(d.Meta.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Controller != nil && *o.Controller })
	for _, slot := range slotsOf(s, t, raw, at) {
		if slot.Template != nil || !controlled {
			d.Slots = append(d.Slots, slot)
		}
	}
	return true
}

// note adds to the document's notes what was not read of it.
func note(d *workload.Document, unread []error) {
	for _, err := range unread {
		d.Notes = append(d.Notes, err.Error())
	}
}

// slotsOf are the pods that a submission brings: the driver, which in client mode is the container itself, and executors.
func slotsOf(s *workload.Submission, t *corev1.PodTemplateSpec, raw []byte, at patch.Path) []workload.Slot {
	var slots []workload.Slot
	launcher := spark.Native
	if s.Elsewhere {
		launcher = spark.Standalone
	}
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		if role == spark.Executor && s.Elsewhere {
			break
		}
		id := spark.Identity{Role: role, Launcher: launcher, Version: s.Version, Container: -1, Certain: true, Finite: true, Client: !s.Cluster}
		slot := workload.Slot{Launcher: launcher, Version: s.Version, At: at, Conf: s.Conf, Missing: true, ContainerName: spark.ContainerName(role), BySubmit: s}
		if role == spark.Driver {
			id.MainClass, id.Python = s.Class, &s.Python
			if s.AnyKind {
				id.Python = nil
			}
			id.Role = serverOf(s.Class, role)
		}
		if role == spark.Driver && s.Cluster {
			c := &t.Spec.Containers[s.Container]
			slot.Outside = []workload.Outside{{Path: s.At.With("command"), Args: c.Command}, {Path: s.At.With("args"), Args: c.Args}, {Path: s.At.With("env"), Env: c.Env}}
		}
		if role == spark.Driver && !s.Cluster {
			id.Container, id.Finite = s.Container, t.Spec.RestartPolicy == corev1.RestartPolicyNever || t.Spec.RestartPolicy == corev1.RestartPolicyOnFailure
			slot.Template, slot.Raw, slot.Missing, slot.ContainerName = t, raw, false, ""
		}
		slot.Role, slot.Identity = id.Role, id
		slots = append(slots, slot)
	}
	return slots
}
