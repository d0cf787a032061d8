package integration

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// call is a request that a driver makes.
type call struct{ verb, group, resource, sub string }

func (c call) String() string {
	return c.verb + " " + strings.TrimPrefix(c.group+"/", "/") + c.resource + strings.TrimSuffix("/"+c.sub, "/")
}

// What a driver asks of the API server, as Spark's own source has it: the class that calls, by the settings that make it.
var (
	everyDriver = []call{
		{"get", "", "pods", ""},                                // ExecutorPodsAllocator: its own pod
		{"create", "", "pods", ""},                             // ExecutorPodsAllocator
		{"list", "", "pods", ""},                               // ExecutorPodsPollingSnapshotSource
		{"watch", "", "pods", ""},                              // ExecutorPodsWatchSnapshotSource
		{"delete", "", "pods", ""},                             // ExecutorPodsLifecycleManager
		{"deletecollection", "", "pods", ""},                   // AbstractPodsAllocator.stop, KubernetesClusterSchedulerBackend.doKillExecutors
		{"create", "", "configmaps", ""},                       // KubernetesClusterSchedulerBackend.setUpExecutorConfigMap
		{"deletecollection", "", "configmaps", ""},             // KubernetesClusterSchedulerBackend.stop
		{"deletecollection", "", "services", ""},               // KubernetesClusterSchedulerBackend.stop
		{"list", "", "persistentvolumeclaims", ""},             // ExecutorPodsAllocator: claims that may be reused
		{"deletecollection", "", "persistentvolumeclaims", ""}, // KubernetesClusterSchedulerBackend.stop
	}
	bySetting = map[string][]call{
		"spark.kubernetes.executor.volumes.persistentVolumeClaim.data.options.claimName=OnDemand": {{"create", "", "persistentvolumeclaims", ""}},
		"spark.kubernetes.executor.deleteOnTermination=false":                                     {{"patch", "", "pods", ""}},
		"spark.kubernetes.executor.decommissionLabel=leaving":                                     {{"patch", "", "pods", ""}},
		"spark.plugins=org.apache.spark.scheduler.cluster.k8s.ExecutorResizePlugin":               {{"patch", "", "pods", "resize"}, {"get", "metrics.k8s.io", "pods", ""}},
		"spark.plugins=org.apache.spark.scheduler.cluster.k8s.ExecutorPVCResizePlugin":            {{"get", "", "persistentvolumeclaims", ""}, {"patch", "", "persistentvolumeclaims", ""}},
	}
	// noDriver is what none needs, though roles that people give drivers allow it.
	noDriver = []call{{"get", "", "secrets", ""}, {"list", "", "secrets", ""}, {"create", "", "services", ""}, {"create", "", "pods", "exec"}, {"get", "", "pods", "log"}, {"get", "", "configmaps", ""},
		{"list", "", "nodes", ""}, {"delete", "", "persistentvolumeclaims", ""}, {"create", "networking.k8s.io", "networkpolicies", ""}, {"create", "rbac.authorization.k8s.io", "roles", ""}, {"create", "apps", "statefulsets", ""}}
)

// may asks the API server's authorizer what a ServiceAccount of the namespace may do.
func (a *applied) may(account string, c call) bool {
	a.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: "system:serviceaccount:" + a.ns + ":" + account,
		Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + a.ns, "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: a.ns, Verb: c.verb, Group: c.group, Resource: c.resource, Subresource: c.sub}}}
	answer, err := a.cp.Client().AuthorizationV1().SubjectAccessReviews().Create(a.Context(), review, metav1.CreateOptions{})
	if err != nil {
		a.Fatal(err)
	}
	return answer.Status.Allowed
}

// lacks says whether doctor finds that the driver's account lacks rights.
func (a *applied) finds(code string) (messages []string) {
	a.Helper()
	_, out, errs := runPlugin(a.T, a.kubeconfig, "doctor", "--only="+code, "--all", "-o", "json", "--fail-on=never", "-n", a.ns)
	r := reportOf(a.T, out)
	for _, s := range r.Skipped {
		a.Errorf("skipped: %s %s\n%s", s.Code, s.Reason, errs)
	}
	for _, f := range r.Findings {
		messages = append(messages, f.Message)
	}
	return messages
}

// TestADriverGetsTheRightsThatSparkUses, and no other: the API server's own authorizer decides, for each call of Spark's source. With one
// right fewer that call is refused, and doctor finds it.
func TestADriverGetsTheRightsThatSparkUses(t *testing.T) {
	a := newApplied(t)
	a.create("/api/v1/namespaces/%s/serviceaccounts", "{metadata: {name: spark}}")
	a.native("plain", "4.3.0")
	if found := a.finds("SPK-S006"); len(found) != 1 {
		t.Fatalf("found %q", found)
	}
	record := recordFile(t)
	out, errs := a.run(0, "fix", "SPK-S006", "--apply", "--record="+record)
	a.wants(out+errs, "Role/spark-driver-pods in namespace "+a.ns+": applied", "RoleBinding/spark-driver-pods-spark in namespace "+a.ns+": applied")
	settled := func() bool { return !slices.ContainsFunc(everyDriver, func(c call) bool { return !a.may("spark", c) }) }
	within(t, 20*time.Second, "the authorizer knows the roles", settled)
	if found := a.finds("SPK-S006"); len(found) != 0 {
		t.Errorf("still found: %q", found)
	}
	out, errs = a.run(0, "fix", "SPK-S006", "--apply", "--record="+record)
	a.wants(out+errs, "nothing to do")
	allowed := func(more ...call) {
		t.Helper()
		for _, c := range slices.Concat(noDriver, bySetting["spark.plugins=org.apache.spark.scheduler.cluster.k8s.ExecutorResizePlugin"]) {
			if a.may("spark", c) != slices.Contains(more, c) {
				t.Errorf("%s: %v", c, a.may("spark", c))
			}
		}
		if a.may("default", everyDriver[0]) {
			t.Error("another account has the rights, too")
		}
	}
	allowed()
	a.oneFewer(everyDriver...)
	a.run(0, "fix", "--undo="+record)
	roles, err := a.cp.Client().RbacV1().Roles(a.ns).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(roles.Items) > 0 {
		t.Errorf("left: %v %v", roles.Items, err)
	}
	if found := a.finds("SPK-S006"); len(found) != 1 {
		t.Errorf("after undo: %q", found)
	}
}

// oneFewer takes each right away that a call needs, and gives it back.
func (a *applied) oneFewer(calls ...call) {
	a.Helper()
	client := a.cp.Client().RbacV1().Roles(a.ns)
	for _, c := range calls {
		list, err := client.List(a.Context(), metav1.ListOptions{})
		if err != nil {
			a.Fatal(err)
		}
		resource, taken := strings.TrimSuffix(c.resource+"/"+c.sub, "/"), false
		for _, role := range list.Items {
			for i, r := range role.Rules {
				if !slices.Contains(r.APIGroups, c.group) || !slices.Contains(r.Resources, resource) || !slices.Contains(r.Verbs, c.verb) {
					continue
				}
				fewer := role.DeepCopy()
				fewer.Rules[i].Verbs = slices.DeleteFunc(fewer.Rules[i].Verbs, func(verb string) bool { return verb == c.verb })
				if len(fewer.Rules[i].Verbs) == 0 {
					fewer.Rules = slices.Delete(fewer.Rules, i, i+1)
				}
				a.roleIs(role.Name, fewer.Rules)
				within(a.T, 20*time.Second, c.String()+" is refused", func() bool { return !a.may("spark", c) })
				if found := a.finds("SPK-S006"); len(found) != 1 || !strings.Contains(found[0], c.verb) {
					a.Errorf("without %s: %q", c, found)
				}
				a.roleIs(role.Name, role.Rules)
				within(a.T, 20*time.Second, c.String()+" is allowed again", func() bool { return a.may("spark", c) })
				taken = true
			}
		}
		if !taken {
			a.Errorf("no Role holds %s", c)
		}
	}
}

func (a *applied) roleIs(name string, rules []rbacv1.PolicyRule) {
	a.Helper()
	body, err := json.Marshal(map[string]any{"rules": rules})
	if err != nil {
		a.Fatal(err)
	}
	if _, err := a.cp.Client().RbacV1().Roles(a.ns).Patch(a.Context(), name, types.MergePatchType, body, metav1.PatchOptions{}); err != nil {
		a.Fatal(err)
	}
}

// TestSettingsThatNeedRightsGetThem: each setting brings the calls of its class, and no other.
func TestSettingsThatNeedRightsGetThem(t *testing.T) {
	for setting, calls := range bySetting {
		a := newApplied(t)
		a.create("/api/v1/namespaces/%s/serviceaccounts", "{metadata: {name: spark}}")
		a.native("with", "4.3.0", setting)
		a.run(0, "fix", "SPK-S006", "--apply", "--record=none")
		within(t, 20*time.Second, setting, func() bool { return !slices.ContainsFunc(calls, func(c call) bool { return !a.may("spark", c) }) })
		for other, theirs := range bySetting {
			for _, c := range theirs {
				if other != setting && !slices.Contains(calls, c) && a.may("spark", c) {
					t.Errorf("%s brings %s", setting, c)
				}
			}
		}
		if found := a.finds("SPK-S006"); len(found) != 0 {
			t.Errorf("%s: %q", setting, found)
		}
		a.oneFewer(calls...)
	}
}

// TestAnAdministratorOfANamespaceGrants what he holds; somebody who holds less is refused by the API server, and nothing is created.
func TestAnAdministratorOfANamespaceGrants(t *testing.T) {
	a := newApplied(t)
	a.create("/api/v1/namespaces/%s/serviceaccounts", "{metadata: {name: spark}}")
	a.native("plain", "4.3.0")
	admin, lesser := a.kubeconfig, everywhere(t, a.cp, a.ns, "lesser", rbacv1.PolicyRule{APIGroups: []string{"", "apps", "batch", "rbac.authorization.k8s.io", "networking.k8s.io"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}},
		rbacv1.PolicyRule{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"roles", "rolebindings"}, Verbs: []string{"create"}})
	a.kubeconfig = lesser
	out, errs := a.run(plugin.ExitFailed, "fix", "SPK-S006", "--apply", "--record=none")
	a.wants(out+errs, "attempting to grant")
	if a.kubeconfig = admin; len(a.finds("SPK-S006")) != 1 {
		t.Error("something was created")
	}
	a.kubeconfig = everywhere(t, a.cp, a.ns, "admin", rbacv1.PolicyRule{APIGroups: []string{"", "apps", "batch", "networking.k8s.io"}, Resources: []string{"*"}, Verbs: []string{"*"}},
		rbacv1.PolicyRule{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}},
		rbacv1.PolicyRule{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"roles", "rolebindings"}, Verbs: []string{"create", "delete"}})
	record := recordFile(t)
	a.run(0, "fix", "SPK-S006", "--apply", "--record="+record)
	if found := a.finds("SPK-S006"); len(found) != 0 {
		t.Errorf("still found: %q", found)
	}
	a.run(0, "fix", "--undo="+record)
}

// TestExecutorsGetAnAccountWithoutAToken: by the setting and the account that it names, and the API server mounts no token for a pod of it.
func TestExecutorsGetAnAccountWithoutAToken(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.create("/api/v1/namespaces/%s/serviceaccounts", "{metadata: {name: spark}, imagePullSecrets: [{name: registry}]}")
	a.create(kubeflows, `{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: k}, spec: {type: Scala, mode: cluster, image: "apache/spark:3.5.6-java17", sparkVersion: 3.5.6,
mainApplicationFile: "local:///a.jar", driver: {cores: 1, memory: 1g, serviceAccount: spark}, executor: {cores: 1, memory: 2g, instances: 2}}}`)
	a.create(apaches, `{apiVersion: spark.apache.org/v1, kind: SparkApplication, metadata: {name: b}, spec: {mainClass: a.B, jars: "local:///a.jar", runtimeVersions: {sparkVersion: "4.1.4"},
sparkConf: {spark.kubernetes.authenticate.driver.serviceAccountName: spark, spark.kubernetes.container.image: "apache/spark:4.1.4"}}}`)
	if found := a.finds("SPK-S008"); len(found) != 4 { // of each the setting, and the account
		t.Fatalf("found %q", found)
	}
	record := recordFile(t)
	out, errs := a.run(0, "fix", "SPK-S008", "--apply", "--allow-restart", "--record="+record)
	a.wants(out+errs, "ServiceAccount/spark-executor in namespace "+a.ns+": applied")
	a.wants(a.get(kubeflows, "k", "spec"), `spark-executor`)
	a.wants(a.get(apaches, "b", "spec"), `"spark.kubernetes.authenticate.executor.serviceAccountName":"spark-executor"`)
	a.wants(a.get("/api/v1/namespaces/%s/serviceaccounts", "spark-executor"), `"automountServiceAccountToken":false`, `"registry"`)
	if found := a.finds("SPK-S008"); len(found) != 0 {
		t.Errorf("still found: %q", found)
	}
	out, errs = a.run(0, "fix", "SPK-S008", "--apply", "--allow-restart", "--record="+record)
	a.wants(out+errs, "nothing to do")
	pod := func(account string) string {
		a.create("/api/v1/namespaces/%s/pods", `{metadata: {name: of-`+account+`}, spec: {serviceAccountName: `+account+`, containers: [{name: c, image: x}]}}`)
		return a.get("/api/v1/namespaces/%s/pods", "of-"+account, "spec")
	}
	if with, without := pod("spark"), pod("spark-executor"); !strings.Contains(with, "serviceAccountToken") || strings.Contains(without, "serviceAccountToken") {
		t.Errorf("tokens: %s\n%s", with, without)
	}
	a.run(0, "fix", "--undo="+record, "--allow-restart")
	if found := a.finds("SPK-S008"); len(found) != 4 {
		t.Errorf("after undo: %q", found)
	}
}
