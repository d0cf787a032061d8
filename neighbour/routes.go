package neighbour

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// GroupGateway is the API group of the Gateway API.
const GroupGateway = "gateway.networking.k8s.io"

// gatewayRoute is what HTTPRoute, GRPCRoute, TCPRoute and TLSRoute have in common.
type gatewayRoute struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		Rules []struct {
			Filters     []routeFilter `json:"filters"`
			BackendRefs []struct {
				Group     *string       `json:"group"`
				Kind      *string       `json:"kind"`
				Name      string        `json:"name"`
				Namespace *string       `json:"namespace"`
				Port      *int32        `json:"port"`
				Filters   []routeFilter `json:"filters"`
			} `json:"backendRefs"`
		} `json:"rules"`
	} `json:"spec"`
}

type routeFilter struct {
	Type string `json:"type"`
}

func (w *exposure) addRoute(kind string, g *gatewayRoute) {
	own := Exposure{Kind: kind, Name: g.Metadata.Name, Outside: true, Guarded: guarded(g.Metadata.Annotations)}
	for _, part := range g.Spec.Rules {
		for _, ref := range part.BackendRefs {
			if ref.Group != nil && *ref.Group != "" || ref.Kind != nil && *ref.Kind != "Service" || ref.Port == nil {
				continue
			}
			namespace := g.Metadata.Namespace
			if ref.Namespace != nil {
				namespace = *ref.Namespace
			}
			way := own
			way.Guarded = own.Guarded || mayAuthenticate(part.Filters) || mayAuthenticate(ref.Filters)
			w.index = nil
			w.routes = append(w.routes, route{way, []backend{{Ref{namespace, ref.Name}, intstr.FromInt32(*ref.Port)}}})
		}
	}
}

// mayAuthenticate says whether a filter may ask for a login: the extensions by which gateways do that cannot be told from others.
func mayAuthenticate(filters []routeFilter) bool {
	return slices.ContainsFunc(filters, func(f routeFilter) bool { return f.Type == "ExtensionRef" || f.Type == "ExternalAuth" })
}

// guarded says whether an annotation asks for a login in front of what an ingress controller serves. Where controllers
// name middlewares, plugins or backend settings, what those do cannot be seen: they count as asking.
func guarded(annotations map[string]string) bool {
	for key, value := range annotations {
		_, name, _ := strings.Cut(key, "/")
		switch value = strings.ToLower(value); {
		case value == "" || value == "none" || value == "false":
		case strings.Contains(name, "auth"), strings.HasSuffix(name, "middlewares"), strings.HasSuffix(name, "backend-config"),
			strings.HasSuffix(key, "konghq.com/plugins"), strings.HasSuffix(name, "snippet"):
			return true
		}
	}
	return false
}

// private says whether a load balancer serves the organisation's own network only, or lets in named addresses. With
// AWS' own controller a load balancer is internal unless it is told otherwise.
func private(s *corev1.Service) bool {
	facing := false
	for key, value := range s.Annotations {
		if !strings.Contains(key, "load-balancer") && !strings.Contains(key, "loadbalancer") {
			continue
		}
		switch value = strings.ToLower(value); {
		case value == "internal" || value == "intranet" || value == "private",
			strings.HasSuffix(key, "-internal") && value != "" && value != "false",
			strings.HasSuffix(key, "source-ranges") && restricted(strings.Split(value, ",")):
			return true
		case value == "internet-facing":
			facing = true
		}
	}
	class := s.Spec.LoadBalancerClass
	return class != nil && *class == "service.k8s.aws/nlb" && !facing || restricted(s.Spec.LoadBalancerSourceRanges)
}

// restricted says whether a list of address ranges lets in less than everybody; an empty one lets in all.
func restricted(ranges []string) bool {
	for _, r := range ranges {
		if r = strings.TrimSpace(r); strings.HasSuffix(r, "/0") {
			return false
		}
	}
	return len(ranges) > 0
}

func privateIngress(i *networkingv1.Ingress) bool {
	class := i.Annotations["kubernetes.io/ingress.class"]
	if i.Spec.IngressClassName != nil {
		class = *i.Spec.IngressClassName
	}
	facing, inside := false, false
	for key, value := range i.Annotations {
		_, name, _ := strings.Cut(key, "/")
		switch value = strings.ToLower(value); {
		case value == "internal" || value == "private",
			strings.HasSuffix(name, "use-private-ip") && value == "true",
			(strings.Contains(name, "whitelist") || strings.Contains(name, "allowlist")) && restricted(strings.Split(value, ",")):
			inside = true
		case value == "internet-facing":
			facing = true
		}
	}
	return inside || class == "alb" && !facing || class == "gce-internal"
}
