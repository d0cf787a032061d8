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

// decoderOf is what takes an object of a kind in; nil where the kind is no neighbour.
func (s *Set) decoderOf(kind schema.GroupVersionKind) func(decode func(into any) error) error {
	switch kind.Group {
	case corev1.GroupName:
		return s.coreDecoderOf(kind.Kind)
	case rbacv1.GroupName:
		switch kind.Kind {
		case "Role", "ClusterRole":
			return decodeInto(s.rights.addRole)
		case "RoleBinding", "ClusterRoleBinding":
			return decodeInto(s.rights.addBinding(kind.Kind))
		}
	case networkingv1.GroupName:
		switch kind.Kind {
		case "Ingress":
			return decodeInto(s.exposure.addIngress)
		case "NetworkPolicy":
			return decodeInto(s.addPolicy)
		}
	case GroupGateway:
		if strings.HasSuffix(kind.Kind, "Route") {
			return decodeInto(func(r *gatewayRoute) { s.exposure.addRoute(kind.Kind, r) })
		}
	case "storage.k8s.io":
		if kind.Kind == "StorageClass" {
			return decodeInto(s.keep(kind.Kind))
		}
	case appsv1.GroupName:
		switch kind.Kind {
		case "DaemonSet":
			return decodeInto(s.addDaemonSet)
		case "Deployment":
			return decodeInto(s.addDeployment)
		case "StatefulSet":
			return decodeInto(s.addStatefulSet)
		}
	case admissionv1.GroupName:
		if kind.Kind == "MutatingWebhookConfiguration" {
			return decodeInto(s.admission.addWebhooks)
		}
	case GroupMonitoring:
		switch kind.Kind {
		case kindPodMonitor, kindServiceMonitor:
			return decodeInto(s.monitors.add(kind.Kind))
		case kindPrometheus, "PrometheusAgent":
			return decodeInto(s.monitors.addPrometheus)
		}
	case discoveryv1.GroupName:
		if kind.Kind == "EndpointSlice" {
			return decodeInto(func(slice *discoveryv1.EndpointSlice) {
				s.admission.addEndpoints(slice)
				s.addAPIServer(slice)
			})
		}
	}
	return nil
}

func (s *Set) coreDecoderOf(kind string) func(decode func(into any) error) error {
	switch kind {
	case "Namespace":
		return decodeInto(s.addNamespace)
	case "ResourceQuota":
		return decodeInto(s.addQuota)
	case "LimitRange":
		return decodeInto(s.addLimitRange)
	case "ConfigMap", "Secret", "PersistentVolumeClaim":
		return decodeInto(s.keep(kind))
	case "ServiceAccount":
		return decodeInto(s.addAccount)
	case "Service":
		return decodeInto(s.exposure.addService)
	case "Node":
		return decodeInto(s.addNode)
	}
	return nil
}
