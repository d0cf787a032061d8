package integration

import (
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	accounts  = "/api/v1/namespaces/%s/serviceaccounts"
	roleGiven = "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings"
)

// drivers are a Kubeflow application, one of Apache's operator and a Connect server of a Deployment. account is their ServiceAccount; "" names none.
func (a *applied) drivers(account string) {
	a.Helper()
	field := func(name string) string {
		if account == "" {
			return ""
		}
		return name + ": " + account + ", "
	}
	a.create(kubeflows, `{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: k}, spec: {type: Scala, mode: cluster, image: "apache/spark:3.5.6-java17", sparkVersion: 3.5.6,
mainApplicationFile: "local:///a.jar", driver: {`+field("serviceAccount")+`cores: 1, memory: 1g}, executor: {cores: 1, memory: 2g, instances: 2}}}`)
	a.create(apaches, `{apiVersion: spark.apache.org/v1, kind: SparkApplication, metadata: {name: b}, spec: {mainClass: a.B, jars: "local:///a.jar", runtimeVersions: {sparkVersion: "4.1.4"},
sparkConf: {`+field("spark.kubernetes.authenticate.driver.serviceAccountName")+`spark.kubernetes.container.image: "apache/spark:4.1.4"}}}`)
	a.create(deployments, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: connect}, spec: {selector: {matchLabels: {app: connect}}, template: {metadata: {labels: {app: connect}}, spec: {`+field("serviceAccountName")+`containers: [
{name: connect, image: "apache/spark:4.0.1", command: [/opt/spark/sbin/start-connect-server.sh, --master, "k8s://https://kubernetes.default.svc"]}]}}}}`)
}

// ownAccount says that each of the drivers has the account, and that the account may do what the newest of them does, and nothing else.
func (a *applied) ownAccount() {
	a.Helper()
	a.wants(a.get(kubeflows, "k", "spec"), `"serviceAccount":"spark-driver"`)
	a.wants(a.get(apaches, "b", "spec"), `"spark.kubernetes.authenticate.driver.serviceAccountName":"spark-driver"`)
	a.wants(a.get(deployments, "connect", "spec"), `"serviceAccountName":"spark-driver"`)
	within(a.T, 20*time.Second, "the authorizer knows the roles", func() bool {
		return !slices.ContainsFunc(everyDriver, func(c call) bool { return !a.may("spark-driver", c) })
	})
	for _, c := range noDriver {
		if a.may("spark-driver", c) {
			a.Errorf("spark-driver may %s", c)
		}
	}
}

// fixesAccounts runs the fix of a rule by which drivers get their own account, a second time, and takes it back.
func (a *applied) fixesAccounts(code string) {
	a.Helper()
	record := recordFile(a.T)
	out, errs := a.run(0, "fix", code, "--apply", "--allow-restart", "--record="+record)
	a.wants(out+errs, "ServiceAccount/spark-driver in namespace "+a.ns+": applied", "RoleBinding/spark-driver-pods-spark-driver in namespace "+a.ns+": applied")
	a.ownAccount()
	if found := a.finds(code); len(found) != 0 {
		a.Errorf("still found: %q", found)
	}
	if found := a.finds("SPK-S006"); len(found) != 0 {
		a.Errorf("the new account lacks rights: %q", found)
	}
	out, errs = a.run(0, "fix", code, "--apply", "--allow-restart", "--record="+record)
	a.wants(out+errs, "nothing to do")
	a.run(0, "fix", "--undo="+record, "--allow-restart")
	if found := a.finds(code); len(found) != 6 { // of each the setting, and what does not exist
		a.Errorf("after undo: %q", found)
	}
	left, err := a.cp.Client().RbacV1().Roles(a.ns).List(a.Context(), metav1.ListOptions{LabelSelector: "kubectl-spark.io/companion"})
	if err != nil || len(left.Items) > 0 {
		a.Errorf("left: %v %v", left, err)
	}
}

// TestDriversWithTooManyRightsGetTheirOwnAccount: one that may do everything, and one that reads Secrets. The old account keeps its rights.
func TestDriversWithTooManyRightsGetTheirOwnAccount(t *testing.T) {
	for name, role := range map[string]string{
		"everything": `{kind: ClusterRole, name: cluster-admin, apiGroup: rbac.authorization.k8s.io}`,
		"secrets":    `{kind: Role, name: reader, apiGroup: rbac.authorization.k8s.io}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := newApplied(t)
			operators(t, a.cp)
			a.create(accounts, "{metadata: {name: spark}, imagePullSecrets: [{name: registry}]}")
			a.create("/apis/rbac.authorization.k8s.io/v1/namespaces/%s/roles", `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader}, rules: [{apiGroups: [""], resources: [secrets], verbs: [list]}]}`)
			a.create(roleGiven, `{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: spark}, roleRef: `+role+`, subjects: [{kind: ServiceAccount, name: spark, namespace: `+a.ns+`}]}`)
			a.drivers("spark")
			reads := call{"list", "", "secrets", ""}
			within(t, 20*time.Second, "the authorizer knows the role", func() bool { return a.may("spark", reads) })
			if found := a.finds("SPK-S007"); len(found) != 6 || !strings.Contains(found[0], "RoleBinding spark to ") {
				t.Fatalf("found %q", found)
			}
			a.fixesAccounts("SPK-S007")
			if !a.may("spark", reads) {
				t.Error("the old account lost its rights")
			}
		})
	}
}

// TestDriversOfTheDefaultAccountGetTheirOwn: with the pull secrets of the default one.
func TestDriversOfTheDefaultAccountGetTheirOwn(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.drivers("")
	if found := a.finds("SPK-S005"); len(found) != 6 {
		t.Fatalf("found %q", found)
	}
	a.fixesAccounts("SPK-S005")
}

// TestADriverGetsItsToken although its account mounts none, and other pods of the account still get none.
func TestADriverGetsItsToken(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.create(accounts, "{metadata: {name: spark}, automountServiceAccountToken: false}")
	a.drivers("spark")
	mounted := func(name, field string) bool {
		a.create("/api/v1/namespaces/%s/pods", `{metadata: {name: `+name+`}, spec: {serviceAccountName: spark, `+field+`containers: [{name: c, image: x}]}}`)
		return strings.Contains(a.get("/api/v1/namespaces/%s/pods", name, "spec"), "serviceAccountToken")
	}
	if mounted("plain", "") || !mounted("asks", "automountServiceAccountToken: true, ") {
		t.Fatal("the API server mounts tokens otherwise than the rule takes it")
	}
	if found := a.finds("SPK-S009"); len(found) != 3 {
		t.Fatalf("found %q", found)
	}
	record := recordFile(t)
	a.run(0, "fix", "SPK-S009", "--apply", "--allow-restart", "--record="+record)
	a.wants(a.get(kubeflows, "k", "spec"), `"automountServiceAccountToken":true`)
	a.wants(a.get(apaches, "b", "spec"), `"automountServiceAccountToken":true`)
	a.wants(a.get(deployments, "connect", "spec"), `"automountServiceAccountToken":true`)
	if found := a.finds("SPK-S009"); len(found) != 0 {
		t.Errorf("still found: %q", found)
	}
	out, errs := a.run(0, "fix", "SPK-S009", "--apply", "--allow-restart", "--record="+record)
	a.wants(out+errs, "nothing to do")
	a.run(0, "fix", "--undo="+record, "--allow-restart")
	if found := a.finds("SPK-S009"); len(found) != 3 {
		t.Errorf("after undo: %q", found)
	}
}
