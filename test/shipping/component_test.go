package shipping

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

const workers = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: spark-worker}
spec:
  serviceName: spark-worker
  selector: {matchLabels: {app: spark-worker}}
  template:
    metadata: {labels: {app: spark-worker}}
    spec:
      containers:
        - name: worker
          image: apache/spark:3.5.9
          command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.worker.Worker, "spark://spark-master:7077"]
          resources: {requests: {cpu: "1", memory: 2Gi}, limits: {memory: 2Gi}}
`

// TestTheSidecarFitsAWorker builds a worker with the component. Each word of it is a field, sidecar and worker share the folder, and no rule
// finds more in the worker than before.
func TestTheSidecarFitsAWorker(t *testing.T) {
	bin, err := controlplane.Binaries(t.Context(), os.Stderr, controlplane.Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "worker"), os.DirFS(filepath.Join(manifests, "worker"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"workers.yaml": workers, "kustomization.yaml": "resources: [workers.yaml]\ncomponents: [worker]\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), bin.Path(controlplane.Kubectl), "kustomize", dir)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	var with, without appsv1.StatefulSet
	var config corev1.ConfigMap
	for _, text := range strings.Split(string(out), "---\n") {
		into := any(&with)
		if strings.Contains(text, "kind: ConfigMap") {
			into = &config
		}
		if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if err := yaml.UnmarshalStrict([]byte(workers), &without); err != nil {
		t.Fatal(err)
	}
	spec := with.Spec.Template.Spec
	if len(spec.InitContainers) != 1 || len(spec.Containers) != 1 {
		t.Fatalf("%d init containers, %d containers", len(spec.InitContainers), len(spec.Containers))
	}
	sidecar, worker := spec.InitContainers[0], spec.Containers[0]
	if sidecar.RestartPolicy == nil || *sidecar.RestartPolicy != corev1.ContainerRestartPolicyAlways {
		t.Error("the sidecar is no native one: it would keep the worker from starting")
	}
	if !slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool { return v.ConfigMap != nil && v.ConfigMap.Name == config.Name }) || config.Data["collector.yaml"] == "" {
		t.Error("the sidecar has no configuration")
	}
	for _, m := range sidecar.VolumeMounts {
		shared := slices.ContainsFunc(worker.VolumeMounts, func(of corev1.VolumeMount) bool { return of.Name == m.Name })
		if shared != (m.MountPath == "/spark-work") {
			t.Errorf("%s is a folder of the worker's: %v", m.MountPath, shared)
		}
	}
	before := codes(t, &without.Spec.Template)
	for _, code := range codes(t, &with.Spec.Template) {
		if !slices.Contains(before, code) {
			t.Errorf("%s is found with the sidecar only", code)
		}
	}
}

// codes are those of the findings in a template.
func codes(t *testing.T, template *corev1.PodTemplateSpec) (out []string) {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := utiljson.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	in, problems := rule.Subject(raw, template, rule.Marks{}, rule.Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, f := range set.Diagnose(in).Findings {
		out = append(out, f.Code)
	}
	return out
}
