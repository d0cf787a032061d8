package memory

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// measured makes the test's binary the plugin, which tells at its end what it took at most.
const measured = "KUBECTL_SPARK_MEASURED"

func TestMain(m *testing.M) {
	if os.Getenv(measured) == "" {
		os.Exit(m.Run())
	}
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	code := plugin.Execute(context.Background(), plugin.New(streams, rulebook.New, "test"))
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		code = 99
	}
	fmt.Fprintln(os.Stderr, string(regexp.MustCompile(`(?m)^VmHWM:.*$`).Find(status)))
	os.Exit(code)
}

// most is what a list of ten thousand pods may take, in KiB of memory that is held at a time.
const most = 300 << 10

// TestTenThousandPodsAreReadWithin300MiB: as `kubectl get pods -A -o json` prints them, through -f -.
func TestTenThousandPodsAreReadWithin300MiB(t *testing.T) {
	cmd := command("doctor", "-f", "-")
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &counter{w: bufio.NewWriterSize(in, 1<<20)}
	writeErr := writePods(w, 10_000)
	in.Close()
	err = cmd.Wait()
	if coded, ok := err.(*exec.ExitError); writeErr != nil || err != nil && (!ok || coded.ExitCode() > plugin.ExitFound) {
		t.Fatalf("%v, %v\n%s%s", err, writeErr, tail(out.String()), tail(errOut.String()))
	}
	if w.n < 80<<20 {
		t.Fatalf("the list has only %d bytes", w.n)
	}
	m := regexp.MustCompile(`VmHWM:\s+([0-9]+) kB`).FindStringSubmatch(errOut.String())
	if m == nil {
		t.Fatalf("what it took was not told: %s", tail(errOut.String()))
	}
	took, _ := strconv.Atoi(m[1])
	t.Logf("%d MiB were read within %d MiB", w.n>>20, took>>10)
	if took > most {
		t.Errorf("reading %d MiB took %d MiB, at most %d are to be taken", w.n>>20, took>>10, most>>10)
	}
	for _, want := range []string{"10000 pods", "40 workloads"} {
		if !strings.Contains(out.String()+errOut.String(), want) {
			t.Errorf("the report does not speak of %s:\n%s", want, tail(out.String()))
		}
	}
}

// command runs the plugin as a process of its own, with no other settings than those of a shell.
func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); name != "GOMEMLIMIT" && name != "GOGC" && name != "KUBECONFIG" && name != "GOCOVERDIR" {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, measured+"=1", "NO_COLOR=1", "KUBECONFIG=/nonexistent")
	return cmd
}

// TestALargeFileIsJudgedAndNotEdited: what edits says so in one sentence, and leaves the file.
func TestALargeFileIsJudgedAndNotEdited(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pods.json")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writePods(&counter{w: bufio.NewWriter(file)}, 1200), file.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want string
		code int
	}{
		{"doctor -f " + name, "1200 pods", plugin.ExitDone},
		{"tune -f " + name, "", plugin.ExitDone},
		{"fix --write -f " + name, "pods.json: larger than 8 MiB: split the file to edit it", plugin.ExitFailed},
		{"inject -f " + name, "pods.json: larger than 8 MiB: split the file to edit it", plugin.ExitFailed},
	} {
		out, err := command(strings.Fields(c.args)...).CombinedOutput()
		code := 0
		if coded, ok := err.(*exec.ExitError); ok {
			code = coded.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.code || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: exit code %d, want %d, and %q in\n%s", c.args, code, c.code, c.want, tail(string(out)))
		}
	}
	if after, err := os.ReadFile(name); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
}

func tail(text string) string { return text[max(0, len(text)-2000):] }

// counter counts what is written.
type counter struct {
	w *bufio.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// writePods writes a list as kubectl does: a driver and 124 executors of every application, two in three applications, with
// what the API server adds.
func writePods(w *counter, count int) error {
	const perApp = 250
	filler := strings.Repeat(`                    {
                        "name": "SPARK_FILLER_%02d",
                        "value": "some setting of the image that is as long as such settings are"
                    },
`, 1)
	io.WriteString(w, "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n")
	for i := range count {
		app, n := i/perApp, i%perApp
		role, name, container, args := "executor", fmt.Sprintf("etl-%d-exec-%d", app, n), "spark-kubernetes-executor", "executor"
		if n == 0 {
			role, name, container, args = "driver", fmt.Sprintf("etl-%d-driver", app), "spark-kubernetes-driver", "driver"
		}
		var env strings.Builder
		for k := range 40 {
			fmt.Fprintf(&env, filler, k)
		}
		end := ","
		if i == count-1 {
			end = ""
		}
		if _, err := fmt.Fprintf(w, pod, name, app, n, app, role, name, i, i, args, env.String(), n, app, container, i%200, i%250, i, end); err != nil {
			return err
		}
	}
	io.WriteString(w, "    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n")
	return w.w.Flush()
}

const pod = `        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "creationTimestamp": "2026-11-28T10:00:00Z",
                "generateName": "%s-",
                "labels": {
                    "spark-app-name": "etl-%d",
                    "spark-exec-id": "%d",
                    "spark-app-selector": "spark-%032d",
                    "spark-role": "%s"
                },
                "name": "%s",
                "namespace": "jobs",
                "resourceVersion": "%d",
                "uid": "00000000-0000-0000-0000-%012d"
            },
            "spec": {
                "containers": [
                    {
                        "args": [
                            "%s"
                        ],
                        "env": [
%s                            {
                                "name": "SPARK_EXECUTOR_ID",
                                "value": "%d"
                            },
                            {
                                "name": "SPARK_APPLICATION_ID",
                                "value": "spark-%032d"
                            }
                        ],
                        "image": "apache/spark:3.5.6",
                        "name": "%s",
                        "resources": {
                            "limits": {
                                "memory": "4505Mi"
                            },
                            "requests": {
                                "cpu": "2",
                                "memory": "4505Mi"
                            }
                        }
                    }
                ],
                "nodeName": "node-%d",
                "restartPolicy": "Never",
                "serviceAccountName": "spark"
            },
            "status": {
                "hostIP": "10.0.0.%d",
                "phase": "Running",
                "startTime": "2026-11-28T10:00:%d"
            }
        }%s
`
