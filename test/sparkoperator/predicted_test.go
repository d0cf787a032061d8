package sparkoperator

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/test/distribution"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// resources are the documents of a version by the name of their resource.
func resources(t *testing.T, version string) map[string][]byte {
	t.Helper()
	text, err := fixtures.KubeflowResources(version)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, document := range Documents(text) {
		_, name, _ := strings.Cut(string(document), "metadata: {name: ")
		all[name[:strings.IndexAny(name, ",}")]] = document
	}
	return all
}

// TestKubeflowsPodsAreAsPredicted: the real operator, its webhook included, made every field of the pods that are predicted of its resources,
// and no other. test/capture kept the pods.
func TestKubeflowsPodsAreAsPredicted(t *testing.T) {
	pods, err := fixtures.Kubeflow()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range pods {
		of := resources(t, p.Version)
		seen[p.Case] = true
		var made corev1.Pod
		if err := json.Unmarshal(p.Pod, &made); err != nil {
			t.Fatal(err)
		}
		differences, err := Differences(t.Context(), of[p.Case], &made)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		for _, d := range differences {
			t.Errorf("%s: %s", p.Name, d)
		}
	}
	of := resources(t, distribution.Always[0])
	for name := range of {
		if !seen[name] {
			t.Errorf("no pod of %s was kept", name)
		}
	}
	if len(of) < 20 {
		t.Errorf("only %d resources", len(of))
	}
}

// TestADifferenceIsSeen: each of these is none that the comparison passes over.
func TestADifferenceIsSeen(t *testing.T) {
	pods, err := fixtures.Kubeflow()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pods {
		if p.Name != "kubeflow/4.3.0/variables-driver" && p.Name != "kubeflow/3.5.9/scala-driver" {
			continue
		}
		for name, change := range map[string]func(*corev1.Pod){
			"a label":      func(p *corev1.Pod) { p.Labels["more"] = "x" },
			"no label":     func(p *corev1.Pod) { delete(p.Labels, "spark-role") },
			"a toleration": func(p *corev1.Pod) { p.Spec.Tolerations = append(p.Spec.Tolerations, corev1.Toleration{Key: "x"}) },
			"a variable": func(p *corev1.Pod) {
				p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{Name: "A"})
			},
			"a volume":    func(p *corev1.Pod) { p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "x"}) },
			"memory":      func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Limits = nil },
			"an account":  func(p *corev1.Pod) { p.Spec.ServiceAccountName = "x" },
			"a container": func(p *corev1.Pod) { p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "x"}) },
			"one that is not root": func(p *corev1.Pod) {
				yes := true
				p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: &yes}
			},
		} {
			var made corev1.Pod
			if err := json.Unmarshal(p.Pod, &made); err != nil {
				t.Fatal(err)
			}
			change(&made)
			differences, err := Differences(t.Context(), resources(t, p.Version)[p.Case], &made)
			if err != nil || len(differences) == 0 {
				t.Errorf("%s: %s is not seen: %v", p.Name, name, err)
			}
		}
	}
}
