package neighbour

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// exposure knows Services and what leads to them. It keeps of each object what matching needs.
type exposure struct {
	one    sync.Mutex // while the index is made
	named  map[Ref]*service
	counts map[string]int // Services by namespace that have an address: the kubelet sets variables for these
	routes []route
	// index has the services by namespace and by the pair of their selector that the fewest share; nil before to.
	index map[Ref][]*service
}

type service struct {
	way      Exposure // of the Service itself; Port is not set
	selector map[string]string
	labels   map[string]string
	ports    []servicePort
	guarded  bool // by an annotation that tells an ingress controller to ask for a login
	through  []entry
}

type servicePort struct {
	name   string
	number int32
	target intstr.IntOrString
}

// entry is what leads to one port of a service.
type entry struct {
	way  Exposure
	port intstr.IntOrString
}

type route struct {
	way      Exposure
	backends []backend
}

type backend struct {
	service Ref
	port    intstr.IntOrString
}

func (w *exposure) addService(s *corev1.Service) {
	if s.Spec.ClusterIP != corev1.ClusterIPNone && s.Spec.Type != corev1.ServiceTypeExternalName {
		w.counts[s.Namespace]++
	}
	if s.Spec.Type == corev1.ServiceTypeExternalName || len(s.Spec.Selector) == 0 {
		return // leads to no pod that could be told from here
	}
	kind := s.Spec.Type
	if kind == "" {
		kind = corev1.ServiceTypeClusterIP
	}
	one := &service{selector: s.Spec.Selector, labels: s.Labels, guarded: guarded(s.Annotations), way: Exposure{Kind: "Service", Name: s.Name, Type: string(kind),
		Outside: kind != corev1.ServiceTypeClusterIP || len(s.Spec.ExternalIPs) > 0, Private: kind == corev1.ServiceTypeLoadBalancer && private(s)}}
	for _, p := range s.Spec.Ports {
		one.ports = append(one.ports, servicePort{p.Name, p.Port, p.TargetPort})
	}
	w.named[Ref{s.Namespace, s.Name}] = one
	w.index = nil
}

func (w *exposure) addIngress(i *networkingv1.Ingress) {
	r := route{way: Exposure{Kind: "Ingress", Name: i.Name, Outside: true, Guarded: guarded(i.Annotations), Private: privateIngress(i), TLS: len(i.Spec.TLS) > 0}}
	add := func(b *networkingv1.IngressBackend) {
		if b != nil && b.Service != nil {
			port := intstr.FromInt32(b.Service.Port.Number)
			if b.Service.Port.Name != "" {
				port = intstr.FromString(b.Service.Port.Name)
			}
			r.backends = append(r.backends, backend{Ref{i.Namespace, b.Service.Name}, port})
		}
	}
	add(i.Spec.DefaultBackend)
	for _, r := range i.Spec.Rules {
		if r.HTTP != nil {
			for n := range r.HTTP.Paths {
				add(&r.HTTP.Paths[n].Backend)
			}
		}
	}
	w.routes, w.index = append(w.routes, r), nil
}

// of lists what leads to the pods of a template in a namespace, services before what leads to them. A port that a
// service names and the template does not declare leads nowhere.
func (w *exposure) of(namespace string, labels map[string]string, spec *corev1.PodSpec) []Exposure {
	found := []Exposure{}
	for _, s := range w.selecting(namespace, labels) {
		found = append(found, s.exposures(spec)...)
	}
	slices.SortFunc(found, func(a, b Exposure) int { return strings.Compare(sortKey(a), sortKey(b)) })
	return slices.Compact(found)
}

// selecting are the services that select the pods with labels.
func (w *exposure) selecting(namespace string, labels map[string]string) (found []*service) {
	w.resolve()
	for key, value := range labels {
		for _, s := range w.index[Ref{namespace, key + "=" + value}] {
			if selects(s.selector, labels) {
				found = append(found, s)
			}
		}
	}
	return found
}

func sortKey(w Exposure) string {
	last := "1"
	if w.Kind == "Service" {
		last = "0"
	}
	return fmt.Sprintf("%s %s %s %05d", last, w.Kind, w.Name, w.Port)
}

// resolve hangs every route to the services that it leads to and makes the index, in which thousands of services that
// share a pair, such as spark-role=driver, do not stand together.
func (w *exposure) resolve() {
	w.one.Lock()
	defer w.one.Unlock()
	if w.index != nil {
		return
	}
	shared := map[Ref]int{}
	for ref, s := range w.named {
		s.through = nil
		for key, value := range s.selector {
			shared[Ref{ref.Namespace, key + "=" + value}]++
		}
	}
	w.index = make(map[Ref][]*service, len(w.named))
	for ref, s := range w.named {
		rarest := Ref{}
		for key, value := range s.selector {
			if pair := (Ref{ref.Namespace, key + "=" + value}); rarest.Name == "" || shared[pair] < shared[rarest] {
				rarest = pair
			}
		}
		w.index[rarest] = append(w.index[rarest], s)
	}
	for _, r := range w.routes {
		for _, b := range r.backends {
			if s := w.named[b.service]; s != nil {
				s.through = append(s.through, entry{r.way, b.port})
			}
		}
	}
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return true
}

func (s *service) exposures(spec *corev1.PodSpec) (ways []Exposure) {
	for _, p := range s.ports {
		port := p.containerPort(spec)
		if port == 0 {
			continue
		}
		way := s.way
		way.Port = port
		ways = append(ways, way)
		for _, t := range s.through {
			if t.port.StrVal != "" && t.port.StrVal == p.name || t.port.StrVal == "" && t.port.IntVal == p.number {
				way := t.way
				way.Type, way.Port, way.Guarded = s.way.Type, port, t.way.Guarded || s.guarded
				ways = append(ways, way)
			}
		}
	}
	return ways
}

// containerPort is the container's port that the service's port leads to; 0 where the pod has none of that name.
func (p servicePort) containerPort(spec *corev1.PodSpec) int32 {
	switch {
	case p.target.StrVal != "":
		for i := range spec.Containers {
			for _, declared := range spec.Containers[i].Ports {
				if declared.Name == p.target.StrVal {
					return declared.ContainerPort
				}
			}
		}
		return 0
	case p.target.IntVal != 0:
		return p.target.IntVal
	}
	return p.number
}
