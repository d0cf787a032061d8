package sparkoperator

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// Register registers the webhook under a name, in the place of what was registered before: webhooks are called in the order of the names of
// their registrations. It returns when the API server calls it. It is never called again for a pod that others have changed after it, as the
// operator itself asks: it would add its variables, volumes and ports once more.
func (o *Operator) Register(ctx context.Context, name string) error {
	client, err := dynamic.NewForConfig(o.cp.Config())
	if err != nil {
		return err
	}
	for _, old := range o.hooks {
		if err := client.Resource(old.resource).Delete(ctx, old.name, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	o.hooks = nil
	if err := o.called(ctx, false); err != nil {
		return err
	}
	for i := range o.objects {
		of := o.objects[i].DeepCopy()
		if !strings.HasSuffix(of.GetKind(), "WebhookConfiguration") {
			continue
		}
		of.SetName(name)
		if err := o.point(of); err != nil {
			return err
		}
		if err := o.create(ctx, "", of); err != nil {
			return err
		}
		o.hooks = append(o.hooks, object{resource(of), name})
	}
	return o.called(ctx, true)
}

// point makes a registration call this operator's webhook for its namespaces, and, of pods, for those of the operator, as its chart does.
func (o *Operator) point(of *unstructured.Unstructured) error {
	authority, err := o.authority()
	if err != nil {
		return err
	}
	list, _, err := unstructured.NestedSlice(of.Object, "webhooks")
	if err != nil {
		return err
	}
	var spaces []any
	for _, ns := range slices.Sorted(maps.Keys(o.options.Homes)) {
		spaces = append(spaces, ns)
	}
	for _, each := range list {
		hook := each.(map[string]any)
		path, _, err := unstructured.NestedString(hook, "clientConfig", "service", "path")
		if err != nil {
			return err
		}
		config := map[string]any{"caBundle": base64.StdEncoding.EncodeToString(authority), "url": "https://127.0.0.1:" + o.port + path}
		if o.options.Address != "" {
			port := int64(0)
			if _, err := fmt.Sscan(o.port, &port); err != nil {
				return err
			}
			delete(config, "url")
			config["service"] = map[string]any{"name": service, "namespace": namespace, "path": path, "port": port}
		}
		hook["clientConfig"] = config
		hook["namespaceSelector"] = map[string]any{"matchExpressions": []any{map[string]any{"key": corev1.LabelMetadataName, "operator": "In", "values": spaces}}}
		if strings.HasSuffix(path, "-pod") {
			hook["objectSelector"] = map[string]any{"matchLabels": map[string]any{"sparkoperator.k8s.io/launched-by-spark-operator": "true"}}
		}
	}
	return unstructured.SetNestedSlice(of.Object, list, "webhooks")
}

// called waits until the API server calls the webhook for pods, or no longer does.
func (o *Operator) called(ctx context.Context, wanted bool) error {
	probe := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "probe", Labels: map[string]string{
		"sparkoperator.k8s.io/launched-by-spark-operator": "true", "sparkoperator.k8s.io/app-name": "probe"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "none"}}}}
	for ns := range o.options.Homes {
		err := o.wait(ctx, fmt.Sprintf("whether its webhook is called for pods should be %v", wanted), func() error {
			_, err := o.cp.Client().CoreV1().Pods(ns).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			asked := err != nil && strings.Contains(err.Error(), "failed to get SparkApplication")
			if asked != wanted {
				return fmt.Errorf("a pod of an application that is not there is answered by %v", err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// authority is the certificate that servers are trusted by.
func (o *Operator) authority() ([]byte, error) { return os.ReadFile(o.cp.CAFile()) }

// read reads the objects of a file.
func read(file string) (all []unstructured.Unstructured, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		of := unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &of.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if of.GetKind() != "" {
			all = append(all, of)
		}
	}
	return all, nil
}
