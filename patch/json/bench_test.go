package json

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// benchPod is a pod as an API server sends it: compact, one container with n variables, some volumes.
func benchPod(n int) []byte {
	var env, mounts, volumes []map[string]any
	for i := range n {
		env = append(env, map[string]any{"name": fmt.Sprintf("SPARK_SETTING_NUMBER_%d", i), "value": fmt.Sprintf("some \"quoted\" value %d", i)})
	}
	for i := range 8 {
		name := fmt.Sprintf("spark-local-dir-%d", i)
		mounts = append(mounts, map[string]any{"name": name, "mountPath": "/var/data/" + name})
		volumes = append(volumes, map[string]any{"name": name, "emptyDir": map[string]any{"sizeLimit": "10Gi"}})
	}
	raw, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{
			"name": "app-exec-1", "namespace": "jobs",
			"labels":        map[string]any{"spark-role": "executor", "spark-app-selector": "spark-0123456789abcdef"},
			"managedFields": []any{map[string]any{"manager": "fabric8-kubernetes-client", "fieldsV1": map[string]any{"f:metadata": map[string]any{"f:labels": map[string]any{".": map[string]any{}}}}}},
		},
		"spec": map[string]any{
			"containers": []any{map[string]any{
				"name": "spark-kubernetes-executor", "image": "apache/spark:4.0.1", "env": env, "volumeMounts": mounts,
				"args":      []any{"executor"},
				"resources": map[string]any{"limits": map[string]any{"memory": "1408Mi"}, "requests": map[string]any{"cpu": "1", "memory": "1408Mi"}},
			}},
			"volumes": volumes, "restartPolicy": "Never", "tolerations": []any{},
		},
	})
	if err != nil {
		panic(err)
	}
	return raw
}

func BenchmarkLookup(b *testing.B) {
	raw, path := benchPod(60), patch.Path{"spec", "containers", "0", "env", "59", "value"}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := patch.Lookup(raw, path); !ok {
			b.Fatal("absent")
		}
	}
}

func BenchmarkLookupShallow(b *testing.B) {
	raw, path := benchPod(60), patch.Path{"metadata", "labels", "spark-role"}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := patch.Lookup(raw, path); !ok {
			b.Fatal("absent")
		}
	}
}

func BenchmarkLen(b *testing.B) {
	raw, path := benchPod(60), patch.Path{"spec", "containers", "0", "env"}
	b.ReportAllocs()
	for b.Loop() {
		if n, _ := patch.Len(raw, path); n != 60 {
			b.Fatal(n)
		}
	}
}

func BenchmarkApplyOne(b *testing.B) {
	raw := benchPod(60)
	benchApply(b, raw, []patch.Op{{Op: patch.Add, Path: "/spec/containers/0/env/-", Value: json.RawMessage(`{"name":"A","value":"b"}`)}})
}

func BenchmarkApplyFour(b *testing.B) {
	raw := benchPod(60)
	benchApply(b, raw, []patch.Op{
		{Op: patch.Add, Path: "/metadata/labels/injected", Value: json.RawMessage(`"true"`)},
		{Op: patch.Add, Path: "/spec/securityContext", Value: json.RawMessage(`{"runAsNonRoot":true}`)},
		{Op: patch.Add, Path: "/spec/containers/0/env/-", Value: json.RawMessage(`{"name":"A","value":"b"}`)},
		{Op: patch.Replace, Path: "/spec/containers/0/resources/limits/memory", Value: json.RawMessage(`"2Gi"`)},
	})
}

func benchApply(b *testing.B, raw []byte, ops []patch.Op) {
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Apply(raw, ops); err != nil {
			b.Fatal(err)
		}
	}
}
