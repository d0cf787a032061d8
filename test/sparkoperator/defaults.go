package sparkoperator

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// defaulted fills in what the API server fills in of every pod.
func defaulted(t *corev1.PodTemplateSpec) {
	s := &t.Spec
	put(&s.TerminationGracePeriodSeconds, 30)
	put(&s.EnableServiceLinks, true)
	s.DNSPolicy = cmp.Or(s.DNSPolicy, corev1.DNSClusterFirst)
	s.RestartPolicy = cmp.Or(s.RestartPolicy, corev1.RestartPolicyAlways)
	s.SchedulerName = cmp.Or(s.SchedulerName, corev1.DefaultSchedulerName)
	s.ServiceAccountName = cmp.Or(s.ServiceAccountName, "default")
	s.DeprecatedServiceAccount = s.ServiceAccountName
	if s.SecurityContext == nil {
		s.SecurityContext = &corev1.PodSecurityContext{}
	}
	for i := range s.Volumes {
		v := &s.Volumes[i]
		switch {
		case v.ConfigMap != nil:
			put(&v.ConfigMap.DefaultMode, corev1.ConfigMapVolumeSourceDefaultMode)
		case v.Secret != nil:
			put(&v.Secret.DefaultMode, corev1.SecretVolumeSourceDefaultMode)
		case v.HostPath != nil:
			put(&v.HostPath.Type, corev1.HostPathUnset)
		}
	}
	for _, containers := range [][]corev1.Container{s.InitContainers, s.Containers} {
		for i := range containers {
			defaultedContainer(&containers[i], s.HostNetwork)
		}
	}
}

func defaultedContainer(c *corev1.Container, hostNetwork bool) {
	c.TerminationMessagePath = cmp.Or(c.TerminationMessagePath, corev1.TerminationMessagePathDefault)
	c.TerminationMessagePolicy = cmp.Or(c.TerminationMessagePolicy, corev1.TerminationMessageReadFile)
	c.ImagePullPolicy = cmp.Or(c.ImagePullPolicy, corev1.PullIfNotPresent)
	for i := range c.Ports {
		c.Ports[i].Protocol = cmp.Or(c.Ports[i].Protocol, corev1.ProtocolTCP)
		if hostNetwork {
			c.Ports[i].HostPort = c.Ports[i].ContainerPort
		}
	}
	for i := range c.Env {
		if from := c.Env[i].ValueFrom; from != nil && from.FieldRef != nil {
			from.FieldRef.APIVersion = cmp.Or(from.FieldRef.APIVersion, "v1")
		}
	}
	for name, limit := range c.Resources.Limits {
		if _, said := c.Resources.Requests[name]; !said {
			if c.Resources.Requests == nil {
				c.Resources.Requests = corev1.ResourceList{}
			}
			c.Resources.Requests[name] = limit
		}
	}
}

func put[T any](at **T, value T) {
	if *at == nil {
		*at = &value
	}
}

// fromServer takes out what the API server, a scheduler or a node adds that a pod of these settings may lack.
func fromServer(s *corev1.PodSpec) {
	s.NodeName, s.Hostname, s.Priority, s.PreemptionPolicy = "", "", nil, nil
	s.Tolerations = slices.DeleteFunc(s.Tolerations, func(t corev1.Toleration) bool {
		return strings.HasPrefix(t.Key, "node.kubernetes.io/") && t.TolerationSeconds != nil && *t.TolerationSeconds == 300
	})
	const token = "kube-api-access-"
	s.Volumes = slices.DeleteFunc(s.Volumes, func(v corev1.Volume) bool { return strings.HasPrefix(v.Name, token) })
	for _, containers := range [][]corev1.Container{s.InitContainers, s.Containers} {
		for i := range containers {
			containers[i].VolumeMounts = slices.DeleteFunc(containers[i].VolumeMounts, func(m corev1.VolumeMount) bool { return strings.HasPrefix(m.Name, token) })
		}
	}
}
