package history

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

// access is what a server is given to reach a store, as the application reaches it.
type access struct {
	options          []string // -D options of the file system
	env              []any    // variables that name Secrets, or that are no secret
	identity, labels map[string]string
	volume, mount    map[string]any
	needs            string // what people must see to; ACCOUNT stands for the server's ServiceAccount
}

// fileSystem is what there is to a store of one scheme.
type fileSystem struct {
	settings []string // prefixes of its settings
	env      []string // prefixes of its variables
	jars     string   // a word in the name of its jar
}

var fileSystems = map[string]fileSystem{
	"s3":   {[]string{"spark.hadoop.fs.s3a.", "spark.hadoop.fs.s3."}, []string{"AWS_"}, "hadoop-aws"},
	"gs":   {[]string{"spark.hadoop.fs.gs.", "spark.hadoop.google.cloud.", "spark.hadoop.fs.AbstractFileSystem.gs."}, []string{"GOOGLE_"}, "gcs-connector"},
	"abfs": {[]string{"spark.hadoop.fs.azure.", "spark.hadoop.fs.abfs."}, []string{"AZURE_"}, "hadoop-azure"},
}

// injected are variables that a cloud's webhook sets by the ServiceAccount: it does so for the server, too.
var injected = []string{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"}

var credentialFiles = []string{"GOOGLE_APPLICATION_CREDENTIALS", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AZURE_AUTH_LOCATION"}

// unquoted is what stands in JVM options as it is: nothing that the start script or Kubernetes reads.
var unquoted = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./*!-]*$`)

func storeAccess(p *rule.WorkloadPass, store string) (a access, err error) {
	if strings.HasPrefix(store, "claim ") {
		return claimAccess(p)
	}
	scheme, _, _ := strings.Cut(store, "://")
	fs, known := fileSystems[scheme]
	if !known {
		return a, fmt.Errorf("it has no manifest for %s://", scheme)
	}
	if err = a.takeSettings(p, fs); err != nil {
		return a, err
	}
	if err = a.takeVariables(p.Main(), fs); err != nil {
		return a, err
	}
	return a, a.takeIdentity(p)
}

func claimAccess(p *rule.WorkloadPass) (a access, err error) {
	dir, _, _ := reading.Property(p, eventLogDirKey)
	folder, _ := localFolder(dir)
	volume, mount := mountOf(p, folder)
	if volume == nil {
		return a, errors.New("the volume of the folder is not known")
	}
	claim := volume.PersistentVolumeClaim.ClaimName
	a.volume = map[string]any{"name": "logs", "persistentVolumeClaim": map[string]any{"claimName": claim}}
	a.mount = map[string]any{"name": "logs", "mountPath": mount.MountPath}
	if mount.SubPath != "" {
		a.mount["subPath"] = mount.SubPath
	}
	a.needs = ". Claim " + claim + " must allow ReadWriteMany, which was not checked"
	return a, nil
}

// takeSettings takes the settings of the file system. A secret in clear is copied nowhere.
func (a *access) takeSettings(p *rule.WorkloadPass, fs fileSystem) error {
	conf, _ := p.Conf()
	for _, key := range conf.Keys() {
		value := conf[key].Value
		if key == "spark.jars.packages" || key == "spark.jars" {
			if strings.Contains(value, fs.jars) || strings.Contains(value, "hadoop-cloud") {
				return fmt.Errorf("%s is in %s, which a History Server does not read; add the jar to the image", fs.jars, key)
			}
		}
		if !slices.ContainsFunc(fs.settings, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			continue
		}
		if _, degree := secret.Of(key, value); degree != secret.Public {
			return fmt.Errorf("setting %s holds a secret; put it into a Secret, and name that in a variable", key)
		}
		if !unquoted.MatchString(value) {
			return fmt.Errorf("setting %s cannot be written as a JVM option", key)
		}
		a.options = append(a.options, "-D"+key+"="+value)
	}
	return nil
}

func (a *access) takeVariables(c *corev1.Container, fs fileSystem) error {
	if len(c.EnvFrom) > 0 {
		return errors.New("envFrom of the application's container may hold its credentials; name them one by one under env")
	}
	for i := range c.Env {
		e := &c.Env[i]
		if !slices.ContainsFunc(fs.env, func(prefix string) bool { return strings.HasPrefix(e.Name, prefix) }) || slices.Contains(injected, e.Name) && e.ValueFrom == nil {
			continue
		}
		from := e.ValueFrom
		switch {
		case slices.Contains(credentialFiles, e.Name):
			return fmt.Errorf("the application reads its credentials from a file (%s)", e.Name)
		case from != nil && from.SecretKeyRef != nil:
			a.env = append(a.env, map[string]any{"name": e.Name, "valueFrom": map[string]any{"secretKeyRef": map[string]any{"name": from.SecretKeyRef.Name, "key": from.SecretKeyRef.Key}}})
		case from != nil && from.ConfigMapKeyRef != nil:
			a.env = append(a.env, map[string]any{"name": e.Name, "valueFrom": map[string]any{"configMapKeyRef": map[string]any{"name": from.ConfigMapKeyRef.Name, "key": from.ConfigMapKeyRef.Key}}})
		case from != nil || strings.Contains(e.Value, "$("):
			return fmt.Errorf("variable %s cannot be copied", e.Name)
		default:
			if _, degree := secret.Of(e.Name, e.Value); degree != secret.Public {
				return fmt.Errorf("variable %s holds a secret; put it into a Secret, and name that in the variable", e.Name)
			}
			a.env = append(a.env, map[string]any{"name": e.Name, "value": e.Value})
		}
	}
	return nil
}

// takeIdentity takes the account of the cloud that the application's ServiceAccount stands for.
func (a *access) takeIdentity(p *rule.WorkloadPass) error {
	spec := &p.Template().Spec
	name := spec.ServiceAccountName
	if name == "" {
		name = "default"
	}
	objects, _ := rule.Get(p, neighbour.FactObjects)
	account := objects.Account(name)
	if account == nil {
		return fmt.Errorf("ServiceAccount %s was not read; it may give the application its rights to the store", name)
	}
	a.identity = account.Identity
	associated := false
	for _, e := range p.Main().Env {
		associated = associated || e.Name == "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	}
	if use := p.Template().Labels["azure.workload.identity/use"]; use != "" {
		a.labels = map[string]string{"azure.workload.identity/use": use}
	}
	if len(a.identity) > 0 || associated {
		a.needs = ". The cloud must let ServiceAccount ACCOUNT use the account of " + name
	}
	return nil
}
