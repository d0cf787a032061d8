package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// handmade gives the pods that the fixtures' owners would lead to, by the place that they stand in.
func handmade(t *testing.T) (names []string, pods map[string]*corev1.Pod) {
	t.Helper()
	pods = map[string]*corev1.Pod{}
	all, err := fixtures.Manifests("handmade", "faulty", "corrected")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		file, err := source.Open(m.Name, m.Text)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range file.Docs {
			for _, slot := range doc.Slots {
				switch doc.Kind {
				case "Pod", "Deployment", "StatefulSet":
				default:
					continue
				}
				name := fmt.Sprintf("%s:%s/%s", m.Name, doc.Kind, doc.Name)
				template := slot.Template.DeepCopy()
				names = append(names, name)
				pods[name] = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "p-", Labels: template.Labels, Annotations: template.Annotations}, Spec: template.Spec}
			}
		}
	}
	return names, pods
}

// TestHandmadePodsThroughTheServerAreWhatInjectSays creates every pod twice for every profile: where it opted out it is
// what it was, elsewhere it is what inject says of the pod as the API server defaulted it. None is refused.
func TestHandmadePodsThroughTheServerAreWhatInjectSays(t *testing.T) {
	i := install(t)
	on, off := i.cp.NewNamespace(t, rule.InjectLabel, "enabled"), i.cp.NewNamespace(t, rule.InjectLabel, "disabled")
	for _, ns := range []string{on, off} {
		namespace(t, i.cp, ns)
	}
	eventually(t, i, on)
	names, pods := handmade(t)
	if len(names) < 25 {
		t.Fatalf("only %d pods", len(names))
	}
	var golden strings.Builder
	for _, name := range names {
		for _, profile := range rule.Profiles() {
			sent := pods[name].DeepCopy()
			if sent.Annotations == nil {
				sent.Annotations = map[string]string{}
			}
			sent.Annotations[rule.ProfileAnnotation] = string(profile)
			sent.Spec.ServiceAccountName, sent.Spec.DeprecatedServiceAccount = "", ""
			before := create(t, i.cp, off, sent.DeepCopy())
			if injected(before) {
				t.Errorf("%s: injected though its namespace opted out", name)
			}
			got := create(t, i.cp, on, sent.DeepCopy())
			before.Name = got.Name
			raw, err := json.Marshal(before)
			if err != nil {
				t.Fatal(err)
			}
			want := corev1.PodTemplateSpec{ObjectMeta: before.ObjectMeta, Spec: before.Spec}
			out, _, err := i.set.AdmitPod(raw, &want, rule.Marks{}, rule.Options{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got.Spec.Volumes, want.Spec.Volumes = tokenless(got.Spec.Volumes), tokenless(want.Spec.Volumes)
			for _, spec := range []*corev1.PodSpec{&got.Spec, &want.Spec} {
				for c := range spec.Containers {
					spec.Containers[c].VolumeMounts = named(spec.Containers[c].VolumeMounts)
				}
				for c := range spec.InitContainers {
					spec.InitContainers[c].VolumeMounts = named(spec.InitContainers[c].VolumeMounts)
				}
			}
			if a, b := asJSON(t, got.Spec), asJSON(t, want.Spec); a != b {
				t.Errorf("%s %s: created\n%s\ninject says\n%s", name, profile, a, b)
			}
			if got.Annotations[rule.ReportAnnotation] != out.Report {
				t.Errorf("%s %s: report\n%s\ninject says\n%s", name, profile, got.Annotations[rule.ReportAnnotation], out.Report)
			}
			var report rule.Report
			if out.Report != "" { // nothing to say of a pod that has all of it already
				if report, err = rule.ReadReport(out.Report); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			fmt.Fprintf(&golden, "%s %s: %s | %s\n", name, profile, strings.Join(report.Applied, " "), asJSON(t, report.Refused))
		}
	}
	compare(t, "handmade.txt", golden.String())
}

// named renames the mounts of the volume that the service account admission names at random.
func named(mounts []corev1.VolumeMount) []corev1.VolumeMount {
	for i := range mounts {
		if strings.HasPrefix(mounts[i].Name, "kube-api-access-") {
			mounts[i].Name = "kube-api-access"
		}
	}
	return mounts
}
