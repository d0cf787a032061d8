package history

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// serverOptions are those of every server that is created. Compaction stays off: it drops what finished jobs logged.
const serverOptions = "-Dspark.history.fs.cleaner.enabled=true -Dspark.history.fs.cleaner.maxAge=30d -Dspark.history.store.path=/var/lib/spark-history " +
	"-Dspark.history.store.maxDiskUsage=5g -Dspark.history.store.hybridStore.enabled=true -Dspark.history.store.hybridStore.maxMemoryUsage=512m"

// wantServer asks for a History Server of the folder, in the namespace of the newest application that writes there.
func wantServer(p *rule.WorkloadPass, logs neighbour.EventLogs, folder, store string) {
	p.Evidence(folder, "a History Server that reads it")
	p.Message("no History Server reads %s; after the application's end its web UI is lost", folder)
	if other := newer(p, logs, store); other != "" {
		p.Summary("create the History Server that fix creates for %s, whose Spark is as new or newer", other)
		p.RefuseConf(serverPart, eventLogDirKey, rule.NoExactForm)
		return
	}
	s, err := serverFor(p, logs.Namespace, folder, store)
	if err != nil {
		p.Summary("deploy a History Server with spark.history.fs.logDirectory=%s; fix cannot create it: %s", folder, err)
		p.RefuseConf(serverPart, eventLogDirKey, rule.NoExactForm)
		return
	}
	p.Summary("create History Server %s, which deletes event logs after 30 days%s", s.name, s.needs)
	for _, o := range s.objects {
		p.Companion(serverPart, o)
	}
}

// newer is a writer of the store for which the server is created instead: a server reads the logs of its own Spark and of older ones. Of
// namespaces with the same Spark the first has it.
func newer(p rule.Pass, logs neighbour.EventLogs, store string) string {
	own := reading.Version(p)
	for _, w := range logs.Writers {
		if !slices.Contains(w.Stores, store) {
			continue
		}
		if c := w.Version.Compare(own); c > 0 || c == 0 && w.Namespace < logs.Namespace {
			return w.Name
		}
	}
	return ""
}

// server is a History Server that is to be created.
type server struct {
	name    string
	needs   string // what people must see to besides
	objects []*companion.Object
}

// serverFor makes the objects of a server out of the pod of an application; an error says what stands against that.
func serverFor(p *rule.WorkloadPass, namespace, folder, store string) (s server, err error) {
	image, known := reading.NamedImage(p)
	facts, _ := p.Image()
	switch c := p.Main(); {
	case c == nil:
		return s, errors.New("the application's pod is not known")
	case !known:
		return s, errors.New("the image is not known")
	case facts.Entrypoint == "" && (len(c.Command) > 0 || len(c.Args) == 0 || c.Args[0] != string(spark.Driver)):
		return s, errors.New("the image's start script is not known")
	}
	if !unquoted.MatchString(folder) {
		return s, errors.New("the folder cannot be written as a JVM option")
	}
	s.name = serverName(store)
	fs, err := storeAccess(p, store)
	if err != nil {
		return s, err
	}
	deployment, service, account := companions.New(companions.HistoryServer), companions.New(companions.HistoryService), companions.New(companions.HistoryAccount)
	for _, o := range []*companion.Object{account, service, deployment} {
		o.Call(namespace, s.name, "event logs in "+folder+", deleted after 30 days")
		s.objects = append(s.objects, o)
	}
	labels := map[string]any{"app.kubernetes.io/name": "spark-history", "app.kubernetes.io/instance": s.name}
	deployment.Set(labels, "spec", "selector", "matchLabels")
	service.Set(labels, "spec", "selector")
	all := maps.Clone(labels)
	for key, value := range fs.labels {
		all[key] = value
	}
	deployment.Set(all, "spec", "template", "metadata", "labels")
	deployment.Set(s.name, "spec", "template", "spec", "serviceAccountName")
	if len(fs.identity) > 0 {
		account.Set(anyMap(fs.identity), "metadata", "annotations")
	}
	s.needs = strings.ReplaceAll(fs.needs, "ACCOUNT", namespace+"/"+s.name)

	pod := deployment.Content["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	c := pod["containers"].([]any)[0].(map[string]any)
	home := "/opt/spark"
	if facts.Entrypoint == spark.EntrypointBitnami {
		home = "/opt/bitnami/spark"
	}
	c["image"], c["args"] = image.Text, []any{home + "/bin/spark-class", spark.ClassHistory}
	if image.PullPolicy != "" {
		c["imagePullPolicy"] = image.PullPolicy
	}
	c["env"] = append(append(c["env"].([]any), map[string]any{"name": "SPARK_HISTORY_OPTS",
		"value": strings.Join(append([]string{"-Dspark.history.fs.logDirectory=" + folder, serverOptions}, fs.options...), " ")}), fs.env...)
	if fs.volume != nil {
		pod["volumes"] = append(pod["volumes"].([]any), fs.volume)
		c["volumeMounts"] = append(c["volumeMounts"].([]any), fs.mount)
	}
	asApplication(&p.Template().Spec, p.Main(), facts, pod, c)
	return s, nil
}

// asApplication gives the server the user of the application's pod, who owns the logs, its secrets for the image, and its architecture.
func asApplication(spec *corev1.PodSpec, main *corev1.Container, facts spark.Image, pod, c map[string]any) {
	var secrets []any
	for _, one := range spec.ImagePullSecrets {
		secrets = append(secrets, map[string]any{"name": one.Name})
	}
	if secrets != nil {
		pod["imagePullSecrets"] = secrets
	}
	selector := map[string]any{}
	for _, key := range []string{corev1.LabelArchStable, corev1.LabelOSStable} {
		if value := spec.NodeSelector[key]; value != "" {
			selector[key] = value
		}
	}
	if len(selector) > 0 {
		pod["nodeSelector"] = selector
	}
	of := pod["securityContext"].(map[string]any)
	uid, group := facts.UID, (*int64)(nil)
	if sc := spec.SecurityContext; sc != nil {
		if sc.RunAsUser != nil {
			uid = sc.RunAsUser
		}
		group = sc.RunAsGroup
		if sc.FSGroup != nil {
			of["fsGroup"] = *sc.FSGroup
		}
	}
	if sc := main.SecurityContext; sc != nil {
		if sc.RunAsUser != nil {
			uid = sc.RunAsUser
		}
		if sc.RunAsGroup != nil {
			group = sc.RunAsGroup
		}
	}
	if uid == nil || *uid == 0 {
		return
	}
	of["runAsNonRoot"], of["runAsUser"] = true, *uid
	if group != nil {
		of["runAsGroup"] = *group
	}
	if facts.Passwd != nil && *facts.Passwd && facts.UID != nil && *facts.UID == *uid {
		c["securityContext"].(map[string]any)["readOnlyRootFilesystem"] = true
	}
}

// maxServerName bounds the name of a server: a Service's has 63 characters.
const maxServerName = 50

// serverName names the server of a store: spark-history-logs-spark. A long name ends in a sum of the whole.
func serverName(store string) string {
	_, rest, _ := strings.Cut(store, "://")
	if claim, is := strings.CutPrefix(store, "claim "); is {
		_, rest, _ = strings.Cut(claim, "/")
	}
	name := "spark-history-" + reading.Slug(rest)
	if len(name) > maxServerName {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(store))
		name = strings.TrimRight(name[:maxServerName-9], "-") + fmt.Sprintf("-%08x", sum.Sum32())
	}
	return name
}

func anyMap(of map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range of {
		out[key] = value
	}
	return out
}

// mountOf is the claim's volume and the mount that hold a folder of the application; nil where none does.
func mountOf(p rule.Pass, folder string) (volume *corev1.Volume, mount *corev1.VolumeMount) {
	for i := range p.Main().VolumeMounts {
		m := &p.Main().VolumeMounts[i]
		if holds(m.MountPath, folder) && (mount == nil || len(path.Clean(m.MountPath)) > len(path.Clean(mount.MountPath))) {
			mount = m
		}
	}
	if mount != nil {
		volume = reading.Volume(&p.Template().Spec, mount.Name)
	}
	if volume == nil || volume.PersistentVolumeClaim == nil {
		return nil, nil
	}
	return volume, mount
}
