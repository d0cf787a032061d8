package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/builder"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
)

// TestRewrittenDockerfilesRunJobs: what fix makes of Dockerfiles in the usual ways builds an image that is at least 30 % smaller, keeps what it
// installed when a source changes, and runs a job with the result of any other image.
func TestRewrittenDockerfilesRunJobs(t *testing.T) {
	onNode(t)
	if len(given.Rewritten) < 4 {
		t.Fatalf("nothing can be shown: a quick run builds no Dockerfiles; run it without KUBECTL_SPARK_E2E_QUICK")
	}
	const namespace = "rewritten"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	plain := job{version: setup.RewrittenSpark, namespace: namespace, name: "pi-plain", app: "local:///opt/jobs/pi.py"}.run(t, patience)
	ends(t, plain, "")
	for _, r := range given.Rewritten {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			t.Logf("%d MB before, %d MB after: %.0f %%", r.Before>>20, r.After>>20, 100*float64(r.After)/float64(r.Before))
			if r.After > r.Before*7/10 {
				t.Errorf("less than 30 %% smaller; fix said:\n%s", r.Fixed)
			}
			steps := builder.Rebuilt(r.Again)
			t.Logf("done again after a source had changed: %q", steps)
			if !slices.ContainsFunc(steps, func(step string) bool { return strings.HasPrefix(step, "COPY ") }) {
				t.Errorf("the change was not seen:\n%s", r.Again)
			}
			for _, step := range steps {
				for _, dear := range []string{"apt-get", "pip ", "curl"} {
					if strings.HasPrefix(step, "RUN ") && strings.Contains(step, dear) {
						t.Errorf("a changed source installs packages again: %s", step)
					}
				}
			}
			o := job{version: setup.RewrittenSpark, namespace: namespace, name: "pi-" + r.Name, app: "local:///opt/jobs/pi.py",
				conf: map[string]string{"spark.kubernetes.container.image": r.Image()}}.run(t, patience)
			ends(t, o, plain.result)
		})
	}
}

// TestTheExampleOfAConnectServerAnswers runs the image that examples/images/connect.Dockerfile makes, as it is.
func TestTheExampleOfAConnectServerAnswers(t *testing.T) {
	onNode(t)
	if given.Example == "" {
		t.Fatal("nothing can be shown: a quick run builds no Dockerfiles; run it without KUBECTL_SPARK_E2E_QUICK")
	}
	const namespace = "example"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	apply(t, namespace, strings.ReplaceAll(`apiVersion: v1
kind: Pod
metadata: {name: connect, labels: {app: connect}}
spec:
  containers:
  - name: connect
    image: IMAGE
    imagePullPolicy: Never
    ports: [{name: connect, containerPort: 15002}]
    readinessProbe: {tcpSocket: {port: connect}, periodSeconds: 2}
`, "IMAGE", setup.ExampleConnect))
	askConnect(t, setup.ExampleSpark, allReady(t, namespace, 1)["connect"])
}
