package security

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const referencePart = "reference"

// leaks are where copies of a value stay that stood in a configuration or a pod.
const leaks = "ConfigMaps spark-drv-...-conf-map and spark-exec-...-conf-map, pods, ReplicaSets and ControllerRevisions. " +
	"They stay in the annotation kubectl.kubernetes.io/last-applied-configuration, and in Secrets of Helm releases (sh.helm.release.v1). " +
	"Event logs hold them unless spark.redaction.regex matches, and so do driver logs with spark.logConf. " +
	"The repository's history and backups of etcd hold them, too"

// move puts a reference to a key of a Secret in place of a value.
type move struct {
	variable string // that gets the value, and the key of the Secret
	verbs    func(secret string)
}

// ofVariable is the move of a variable of the container.
func (e *exposures) ofVariable(at rule.Path, name string) *move {
	return &move{name, func(secret string) {
		pod := e.p.Pod()
		pod.Remove(referencePart, at.With("value"))
		pod.Fill(referencePart, at.With("valueFrom"), corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: name}})
	}}
}

// ofSetting is the move of a setting; nil where Spark reads it from nowhere else.
func (e *exposures) ofSetting(key string) *move {
	p := e.p
	if p.Role() != spark.Driver || !slices.Contains(reading.KubernetesLaunchers, p.Launcher()) || reading.ClientDriver(p) {
		return nil
	}
	variable, both := variableOf(key), []spark.Role{spark.Driver, spark.Executor}
	instead, of := "", spark.Driver
	switch hadoop, isHadoop := strings.CutPrefix(key, "spark.hadoop."); {
	case ofEnvironment(key):
		if strings.HasPrefix(key, "spark.executorEnv.") {
			of = spark.Executor
		}
		both = []spark.Role{of}
	case variable != "" && e.pairOfS3A(): // Spark reads the variables itself
	case isHadoop:
		if variable == "" {
			variable = variableName(hadoop)
		}
		instead = "${env." + variable + "}"
	case strings.HasPrefix(key, "spark.ssl.") && strings.HasSuffix(key, "Password"):
		variable = variableName(strings.TrimPrefix(key, "spark."))
		instead = "${env:" + variable + "}"
	default:
		return nil
	}
	return &move{variable, func(secret string) {
		if instead == "" {
			p.UnsetConf(referencePart, key)
		} else {
			p.SetConf(referencePart, key, instead)
		}
		for _, role := range both {
			p.SetConf(referencePart, "spark.kubernetes."+string(role)+".secretKeyRef."+variable, secret+":"+variable)
		}
	}}
}

// pairOfS3A says that both the id and the key stand in the configuration as values: Spark takes them from variables only together.
func (e *exposures) pairOfS3A() bool {
	for _, key := range [...]string{"spark.hadoop.fs.s3a.access.key", "spark.hadoop.fs.s3a.secret.key"} {
		if value, set := e.conf.Get(key); !set || value == "" || strings.Contains(value, "${") {
			return false
		}
	}
	return true
}

// variableName is a variable for a setting: FS_S3A_BUCKET_LOGS_SECRET_KEY.
func variableName(key string) string {
	return strings.ToUpper(strings.ReplaceAll(reading.Slug(key), "-", "_"))
}

// move calls the verbs, and says what is to be done.
func (e *exposures) move(p *rule.WorkloadPass) {
	var moved, rest, keys []string
	for i, name := range e.names {
		if e.moves[i] == nil {
			rest = append(rest, name)
			continue
		}
		if moved = append(moved, name); !slices.Contains(keys, e.moves[i].variable) {
			keys = append(keys, e.moves[i].variable)
		}
	}
	if len(moved) == 0 {
		p.Summary("move %s into a Secret and pass it as %s; then create new credentials, because the old ones are known", strings.Join(e.names, ", "), e.passed(p))
		e.refuse(p, rule.NoExactForm)
		return
	}
	objects, _ := rule.Get(p, neighbour.FactObjects)
	name := secretOf(p, e.conf)
	create := "kubectl create secret generic " + name + inKubectl(objects.Namespace()) + " --from-env-file=/dev/stdin, and enter " + strings.Join(keys, "=..., ") + "=... in lines"
	order, after := "", ""
	if len(rest) > 0 {
		after = ". Spark has no reference for " + strings.Join(rest, ", ") + ": let your program read a variable or a mounted file"
	}
	exists := objects.Has("Secret", name)
	switch {
	case exists == spark.Yes:
		order = "read " + strings.Join(moved, ", ") + " from Secret " + name
	case exists == spark.Unknown && objects.Why("Secret") == "": // of files
		order = "read " + strings.Join(moved, ", ") + " from Secret " + name + ". First create it with new credentials, because the old ones are known: " + create
	default:
		order = "create Secret " + name + " with new credentials, because the old ones are known: " + create + ". Then run fix again: it reads " + strings.Join(moved, ", ") + " from there"
		p.Summary("%s%s", order, after)
		e.refuse(p, rule.NeedsSecret)
		return
	}
	p.Summary("%s%s. Copies of the old values stay in the places that are listed by: kubectl spark explain SPK-S013", order, after)
	for _, one := range e.moves {
		if one != nil {
			one.verbs(name)
		}
	}
	if len(rest) > 0 {
		e.refuse(p, rule.NoExactForm)
	}
}

// refuse says that not every value is moved.
func (e *exposures) refuse(p *rule.WorkloadPass, reason rule.Reason) {
	if at := e.places[0]; at.OfConf || at.Key != "" || p.Template() == nil {
		p.RefuseConf(referencePart, at.Key, reason)
		return
	}
	p.Pod().Refuse(referencePart, e.places[0].Path, reason)
}

// secretOf names the Secret for the credentials of an application.
func secretOf(p *rule.WorkloadPass, conf spark.Conf) string {
	name := ""
	if t := p.Template(); t != nil {
		for _, label := range [...]string{"spark-app-name", "sparkoperator.k8s.io/app-name", "app.kubernetes.io/instance", "app.kubernetes.io/name", "app"} {
			if name == "" {
				name = reading.Slug(t.Labels[label])
			}
		}
	}
	if name == "" {
		set, _ := conf.Get("spark.app.name")
		name = reading.Slug(set)
	}
	if name == "" {
		name = "spark"
	}
	return name[:min(len(name), 200)] + "-env" // -credentials:KEY would be masked as a value
}

func inKubectl(namespace string) string {
	if namespace == "" {
		return ""
	}
	return " -n " + namespace
}
