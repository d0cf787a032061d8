package integration

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// put creates an object from YAML in a collection; it tries again while the server does not know the collection yet.
func put(t *testing.T, cp *controlplane.ControlPlane, collection, object string) {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(object))
	if err != nil {
		t.Fatal(err)
	}
	client := cp.Client().Discovery().RESTClient()
	for range 100 {
		if err = client.Post().AbsPath(collection).Param("fieldManager", "kubectl-create").SetHeader("Content-Type", "application/json").Body(raw).Do(t.Context()).Error(); err == nil || !strings.Contains(err.Error(), "could not find") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("%s: %v", collection, err)
	}
}

func remove(t *testing.T, cp *controlplane.ControlPlane, path string) {
	t.Helper()
	if err := cp.Client().Discovery().RESTClient().Delete().AbsPath(path).Do(context.Background()).Error(); err != nil {
		t.Error(err)
	}
}

// exposedNamespace holds a History Server whose configuration folder is a ConfigMap.
func exposedNamespace(t *testing.T, cp *controlplane.ControlPlane) string {
	t.Helper()
	ns := cp.NewNamespace(t)
	put(t, cp, "/api/v1/namespaces/"+ns+"/configmaps", "metadata: {name: conf}\ndata: {log4j.properties: 'log4j.rootCategory=WARN', spark-defaults.conf: 'spark.history.retainedApplications 5'}")
	put(t, cp, "/apis/apps/v1/namespaces/"+ns+"/deployments", `
metadata: {name: history}
spec:
  selector: {matchLabels: {app: history}}
  template:
    metadata: {labels: {app: history}}
    spec:
      volumes: [{name: conf, configMap: {name: conf}}]
      containers:
      - name: history
        image: apache/spark:3.5.6-java17
        command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.history.HistoryServer]
        ports: [{name: web, containerPort: 18080}]
        volumeMounts: [{name: conf, mountPath: /opt/spark/conf}]
`)
	return ns
}

// doctorOf runs doctor and gives the messages of one rule's findings, each after its level, and the report.
func doctorOf(t *testing.T, kubeconfig, code string, args ...string) ([]string, report.Report) {
	t.Helper()
	exit, out, errs := runPlugin(t, kubeconfig, append([]string{"doctor", "-o", "json", "--fail-on=never"}, args...)...)
	if exit != 0 {
		t.Fatalf("exit code %d, %s%s", exit, out, errs)
	}
	r := reportOf(t, out)
	found := []string{}
	for _, f := range r.Findings {
		if f.Code == code {
			found = append(found, string(f.Level)+" "+f.Message)
		}
	}
	return found, r
}

func TestDoctorSeesWhatLeadsToPods(t *testing.T) {
	cp := shared.Get(t)
	ns := exposedNamespace(t, cp)
	services, ingresses := "/api/v1/namespaces/"+ns+"/services", "/apis/networking.k8s.io/v1/namespaces/"+ns+"/ingresses"
	check := func(when string, want ...string) {
		t.Helper()
		for _, args := range [][]string{{"-n", ns}, {"deployment/history", "-n", ns}} {
			found, r := doctorOf(t, cp.Kubeconfig(), "SPK-S022", args...)
			if len(found) != len(want) || !allRead(r) {
				t.Fatalf("%s: %v, want %v; coverage %+v", when, found, want, r.Coverage)
			}
			for i := range want {
				if !strings.HasPrefix(found[i], want[i]) {
					t.Errorf("%s: %q, want %q", when, found[i], want[i])
				}
			}
		}
	}
	check("no Service")
	put(t, cp, services, "metadata: {name: headless}\nspec: {clusterIP: None, selector: {app: history}, ports: [{name: web, port: 18080}]}")
	check("a headless Service")
	put(t, cp, ingresses, "metadata: {name: login, annotations: {nginx.ingress.kubernetes.io/auth-url: 'https://x'}}\nspec: {defaultBackend: {service: {name: headless, port: {name: web}}}}")
	check("an Ingress that asks for a login")
	put(t, cp, ingresses, "metadata: {name: open}\nspec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: headless, port: {number: 18080}}}}]}}]}")
	check("an Ingress", "warning Ingress open exposes")
	put(t, cp, services, "metadata: {name: nodes}\nspec: {type: NodePort, selector: {app: history}, ports: [{port: 80, targetPort: web}]}")
	check("a NodePort", "error Service nodes (NodePort) exposes")
	if found, _ := doctorOf(t, cp.Kubeconfig(), "SPK-M014", "-n", ns); len(found) != 1 || !strings.Contains(found[0], "log4j.properties") {
		t.Errorf("the mounted file: %v", found)
	}
}

const routeCRD = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"httproutes.gateway.networking.k8s.io",
"annotations":{"api-approved.kubernetes.io":"https://github.com/kubernetes-sigs/gateway-api/pull/2466"}},
"spec":{"group":"gateway.networking.k8s.io","scope":"Namespaced","names":{"plural":"httproutes","singular":"httproute","kind":"HTTPRoute","listKind":"HTTPRouteList"},
"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}`

func TestDoctorSeesRoutesOfTheGatewayAPI(t *testing.T) {
	cp := shared.Get(t)
	ns := exposedNamespace(t, cp)
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	put(t, cp, crds, routeCRD)
	t.Cleanup(func() { remove(t, cp, crds+"/httproutes.gateway.networking.k8s.io") })
	put(t, cp, "/api/v1/namespaces/"+ns+"/services", "metadata: {name: web}\nspec: {selector: {app: history}, ports: [{port: 80, targetPort: 18080}]}")
	routes := "/apis/gateway.networking.k8s.io/v1/namespaces/" + ns + "/httproutes"
	put(t, cp, routes, "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: other}\nspec: {rules: of a form that is not known}")
	if found, r := doctorOf(t, cp.Kubeconfig(), "SPK-S022", "-n", ns); len(found) != 0 || !strings.Contains(skippedCodes(r), "SPK-S022") {
		t.Errorf("with a route that cannot be read: %v, skipped %v", found, skippedCodes(r))
	}
	put(t, cp, routes, "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: history}\nspec: {rules: [{backendRefs: [{name: web, port: 80}]}]}")
	if found, r := doctorOf(t, cp.Kubeconfig(), "SPK-S022", "-n", ns); len(found) != 1 || !strings.HasPrefix(found[0], "warning HTTPRoute history exposes") {
		t.Errorf("%v, coverage %+v", found, r.Coverage)
	}
}

// account makes a service account that may get and list some resources of its namespace and nothing else.
func account(t *testing.T, cp *controlplane.ControlPlane, ns, name string, rules ...rbacv1.PolicyRule) string {
	t.Helper()
	put(t, cp, "/api/v1/namespaces/"+ns+"/serviceaccounts", "metadata: {name: "+name+"}")
	client := cp.Client().RbacV1()
	for i := range rules {
		rules[i].Verbs = []string{"get", "list"}
	}
	if _, err := client.Roles(ns).Create(t.Context(), &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.RoleBindings(ns).Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: name},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: name}}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	// The server takes a moment until it knows the new rights.
	asked := authorizationv1.SubjectAccessReviewSpec{User: "system:serviceaccount:" + ns + ":" + name}
	if len(rules) > 0 {
		asked.ResourceAttributes = &authorizationv1.ResourceAttributes{Namespace: ns, Verb: "list", Group: rules[0].APIGroups[0], Resource: rules[0].Resources[0]}
	}
	for began := time.Now(); asked.ResourceAttributes != nil; time.Sleep(20 * time.Millisecond) {
		answer, err := cp.Client().AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{Spec: asked}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if answer.Status.Allowed {
			break
		}
		if time.Since(began) > 30*time.Second {
			t.Fatalf("account %s has not got its rights", name)
		}
	}
	config, err := cp.ServiceAccountConfig(t.Context(), ns, name)
	if err != nil {
		t.Fatal(err)
	}
	path, err := cp.WriteKubeconfig(name+"-"+ns, ns, config)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWithoutRightsRulesAreSkippedByName(t *testing.T) {
	cp := shared.Get(t)
	ns := exposedNamespace(t, cp)
	deployments := rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"deployments"}}
	services := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"services"}}
	for _, c := range []struct {
		name      string
		rules     []rbacv1.PolicyRule
		forbidden []string // of what S022 and M014 read
		skipped   []string
	}{
		{"deployments", []rbacv1.PolicyRule{deployments}, []string{"configmaps", "ingresses", "services"}, []string{"SPK-M014", "SPK-S022"}},
		{"services", []rbacv1.PolicyRule{deployments, services}, []string{"configmaps", "ingresses"}, []string{"SPK-M014", "SPK-S022"}},
	} {
		_, r := doctorOf(t, account(t, cp, ns, c.name, c.rules...), "")
		missing, skipped := []string{}, []string{}
		for _, m := range r.Coverage.Missing {
			if m.Resource == "httproutes" {
				continue // the kind that another test brought may still be going
			}
			if slices.Contains(m.NeededBy, "SPK-S022") || slices.Contains(m.NeededBy, "SPK-M014") {
				missing = append(missing, m.Resource)
				if m.Reason != "is forbidden" || m.Grant == "" || m.Namespace != ns {
					t.Errorf("%s: %+v", c.name, m)
				}
			}
		}
		for _, s := range r.Skipped {
			if s.Code == "SPK-S022" || s.Code == "SPK-M014" {
				skipped = append(skipped, s.Code)
			}
		}
		slices.Sort(missing)
		slices.Sort(skipped)
		if !slices.Equal(missing, c.forbidden) || !slices.Equal(skipped, c.skipped) {
			t.Errorf("%s: missing %v, skipped %v", c.name, missing, skipped)
		}
	}
	// A way that could be read is told, though others could not.
	put(t, cp, "/api/v1/namespaces/"+ns+"/services", "metadata: {name: nodes}\nspec: {type: NodePort, selector: {app: history}, ports: [{port: 18080}]}")
	maps := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"services", "configmaps"}}
	if found, r := doctorOf(t, account(t, cp, ns, "maps", deployments, maps), "SPK-S022"); len(found) != 1 || r.Coverage.Complete {
		t.Errorf("%v, coverage %+v", found, r.Coverage)
	}
}

// TestDoctorsCallsDoNotGrowWithThePods counts what reaches the server for few and for many pods of different templates.
func TestDoctorsCallsDoNotGrowWithThePods(t *testing.T) {
	cp := shared.Get(t)
	ns := exposedNamespace(t, cp)
	var calls atomic.Int64 // but for custom resources: definitions of earlier tests take a while to go
	var asked sync.Map     // what was asked for, with the calls
	own := regexp.MustCompile(`^/(api|apis/([a-z]+|[a-z.]+\.k8s\.io))(/|$)`)
	defined := regexp.MustCompile(`^/apis/(sparkoperator|gateway\.networking)\.k8s\.io`)
	kubeconfig := overheard(t, cp.Config(), ns, func(r *http.Request) {
		if own.MatchString(r.URL.Path) && !defined.MatchString(r.URL.Path) {
			calls.Add(1)
		}
		n, _ := asked.LoadOrStore(r.URL.String(), new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
	})
	count := func() int64 {
		calls.Store(0)
		doctorOf(t, kubeconfig, "", "-n", ns)
		return calls.Load()
	}
	pods := func(from, to int) {
		for i := from; i < to; i++ {
			name := "history-" + string(rune('a'+i))
			put(t, cp, "/api/v1/namespaces/"+ns+"/pods", "metadata: {name: "+name+", labels: {app: history}}\nspec: {volumes: [{name: conf, configMap: {name: conf}}], containers: [{name: history, image: 'apache/spark:3.5.6', "+
				"env: [{name: A, value: "+name+"}], command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.history.HistoryServer], volumeMounts: [{name: conf, mountPath: /opt/spark/conf}]}]}")
			put(t, cp, "/api/v1/namespaces/"+ns+"/services", "metadata: {name: "+name+"}\nspec: {selector: {app: history}, ports: [{port: 18080}]}")
		}
	}
	pods(0, 2)
	few := count()
	pods(2, 20)
	if many := count(); many != few || few == 0 {
		t.Errorf("%d calls for 2 pods, %d for 20", few, many)
	}
	// Nothing is read twice in a run, and nodes and namespaces are read at all.
	asked.Clear()
	count()
	node, namespace := false, false
	asked.Range(func(url, n any) bool {
		if times := n.(*atomic.Int64).Load(); times != 1 {
			t.Errorf("%s was asked for %d times", url, times)
		}
		path, _, _ := strings.Cut(url.(string), "?")
		node, namespace = node || path == "/api/v1/nodes", namespace || path == "/api/v1/namespaces/"+ns
		return true
	})
	if !node || !namespace {
		t.Errorf("nodes read: %v, namespace read: %v", node, namespace)
	}
}

// TestSkippedRulesNameTheRightThatTheyLack runs doctor with the right to list pods alone: of each rule that was skipped
// for a neighbour the report says which verb on which resource in which namespace is missing.
func TestSkippedRulesNameTheRightThatTheyLack(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	put(t, cp, "/api/v1/namespaces/"+ns+"/pods", "metadata: {name: history, labels: {app: history}}\nspec: {containers: [{name: history, image: 'apache/spark:3.5.6', "+
		"command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.history.HistoryServer]}]}")
	kubeconfig := account(t, cp, ns, "pods", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}})
	_, r := doctorOf(t, kubeconfig, "")
	needed := map[string]bool{}
	for _, m := range r.Coverage.Missing {
		where := "in namespace " + ns
		if m.Namespace == "" {
			where = "in the cluster"
		}
		if m.Verb == "" || !strings.Contains(m.Grant, m.Resource) || !strings.HasSuffix(m.Grant, where) {
			t.Errorf("the right is not named: %+v", m)
		}
		for _, code := range m.NeededBy {
			needed[code] = true
		}
	}
	for _, one := range r.Skipped {
		if slices.ContainsFunc([]string{"the nodes", "the ResourceQuotas", "the LimitRanges", "the Namespace", "the NetworkPolicies", "the Services", "the number of Services", "the Roles"},
			func(fact string) bool { return strings.Contains(one.Reason, fact) }) && !needed[one.Code] {
			t.Errorf("skipped without a right: %+v", one)
		}
	}
	_, out, _ := runPlugin(t, kubeconfig, "doctor")
	for _, want := range []string{"list nodes is forbidden; grant: get,list nodes in the cluster", "get namespaces is forbidden; grant: get,list namespaces in namespace " + ns,
		"list resourcequotas is forbidden; grant: get,list resourcequotas in namespace " + ns} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

const tolerant = `{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication","metadata":{"name":"orders"},
"spec":{"type":"Scala","mode":"cluster","sparkVersion":"3.5.6","driver":{"tolerations":[{"key":"spark","operator":"Exists"}]},"executor":{"instances":1}}}`

func TestDoctorKnowsWhetherKubeflowsWebhookAnswers(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	const crds, hooks = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
	put(t, cp, crds, applicationCRD)
	t.Cleanup(func() { remove(t, cp, crds+"/sparkapplications.sparkoperator.k8s.io") })
	put(t, cp, "/apis/sparkoperator.k8s.io/v1beta2/namespaces/"+ns+"/sparkapplications", tolerant)
	check := func(when, want string) {
		t.Helper()
		found, r := doctorOf(t, cp.Kubeconfig(), "SPK-P040", "-n", ns)
		if got := strings.Join(found, "; "); want == "" && got != "" || !strings.Contains(got, want) || !allRead(r) {
			t.Errorf("%s: %q, want %q; coverage %+v", when, got, want, r.Coverage)
		}
	}
	check("no webhook", "webhook is not registered")
	// It is asked for the operator's pods of this namespace alone, and ignored where it does not answer.
	put(t, cp, hooks, `
metadata: {name: `+ns+`-webhook}
webhooks:
- name: mutate--v1-pod.sparkoperator.k8s.io
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  clientConfig: {service: {name: hook, namespace: `+ns+`, path: /mutate--v1-pod}}
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: `+ns+`}}
  objectSelector: {matchLabels: {sparkoperator.k8s.io/launched-by-spark-operator: "true"}}
  rules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
`)
	t.Cleanup(func() { remove(t, cp, hooks+"/"+ns+"-webhook") })
	check("nothing behind it", "webhook has no ready pod for its Service "+ns+"/hook")
	endpoints := "/apis/discovery.k8s.io/v1/namespaces/" + ns + "/endpointslices"
	slice := func(name, ready string) string {
		return "metadata: {name: " + name + ", labels: {kubernetes.io/service-name: hook}}\naddressType: IPv4\nendpoints: [{addresses: [192.0.2.1], conditions: {ready: " + ready + "}}]"
	}
	put(t, cp, endpoints, slice("a", "false"))
	check("a pod that is not ready", "webhook has no ready pod")
	put(t, cp, endpoints, slice("b", "true"))
	check("a ready pod", "")
	// A pod that was made without the field tells by itself.
	put(t, cp, "/api/v1/namespaces/"+ns+"/pods", `
metadata: {name: orders-driver, labels: {spark-role: driver, spark-app-selector: spark-1, spark-version: 3.5.6, sparkoperator.k8s.io/app-name: orders}}
spec: {containers: [{name: spark-kubernetes-driver, image: 'apache/spark:3.5.6', args: [driver]}]}`)
	check("a pod without the toleration", "the pod runs without spec.driver.tolerations")

	applications := rbacv1.PolicyRule{APIGroups: []string{"sparkoperator.k8s.io"}, Resources: []string{"sparkapplications"}}
	_, r := doctorOf(t, account(t, cp, ns, "applications", applications), "")
	i := indexOf(r.Coverage.Missing, "mutatingwebhookconfigurations")
	if i < 0 || !strings.Contains(strings.Join(r.Coverage.Missing[i].NeededBy, " "), "SPK-P040") || r.Coverage.Missing[i].Reason != "is forbidden" {
		t.Errorf("coverage %+v", r.Coverage.Missing)
	}
	if !strings.Contains(skippedCodes(r), "SPK-P040") {
		t.Errorf("skipped %+v", r.Skipped)
	}
	if code, _, _ := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns); code != plugin.ExitFound {
		t.Errorf("exit code %d", code)
	}
}

func indexOf(missing []report.Missing, resource string) int {
	return slices.IndexFunc(missing, func(m report.Missing) bool { return m.Resource == resource })
}

func skippedCodes(r report.Report) string {
	var codes []string
	for _, s := range r.Skipped {
		codes = append(codes, s.Code)
	}
	return strings.Join(codes, " ")
}
