package launcher

import (
	"errors"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// KindScript is the kind of a command of a shell script.
const KindScript = "Script"

// Command makes a document of a command of a script. It is read as the script of a container would be, in which the variables
// that the script sets are set; what it submits is no pod of the machine on which the script runs.
func (r *Reader) Command(file string, c *document.Command) []*workload.Document {
	d := &workload.Document{Kind: KindScript, Name: file, Places: r.Places}
	d.Line, _ = r.Places(nil)
	t := &corev1.PodTemplateSpec{}
	run := corev1.Container{Name: file, Command: []string{"/bin/sh", "-c", c.Text}}
	for _, name := range slices.Sorted(maps.Keys(c.Assigned)) {
		run.Env = append(run.Env, corev1.EnvVar{Name: name, Value: c.Assigned[name]})
	}
	t.Spec.Containers = []corev1.Container{run}
	found, unread := submit.Find(t, patch.Path{}, func(int) bool { return false })
	for _, err := range unread {
		if container := (*submit.Unread)(nil); errors.As(err, &container) {
			err = container.Err
		}
		d.Notes = append(d.Notes, "this spark-submit was not checked: "+err.Error())
	}
	if found == nil {
		if len(d.Notes) == 0 {
			d.Kind, d.Other = "", "shell script without spark-submit on Kubernetes"
		}
		return []*workload.Document{d}
	}
	for key, setting := range found.Conf {
		setting.Line, _ = r.Places(patch.Path{wordOf(found, key)})
		found.Conf[key] = setting
	}
	if name := found.Conf["spark.app.name"].Value; name != "" && !strings.Contains(name, "$") {
		d.Name = name
	}
	d.Namespace = found.Conf["spark.kubernetes.namespace"].Value
	found.File = true
	s := &workload.Submission{Submission: found}
	for _, slot := range slotsOf(s, t, nil, patch.Path{}) {
		slot.Template, slot.Raw, slot.Missing, slot.Outside, slot.Identity.Container = nil, nil, true, nil, -1
		d.Slots = append(d.Slots, slot)
	}
	return []*workload.Document{d}
}

// wordOf is what a script has of a setting: its key, or the option that gives it.
func wordOf(s *submit.Submission, key string) string {
	if i := s.Decides(key); i >= 0 && s.Given[i].OfOption() {
		return s.Given[i].Option
	}
	if _, given := s.Conf[key]; given && s.Decides(key) >= 0 {
		return key
	}
	return "spark-submit"
}
