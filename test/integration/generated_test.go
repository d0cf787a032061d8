package integration

import (
	"encoding/json"
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/generator"
)

var generated = flag.Uint64("generated", 200, "generated pods that go through the API server; 1000 for the whole sample")

// TestGeneratedPodsThroughTheAPIServer: whatever generated pod the API server accepts, in namespaces with LimitRanges, with quotas of every
// scope and at every level of Pod Security, it accepts injected.
func TestGeneratedPodsThroughTheAPIServer(t *testing.T) {
	i := install(t)
	config := i.cp.Config()
	config.WarningHandler = rest.NoWarnings{} // nearly every pod gives the API server cause to
	api, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	bounds := bounds()
	kinds := slices.Sorted(maps.Keys(bounds))
	var namespaces []string
	for n, kind := range kinds {
		level := []string{"privileged", "baseline", "restricted"}[n%3]
		ns := i.cp.NewNamespace(t, rule.InjectLabel, "enabled", "pod-security.kubernetes.io/enforce", level)
		bound(t, api, ns, bounds[kind])
		namespaces = append(namespaces, ns)
	}
	eventually(t, i, i.cp.NewNamespace(t))
	time.Sleep(time.Second) // both servers hear of the namespaces and their bounds
	accepted, edited := 0, 0
	for seed := range *generated {
		raw, profile := generator.Pod(seed)
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			t.Fatal(err)
		}
		pod.ObjectMeta = metav1.ObjectMeta{Labels: pod.Labels, Annotations: pod.Annotations}
		if pod.Annotations == nil {
			pod.Annotations = map[string]string{}
		}
		if pod.Annotations[rule.ProfileAnnotation] == "" {
			pod.Annotations[rule.ProfileAnnotation] = string(profile)
		}
		at, found := 0, false
		for n := range 3 { // many a namespace takes few pods
			at = (int(seed) + 7*n) % len(kinds)
			_, without := try(t, api, namespaces[at], &pod, "disabled")
			if without != nil && !apierrors.IsInvalid(without) && !apierrors.IsForbidden(without) {
				t.Fatalf("seed %d: %v", seed, without)
			}
			if found = without == nil; found {
				break
			}
		}
		if !found {
			continue
		}
		accepted++
		out, with := try(t, api, namespaces[at], &pod, "enabled")
		if with != nil {
			t.Errorf("seed %d, profile %s, in a namespace with %s: accepted, and injected not: %v", seed, profile, kinds[at], with)
		} else if strings.Contains(out.Annotations[rule.ReportAnnotation], `"applied"`) {
			edited++
		}
	}
	t.Logf("%d pods, %d accepted, %d of them edited", *generated, accepted, edited)
	if accepted < int(*generated)/10 || edited < accepted/2 {
		t.Error("too few are accepted or edited to tell anything")
	}
}
