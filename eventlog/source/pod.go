package source

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PodOptions are what the pod that reads a volume is made of.
type PodOptions struct {
	Image string // with sh, stat, xargs, cat and tail
	User  int64  // the uid that it runs as
}

// DefaultUser is the uid of Spark's images, which writes the logs and lets its group alone read them.
const DefaultUser = 185

const (
	podName      = "kubectl-spark-logs-"
	podContainer = "logs"
	podFolder    = "/logs"
	// podSeconds is how long the pod lives where it could not be removed.
	podSeconds = 3600
)

// readerPod is a pod that mounts a claim, does nothing, and may do nothing but read the claim's files: it passes Pod Security
// "restricted", has no token and no writable file, and ends by itself.
func readerPod(namespace, claim string, o PodOptions) *corev1.Pod {
	yes, no := true, false
	seconds, at := int64(podSeconds), int64(0)
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: podName, Namespace: namespace,
			Labels: map[string]string{"app.kubernetes.io/name": "kubectl-spark-logs", "app.kubernetes.io/managed-by": "kubectl-spark", "kubectl-spark.io/inject": "disabled", "sidecar.istio.io/inject": "false"},
		},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, ActiveDeadlineSeconds: &seconds, TerminationGracePeriodSeconds: &at,
			AutomountServiceAccountToken: &no, EnableServiceLinks: &no,
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: &yes, RunAsUser: &o.User, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: podContainer, Image: o.Image, Command: []string{"sleep", "3600"},
				Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
					Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("64Mi")},
				},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
				VolumeMounts: []corev1.VolumeMount{{Name: podContainer, MountPath: podFolder, ReadOnly: true}},
			}},
			Volumes: []corev1.Volume{{Name: podContainer, VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim, ReadOnly: true},
			}}},
		},
	}
}

// stuck is why a pod will not run, or does not yet; final says that waiting does not help.
func stuck(pod *corev1.Pod) (why string, final bool) {
	if pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded {
		return "it ended at once: its image needs sleep, sh, stat, xargs, cat and tail", true
	}
	for _, status := range pod.Status.ContainerStatuses {
		waiting := status.State.Waiting
		if waiting == nil {
			continue
		}
		switch waiting.Reason {
		case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull":
			return "its image cannot be pulled (" + waiting.Reason + ")", true
		case "CreateContainerConfigError", "CreateContainerError", "RunContainerError":
			return waiting.Reason + ": " + waiting.Message, true
		}
		why = waiting.Reason
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return "no node takes it: " + c.Message, false
		}
	}
	if why == "" {
		why = "no node has started it"
	}
	return why, false
}
