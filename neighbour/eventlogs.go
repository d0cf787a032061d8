package neighbour

import (
	"path"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// FactEventLogs is where the workloads of one run write event logs and read them: known where one of them is a History Server, or
// writes logs.
var FactEventLogs = rule.NewFact[EventLogs]("a History Server")

// EventLogs are the History Servers, and the applications that write event logs.
type EventLogs struct {
	// Namespace is that of the subject which is told of them.
	Namespace string `json:"namespace"`

	Servers []LogUser `json:"servers"`
	Writers []LogUser `json:"writers"`
	// Whole says that there is no other History Server in the cluster; where that is not so, Unread may say why.
	Whole  bool   `json:"whole"`
	Unread string `json:"unread"`
}

// LogUser is one that reads or writes event logs.
type LogUser struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"` // namespace/name, as people call it
	// Folders are as they are set; empty where that cannot be seen.
	Folders []string `json:"folders"`
	// Stores are the folders as Stored has them, one each.
	Stores []string `json:"stores"`
	// Version is that of a writer's Spark; zero where it is not known.
	Version spark.Version `json:"version"`
}

// Put tells a subject of a namespace of them, where there are any.
func (e EventLogs) Put(f *rule.Facts, namespace string) {
	if e.Namespace = namespace; len(e.Servers)+len(e.Writers) > 0 {
		rule.Put(f, FactEventLogs, e)
	}
}

// Add takes in a workload's role, whose template and configuration may be nil. files are those of the configuration folder; nil where
// they are not known.
func (e *EventLogs) Add(role spark.Role, user LogUser, t *corev1.PodTemplateSpec, container int, conf spark.Conf, files map[string]string) {
	var spec *corev1.PodSpec
	var c *corev1.Container
	if t != nil && container >= 0 && container < len(t.Spec.Containers) {
		spec, c = &t.Spec, &t.Spec.Containers[container]
	}
	switch role {
	case spark.History:
		for one := range strings.SplitSeq(readFolder(c, conf, files), ",") { // several from 4.2 on
			user.add(strings.TrimSpace(one), spec, c, nil)
		}
		e.Servers = append(e.Servers, user)
	case spark.Driver, spark.Connect, spark.Thrift:
		if on, _ := conf.Get("spark.eventLog.enabled"); strings.EqualFold(strings.TrimSpace(on), "true") {
			folder, _ := conf.Get("spark.eventLog.dir")
			user.add(folder, spec, c, conf)
			e.Writers = append(e.Writers, user)
		}
	}
}

// readFolder is the folder of logs of a History Server: of its options, then of its configuration, then of the files of its configuration
// folder. "" where that cannot be seen: the image may say it.
func readFolder(c *corev1.Container, conf spark.Conf, files map[string]string) string {
	const key = "spark.history.fs.logDirectory"
	folder, _ := conf.Get(key)
	if c == nil {
		return folder
	}
	for _, word := range slices.Concat(c.Command, c.Args) {
		if strings.Contains(word, "--properties-file") && conf == nil || strings.Contains(word, "--dir") {
			return ""
		}
	}
	options := spark.JVMOptions(c, spark.History)
	if !options.Visible {
		return ""
	}
	if folder == "" {
		if defaults, err := spark.ParseProperties([]byte(files["spark-defaults.conf"])); err == nil {
			folder, _ = defaults.Get(key)
		}
	}
	for _, token := range options.Tokens {
		if value, is := strings.CutPrefix(token, "-D"+key+"="); is {
			folder = value
		}
	}
	return folder
}

func (u *LogUser) add(folder string, spec *corev1.PodSpec, c *corev1.Container, conf spark.Conf) {
	if folder != "" {
		u.Folders, u.Stores = append(u.Folders, folder), append(u.Stores, Stored(folder, u.Namespace, spec, c, conf))
	}
}

var locationScheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// Stored names a folder as all do that mean the same: s3, s3a and s3n are one, a slash at the end says nothing, and a folder of a
// container is the claim that is mounted there. "" where that is not known: a variable, or a volume that is no claim.
func Stored(folder, namespace string, spec *corev1.PodSpec, c *corev1.Container, conf spark.Conf) string {
	scheme, rest := "file", folder
	if m := locationScheme.FindStringSubmatch(folder); m != nil {
		scheme, rest = strings.ToLower(m[1]), folder[len(m[0]):]
	}
	switch {
	case strings.ContainsAny(rest, "${}<>%"):
		return ""
	case scheme == "s3a" || scheme == "s3n":
		scheme = "s3"
	case scheme == "abfss":
		scheme = "abfs"
	case scheme == "wasbs":
		scheme = "wasb"
	case scheme == "file" || scheme == "local":
		return claimed(path.Clean("/"+strings.TrimLeft(rest, "/")), namespace, spec, c, conf)
	}
	authority, below, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "/")
	if !strings.HasPrefix(rest, "//") || authority == "" {
		return "" // of the file system that another configuration names
	}
	return scheme + "://" + authority + strings.TrimSuffix(path.Clean("/"+below), "/")
}

// claimed is the claim that holds a folder of a container, with the path in it: of the deepest mount.
func claimed(folder, namespace string, spec *corev1.PodSpec, c *corev1.Container, conf spark.Conf) (store string) {
	deepest := -1
	mounted := func(at, sub, claim string) {
		at = path.Clean(at)
		below := strings.TrimPrefix(folder, strings.TrimSuffix(at, "/"))
		if len(at) <= deepest || below == folder && at != "/" || below != "" && !strings.HasPrefix(below, "/") {
			return
		}
		if deepest, store = len(at), ""; claim != "" {
			store = "claim " + namespace + "/" + claim + strings.TrimSuffix(path.Join("/", sub, below), "/")
		}
	}
	if spec != nil && c != nil {
		claims := map[string]string{}
		for i := range spec.Volumes {
			if v := &spec.Volumes[i]; v.PersistentVolumeClaim != nil {
				claims[v.Name] = v.PersistentVolumeClaim.ClaimName
			}
		}
		for i := range c.VolumeMounts {
			m := &c.VolumeMounts[i]
			claim := claims[m.Name]
			if m.SubPathExpr != "" {
				claim = ""
			}
			mounted(m.MountPath, m.SubPath, claim)
		}
	}
	const volumes = "spark.kubernetes.driver.volumes."
	for _, key := range conf.Keys() {
		prefix, is := strings.CutSuffix(key, ".mount.path")
		if !is || !strings.HasPrefix(key, volumes) {
			continue
		}
		claim := ""
		if strings.HasPrefix(key, volumes+"persistentVolumeClaim.") {
			if claim = conf[prefix+".options.claimName"].Value; strings.EqualFold(claim, "OnDemand") || strings.Contains(claim, "SPARK_EXECUTOR_ID") {
				claim = ""
			}
		}
		mounted(conf[key].Value, conf[prefix+".mount.subPath"].Value, claim)
	}
	return store
}
