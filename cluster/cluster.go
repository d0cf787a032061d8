// Package cluster reads what rules need from an API server, in pages, and says what it could not read. Doctor
// only reads; Apply, DryCreate and Delete serve install, status and uninstall, Usage and Exec tune --live. Workloads are handed
// on one page at a time, while the next is on its way: of them two pages are held. Neighbours and nodes are kept whole.
package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/cluster/protobuf"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// page is how many objects one answer of the API server may hold, and fewer how many of those that may be large. Of what
// holds Spark among much else maxHeld objects are read.
const (
	page    = "500"
	fewer   = "50"
	maxHeld = 2000
)

// Scope says where to look. Namespace "" stands for all; Selector is a label selector.
type Scope struct {
	Namespace, Selector string
	fields              string // a field selector
	// Servers says that neighbours include the History Servers of all namespaces.
	Servers bool
}

// Gap is something that could not be read. Fact names what rules lack for it, nil where whole workloads are unseen; Also
// is a second such fact, or nil.
type Gap struct {
	Verb, Group, Resource, Namespace string
	Fact, Also                       rule.Key
	Err                              error
}

// Cut is the error of a gap that a bound of ours left: of so many, 0 where that is not known, only so many were read.
type Cut struct{ Read, Of int }

func (c Cut) Error() string {
	if c.Of == 0 {
		return fmt.Sprintf("stopped after %d, as many as one run reads; look at fewer namespaces at a time", c.Read)
	}
	return fmt.Sprintf("stopped: %d of %d were read, as many as one run reads; look at fewer workloads at a time", c.Read, c.Of)
}

// Reason says in a few words why it could not be read.
func (g Gap) Reason() string {
	switch {
	case apierrors.IsForbidden(g.Err):
		return "is forbidden"
	case apierrors.IsUnauthorized(g.Err):
		return "is refused: the credentials are not valid"
	case errors.Is(g.Err, context.DeadlineExceeded):
		return "took too long"
	case errors.As(g.Err, new(Cut)):
		return g.Err.Error()
	}
	return "failed: " + g.Err.Error()
}

// Grant words the right that is missing, "" where no right would help.
func (g Gap) Grant() string {
	if !apierrors.IsForbidden(g.Err) {
		return ""
	}
	resource := g.Resource
	if g.Group != "" {
		resource += "." + g.Group
	}
	where := " in namespace " + g.Namespace
	if g.Namespace == "" {
		where = " in the cluster"
	}
	if strings.Contains(g.Resource, "/") { // a subresource has no list
		return g.Verb + " " + resource + where
	}
	return "get,list " + resource + where
}

// Reader reads from one API server.
type Reader struct {
	client rest.Interface
	config *rest.Config // for what streams
	host   string
	shapes protobuf.Shapes
}

// New makes a Reader. It opens no connection.
func New(config *rest.Config) (*Reader, error) {
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	c := rest.CopyConfig(config)
	c.GroupVersion = &schema.GroupVersion{}
	c.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	c.AcceptContentTypes, c.ContentType = "application/json", "application/json"
	c.QPS = -1 // few calls are under way at a time, and the server bounds them by its own measure
	client, err := rest.UnversionedRESTClientFor(c)
	if err != nil {
		return nil, fmt.Errorf("set up the connection to %s: %w", config.Host, err)
	}
	return &Reader{client: client, config: rest.CopyConfig(config), host: config.Host}, nil
}

type kind struct{ group, version, kind, resource string }

// customKind is a kind that may bring Spark, and how it is listed.
type customKind struct {
	kind
	// custom says that a launcher's operator makes Spark of every object.
	custom bool
	// holdsSpark says that its objects hold Spark among much else: they may be large, and there may be very many. running is a
	// selector of those that have not ended.
	holdsSpark bool
	running    string
}

func (k kind) apiVersion() string {
	if k.group == "" {
		return k.version
	}
	return k.group + "/" + k.version
}

func (k kind) path(namespace string) string {
	path := "/api/" + k.version
	if k.group != "" {
		path = "/apis/" + k.group + "/" + k.version
	}
	if namespace != "" {
		path += "/namespaces/" + namespace
	}
	return path + "/" + k.resource
}

// builtIn are Kubernetes' own kinds that may bring Spark: an owner before what it makes.
var builtIn = []kind{{groupApps, "v1", "StatefulSet", "statefulsets"}, {groupApps, "v1", "Deployment", "deployments"}, {groupApps, "v1", "ReplicaSet", "replicasets"},
	{"", "v1", "ReplicationController", "replicationcontrollers"},
	{"batch", "v1", "CronJob", "cronjobs"}, {"batch", "v1", "Job", "jobs"}, {"", "v1", "Pod", "pods"}}

// Workloads hands the objects of the scope that may be about Spark to visit, page by page: custom resources of the operators
// where they are installed, and Kubernetes' own kinds; of ReplicaSets those in use. An error means that the server
// did not answer, that nothing of the scope may be read, or that visit failed; the rest is gaps.
func (r *Reader) Workloads(ctx context.Context, scope Scope, visit func(objects []*Object) error) ([]Gap, error) {
	kinds, gaps, err := r.custom(ctx, scope)
	if err != nil {
		return nil, err
	}
	for _, k := range builtIn {
		kinds = append(kinds, customKind{kind: k})
	}
	failed := 0
	for _, k := range kinds {
		read, where := 0, scope
		if k.running != "" {
			where.Selector = strings.Trim(scope.Selector+","+k.running, ",")
		}
		how := reading{limit: page, whole: true}
		if k.holdsSpark {
			how.limit = fewer
		}
		err := r.pages(ctx, k.kind, where, how, func(objects []*Object) error {
			cut := false
			if read += len(objects); k.holdsSpark && read > maxHeld {
				objects, cut = objects[:max(len(objects)-(read-maxHeld), 0)], true
			}
			if err := visit(slices.DeleteFunc(objects, func(o *Object) bool { return !k.mayBringSpark(o) })); err != nil || !cut {
				return err
			}
			return Cut{Read: maxHeld}
		})
		var refused *visitError
		switch {
		case err == nil:
		case (k.custom || k.holdsSpark) && read == 0 && apierrors.IsNotFound(err): // removed since the group was read
		case errors.As(err, new(Cut)):
			gaps = append(gaps, Gap{Verb: "list", Group: k.group, Resource: k.resource, Namespace: scope.Namespace, Err: err})
		case errors.As(err, &refused):
			return gaps, refused.err
		case fatal(ctx, err):
			return gaps, r.unanswered(ctx, err)
		default:
			failed++
			gaps = append(gaps, Gap{Verb: "list", Group: k.group, Resource: k.resource, Namespace: scope.Namespace, Err: err})
		}
	}
	if failed == len(kinds) {
		return gaps, fmt.Errorf("nothing can be read%s: list pods %s; grant: %s", in(scope.Namespace), gaps[len(gaps)-1].Reason(), gaps[len(gaps)-1].Grant())
	}
	return gaps, nil
}

// mayBringSpark says whether an object may bring Spark: everything of Spark says so somewhere, in a label, an image, a command or a class.
func (k customKind) mayBringSpark(o *Object) bool {
	return k.custom || o.mentionsSpark() && !(k.kind.kind == "ReplicaSet" && oldReplicaSet(o))
}

const groupApps = "apps"

// oldReplicaSet says whether a ReplicaSet is what a rollout left behind: its controller keeps it without pods.
func oldReplicaSet(o *Object) bool {
	var set appsv1.ReplicaSet
	return o.decode(&set) == nil && metav1.GetControllerOf(&set) != nil && set.Spec.Replicas != nil && *set.Spec.Replicas == 0
}

func in(namespace string) string {
	if namespace == "" {
		return " in the cluster"
	}
	return fmt.Sprintf(" in namespace %q", namespace)
}

// withKind writes the kind into an item of a list, which has none of its own.
func withKind(k kind, raw []byte) []byte {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if bytes.HasPrefix(raw, []byte(`{"apiVersion"`)) || len(raw) < 2 || raw[0] != '{' {
		return raw
	}
	head := fmt.Sprintf(`{"apiVersion":%q,"kind":%q`, k.apiVersion(), k.kind)
	if !bytes.HasPrefix(bytes.TrimSpace(raw[1:]), []byte("}")) {
		head += ","
	}
	return append([]byte(head), raw[1:]...)
}

// custom are the custom resources of launchers that the server has. Of a group that holds other projects' kinds as well they
// are those of the launcher alone.
func (r *Reader) custom(ctx context.Context, scope Scope) (kinds []customKind, gaps []Gap, err error) {
	for _, l := range spark.Launchers(func(t spark.Traits) bool { return t.Group != "" }) {
		traits := l.Traits()
		found, missed, err := r.served(ctx, scope.Namespace, traits.Group)
		if err != nil {
			return nil, nil, err
		}
		gaps = append(gaps, missed...)
		for _, k := range found {
			if of := traits.Of(k.kind); !traits.Holds || of.Kind != "" {
				kinds = append(kinds, customKind{kind: k, custom: !traits.Holds, holdsSpark: traits.Holds, running: of.Running})
			}
		}
	}
	return kinds, gaps, nil
}

// served lists the kinds of some groups that the server has, in a namespace where one is given.
func (r *Reader) served(ctx context.Context, namespace string, groups ...string) (kinds []kind, gaps []Gap, err error) {
	for _, group := range groups {
		var versions metav1.APIGroup
		err := r.get(ctx, "/apis/"+group, &versions)
		if apierrors.IsNotFound(err) {
			continue
		}
		var resources metav1.APIResourceList
		for _, v := range versions.Versions {
			// Groups of Kubeflow hold kinds in different versions: take each kind once, its preferred version first.
			var more metav1.APIResourceList
			err = r.get(ctx, "/apis/"+v.GroupVersion, &more)
			if apierrors.IsNotFound(err) { // removed since the group was read
				err = nil
				continue
			}
			if err != nil {
				break
			}
			for _, resource := range more.APIResources {
				// What belongs to no namespace cannot be asked for in one.
				if !resource.Namespaced && namespace != "" || strings.Contains(resource.Name, "/") || slices.ContainsFunc(resources.APIResources, func(r metav1.APIResource) bool { return r.Name == resource.Name }) {
					continue
				}
				resources.APIResources = append(resources.APIResources, resource)
				kinds = append(kinds, kind{group, v.Version, resource.Kind, resource.Name})
			}
		}
		if fatal(ctx, err) {
			return nil, nil, r.unanswered(ctx, err)
		}
		if err != nil {
			gaps = append(gaps, Gap{Verb: "get", Group: group, Resource: "*", Err: err})
		}
	}
	return kinds, gaps, nil
}

// ConfigMap reads one ConfigMap as JSON; nil without a gap where it does not exist.
func (r *Reader) ConfigMap(ctx context.Context, namespace, name string) ([]byte, *Gap) {
	k := kind{"", "v1", "ConfigMap", "configmaps"}
	// What the server's cache holds is recent enough: Spark never changes the map after it made it.
	raw, err := r.client.Get().AbsPath(k.path(namespace), name).Param("resourceVersion", "0").Do(ctx).Raw()
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, &Gap{Verb: "get", Resource: "configmaps", Namespace: namespace, Fact: rule.FactConf, Err: err}
	}
	return raw, nil
}
