package rulebook

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// forbids is what Pod Security's profile restricted holds against a template, by the code that API servers run.
func forbids(t testing.TB, template *corev1.PodTemplateSpec) []string {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	var against []string
	for _, result := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			against = append(against, result.ForbiddenReason+": "+result.ForbiddenDetail)
		}
	}
	return against
}

// restricted injects by the profile restricted and gives the template that it makes; the laws hold for it.
func restricted(t testing.TB, raw []byte) (*corev1.PodTemplateSpec, rule.Admitted) {
	t.Helper()
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := set.AdmitPod(raw, decode(t, raw), rule.Marks{}, rule.Options{Profile: rule.Restricted})
	if err != nil {
		t.Fatal(err)
	}
	after, err := patchjson.Apply(raw, out.Ops)
	if err != nil {
		t.Fatal(err)
	}
	checkLaws(t, set, raw, rule.Restricted)
	return decode(t, after), out
}

// beside are the containers that a pod has beside Spark's: with Spark's own image, as a native sidecar, with a user of
// their own, as a mesh makes them.
const beside = `
- {name: fetch, image: IMAGE, command: [cp, -r, /jars, /shared]}
- {name: shipper, image: registry.example/shipper:2, restartPolicy: Always, securityContext: {runAsUser: 4711}}
- {name: istio-proxy, image: docker.io/istio/proxyv2:1.27, restartPolicy: Always, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, privileged: false, readOnlyRootFilesystem: true, runAsGroup: 1337, runAsNonRoot: true, runAsUser: 1337}}
`

// with puts init containers into a template.
func with(t testing.TB, raw []byte, containers string) []byte {
	t.Helper()
	image := decode(t, raw).Spec.Containers[0].Image
	out, err := jsonpatch.MergePatch(raw, []byte(`{"spec":{"initContainers":`+yamlToJSON(t, strings.ReplaceAll(containers, "IMAGE", image))+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRestrictedIsWhatPodSecurityAsksFor: a pod of a known image passes Pod Security's profile restricted once it is
// injected by ours, with whatever containers beside Spark's, and does not before.
func TestRestrictedIsWhatPodSecurityAsksFor(t *testing.T) {
	pods := map[string][]byte{}
	for name, raw := range captured(t) {
		if strings.Contains(name, "-template") {
			continue // its template brings a sidecar of an unknown image
		}
		pods[name] = raw
		pods[name+" with others"] = with(t, raw, beside)
	}
	for _, name := range bases(t) {
		if raw := base(t, name); !strings.HasPrefix(decode(t, raw).Spec.Containers[0].Image, "registry.example") {
			pods[name] = raw
			pods[name+" with others"] = with(t, raw, beside)
		}
	}
	for name, raw := range pods {
		if len(forbids(t, decode(t, raw))) == 0 {
			t.Errorf("%s passes before it is injected", name)
		}
		after, out := restricted(t, raw)
		if against := forbids(t, after); against != nil {
			t.Errorf("%s: %q, refused %v", name, against, out.Refusals)
		}
	}
}

// TestWhatRestrictedCannotMakeSafeIsNamed: what an unknown image runs as is not guessed, and what was made to need rights
// keeps them; both are refused by name, and nothing else stands against the pod then.
func TestWhatRestrictedCannotMakeSafeIsNamed(t *testing.T) {
	raw := base(t, "driver-3.5")
	for _, c := range []struct {
		containers, refused string
		against             []string // the checks that still fail
	}{
		{`[{name: istio-init, image: 'docker.io/istio/proxyv2:1.27', securityContext: {allowPrivilegeEscalation: false, capabilities: {add: [NET_ADMIN, NET_RAW], drop: [ALL]}, privileged: false, runAsUser: 0, runAsNonRoot: false}}]`,
			"others=needs-rights othersUser=needs-rights", []string{"unrestricted capabilities", "runAsNonRoot != true", "runAsUser=0", "seccompProfile"}},
		{`[{name: tune, image: 'busybox:1.37', securityContext: {privileged: true}}]`,
			"others=needs-rights othersUser=needs-rights", []string{"privileged", "allowPrivilegeEscalation != false", "unrestricted capabilities", "runAsNonRoot != true", "seccompProfile"}},
		{`[{name: fetch, image: 'registry.example/fetch:1'}]`, "othersUser=image-unknown", []string{"unrestricted capabilities", "runAsNonRoot != true"}},
		{`[{name: fetch, image: 'registry.example/fetch:1', securityContext: {runAsNonRoot: true}}]`, "", nil},
		{`[{name: fetch, image: 'registry.example/fetch:1', securityContext: {runAsUser: 0}}]`, "othersUser=runs-as-root", []string{"unrestricted capabilities", "runAsNonRoot != true", "runAsUser=0"}},
		{`[{name: fetch, image: 'apache/spark:3.5.6', securityContext: {allowPrivilegeEscalation: true, runAsNonRoot: false, seccompProfile: {type: Unconfined}}}]`,
			"others=user-set othersUser=user-set", []string{"allowPrivilegeEscalation != false", "unrestricted capabilities", "runAsNonRoot != true", "seccompProfile"}},
		{`[{name: fetch, image: 'apache/spark:3.5.6', securityContext: {capabilities: {drop: [NET_RAW], add: [NET_BIND_SERVICE]}}}]`, "othersUser=user-set", []string{"unrestricted capabilities"}},
		{`[{name: fetch, image: 'apache/spark:3.5.6', securityContext: {seccompProfile: {type: Localhost, localhostProfile: spark.json}}}]`, "", nil},
		{`[{name: a, image: 'apache/spark:3.5.6'}, {name: b, image: 'apache/spark:3.5.6'}, {name: c, image: 'apache/spark:3.5.6'}, {name: d, image: 'apache/spark:3.5.6'}, {name: e, image: 'apache/spark:3.5.6'}]`,
			"others=annotations-full othersUser=annotations-full", []string{"allowPrivilegeEscalation != false", "unrestricted capabilities", "runAsNonRoot != true", "seccompProfile"}},
	} {
		after, out := restricted(t, with(t, raw, c.containers))
		var refused []string
		for _, r := range out.Refusals {
			if strings.HasPrefix(r.Part, "others") {
				refused = append(refused, r.Part+"="+string(r.Reason))
			}
		}
		slices.Sort(refused)
		if got := strings.Join(slices.Compact(refused), " "); got != c.refused {
			t.Errorf("%s: refused %q, want %q", c.containers, got, c.refused)
		}
		var against []string
		for _, a := range forbids(t, after) {
			against = append(against, a[:strings.Index(a, ":")])
		}
		if !slices.Equal(against, c.against) {
			t.Errorf("%s: %q stand against it, want %q", c.containers, against, c.against)
		}
	}
}

func yamlToJSON(t testing.TB, text string) string {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestWhatIsDoneToOthersCanBeTakenBack: however many containers stand beside Spark's, and however long their names, the
// report has room to name every edit.
func TestWhatIsDoneToOthersCanBeTakenBack(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range bases(t) {
		for _, own := range []string{"f", "init-container", strings.Repeat("x", 60)} {
			var beside []string
			for i := range 5 {
				beside = append(beside, fmt.Sprintf("{name: %s-%d, image: IMAGE}", own, i))
				pod := with(t, base(t, name), "["+strings.Join(beside, ",")+"]")
				for _, want := range [][]string{nil, {"SPK-S011"}} {
					in, _ := rule.Subject(pod, decode(t, pod), rule.Marks{}, rule.Options{Profile: rule.Restricted})
					in.Want = want
					out, err := set.Admit(in)
					if err != nil {
						t.Fatal(err)
					}
					report, err := rule.ReadReport(out.Report)
					if err != nil || len(report.Undo) == 0 || len(report.Refused) == 0 && len(out.Refusals) > 0 {
						t.Errorf("%s with %d of %q, want %v: %d edits and no room to take them back, %v", name, i+1, own, want, len(out.Edits), err)
					}
				}
			}
		}
	}
}
