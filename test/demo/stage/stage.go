// Package stage is what both halves of the demo share: they run the built plugin and show what it says. It links no
// Kubernetes client, so that the first half is built in little time on a bare machine.
package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/terminal"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// Namespace is where the demo's pods live.
const Namespace = "spark-jobs"

// Stage is one run of the demo.
type Stage struct {
	Bin string // folder of kubectl-spark and spark-webhook
	Dir string // folder of this run
}

// New makes the folder of a run; Close removes it. Where the demo's output is no terminal, its lines have 132 columns.
func New(bin string) (*Stage, error) {
	if terminal.Of(os.Stdout).Width == 0 {
		os.Setenv("COLUMNS", "132")
	}
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kubectl-spark-demo-")
	return &Stage{Bin: bin, Dir: dir}, err
}

// Close removes the folder.
func (s *Stage) Close() { os.RemoveAll(s.Dir) }

// Title begins a part. What follows begins with a new line.
func Title(text string) {
	fmt.Printf("\n── %s ──", text)
}

// Spark runs kubectl-spark and shows the command with its output. It fails on another exit code than 0.
func (s *Stage) Spark(ctx context.Context, args ...string) error {
	shown := strings.ReplaceAll(strings.Join(args, " "), s.Dir+"/", "")
	fmt.Printf("\n$ kubectl spark %s\n", shown)
	cmd := exec.CommandContext(ctx, filepath.Join(s.Bin, "kubectl-spark"), args...)
	cmd.Dir = s.Dir
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		return fmt.Errorf("kubectl spark %s: exit code %d", shown, exit.ExitCode())
	} else if err != nil {
		return err
	}
	return nil
}

// Pod is the pod of a captured review, named after the capture and without what a server filled in.
func Pod(name string) (*corev1.Pod, error) {
	all, err := fixtures.All()
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.Name != name {
			continue
		}
		var review struct {
			Request struct {
				Object corev1.Pod `json:"object"`
			} `json:"request"`
		}
		if err := json.Unmarshal(f.Review, &review); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		pod := &review.Request.Object
		pod.Name = strings.NewReplacer("/", "-", ".", "-").Replace(strings.TrimPrefix(f.Name, "native/"))
		pod.Namespace, pod.GenerateName, pod.UID, pod.ManagedFields, pod.OwnerReferences = Namespace, "", "", nil, nil
		pod.CreationTimestamp = metav1.Time{}
		pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = "default", "default"
		return pod, nil
	}
	return nil, fmt.Errorf("no fixture %s", name)
}

// Write puts a captured pod into a file of the run's folder.
func (s *Stage) Write(capture, name string) error {
	pod, err := Pod(capture)
	if err != nil {
		return err
	}
	pod.APIVersion, pod.Kind = "v1", "Pod"
	text, err := yaml.Marshal(pod)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Dir, name), text, 0o644)
}
