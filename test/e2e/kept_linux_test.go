package e2e

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// keeping watches the ConfigMaps and Services that Spark makes for a job: a Service is gone when its job has ended. What it returns writes
// them, with the job's pods, into testdata/jobs. Without keepEnv it does nothing.
func keeping(t *testing.T, j job) (keep func(outcome)) {
	t.Helper()
	if os.Getenv(keepEnv) == "" {
		return func(outcome) {}
	}
	client := onNode(t).Client().CoreV1()
	configMaps := watched[corev1.ConfigMap](t, client.ConfigMaps(j.namespace).Watch)
	services := watched[corev1.Service](t, client.Services(j.namespace).Watch)
	return func(o outcome) {
		dir := filepath.Join("testdata", "jobs", j.version, strings.TrimSuffix(j.name, "-"+line(j.version)))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var pods []corev1.Pod
		for _, pod := range o.pods {
			pod.ManagedFields = nil
			pods = append(pods, *pod)
		}
		slices.SortFunc(pods, func(a, b corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
		configs := configMaps(o.driver)
		for i := range configs {
			for key, text := range configs[i].Data { // the account's own, of a cluster that is gone
				configs[i].Data[key] = strings.ReplaceAll(text, running.Token(), "left-out")
			}
		}
		keepJSON(t, filepath.Join(dir, "pods.json"), corev1.PodList{TypeMeta: listOf("Pod"), Items: pods})
		keepJSON(t, filepath.Join(dir, "configmaps.json"), corev1.ConfigMapList{TypeMeta: listOf("ConfigMap"), Items: configs})
		keepJSON(t, filepath.Join(dir, "services.json"), corev1.ServiceList{TypeMeta: listOf("Service"), Items: services(o.driver)})
	}
}

// watched follows the objects of a kind. What it returns ends that, and gives those of a driver, each as it was last, by name.
func watched[T any, P interface {
	*T
	runtime.Object
	metav1.Object
}](t *testing.T, start func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error)) (of func(driver *corev1.Pod) []T) {
	t.Helper()
	watcher, err := start(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan map[string]P, 1)
	go func() {
		seen := map[string]P{}
		for event := range watcher.ResultChan() {
			if object, is := event.Object.(P); is && event.Type != watch.Deleted {
				seen[object.GetName()] = object
			}
		}
		all <- seen
	}()
	return func(driver *corev1.Pod) (own []T) {
		watcher.Stop()
		seen := <-all
		for _, name := range slices.Sorted(maps.Keys(seen)) {
			if object := seen[name]; metav1.IsControlledBy(object, driver) {
				object.SetManagedFields(nil)
				own = append(own, *object)
			}
		}
		return own
	}
}
