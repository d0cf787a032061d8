package neighbour

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

const nodeGPU = `apiVersion: v1
kind: Node
metadata: {name: gpu, labels: {zone: x, cores: "16"}}
spec: {taints: [{key: gpu, value: "yes", effect: NoSchedule}, {key: old, effect: PreferNoSchedule}]}
status: {capacity: {cpu: 16, memory: 64Gi}, allocatable: {cpu: 15500m, memory: 60Gi, pods: 110}}`

func podOf(t *testing.T, text string) *corev1.PodSpec {
	t.Helper()
	var spec corev1.PodSpec
	if err := yaml.UnmarshalStrict([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	return &spec
}

func TestANodeTakesWhatSelectorsAndTaintsAllow(t *testing.T) {
	nodes := of(given(t, New(), nodeGPU), "a", nil).Nodes
	if len(nodes.Items) != 1 || !nodes.Whole {
		t.Fatalf("nodes: %+v", nodes)
	}
	const tolerant, affinity = "tolerations: [{key: gpu, operator: Exists}]\n", "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [%]}}}"
	for _, c := range []struct {
		spec string
		want bool
	}{
		{"", false},
		{tolerant, true},
		{"tolerations: [{operator: Exists}]", true},
		{"tolerations: [{key: gpu, value: 'yes'}]", true},
		{"tolerations: [{key: gpu, operator: Equal, value: 'yes', effect: NoSchedule}]", true},
		{"tolerations: [{key: gpu, operator: Equal, value: 'no'}]", false},
		{"tolerations: [{key: other, operator: Exists}]", false},
		{"tolerations: [{key: gpu, operator: Exists, effect: NoExecute}]", false},
		{"tolerations: [{key: gpu, operator: Gt, value: '1'}]", false},
		{tolerant + "nodeSelector: {zone: x}", true},
		{tolerant + "nodeSelector: {zone: y}", false},
		{tolerant + "nodeName: gpu", true},
		{tolerant + "nodeName: other", false},
		{tolerant + "affinity: {nodeAffinity: {}}", true},
		{tolerant + term(affinity, "{matchExpressions: [{key: zone, operator: In, values: [x, y]}]}"), true},
		{tolerant + term(affinity, "{matchExpressions: [{key: zone, operator: NotIn, values: [x]}]}"), false},
		{tolerant + term(affinity, "{matchExpressions: [{key: zone, operator: NotIn, values: [x]}]}, {matchExpressions: [{key: cores, operator: Gt, values: ['8']}]}"), true},
		{tolerant + term(affinity, "{matchExpressions: [{key: zone, operator: Exists}, {key: spot, operator: Exists}]}"), false},
		{tolerant + term(affinity, "{matchExpressions: [{key: cores, operator: Lt, values: ['8']}]}"), false},
		{tolerant + term(affinity, "{matchFields: [{key: metadata.name, operator: In, values: [gpu]}]}"), true},
		{tolerant + term(affinity, "{matchFields: [{key: metadata.name, operator: In, values: [x]}]}"), false},
		{tolerant + term(affinity, "{matchExpressions: [{key: zone, operator: Nonsense}]}"), false},
		{tolerant + term(affinity, "{}"), false},
	} {
		if got := nodes.Items[0].Takes(podOf(t, c.spec)); got != c.want {
			t.Errorf("%q: %v", c.spec, got)
		}
	}
	numbered := Node{Taints: []corev1.Taint{{Key: "load", Value: "5", Effect: corev1.TaintEffectNoSchedule}}}
	for text, want := range map[string]bool{"{key: load, operator: Lt, value: '6'}": true, "{key: load, operator: Lt, value: '5'}": false, "{key: load, operator: Gt, value: '4'}": true, "{key: load, operator: Gt, value: x}": false} {
		if numbered.Takes(podOf(t, "tolerations: ["+text+"]")) != want {
			t.Errorf("%s: not %v", text, want)
		}
	}
}

// term puts something into the place of a percent sign.
func term(text, in string) string { return strings.Replace(text, "%", in, 1) }

func TestDaemonSetsTakeRoomOfTheNodesThatTheyRunOn(t *testing.T) {
	const daemon = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d, namespace: x}\nspec: {template: {spec: {tolerations: %, containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}}}"
	for tolerations, want := range map[string][2]string{"[{operator: Exists}]": {"15", "59Gi"}, "[]": {"15500m", "60Gi"}} {
		s := given(t, New(), nodeGPU)
		_ = of(s, "a", nil) // what comes later counts, too
		room := of(given(t, s, term(daemon, tolerations)), "a", nil).Nodes.Items[0].Room
		if room.Cpu().Cmp(resource.MustParse(want[0])) != 0 || room.Memory().Cmp(resource.MustParse(want[1])) != 0 {
			t.Errorf("%s: %v", tolerations, room)
		}
	}
	s := read("Node")
	s.AddShape("8x32", 8000, 32<<10, 0)
	if n := of(given(t, s, term(daemon, "[{operator: Exists}]")), "a", nil).Nodes.Items[0]; n.Room.Cpu().Value() != 8 || !n.Takes(podOf(t, "nodeSelector: {zone: x}")) {
		t.Errorf("a shape: %+v", n)
	}
}

func TestRequestsAreWhatTheSchedulerFindsRoomFor(t *testing.T) {
	got := Requests(podOf(t, `
overhead: {memory: 100Mi}
initContainers:
- {name: first, resources: {requests: {cpu: 3}}}
- {name: stays, restartPolicy: Always, resources: {requests: {cpu: 250m, memory: 50Mi}}}
- {name: last, resources: {requests: {cpu: 1}}}
containers:
- {name: a, resources: {requests: {cpu: 1, memory: 1Gi}}}
- {name: b, resources: {limits: {cpu: 500m, memory: 1Gi, nvidia.com/gpu: 1}}}`))
	for name, want := range map[corev1.ResourceName]string{"cpu": "3", "memory": "2198Mi", "nvidia.com/gpu": "1", "pods": "1"} {
		if has := got[name]; has.Cmp(resource.MustParse(want)) != 0 {
			t.Errorf("%s: %s, want %s", name, has.String(), want)
		}
	}
	whole := Requests(podOf(t, "resources: {requests: {cpu: 9}}\ncontainers: [{name: a, resources: {requests: {cpu: 1, memory: 1Gi}}}]"))
	if whole.Cpu().Value() != 9 || whole.Memory().Value() != 1<<30 {
		t.Errorf("of the pod: %v", whole)
	}
}

func TestTheOperatorsWebhookIsToldFromOthers(t *testing.T) {
	const hooks = "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: %}\nwebhooks: [{name: "
	const pods, jobs = ", clientConfig: {service: {name: w, namespace: ops}}, rules: [{resources: [pods]}]}]", ", rules: [{resources: [jobs]}]}]"
	const slice = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: e, namespace: ops, labels: {kubernetes.io/service-name: w}}\nendpoints: [{conditions: {ready: %}}]"
	operator := term(hooks, "spark") + "mutate-pod.sparkoperator.k8s.io" + pods
	for _, c := range []struct {
		name    string
		objects []string
		works   string
	}{
		{"none", nil, "no is not registered"},
		{"of no pods", []string{term(hooks, "spark") + "x.sparkoperator.k8s.io" + jobs}, "no is not registered"},
		{"nothing ready", []string{operator, term(slice, "false")}, "no has no ready pod for its Service ops/w"},
		{"ready", []string{operator, term(slice, "true")}, "yes "},
		{"outside", []string{term(hooks, "spark") + "x.sparkoperator.k8s.io, clientConfig: {url: 'https://x'}, rules: [{resources: ['*/*']}]}]"}, "unknown "},
	} {
		s := read("MutatingWebhookConfiguration", "EndpointSlice")
		for _, o := range c.objects {
			given(t, s, o)
		}
		works, why := s.OperatorWebhook()
		if got := works.String() + " " + why; got != c.works {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	unread := given(t, read("MutatingWebhookConfiguration"), operator)
	if works, _ := unread.OperatorWebhook(); works.String() != "unknown" || len(unread.OperatorServices()) != 1 {
		t.Errorf("endpoints that were not read: %v", works)
	}
	if works, _ := New().OperatorWebhook(); works.String() != "unknown" {
		t.Errorf("files: %v", works)
	}
}
