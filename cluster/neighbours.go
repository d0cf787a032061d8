package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
)

// maxNamed bounds how many objects of a kind are listed by name: leaked ConfigMaps come in 100,000s.
const maxNamed = 20000

// Neighbours reads what stands beside the workloads of a scope into a set, in one paged list a kind; of ConfigMaps,
// Secrets and claims only the names, never what they hold. The scope's selector is not for neighbours. Each kind that
// could not be read is one gap, and cut in the set. An error means that the server did not answer.
func (r *Reader) Neighbours(ctx context.Context, scope Scope, set *neighbour.Set) ([]Gap, error) {
	g := neighbourReader{r: r, set: set}
	g.exposure(ctx, scope.Namespace)
	for _, k := range neighbourKinds() {
		namespace := scope.Namespace
		if k.global {
			namespace = ""
		}
		g.list(ctx, k, Scope{Namespace: namespace})
	}
	if scope.Servers {
		for _, k := range builtIn {
			if slices.Contains(neighbour.ServerKinds(), k.kind) {
				g.list(ctx, neighbourKind{kind: k, global: true}, Scope{})
			}
		}
	}
	g.monitoring(ctx)
	g.namespaces(ctx, scope.Namespace)
	// Whether the operator's webhook answers hangs on what stands behind its Service.
	endpoints := neighbourKind{kind: kind{discoveryv1.GroupName, "v1", "EndpointSlice", "endpointslices"}}
	for _, service := range set.OperatorServices() {
		g.list(ctx, endpoints, Scope{Namespace: service.Namespace, Selector: discoveryv1.LabelServiceName + "=" + service.Name})
	}
	g.apiServer(ctx, endpoints)
	return g.gaps, g.err
}

// apiServer reads where the API server is, for policies that must let drivers connect to it. Few have the right to read that: it is no
// gap of a report, and a rule that asks for it says why it is not known.
func (g *neighbourReader) apiServer(ctx context.Context, endpoints neighbourKind) {
	before := len(g.gaps)
	g.list(ctx, endpoints, Scope{Namespace: neighbour.APIServerNamespace, Selector: discoveryv1.LabelServiceName + "=" + neighbour.APIServerService})
	g.gaps = g.gaps[:before]
}

// Exposure reads of Neighbours only Services and what leads to them from outside: Ingresses, and routes of the Gateway API.
func (r *Reader) Exposure(ctx context.Context, namespace string, set *neighbour.Set) ([]Gap, error) {
	g := neighbourReader{r: r, set: set}
	g.exposure(ctx, namespace)
	return g.gaps, g.err
}

// neighbourKind is a kind that stands beside workloads.
type neighbourKind struct {
	kind
	global bool // of the cluster, in no namespace
	named  bool // only the names are read
}

var (
	nodeKind      = neighbourKind{kind: kind{"", "v1", "Node", "nodes"}, global: true}
	daemonSetKind = neighbourKind{kind: kind{groupApps, "v1", "DaemonSet", "daemonsets"}, global: true}
)

func neighbourKinds() []neighbourKind {
	return []neighbourKind{
		{kind: kind{"", "v1", "ResourceQuota", "resourcequotas"}},
		{kind: kind{"", "v1", "LimitRange", "limitranges"}},
		{kind: kind{"", "v1", "ServiceAccount", "serviceaccounts"}},
		{kind: kind{"", "v1", "ConfigMap", "configmaps"}, named: true},
		{kind: kind{"", "v1", "Secret", "secrets"}, named: true},
		{kind: kind{"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"}, named: true},
		{kind: kind{networkingv1.GroupName, "v1", "NetworkPolicy", "networkpolicies"}},
		{kind: kind{rbacv1.GroupName, "v1", "Role", "roles"}},
		{kind: kind{rbacv1.GroupName, "v1", "RoleBinding", "rolebindings"}},
		{kind: kind{rbacv1.GroupName, "v1", "ClusterRole", "clusterroles"}, global: true},
		{kind: kind{rbacv1.GroupName, "v1", "ClusterRoleBinding", "clusterrolebindings"}, global: true},
		{kind: kind{"storage.k8s.io", "v1", "StorageClass", "storageclasses"}, global: true, named: true},
		nodeKind, daemonSetKind,
		{kind: kind{admissionv1.GroupName, "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"}, global: true},
	}
}

// neighbourReader reads kind after kind into a set, until the server does not answer.
type neighbourReader struct {
	r    *Reader
	set  *neighbour.Set
	gaps []Gap
	err  error
}

func (g *neighbourReader) exposure(ctx context.Context, namespace string) {
	kinds := []neighbourKind{
		{kind: kind{"", "v1", "Service", "services"}},
		{kind: kind{networkingv1.GroupName, "v1", "Ingress", "ingresses"}},
	}
	routes, gaps, err := g.r.served(ctx, namespace, neighbour.GroupGateway)
	g.err = err
	for _, gap := range gaps {
		gap.Fact = neighbour.FactServices
		g.gaps = append(g.gaps, gap)
		g.set.Cut("Route", "", gap.Reason())
	}
	for _, k := range routes {
		if strings.HasSuffix(k.kind, "Route") {
			kinds = append(kinds, neighbourKind{kind: k})
		}
	}
	for _, k := range kinds {
		g.list(ctx, k, Scope{Namespace: namespace})
	}
}

// monitoring reads what the Prometheus Operator has scraped, of all namespaces: a monitor in one may select pods in others.
func (g *neighbourReader) monitoring(ctx context.Context) {
	if g.err != nil {
		return
	}
	kinds, gaps, err := g.r.served(ctx, "", neighbour.GroupMonitoring)
	g.err = err
	for _, gap := range gaps {
		gap.Fact = neighbour.FactMonitors
		g.gaps = append(g.gaps, gap)
		for _, kind := range neighbour.MonitoringKinds() {
			g.set.Cut(kind, "", gap.Reason())
		}
	}
	for _, k := range kinds {
		if slices.Contains(neighbour.MonitoringKinds(), k.kind) {
			g.list(ctx, neighbourKind{kind: k, global: true}, Scope{})
		}
	}
}

func (g *neighbourReader) list(ctx context.Context, k neighbourKind, scope Scope) {
	if g.err != nil {
		return
	}
	read := 0
	err := g.r.pages(ctx, k.kind, scope, reading{limit: page, named: k.named}, func(objects []*Object) error {
		for _, o := range objects {
			if !k.named {
				if err := g.set.AddDecoded(k.of(), o.decode); err != nil {
					return err
				}
				continue
			}
			if read++; read > maxNamed {
				return Cut{Read: maxNamed}
			}
			var named metav1.PartialObjectMetadata
			if err := o.decode(&named); err != nil {
				return err
			}
			g.set.Named(k.kind.kind, named.Namespace, named.Name)
		}
		return nil
	})
	g.done(ctx, "list", k, scope.Namespace, err)
}

// namespaces reads the one of the scope, which takes less of a right than a list of all.
func (g *neighbourReader) namespaces(ctx context.Context, name string) {
	k := neighbourKind{kind: kind{"", "v1", "Namespace", "namespaces"}, global: true}
	if name == "" {
		g.list(ctx, k, Scope{})
		return
	}
	if g.err != nil {
		return
	}
	raw, err := answer(g.r.client.Get().AbsPath(k.path(""), name).Do(ctx))
	if err == nil {
		err = g.set.Add(k.apiVersion(), k.kind.kind, raw)
	}
	g.done(ctx, "get", k, name, err)
}

// done notes how the reading of a kind ended.
func (g *neighbourReader) done(ctx context.Context, verb string, k neighbourKind, namespace string, err error) {
	var refused *visitError
	switch {
	case err == nil:
		g.set.Whole(k.kind.kind, namespace)
		return
	case errors.As(err, &refused):
		err = refused.err
	case fatal(ctx, err):
		g.err = g.r.unanswered(ctx, err)
		return
	}
	gap := Gap{Verb: verb, Group: k.group, Resource: k.resource, Namespace: namespace, Fact: neighbour.FactOf(k.kind.kind), Err: err}
	if k.kind.kind == "Service" {
		gap.Also = neighbour.FactLinks
	}
	g.gaps = append(g.gaps, gap)
	g.set.Cut(k.kind.kind, namespace, gap.Reason())
}
