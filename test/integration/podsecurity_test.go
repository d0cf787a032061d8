package integration

import (
	"encoding/json"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// hardened is a driver that Pod Security's level restricted takes.
const hardened = `{metadata: {name: NAME, labels: {spark-role: driver, spark-app-selector: NAME, spark-version: 4.3.0}}, spec: {restartPolicy: Never, securityContext: {runAsNonRoot: true, runAsUser: 185, seccompProfile: {type: RuntimeDefault}},
containers: [{name: spark-kubernetes-driver, image: "apache/spark:4.3.0", args: [driver], securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}`

const podCollection = "/api/v1/namespaces/%s/pods"

// refusedPod says whether the API server refuses a pod because of Pod Security.
func (a *applied) refusedPod(object string) bool {
	a.Helper()
	raw, err := yaml.YAMLToJSON([]byte(object))
	if err != nil {
		a.Fatal(err)
	}
	err = a.cp.Client().CoreV1().RESTClient().Post().Namespace(a.ns).Resource("pods").Param("dryRun", "All").Body(raw).Do(a.Context()).Error()
	if err != nil && !(apierrors.IsForbidden(err) && strings.Contains(err.Error(), "violates PodSecurity")) {
		a.Fatal(err)
	}
	return err != nil
}

// TestANamespaceGetsItsLabelsOnceItsPodsComply: what would be refused is named first, of Spark's pods by the rule and of others by the
// API server. Then a plain pod is refused and a hardened one is not, until the change is taken back.
func TestANamespaceGetsItsLabelsOnceItsPodsComply(t *testing.T) {
	a := newApplied(t)
	const plain = `{metadata: {name: plain, labels: {spark-role: driver, spark-app-selector: plain, spark-version: 4.3.0}}, spec: {restartPolicy: Never, containers: [{name: spark-kubernetes-driver, image: "apache/spark:4.3.0", args: [driver]}]}}`
	a.create(podCollection, plain)
	a.create(podCollection, strings.ReplaceAll(hardened, "NAME", "hardened"))
	labels := func() string {
		t.Helper()
		ns, err := a.cp.Client().CoreV1().Namespaces().Get(t.Context(), a.ns, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := json.Marshal(ns.Labels)
		return string(raw)
	}
	find := func(want ...string) {
		t.Helper()
		_, out, _ := runPlugin(t, a.kubeconfig, "doctor", "--only=SPK-S034", "--profile=restricted", "--all", "-o", "json", "--fail-on=never", "-n", a.ns)
		r := reportOf(t, out)
		if len(r.Findings) != len(want) {
			t.Errorf("found %+v, want %q", r.Findings, want)
		}
		for _, part := range want {
			a.wants(out, part)
		}
	}
	find("would refuse this driver's pod: allowPrivilegeEscalation != false", "accepts pods with the rights of their node")
	record := recordFile(t)
	apply := func() string {
		t.Helper()
		_, out, errs := runPlugin(t, a.kubeconfig, "fix", "SPK-S034", "--profile=restricted", "--apply", "--record="+record, "-n", a.ns)
		return out + errs
	}
	a.wants(apply(), "first fix "+a.ns+"/plain")
	if strings.Contains(labels(), "pod-security") {
		t.Error("the labels are set before a driver complies")
	}
	remove(t, a.cp, "/api/v1/namespaces/"+a.ns+"/pods/plain")
	a.create(podCollection, `{metadata: {name: web}, spec: {containers: [{name: web, image: web}]}}`)
	a.wants(apply(), "violate", "web", "fix these pods first")
	if strings.Contains(labels(), "pod-security") || a.refusedPod(plain) {
		t.Error("the labels are set before another pod complies")
	}
	remove(t, a.cp, "/api/v1/namespaces/"+a.ns+"/pods/web")
	a.wants(apply(), "Namespace/"+a.ns+": applied")
	a.wants(labels(), `"pod-security.kubernetes.io/enforce":"restricted"`, `"pod-security.kubernetes.io/enforce-version":"v1.37"`, `"pod-security.kubernetes.io/warn":"restricted"`, `"pod-security.kubernetes.io/audit":"restricted"`)
	if !a.refusedPod(plain) || a.refusedPod(strings.ReplaceAll(hardened, "NAME", "another")) {
		t.Error("a plain pod is taken, or a hardened one refused")
	}
	find()
	a.wants(apply(), "nothing to do")
	a.run(0, "fix", "--undo="+record)
	if strings.Contains(labels(), "pod-security") || a.refusedPod(plain) {
		t.Error("the labels are still there")
	}
	find("accepts pods with the rights of their node")
}
