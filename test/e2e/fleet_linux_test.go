package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
)

// aClaim is a claim of a folder of the node.
const aClaim = `apiVersion: v1
kind: PersistentVolume
metadata: {name: fleet-logs}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteMany]
  storageClassName: ""
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: %s}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: logs}
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
  volumeName: fleet-logs
  resources: {requests: {storage: 1Gi}}
`

// TestFleetJob runs tune --fleet --job from the plugin's image on the node, in a namespace that enforces Pod Security "restricted": what the
// pods read from a claim and write to it is what one process says of the same logs. A share whose result cannot be written is named.
func TestFleetJob(t *testing.T) {
	onNode(t)
	if given.Plugin == "" {
		t.Fatal("nothing can be shown: a quick run makes no image of the plugin; run it without KUBECTL_SPARK_E2E_QUICK")
	}
	const namespace = "fleet"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled", "pod-security.kubernetes.io/enforce": "restricted"}, nil)
	folder := filepath.Join(eventLogs, "fleet")
	logs := filepath.Join(folder, "spark")
	kept, err := filepath.Glob(filepath.Join(given.Checkout, "test/e2e/testdata/eventlogs/*/*/*spark-*"))
	if err != nil || len(kept) < 20 {
		t.Fatalf("%d logs, %v", len(kept), err)
	}
	for _, log := range kept {
		to := filepath.Join(logs, filepath.Base(log))
		info, err := os.Stat(log)
		switch {
		case err != nil:
		case info.IsDir():
			err = os.CopyFS(to, os.DirFS(log))
		default:
			var data []byte
			if data, err = os.ReadFile(log); err == nil {
				err = os.MkdirAll(logs, 0o755)
			}
			if err == nil {
				err = os.WriteFile(to, data, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	// As Spark's drivers leave them: of their user, and for no other.
	err = filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			err = os.Chown(path, 185, 0)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, namespace, fmt.Sprintf(aClaim, folder))
	t.Cleanup(func() { _ = exec.Command("kubectl", "delete", "pv", "fleet-logs", "--wait=false").Run() }) // the node ends soon after

	spark := image.Repository + ":" + versions()[0]
	run := func(code int, args ...string) (out, errs string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		var said bytes.Buffer
		cmd.Stderr = &said
		text, err := cmd.Output()
		t.Logf("%v: %v\n%s", args, err, said.String())
		if err != nil && !errors.As(err, new(*exec.ExitError)) || cmd.ProcessState.ExitCode() != code {
			t.Fatalf("%v: exit code %d, want %d: %v\n%s", args, cmd.ProcessState.ExitCode(), code, err, text)
		}
		return string(text), said.String()
	}
	tune := func(code int, more ...string) (out, errs string) {
		t.Helper()
		return run(code, append([]string{"kubectl", "spark", "tune", "--fleet=pvc://" + namespace + "/logs/spark", "--pvc-image=" + spark}, more...)...)
	}
	want, _ := tune(0)
	if !strings.Contains(want, " applications with ") {
		t.Fatal(want)
	}
	if _, next, is := strings.Cut(want, "\nnext: "); !is {
		t.Errorf("no command is printed for an application:\n%s", want)
	} else if out, _ := run(0, "sh", "-c", next); !strings.Contains(out, "spark.") {
		t.Errorf("the printed command %s says\n%s", next, out)
	}
	job := []string{"--job", "--completions=4", "--parallelism=2", "--image=" + setup.Plugin}
	if got, _ := tune(0, job...); got != want {
		t.Errorf("the pods say\n%s\nand one process\n%s", got, want)
	}
	if got, _ := tune(0, "--merge"); got != want {
		t.Errorf("the results say\n%s\nand one process\n%s", got, want)
	}
	pods, err := running.Client().CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: manifests.NameLabel + "=" + manifests.FleetName})
	if err != nil || len(pods.Items) != 4 {
		t.Fatalf("%d pods, %v", len(pods.Items), err)
	}
	for _, pod := range pods.Items {
		if status := pod.Status.ContainerStatuses; len(status) != 1 || status[0].State.Terminated == nil || status[0].State.Terminated.ExitCode != 0 || status[0].RestartCount != 0 {
			t.Errorf("pod %s: %+v", pod.Name, status)
		}
	}
	// Results where the pods may not write: each share is named with the reason.
	if err := os.Chown(folder, 0, 0); err != nil {
		t.Fatal(err)
	}
	out, said := tune(3, append(job, "--job-name=refused", "--results=pvc://"+namespace+"/logs/elsewhere")...)
	if out != "" || strings.Count(said, "permission denied") != 4 {
		t.Errorf("nothing was written, and it says\n%s%s", out, said)
	}
}
