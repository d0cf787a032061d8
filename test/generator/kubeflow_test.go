package generator

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// operated is what the webhook of Kubeflow's operator (2.5.1) sets in pods of a role; all else of a resource reaches a pod by Spark's settings.
type operated struct {
	Env                           []corev1.EnvVar
	EnvFrom                       []corev1.EnvFromSource
	VolumeMounts                  []corev1.VolumeMount
	Ports                         []corev1.ContainerPort
	HostAliases                   []corev1.HostAlias
	InitContainers, Sidecars      []corev1.Container
	DNSConfig                     *corev1.PodDNSConfig
	SchedulerName                 string
	Affinity                      *corev1.Affinity
	Tolerations                   []corev1.Toleration
	SecurityContext               *corev1.SecurityContext
	PodSecurityContext            *corev1.PodSecurityContext
	TerminationGracePeriodSeconds *int64
	Lifecycle                     *corev1.Lifecycle
	ShareProcessNamespace         *bool
}

// application is one of the operator's.
type application struct {
	Metadata struct{ Name string }
	Spec     struct {
		Volumes          []corev1.Volume
		Driver, Executor operated
	}
}

// operate does to a pod what the operator's webhook does: it adds to lists, and sets what is set in the resource in the place of what is there.
// hardens says that it sets a security context.
func (r application) operate(t *testing.T, raw []byte) (out []byte, hardens bool) {
	t.Helper()
	var pod corev1.Pod
	if err := json.Unmarshal(raw, &pod); err != nil {
		t.Fatal(err)
	}
	o, s := r.Spec.Driver, &pod.Spec
	if pod.Labels["spark-role"] == "executor" {
		o = r.Spec.Executor
	}
	hardens = o.SecurityContext != nil || o.PodSecurityContext != nil
	c := &s.Containers[0]
	c.Env, c.EnvFrom, c.Ports = append(c.Env, o.Env...), append(c.EnvFrom, o.EnvFrom...), append(c.Ports, o.Ports...)
	for _, m := range o.VolumeMounts {
		at := slices.IndexFunc(r.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if at < 0 || strings.HasPrefix(m.Name, "spark-local-dir-") {
			continue
		}
		c.VolumeMounts = append(c.VolumeMounts, m)
		if !slices.ContainsFunc(s.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name }) {
			s.Volumes = append(s.Volumes, r.Spec.Volumes[at])
		}
	}
	s.HostAliases, s.Tolerations = append(s.HostAliases, o.HostAliases...), append(s.Tolerations, o.Tolerations...)
	if o.DNSConfig != nil {
		s.DNSConfig = o.DNSConfig
	}
	if o.SchedulerName != "" {
		s.SchedulerName = o.SchedulerName
	}
	if o.Affinity != nil {
		s.Affinity = o.Affinity
	}
	if o.SecurityContext != nil {
		c.SecurityContext = o.SecurityContext
	}
	if o.PodSecurityContext != nil {
		s.SecurityContext = o.PodSecurityContext
	}
	if o.TerminationGracePeriodSeconds != nil {
		s.TerminationGracePeriodSeconds = o.TerminationGracePeriodSeconds
	}
	if o.Lifecycle != nil {
		c.Lifecycle = o.Lifecycle
	}
	if o.ShareProcessNamespace != nil {
		s.ShareProcessNamespace = o.ShareProcessNamespace
	}
	s.InitContainers, s.Containers = append(s.InitContainers, o.InitContainers...), append(s.Containers, o.Sidecars...)
	out, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	return out, hardens
}

// withoutReport is a pod without what we say of it.
func withoutReport(t *testing.T, raw []byte) []byte {
	t.Helper()
	var pod map[string]any
	if err := json.Unmarshal(raw, &pod); err != nil {
		t.Fatal(err)
	}
	delete(pod["metadata"].(map[string]any)["annotations"].(map[string]any), rule.ReportAnnotation)
	out, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// submitted is a captured pod as its request, with facts of its image.
func submitted(t *testing.T, f fixtures.Fixture) []byte {
	t.Helper()
	var review struct {
		Request struct{ Object json.RawMessage }
	}
	var pod map[string]any
	if err := json.Unmarshal(f.Review, &review); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(review.Request.Object, &pod); err != nil {
		t.Fatal(err)
	}
	metadata := pod["metadata"].(map[string]any)
	delete(metadata, "managedFields")
	annotations, _ := metadata["annotations"].(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
	}
	annotations[rule.Prefix+"image"] = "uid: 185\npasswd: true\njava: 17\nspark: " + f.Version + "\nentrypoint: spark\nlibc: glibc\n"
	metadata["annotations"] = annotations
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	return withManagedFields(raw)
}

// TestTheOrderOfKubeflowsWebhookDoesNotMatter: pods of real spark-submit, and all that the operator's webhook knows to set in them, before our
// call and between our two. Where the operator sets the same security context as we had, the report goes on to name it as ours.
func TestTheOrderOfKubeflowsWebhookDoesNotMatter(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	inject := func(raw []byte, profile rule.Profile) ([]byte, rule.Admitted) {
		a, _, err := admit(set, raw, profile)
		if err != nil {
			t.Fatal(err)
		}
		out, err := patchjson.Apply(raw, a.Ops)
		if err != nil {
			t.Fatal(err)
		}
		return out, a
	}
	tried, back := 0, map[string]bool{}
	for _, f := range all {
		if f.Case != "driver-jvm" && f.Case != "executor" || !slices.Contains(distribution.Always[:], f.Version) {
			continue
		}
		text, err := fixtures.KubeflowResources(f.Version)
		if err != nil {
			t.Fatal(err)
		}
		plain := submitted(t, f)
		for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
			var r application
			if err := yaml.Unmarshal(document, &r); err != nil {
				t.Fatal(err)
			}
			for _, profile := range rule.Profiles() {
				injected, first := inject(plain, profile)
				theirs, hardens := r.operate(t, plain)
				want, _ := inject(theirs, profile)
				after, _ := r.operate(t, injected)
				got, again := inject(after, profile)
				tried++
				if again.Back > 0 {
					back[r.Metadata.Name] = true
				}
				one, other := unordered(got), unordered(want)
				if hardens {
					one, other = unordered(withoutReport(t, got)), unordered(withoutReport(t, want))
				}
				if len(first.Ops) == 0 || one != other {
					t.Errorf("%s, %s, %s: %d edits; %s", f.Name, r.Metadata.Name, profile, len(first.Ops), differs(one, other))
				}
				if more, _, err := admit(set, withManagedFields(got), profile); err != nil || len(more.Ops) > 0 {
					t.Errorf("%s, %s, %s: once more edits %v: %v", f.Name, r.Metadata.Name, profile, more.Ops, err)
				}
				for _, op := range again.Ops {
					if op.Op == patch.Remove && strings.HasPrefix(op.Path, "/spec/containers/1") {
						t.Errorf("%s, %s, %s: a sidecar loses %s", f.Name, r.Metadata.Name, profile, op.Path)
					}
				}
			}
		}
	}
	if tried < 2*2*20*3 || !back["variables"] {
		t.Errorf("%d pods; edits are taken back for %v", tried, back)
	}
}
