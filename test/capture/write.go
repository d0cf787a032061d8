package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// largest value of a ConfigMap that is kept whole, in bytes.
const largest = 64 << 10

// kinds are what Spark makes beside its pods.
func kinds() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		{Version: "v1", Resource: "services"}, {Version: "v1", Resource: "configmaps"}, {Version: "v1", Resource: "persistentvolumeclaims"},
		{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}, {Group: "apps", Version: "v1", Resource: "statefulsets"},
	}
}

// clear removes what the case before left. Owners first, or their controller would make new pods.
func clear(ctx context.Context, cp *controlplane.ControlPlane) error {
	client, err := dynamic.NewForConfig(cp.Config())
	if err != nil {
		return err
	}
	all := append(kinds(), schema.GroupVersionResource{Version: "v1", Resource: "pods"})
	slices.Reverse(all[:len(all)-1])
	now := int64(0)
	for _, kind := range all {
		list, err := client.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("list %s: %w", kind.Resource, err)
		}
		for _, item := range list.Items {
			err := client.Resource(kind).Namespace(namespace).Delete(ctx, item.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &now})
			if err != nil && !strings.Contains(err.Error(), "not found") {
				return fmt.Errorf("delete %s %s: %w", kind.Resource, item.GetName(), err)
			}
		}
	}
	return nil
}

// companions are the objects beside the pod as a YAML stream, without the API server's bookkeeping of fields.
func companions(ctx context.Context, cp *controlplane.ControlPlane) ([]byte, error) {
	client, err := dynamic.NewForConfig(cp.Config())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, kind := range kinds() {
		list, err := client.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", kind.Resource, err)
		}
		for _, item := range list.Items {
			if item.GetName() == "kube-root-ca.crt" || item.GetDeletionTimestamp() != nil {
				continue
			}
			item.SetManagedFields(nil)
			shorten(&item)
			data, err := yaml.Marshal(item.Object)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&out, "---\n%s", data)
		}
	}
	// The port differs from run to run and says nothing.
	return bytes.ReplaceAll(out.Bytes(), []byte(cp.URL()), []byte("https://127.0.0.1:6443")), nil
}

func shorten(item *unstructured.Unstructured) {
	data, _, _ := unstructured.NestedStringMap(item.Object, "data") // absent in all but ConfigMaps
	for key, value := range data {
		if len(value) > largest {
			_ = unstructured.SetNestedField(item.Object, fmt.Sprintf("(%d bytes left out)", len(value)), "data", key) // data is a map
		}
	}
}

// expectation is what the settings of a case imply, for the tests of the memory model.
type expectation struct {
	Role      string            `json:"role"`
	Version   string            `json:"version"`
	Python    bool              `json:"python"`
	Profile   map[string]string `json:"resourceProfile,omitempty"` // what job.py asks for
	Conf      map[string]string `json:"conf"`
	MemoryMiB int64             `json:"memoryMiB"` // memory limit of Spark's container
}

func (r runner) write(c testCase, dir string, review []byte, pod *corev1.Pod, companions []byte) error {
	e := expectation{Role: c.role(), Version: r.version, Python: c.python, Conf: r.conf(c)}
	if c.profile {
		e.Profile = map[string]string{"memory": "3g", "memoryOverhead": "700m", "cores": "2", "gpu": "1"}
	}
	spark := slices.IndexFunc(pod.Spec.Containers, func(c corev1.Container) bool {
		return c.Name == "main" || strings.HasPrefix(c.Name, "spark-kubernetes-")
	})
	if spark < 0 {
		return fmt.Errorf("pod %s has no container of Spark", pod.Name)
	}
	e.MemoryMiB = pod.Spec.Containers[spark].Resources.Limits.Memory().Value() >> 20
	expect, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	mode := "client"
	if c.driver {
		mode = "cluster"
	}
	files := map[string][]byte{
		"review.json": review, "companions.yaml": companions, "expect.json": append(expect, '\n'),
		"command.txt": []byte(shell(r.arguments(c, mode, "$API_SERVER"))),
	}
	for name, data := range files {
		for _, word := range r.forbidden() {
			if bytes.Contains(data, []byte(word)) {
				return fmt.Errorf("%s holds a name of this machine: %q", name, word)
			}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// shell writes the command as a person would, one option a line.
func shell(args []string) string {
	var b strings.Builder
	b.WriteString("$SPARK_HOME/bin/spark-submit")
	for i, arg := range args {
		switch {
		case strings.Contains(arg, `"`):
			arg = "'" + arg + "'"
		case strings.ContainsAny(arg, " '"):
			arg = `"` + arg + `"`
		}
		if previous := i > 0 && strings.HasPrefix(args[i-1], "--"); previous || i > 0 && !strings.HasPrefix(args[i-1], "--") && i == len(args)-1 && arg == "1000" {
			b.WriteString(" " + arg)
		} else {
			b.WriteString(" \\\n  " + arg)
		}
	}
	return b.String() + "\n"
}
