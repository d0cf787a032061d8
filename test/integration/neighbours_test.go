package integration

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// neighbours reads those of a namespace with the rights of a kubeconfig.
func neighbours(t *testing.T, kubeconfig, ns string) (*neighbour.Set, []cluster.Gap) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := cluster.New(config)
	if err != nil {
		t.Fatal(err)
	}
	set := neighbour.New()
	gaps, err := reader.Neighbours(t.Context(), cluster.Scope{Namespace: ns}, set)
	if err != nil {
		t.Fatal(err)
	}
	return set, gaps
}

func neighbourly(t *testing.T, cp *controlplane.ControlPlane) string {
	t.Helper()
	ns := cp.NewNamespace(t)
	core, rbac := "/api/v1/namespaces/"+ns, "/apis/rbac.authorization.k8s.io/v1/namespaces/"+ns
	put(t, cp, core+"/resourcequotas", "metadata: {name: q}\nspec: {hard: {limits.cpu: 4}}")
	put(t, cp, core+"/limitranges", "metadata: {name: l}\nspec: {limits: [{type: Container, default: {cpu: 2}}]}")
	put(t, cp, core+"/secrets", "metadata: {name: s}\nstringData: {password: x}")
	put(t, cp, core+"/configmaps", "metadata: {name: c}\ndata: {k: v}")
	put(t, cp, core+"/persistentvolumeclaims", "metadata: {name: p}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}")
	put(t, cp, core+"/serviceaccounts", "metadata: {name: spark}\nautomountServiceAccountToken: false")
	put(t, cp, core+"/services", "metadata: {name: ui}\nspec: {type: NodePort, selector: {app: x}, ports: [{port: 4040}]}")
	put(t, cp, "/apis/networking.k8s.io/v1/namespaces/"+ns+"/networkpolicies", "metadata: {name: all}\nspec: {podSelector: {}}")
	put(t, cp, rbac+"/roles", "metadata: {name: spark}\nrules: [{apiGroups: [''], resources: [pods], verbs: [create]}]")
	put(t, cp, rbac+"/rolebindings", "metadata: {name: spark}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: spark}\nsubjects: [{kind: ServiceAccount, name: spark, namespace: "+ns+"}]")
	return ns
}

func driverOf(account string) *corev1.PodTemplateSpec {
	t := &corev1.PodTemplateSpec{Spec: corev1.PodSpec{ServiceAccountName: account}}
	t.Labels = map[string]string{"app": "x"}
	return t
}

func TestNeighboursAreReadWithWhateverRightsThereAre(t *testing.T) {
	cp := shared.Get(t)
	ns := neighbourly(t, cp)
	set, gaps := neighbours(t, cp.Kubeconfig(), ns)
	if len(gaps) != 0 {
		t.Fatalf("gaps: %+v", gaps)
	}
	var f rule.Facts
	set.Put(&f, ns, driverOf("spark"))
	namespace, _ := rule.Known(&f, neighbour.FactNamespace)
	quotas, whole := rule.Known(&f, neighbour.FactQuotas)
	limits, _ := rule.Known(&f, neighbour.FactLimits)
	policies, _ := rule.Known(&f, neighbour.FactPolicies)
	ways, _ := rule.Known(&f, neighbour.FactServices)
	objects, _ := rule.Known(&f, neighbour.FactObjects)
	rights, _ := rule.Known(&f, neighbour.FactRights)
	_, nodes := rule.Known(&f, neighbour.FactNodes)
	if namespace.Name != ns || len(quotas) != 1 || !whole || len(limits) != 1 || len(policies) != 1 || len(ways) != 1 || !nodes {
		t.Errorf("facts: %+v", f)
	}
	for kind, name := range map[string]string{"Secret": "s", "ConfigMap": "c", "PersistentVolumeClaim": "p", "ServiceAccount": "spark"} {
		if objects.Has(kind, name) != spark.Yes || objects.Has(kind, "absent") != spark.No {
			t.Errorf("%s %s: %v, absent %v", kind, name, objects.Has(kind, name), objects.Has(kind, "absent"))
		}
	}
	if objects.HasKey("Secret", "s", "password") != spark.Unknown || objects.Has("StorageClass", "absent") != spark.No {
		t.Error("live only the names of objects are read")
	}
	if a := objects.Account("spark"); a == nil || a.Automount == nil || *a.Automount {
		t.Errorf("account: %+v", a)
	}
	if rights.May(neighbour.Right{Verb: "create", Resource: "pods"}) != spark.Yes || rights.May(neighbour.Right{Verb: "delete", Resource: "pods"}) != spark.No {
		t.Error("rights")
	}
	if works, why := set.OperatorWebhook(); works == spark.Unknown {
		t.Errorf("operator: %v %s", works, why)
	}

	few := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"resourcequotas", "serviceaccounts"}}
	roles := rbacv1.PolicyRule{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"roles", "rolebindings"}}
	set, gaps = neighbours(t, account(t, cp, ns, "narrow", few, roles), ns)
	f = rule.Facts{}
	set.Put(&f, ns, driverOf("spark"))
	_, whole = rule.Known(&f, neighbour.FactQuotas)
	_, limited := rule.Known(&f, neighbour.FactLimits)
	_, nodes = rule.Known(&f, neighbour.FactNodes)
	_, named := rule.Known(&f, neighbour.FactNamespace)
	_, exposed := rule.Known(&f, neighbour.FactServices)
	objects, _ = rule.Known(&f, neighbour.FactObjects)
	rights, _ = rule.Known(&f, neighbour.FactRights)
	if !whole || limited || nodes || named || exposed || objects.Has("Secret", "absent") != spark.Unknown || objects.Why("Secret") != "is forbidden" {
		t.Errorf("with few rights: %+v", f)
	}
	if rights.May(neighbour.Right{Verb: "create", Resource: "pods"}) != spark.Yes || rights.May(neighbour.Right{Verb: "delete", Resource: "pods"}) != spark.Unknown {
		t.Error("rights that cluster roles may give are not known")
	}
	var refused []string
	for _, g := range gaps {
		refused = append(refused, g.Resource)
		if g.Reason() != "is forbidden" || g.Grant() == "" {
			t.Errorf("%+v", g)
		}
	}
	slices.Sort(refused)
	refused = slices.DeleteFunc(refused, func(r string) bool { return r == "httproutes" }) // another test brings it
	want := []string{"clusterrolebindings", "clusterroles", "configmaps", "daemonsets", "ingresses", "limitranges", "mutatingwebhookconfigurations", "namespaces", "networkpolicies", "nodes", "persistentvolumeclaims", "secrets", "services", "storageclasses"}
	if !slices.Equal(refused, want) {
		t.Errorf("refused %v, want %v", refused, want)
	}
}
