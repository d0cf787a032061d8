package spark

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// foundRole is a role and how it was found.
type foundRole struct {
	role  Role
	why   string
	spark bool // Spark's own label says driver or executor: spark-submit stands behind the pod
	// launcher is the one whose chart or image the pod is of; "" where neither tells.
	launcher Launcher
	byUser   bool // our label says so
}

// findRole looks for the role: our label, Spark's label, the mode that an image is told, commands.
func findRole(meta *metav1.ObjectMeta, spec *corev1.PodSpec) foundRole {
	var found foundRole
	found.launcher = launcherOfChart(meta)
	label, _ := ParseRole(meta.Labels[LabelRole])
	found.spark = label.Job()
	if word, ok := meta.Labels[LabelOwnRole]; ok {
		found.byUser = true
		if found.role, ok = ParseRole(word); !ok {
			found.role, found.why = label, WhyRoleUnknown
		}
		return found
	}
	server, many := commandRole(spec)
	switch {
	case label == Driver && !many && (server == Connect || server == Thrift || server == History):
		// An application whose main class is a server is that server.
		found.role = server
	case label != "":
		found.role = label
	default:
		if mode, by := modeRole(spec); mode != "" {
			found.role, found.launcher = mode, by
			return found
		}
		found.role = server
		switch {
		case many:
			found.why = WhyManyRoles
		case server == "":
			found.role = imageRole(spec)
		}
	}
	if found.role == "" {
		found.why = WhyNoRole
	}
	return found
}

// launcherOfChart is the launcher whose Helm chart made a server; "" where none did.
func launcherOfChart(meta *metav1.ObjectMeta) Launcher {
	component := meta.Labels[labelComponent]
	if meta.Labels[labelName] != "spark" || component != "master" && component != "worker" {
		return ""
	}
	chart := meta.Labels["helm.sh/chart"]
	return first(func(t *Traits) bool { return t.Chart != "" && strings.HasPrefix(chart, t.Chart) })
}

// modeRole reads the variable by which an image chooses what it runs.
func modeRole(spec *corev1.PodSpec) (Role, Launcher) {
	for i := range launchers {
		l := &launchers[i]
		if l.traits.ModeVariable == "" {
			continue
		}
		for j := range spec.Containers {
			switch EnvString(&spec.Containers[j], l.traits.ModeVariable) {
			case "master":
				return Master, l.launcher
			case "worker":
				return Worker, l.launcher
			}
		}
	}
	return "", ""
}

// commandRole is the server that the containers' commands start; many when they name more than one.
func commandRole(spec *corev1.PodSpec) (role Role, many bool) {
	for i := range spec.Containers {
		one, several := containerRole(&spec.Containers[i])
		if several || one != "" && role != "" && one != role {
			return one, true
		}
		if one != "" {
			role = one
		}
	}
	return role, false
}

// imageServers are public images whose own entrypoint starts a server in the foreground (big-data-europe/docker-spark).
var imageServers = map[string]Role{
	"docker.io/bde2020/spark-master": Master, "docker.io/bde2020/spark-worker": Worker, "docker.io/bde2020/spark-history-server": History,
}

// imageRole is the server that an image starts which is given no command.
func imageRole(spec *corev1.PodSpec) (role Role) {
	for i := range spec.Containers {
		if one := containerImageRole(&spec.Containers[i]); one != "" {
			if role != "" {
				return ""
			}
			role = one
		}
	}
	return role
}

func containerImageRole(c *corev1.Container) Role {
	if len(c.Command) > 0 || len(c.Args) > 0 || !strings.Contains(c.Image, "spark-") {
		return ""
	}
	r, _ := ParseReference(c.Image)
	return imageServers[r.Repository]
}

// serverMarks are what a server's command holds: its class, or the script that starts it.
var serverMarks = [...]struct {
	mark string
	role Role
}{
	{ClassMaster, Master}, {"start-master.sh", Master},
	{ClassWorker, Worker}, {"start-worker.sh", Worker}, {"start-slave.sh", Worker},
	{ClassHistory, History}, {"start-history-server.sh", History},
	{ClassThrift, Thrift}, {"start-thriftserver.sh", Thrift},
	{ClassConnect, Connect}, {"start-connect-server.sh", Connect},
}

// containerRole is the server that a container's command starts. A submitter in cluster mode starts it elsewhere.
func containerRole(c *corev1.Container) (role Role, many bool) {
	cluster := false
	for _, list := range [...][]string{c.Command, c.Args} {
		for i, arg := range list {
			if len(arg) > maxArgument {
				arg = arg[:maxArgument]
			}
			for _, m := range &serverMarks {
				if holdsWord(arg, m.mark) {
					many = many || role != "" && role != m.role
					role = m.role
				}
			}
			if i == 0 && strings.Contains(c.Image, "spark") {
				// The entrypoint of the images of Kubernetes' own examples.
				switch arg {
				case "/start-master":
					role = Master
				case "/start-worker":
					role = Worker
				}
			}
			cluster = cluster || strings.Contains(arg, "--deploy-mode cluster") || strings.Contains(arg, "--deploy-mode=cluster") ||
				strings.Contains(arg, "spark.submit.deployMode=cluster") ||
				arg == "--deploy-mode" && i+1 < len(list) && list[i+1] == "cluster"
		}
	}
	if cluster {
		return "", false
	}
	return role, many
}

// maxArgument bounds how much of one argument is looked through: a script's start is what says what it runs.
const maxArgument = 4096

// holdsWord says whether s holds the mark and no letter or digit continues it.
func holdsWord(s, mark string) bool {
	for {
		i := strings.Index(s, mark)
		if i < 0 {
			return false
		}
		s = s[i+len(mark):]
		if s == "" || !(s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z' || s[0] >= '0' && s[0] <= '9' || s[0] == '.') {
			return true
		}
	}
}

// RoleOfKey is the role whose pods alone a setting is about: Driver for spark.driver.memory, Executor for
// spark.kubernetes.executor.limit.cores; "" for one of the whole application.
func RoleOfKey(key string) Role {
	for _, role := range Jobs {
		for _, family := range [...]string{"spark.", "spark.kubernetes."} {
			if strings.HasPrefix(key, family+string(role)+".") {
				return role
			}
		}
	}
	return ""
}
