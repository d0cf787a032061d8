package neighbour

import (
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// taker is what takes an object of a kind in; nil where the kind is no neighbour.
func (s *Set) taker(kind schema.GroupVersionKind) func(decode func(into any) error) error {
	switch kind.Group {
	case corev1.GroupName:
		return s.coreTaker(kind.Kind)
	case rbacv1.GroupName:
		switch kind.Kind {
		case "Role", "ClusterRole":
			return taken(s.rights.addRole)
		case "RoleBinding", "ClusterRoleBinding":
			return taken(s.rights.addBinding)
		}
	case networkingv1.GroupName:
		switch kind.Kind {
		case "Ingress":
			return taken(s.ways.addIngress)
		case "NetworkPolicy":
			return taken(s.addPolicy)
		}
	case GroupGateway:
		if strings.HasSuffix(kind.Kind, "Route") {
			return taken(func(r *gatewayRoute) { s.ways.addRoute(kind.Kind, r) })
		}
	case "storage.k8s.io":
		if kind.Kind == "StorageClass" {
			return taken(s.keep(kind.Kind))
		}
	case appsv1.GroupName:
		if kind.Kind == "DaemonSet" {
			return taken(s.addDaemonSet)
		}
	case admissionv1.GroupName:
		if kind.Kind == "MutatingWebhookConfiguration" {
			return taken(s.admission.addWebhooks)
		}
	case discoveryv1.GroupName:
		if kind.Kind == "EndpointSlice" {
			return taken(s.admission.addEndpoints)
		}
	}
	return nil
}

func (s *Set) coreTaker(kind string) func(decode func(into any) error) error {
	switch kind {
	case "Namespace":
		return taken(s.addNamespace)
	case "ResourceQuota":
		return taken(s.addQuota)
	case "LimitRange":
		return taken(s.addLimitRange)
	case "ConfigMap", "Secret", "PersistentVolumeClaim":
		return taken(s.keep(kind))
	case "ServiceAccount":
		return taken(s.addAccount)
	case "Service":
		return taken(s.ways.addService)
	case "Node":
		return taken(s.addNode)
	}
	return nil
}
