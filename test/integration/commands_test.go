package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// documents are the pages whose commands are run. Those of plugin/README.md are the examples that --help shows.
func documents() []string {
	return []string{"README.md", "examples/README.md", "plugin/README.md", "webhook/README.md", "eventlog/README.md", "manifests/dashboards/README.md", "manifests/alerts/README.md", "manifests/companions/README.md", "manifests/logs/README.md"}
}

// commandsOf gives the lines of a page's blocks that run kubectl, as they stand there without the comment behind them.
func commandsOf(t *testing.T, page string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	comment, block := regexp.MustCompile(`\s+#\s.*$`), false
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "```") {
			block = !block
			continue
		}
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		line = comment.ReplaceAllString(line, "")
		if block && (strings.HasPrefix(line, "kubectl spark ") || strings.HasPrefix(line, "kubectl kustomize ")) && !isUsage(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// placeholder is an argument that a usage line only names: NAME, REFERENCE.
var placeholder = regexp.MustCompile(`\s[A-Z]{3,}$`)

// isUsage tells the line that names a command's arguments from one that can be run.
func isUsage(line string) bool {
	return strings.Contains(line, "[") || strings.HasSuffix(line, "...") || placeholder.MatchString(line)
}

// desk is a folder with the files that the pages name, and a cluster with the objects that they name.
type desk struct {
	*site
	dir string
	env []string
}

func newDesk(t *testing.T) *desk {
	s := newSite(t)
	bin, err := controlplane.Binaries(t.Context(), os.Stderr, controlplane.Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{site: s, dir: t.TempDir()}
	path := strings.Join([]string{buildPlugin(t), filepath.Dir(bin.Path(controlplane.Kubectl)), os.Getenv("PATH")}, string(os.PathListSeparator))
	d.env = append(os.Environ(), "PATH="+path, "KUBECONFIG="+s.cp.Kubeconfig(), "HOME="+d.dir)
	if err := os.CopyFS(filepath.Join(d.dir, "examples"), os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(d.dir, ".local/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{
		"app.yaml": "faulty/kubeflow.yaml", "application.yaml": "faulty/kubeflow.yaml", "worker.yaml": "faulty/standalone.yaml",
		"spark-defaults.conf": "faulty/native.conf", "charts/lab.yaml": "faulty/bitnami.yaml", "manifests/orders.yaml": "faulty/kubeflow.yaml", "manifests/spark.yaml": "faulty/standalone.yaml",
	} {
		d.copy(filepath.Join("examples", from), name)
	}
	d.sh(0, "kubectl spark inject -f worker.yaml > injected.yaml")
	d.copyFrom("../fixtures/native/3.5.9/driver-jvm/review.json", "review.json")
	var log, later bytes.Buffer
	for id, to := range map[string]*bytes.Buffer{"spark-9f21c0": &log, "spark-a07b44": &later} {
		if err := events.Write(to, events.Shape{ID: id, Executors: 1, Stages: 1, Tasks: 3}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"spark-9f21c0", "spark-a07b44"} {
		rolling := filepath.Join(d.dir, "eventlog_v2_"+id)
		if err := errors.Join(os.Mkdir(rolling, 0o755), os.WriteFile(filepath.Join(rolling, "events_1_"+id), log.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	logs := filepath.Join(d.dir, "logs")
	if err := errors.Join(os.Mkdir(logs, 0o755), os.WriteFile(filepath.Join(logs, "monday"), log.Bytes(), 0o644), os.WriteFile(filepath.Join(logs, "tuesday"), later.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) copy(from, to string) { d.copyFrom(filepath.Join(d.dir, from), to) }

func (d *desk) copyFrom(from, to string) {
	d.Helper()
	text, err := os.ReadFile(from)
	to = filepath.Join(d.dir, to)
	if err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755)); err == nil {
		err = os.WriteFile(to, text, 0o644)
	}
	if err != nil {
		d.Fatal(err)
	}
}

// sh runs a line in the folder; without a code that is wanted (-1) it gives the one that came.
func (d *desk) sh(want int, line string) (code int, out string) {
	d.Helper()
	var all bytes.Buffer
	cmd := exec.CommandContext(d.background(), "bash", "-c", "set -o pipefail; "+line)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = d.dir, d.env, &all, &all
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		d.Fatal(err)
	}
	if code = cmd.ProcessState.ExitCode(); want >= 0 && code != want {
		d.Fatalf("%s: exit code %d, want %d\n%s", line, code, want, all.String())
	}
	return code, all.String()
}

// cluster makes the objects that the pages name.
func (d *desk) cluster() {
	d.Helper()
	operatorCRDs(d.T, d.site) // for install --alerts
	put(d.T, d.cp, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", applicationCRD)
	d.Cleanup(func() {
		remove(d.T, d.cp, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sparkapplications.sparkoperator.k8s.io")
		d.sh(-1, "kubectl delete namespace payments lab --wait=false; kubectl delete -n default deployment/spark-master statefulset/spark-worker; kubectl delete configmap others -n "+manifests.DefaultNamespace)
	})
	for _, namespace := range []string{"payments", "default", "lab", manifests.DefaultNamespace} {
		if err := d.cp.EnsureNamespace(d.Context(), namespace); err != nil {
			d.Fatal(err)
		}
	}
	// uninstall leaves a namespace that holds what is not ours; other tests go on with this one.
	d.sh(0, "kubectl create configmap others -n "+manifests.DefaultNamespace)
	d.sh(0, "kubectl wait --for=condition=established crd/sparkapplications.sparkoperator.k8s.io")
	for namespace, files := range map[string][]string{"payments": {"kubeflow.yaml", "native.yaml"}, "default": {"standalone.yaml"}} {
		for _, file := range files {
			d.sh(0, "sed 's/namespace: lab/namespace: "+namespace+"/' examples/faulty/"+file+" | kubectl apply -f -")
		}
	}
}

// TestEveryDocumentedCommandRuns: a reader who pastes a command gets an answer, not an error.
func TestEveryDocumentedCommandRuns(t *testing.T) {
	d := newDesk(t)
	d.cluster()
	img := sparkImage(t)
	image := strings.TrimSuffix(openRegistry(t, img), ":1.4")
	if layout, err := layout.Write(filepath.Join(d.dir, "dist/image/oci"), empty.Index); err != nil || layout.AppendImage(img) != nil {
		t.Fatal(layout, err)
	}
	ran, last := 0, map[string]string{}
	for _, page := range documents() {
		d.sh(-1, "kubectl spark uninstall") // a page begins without a webhook, such as one outside of the cluster
		for _, line := range commandsOf(t, page) {
			run := line
			if strings.HasPrefix(line, "kubectl spark install ") && !strings.Contains(line, "--dry-run") {
				run += " --wait=false" // the test's API server has no node that could run the image
			}
			if strings.Contains(line, " --job ") && !strings.Contains(line, "--dry-run") {
				run += " --dry-run=client -o yaml" // nor is there a store with logs
			}
			run = strings.ReplaceAll(run, " registry.example/team/etl:", " "+image+":")
			if strings.Contains(line, " images ") && strings.Contains(line, "--learn") {
				d.sh(0, "kubectl spark install --image=registry.example/webhook:1 --wait=false")
				run += " -l app=none" // the images in the test's cluster are in registries that it does not reach
			}
			code, out := d.sh(-1, run)
			finds := strings.Contains(line, " doctor ") || strings.Contains(line, "--check") || strings.HasSuffix(line, " status") || strings.Contains(line, " status ")
			earlier := strings.Contains(line, "--verify=tune.json --event-log=") // the log is older than the record
			if code != plugin.ExitDone && !(code == plugin.ExitFound && finds) && !(code == plugin.ExitCoverage && earlier) {
				t.Errorf("%s: %s: exit code %d\n%s", page, line, code, out)
			}
			ran, last[line] = ran+1, out
		}
	}
	if !strings.Contains(last["kubectl spark doctor -n payments"], "payments/orders") {
		t.Errorf("doctor -n payments says\n%s", last["kubectl spark doctor -n payments"])
	}
	if ran < 60 {
		t.Errorf("only %d commands were found", ran)
	}
}
