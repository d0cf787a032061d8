package launcher_test

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// TestAWorkflowsOwnPodIsTheDriverInClientMode: with what the workflow says of all its pods, each field with its place.
func TestAWorkflowsOwnPodIsTheDriverInClientMode(t *testing.T) {
	text, err := fixtures.Read("forms/argo-client.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := opened(t, string(text)).Docs[0]
	if len(d.Slots) != 2 || d.Slots[0].Role != spark.Driver || !d.Slots[0].Identity.Client || d.Slots[1].Role != spark.Executor {
		t.Fatalf("slots %+v, notes %q", d.Slots, d.Notes)
	}
	pod, ok := launcher.Predict(d, &d.Slots[0])
	if !ok || len(pod.Unknown) > 0 {
		t.Fatalf("predicted %v, unknown %v", ok, pod.Unknown)
	}
	spec := &pod.Template.Spec
	c := &spec.Containers[pod.Identity.Container]
	if c.Name != "main" || !*c.SecurityContext.Privileged || spec.ServiceAccountName != "argo" || len(spec.Volumes) != 1 || !pod.Identity.Finite {
		t.Errorf("%+v of %+v", pod.Identity, spec)
	}
	for field, want := range map[string]string{"securityContext.privileged": "spec.templates[0].container.securityContext.privileged", "resources.limits": "spec.templates[0].container.resources.limits"} {
		if at, exact := pod.Place(inMain(pod, strings.Split(field, ".")...)); at.Field() != want || !exact {
			t.Errorf("%s is at %s, want %s", field, at.Field(), want)
		}
	}
	if at, exact := pod.Place([]string{"spec", "volumes", "0", "emptyDir"}); at.Field() != "spec.volumes[0].emptyDir" || !exact {
		t.Errorf("the volume is at %s", at.Field())
	}
	// A parameter is no value: nothing is guessed of it, and nothing is written over it.
	if why := strings.Join(d.Unread(nil), "; "); !strings.Contains(why, "spark.executor.memory is the parameter {{inputs.parameters.memory}}") {
		t.Errorf("not read: %s", why)
	}
	if _, set := d.Slots[0].Conf["spark.executor.memory"]; set {
		t.Error("a parameter is a setting's value")
	}
	refused := carry.ConfGroups(d, [][]spark.Change{{{Key: "spark.executor.memory", Value: "2g"}}})[0].Refused
	if refused == nil || refused.Reason != "its value comes from the parameter {{inputs.parameters.memory}} of the container" {
		t.Errorf("refused %v", refused)
	}
}

// TestAParameterInAScriptIsNotRead: a shell takes what Argo puts there for commands.
func TestAParameterInAScriptIsNotRead(t *testing.T) {
	d := opened(t, `apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: a}
spec:
  workflowSpec:
    templates:
    - name: run
      container:
        image: apache/spark:4.0.1
        command: [bash, -c]
        args: ["spark-submit --master k8s://h --deploy-mode cluster --class a.B --conf spark.a={{workflow.parameters.a}} local:///x.jar"]
`).Docs[0]
	if len(d.Slots) > 0 || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "{{workflow.parameters.a}}") {
		t.Errorf("slots %d, notes %q", len(d.Slots), d.Notes)
	}
}
