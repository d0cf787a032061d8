package neighbour

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// given hands the documents of a text to a set.
func given(t *testing.T, s *Set, text string) *Set {
	t.Helper()
	for _, one := range strings.Split(text, "\n---\n") {
		raw, err := yaml.YAMLToJSON([]byte(one))
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal([]byte(one), &head); err != nil {
			t.Fatal(err)
		}
		if err := s.Add(head.APIVersion, head.Kind, raw); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// facts is what a set tells of a pod; lists may be parts.
type facts struct {
	rule.Facts
	Namespace *Namespace
	Quotas    listed[Quota]
	Limits    listed[LimitRange]
	Policies  listed[Policy]
	Nodes     listed[Node]
	Objects   Objects
	Rights    Rights
	Exposures []Exposure
}

type listed[T any] struct {
	Items []T
	Whole bool
}

func list[T any](f *rule.Facts, key *rule.Fact[[]T]) (out listed[T]) {
	out.Items, out.Whole = rule.Known(f, key)
	return out
}

func of(s *Set, namespace string, t *corev1.PodTemplateSpec) (f facts) {
	s.Put(&f.Facts, namespace, t)
	if n, known := rule.Known(&f.Facts, FactNamespace); known {
		f.Namespace = &n
	}
	f.Quotas, f.Limits, f.Policies, f.Nodes = list(&f.Facts, FactQuotas), list(&f.Facts, FactLimits), list(&f.Facts, FactPolicies), list(&f.Facts, FactNodes)
	f.Objects, _ = rule.Known(&f.Facts, FactObjects)
	f.Rights, _ = rule.Known(&f.Facts, FactRights)
	f.Exposures, _ = rule.Known(&f.Facts, FactServices)
	return f
}

// read is a set of a server that could read everything.
func read(kinds ...string) *Set {
	s := New()
	for _, kind := range kinds {
		s.Whole(kind, "")
	}
	return s
}

const quotaA = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: a}\nspec: {hard: {limits.cpu: 4}}"

func TestWhatFilesDoNotBringIsUnknown(t *testing.T) {
	const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {team: x}}"
	for _, c := range []struct {
		name, files string
		quotas      int
		whole       bool
		known       bool
	}{
		{"nothing", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}", 0, false, false},
		{"a quota alone", quotaA, 1, false, false},
		{"the namespace", namespace, 0, true, true},
		{"both", namespace + "\n---\n" + quotaA, 1, true, true},
		{"another namespace", strings.Replace(namespace, "name: a", "name: b", 1) + "\n---\n" + quotaA, 1, false, false},
	} {
		f := of(given(t, New(), c.files), "a", &corev1.PodTemplateSpec{})
		if len(f.Quotas.Items) != c.quotas || f.Quotas.Whole != c.whole || f.Limits.Whole != c.whole || (f.Namespace != nil) != c.known {
			t.Errorf("%s: %d quotas, whole %v, limits whole %v, namespace %v", c.name, len(f.Quotas.Items), f.Quotas.Whole, f.Limits.Whole, f.Namespace)
		}
		if f.Policies.Whole || f.Nodes.Whole || f.Objects.Has("Secret", "x") != spark.Unknown {
			t.Errorf("%s: something that files never tell counts as known", c.name)
		}
	}
}

func TestWhatAServerDoesNotShowDoesNotExistUnlessItWasCut(t *testing.T) {
	s := read("ResourceQuota", "Secret", "Node")
	f := of(s, "a", &corev1.PodTemplateSpec{})
	if !f.Quotas.Whole || f.Limits.Whole || !f.Nodes.Whole || f.Objects.Has("Secret", "x") != spark.No || f.Objects.Has("ConfigMap", "x") != spark.Unknown {
		t.Errorf("whole: %+v", f)
	}
	s.Cut("Secret", "a", "is forbidden")
	s.Cut("ResourceQuota", "", "took too long")
	f = of(s, "a", &corev1.PodTemplateSpec{})
	if f.Quotas.Whole || f.Objects.Has("Secret", "x") != spark.Unknown || f.Objects.Why("Secret") != "is forbidden" || of(s, "b", nil).Objects.Has("Secret", "x") != spark.No {
		t.Errorf("cut: quotas %v, why %q", f.Quotas.Whole, f.Objects.Why("Secret"))
	}
	s.Cut("", "", "stopped")
	if of(s, "b", nil).Nodes.Whole || of(s, "b", nil).Objects.Has("Secret", "x") != spark.Unknown {
		t.Error("a cut of everything leaves something whole")
	}
}

func TestAnObjectThatCannotBeReadCutsItsKind(t *testing.T) {
	s := read("ResourceQuota")
	if err := s.Add("v1", "ResourceQuota", []byte(`{"spec":{"hard":7}}`)); err == nil || err.Error() != "ResourceQuota: spec.hard is a number, and a mapping is expected" {
		t.Errorf("error: %v", err)
	}
	if of(s, "a", nil).Quotas.Whole {
		t.Error("the quotas count as read")
	}
	for _, c := range [][2]string{
		{"v1", "Namespace"}, {"v1", "LimitRange"}, {"v1", "ServiceAccount"}, {"v1", "ConfigMap"}, {"v1", "Secret"}, {"v1", "Node"}, {"v1", "PersistentVolumeClaim"},
		{"rbac.authorization.k8s.io/v1", "Role"}, {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding"}, {"networking.k8s.io/v1", "NetworkPolicy"}, {"apps/v1", "DaemonSet"},
		{"storage.k8s.io/v1", "StorageClass"}, {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"}, {"discovery.k8s.io/v1", "EndpointSlice"},
	} {
		if err := s.Add(c[0], c[1], []byte(`{"metadata":[]}`)); err == nil {
			t.Errorf("%v is not read", c)
		}
	}
	if err := s.Add("example.com/v1", "ResourceQuota", []byte(`[]`)); err != nil {
		t.Errorf("another group's: %v", err)
	}
}

func TestOfObjectsOnlyNamesAndKeysAreKept(t *testing.T) {
	o := of(given(t, New(), `apiVersion: v1
kind: Secret
metadata: {name: s, namespace: a}
data: {one: eA==}
stringData: {two: x}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: a}
binaryData: {three: eA==}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: a}
automountServiceAccountToken: false
imagePullSecrets: [{name: reg}]`), "a", nil).Objects
	for _, c := range []struct {
		kind, name, key string
		want            spark.Answer
	}{
		{"Secret", "s", "one", spark.Yes}, {"Secret", "s", "two", spark.Yes}, {"Secret", "s", "three", spark.No}, {"ConfigMap", "c", "three", spark.Yes}, {"ConfigMap", "other", "x", spark.Unknown},
	} {
		if got := o.HasKey(c.kind, c.name, c.key); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
	if a := o.Account("sa"); a == nil || a.Automount == nil || *a.Automount || len(a.PullSecrets) != 1 || o.Account("x") != nil || o.Has("ServiceAccount", "sa") != spark.Yes {
		t.Errorf("account: %+v", a)
	}
	if o.Has("ServiceAccount", "default") != spark.Yes || o.Has("ConfigMap", "kube-root-ca.crt") != spark.Yes {
		t.Error("what every namespace has is not known")
	}
	s := read("Secret", "StorageClass")
	s.Named("Secret", "a", "s")
	s.Named("StorageClass", "", "fast")
	live := of(s, "a", nil).Objects
	if live.Has("Secret", "s") != spark.Yes || live.HasKey("Secret", "s", "one") != spark.Unknown || live.Has("StorageClass", "fast") != spark.Yes || live.Has("StorageClass", "slow") != spark.No {
		t.Error("objects of which only the name was read")
	}
	var none Objects
	if none.Has("Secret", "s") != spark.Unknown || none.HasKey("Secret", "s", "k") != spark.Unknown || none.Account("s") != nil || none.Why("Secret") != "" {
		t.Error("no objects know something")
	}
}

func TestQuotasCountThePodsOfTheirScopes(t *testing.T) {
	ends := int64(5)
	asks := corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")}}}}}
	deadline, classed := corev1.PodSpec{ActiveDeadlineSeconds: &ends}, corev1.PodSpec{PriorityClassName: "high"}
	for _, c := range []struct {
		scopes string
		spec   corev1.PodSpec
		want   spark.Answer
	}{
		{"scopes: []", asks, spark.Yes},
		{"scopes: [BestEffort]", asks, spark.No}, {"scopes: [NotBestEffort]", asks, spark.Yes}, {"scopes: [BestEffort]", deadline, spark.Yes},
		{"scopes: [Terminating]", deadline, spark.Yes}, {"scopes: [NotTerminating]", deadline, spark.No}, {"scopes: [NotTerminating]", asks, spark.Yes},
		{"scopes: [NotTerminating, BestEffort]", asks, spark.No},
		{"scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}", classed, spark.Yes},
		{"scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [low]}]}", classed, spark.No},
		{"scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: NotIn, values: [low]}]}", classed, spark.Yes},
		{"scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: Exists}]}", classed, spark.Yes},
		{"scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: DoesNotExist}]}", classed, spark.No},
		{"scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [low]}]}", asks, spark.Unknown},
		{"scopes: [CrossNamespacePodAffinity]", asks, spark.Unknown},
	} {
		quotas := of(given(t, New(), strings.TrimSuffix(quotaA, "}")+", "+c.scopes+"}"), "a", nil).Quotas.Items
		if got := quotas[0].Counts(&c.spec); got != c.want {
			t.Errorf("%s: %v, want %v", c.scopes, got, c.want)
		}
	}
}

func TestOfPoliciesThoseThatSelectThePodAreGiven(t *testing.T) {
	s := given(t, read("NetworkPolicy"), `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: a}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: drivers, namespace: a}
spec: {podSelector: {matchLabels: {spark-role: driver}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: elsewhere, namespace: b}
spec: {podSelector: {}}`)
	driver := &corev1.PodTemplateSpec{}
	driver.Labels = map[string]string{"spark-role": "driver"}
	if got := of(s, "a", driver).Policies; !got.Whole || len(got.Items) != 2 {
		t.Errorf("driver: %+v", got)
	}
	if got := of(s, "a", &corev1.PodTemplateSpec{}).Policies; len(got.Items) != 1 || got.Items[0].Name != "all" {
		t.Errorf("another pod: %+v", got)
	}
}

func TestExposuresAreUnknownWhereSomethingMayLeadIn(t *testing.T) {
	pod := &corev1.PodTemplateSpec{}
	pod.Labels = map[string]string{"app": "x"}
	const inner = "apiVersion: v1\nkind: Service\nmetadata: {name: ui, namespace: a}\nspec: {selector: {app: x}, ports: [{port: 4040}]}"
	const outer = inner + "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: lb, namespace: a}\nspec: {type: LoadBalancer, selector: {app: x}, ports: [{port: 4040}]}"
	for _, c := range []struct {
		name  string
		set   *Set
		cut   string
		known bool
	}{
		{"files without a Service", New(), "", false},
		{"files with one", given(t, New(), inner), "", true},
		{"files were left out", given(t, New(), inner), "*", false},
		{"files were left out, and one leads in", given(t, New(), outer), "Ingress", true},
		{"live without a Service", read("Service"), "", true},
		{"live, Services refused", read("Service"), "Service", false},
		{"live, Ingresses refused", given(t, read("Service"), inner), "Ingress", false},
		{"live, routes refused", given(t, read("Service"), inner), "HTTPRoute", false},
		{"live, Secrets refused", given(t, read("Service"), inner), "Secret", true},
		{"live, Ingresses refused, and one leads in", given(t, read("Service"), outer), "Ingress", true},
	} {
		if c.cut != "" {
			c.set.Cut(strings.Trim(c.cut, "*"), "", "refused")
		}
		if got := of(c.set, "a", pod).Exposures; (got != nil) != c.known {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestEveryKindThatIsReadHasItsFact(t *testing.T) {
	for kind, want := range map[string]rule.Key{"Namespace": FactNamespace, "ResourceQuota": FactQuotas, "LimitRange": FactLimits, "NetworkPolicy": FactPolicies, "Node": FactNodes, "Secret": FactObjects,
		"ServiceAccount": FactObjects, "ClusterRole": FactRights, "Service": FactServices, "Ingress": FactServices, "HTTPRoute": FactServices, "EndpointSlice": FactOperator} {
		if got := FactOf(kind); got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
	if FactOf("Pod") != nil {
		t.Error("a Pod is no neighbour")
	}
}
