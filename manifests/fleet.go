package manifests

import (
	_ "embed" // the YAML file
	"errors"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

//go:embed fleet.yaml
var fleetYAML []byte

// FleetName is the label app.kubernetes.io/name of a Job that reads event logs, and of its pods.
const FleetName = "kubectl-spark-fleet"

// Where a Job's pods have what the options name.
const (
	ClaimFolder  = "/logs"                             // the claim that holds the logs
	SecretFolder = "/var/run/secrets/kubectl-spark.io" // the Secret's keys as files
)

// imageUser is the user of the plugin's image.
const imageUser = 65532

// FleetJob completes the Job that reads a folder of event logs in shares.
type FleetJob struct {
	Name, Namespace string
	Image           string // the plugin's, with tag or digest
	PullSecret      string // "": none
	Shares          int32  // one pod for each
	AtOnce          int32  // how many pods run at a time
	Args            []string
	ServiceAccount  string // whose identity the store knows; "": the namespace's default, without its token
	Secret          string // its keys are variables and files of the pods; "": none
	Claim           string // that holds the logs; "": none
	ClaimUser       int64  // that reads and writes its files
}

// MostShares bounds the shares: each writes a file, and is a pod.
const MostShares = 10_000

// Validate says what is wrong with the options.
func (f *FleetJob) Validate() error {
	// The pods' host names are the Job's name and the index.
	if bad := validation.IsDNS1123Label(fmt.Sprintf("%s-%d", f.Name, f.Shares)); len(bad) > 0 {
		return fmt.Errorf("name of the Job %q: must be lower case letters, digits and hyphens, and at most %d characters", f.Name, 62-len(fmt.Sprint(f.Shares)))
	}
	for what, name := range map[string]string{"service account": f.ServiceAccount, "Secret": f.Secret, "Secret to pull the image with": f.PullSecret} {
		if name != "" && len(validation.IsDNS1123Subdomain(name)) > 0 {
			return fmt.Errorf("name of the %s %q: must be lower case letters, digits, hyphens and dots", what, name)
		}
	}
	switch {
	case f.Image == "":
		return errors.New("no image is named for the pods: make image builds the one of the plugin")
	case f.Shares < 1 || f.Shares > MostShares:
		return fmt.Errorf("%d shares: must be 1 to %d", f.Shares, MostShares)
	case f.AtOnce < 1:
		return fmt.Errorf("%d pods at a time: must be at least 1", f.AtOnce)
	}
	return nil
}

// Object is the Job.
func (f *FleetJob) Object() *batchv1.Job {
	j := typed[batchv1.Job](read(fleetYAML)[0])
	labels := map[string]string{NameLabel: FleetName, PartOfLabel: FieldManager, "app.kubernetes.io/managed-by": FieldManager}
	j.Name, j.Namespace, j.Labels = f.Name, f.Namespace, labels
	j.Spec.Completions, j.Spec.Parallelism = &f.Shares, &f.AtOnce
	pod := &j.Spec.Template
	pod.Labels = map[string]string{"kubectl-spark.io/inject": "disabled", "sidecar.istio.io/inject": "false"}
	if f.ServiceAccount != "" {
		pod.Spec.ServiceAccountName = f.ServiceAccount
		pod.Labels["azure.workload.identity/use"] = "true" // its webhook asks for it; those of AWS and Google ask for no label
	}
	for key, value := range labels {
		pod.Labels[key] = value
	}
	if f.PullSecret != "" {
		pod.Spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: f.PullSecret}}
	}
	c := &pod.Spec.Containers[0]
	c.Image, c.Args = f.Image, slices.Clone(f.Args)
	user, group := int64(imageUser), int64(imageUser)
	if f.Claim != "" {
		user, group = f.ClaimUser, 0 // Spark's images have the group root, and their logs are for it
	}
	pod.Spec.SecurityContext.RunAsUser, pod.Spec.SecurityContext.RunAsGroup = &user, &group
	mount := func(name, at string, readOnly bool, from corev1.VolumeSource) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: from})
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: name, MountPath: at, ReadOnly: readOnly})
	}
	if f.Claim != "" {
		mount("logs", ClaimFolder, false, corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: f.Claim}})
	}
	if f.Secret != "" {
		c.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: f.Secret}}}}
		mode := int32(0o444) // of a volume in memory that this pod alone has
		mount("credentials", SecretFolder, true, corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: f.Secret, DefaultMode: &mode}})
	}
	return j
}
