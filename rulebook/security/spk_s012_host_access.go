package security

import (
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func hostAccess() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S012", Name: "host-access", Level: rule.Error, Area: rule.Security, Client: true,
		Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The pod has access to its node",
			Why: "User code can leave a container that is privileged, or uses the node's process or IPC namespace. A mounted runtime socket or writable system folder allows the same. " +
				"The code can then read the data and tokens of other pods. With hostNetwork, Spark's ports are open on the node's address, and NetworkPolicies do not apply.",
			Remedy:  "remove the access; use an emptyDir or a PersistentVolumeClaim as the volume instead of hostPath, and a Service or NodePort for connections",
			Levels:  "a warning for hostNetwork, a writable folder outside the system folders, or a readable system folder; a suggestion for scratch folders (spark-local-dir-)",
			Since:   "0.1.0",
			Sources: []string{"Kubernetes: Pod Security Standards, baseline", "Spark: KubernetesVolumeUtils.scala, LocalDirsFeatureStep.scala"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			if p.Template() != nil {
				hostOfPod(p)
			}
			if conf, known := p.Conf(); known && !reading.RunsAsShown(p) && p.Role().Job() {
				hostOfConf(p, conf)
			}
		}),
	}
}

func hostOfPod(p *rule.WorkloadPass) {
	spec := &p.Template().Spec
	for _, flag := range []struct {
		field, what string
		on          bool
	}{
		{"hostPID", "the node's processes and can kill them", spec.HostPID},
		{"hostIPC", "the shared memory of the node's processes", spec.HostIPC},
	} {
		if flag.on {
			p.Summary("remove %s from the pod's spec", flag.field)
			p.Report(rule.Path{"spec", flag.field}, "%s is on; the application sees %s", flag.field, flag.what)
		}
	}
	if spec.HostNetwork {
		p.Level(rule.Warning)
		p.Summary("remove hostNetwork from the pod's spec")
		p.Report(rule.Path{"spec", "hostNetwork"}, "hostNetwork is on; Spark's ports are open on the node's address, and NetworkPolicies do not apply")
	}
	if s := p.Main().SecurityContext; s != nil && s.Privileged != nil && *s.Privileged {
		p.Level(rule.Error)
		p.Summary("remove privileged from the securityContext of container %s", p.Main().Name)
		p.Report(p.At("securityContext", "privileged"), "the container is privileged; the application is root on the node")
	}
	for i := range spec.Volumes {
		v := &spec.Volumes[i]
		if v.HostPath == nil {
			continue
		}
		if mounted, writable := mountOf(p.Main(), v.Name); mounted {
			if message := tellHostPath(p, v.Name, v.HostPath.Path, writable); message != "" {
				p.Report(rule.Path{"spec", "volumes", strconv.Itoa(i), "hostPath", "path"}, "%s", message)
			}
		}
	}
}

// mountOf says whether the container mounts a volume, and whether it may write to it.
func mountOf(c *corev1.Container, name string) (mounted, writable bool) {
	for i := range c.VolumeMounts {
		if m := &c.VolumeMounts[i]; m.Name == name {
			mounted, writable = true, writable || !m.ReadOnly
		}
	}
	return mounted, writable
}

// hostOfConf reads spark.kubernetes.ROLE.volumes.hostPath.NAME.{options.path,mount.readOnly}.
func hostOfConf(p *rule.WorkloadPass, conf spark.Conf) {
	prefix := "spark.kubernetes." + string(p.Role()) + ".volumes.hostPath."
	for _, key := range conf.Keys() {
		rest, ours := strings.CutPrefix(key, prefix)
		name, is := strings.CutSuffix(rest, ".options.path")
		if !ours || !is {
			continue
		}
		readOnly, _, err := conf.Bool(prefix + name + ".mount.readOnly")
		if err != nil {
			continue // Spark refuses it
		}
		if message := tellHostPath(p, name, conf[key].Value, !readOnly); message != "" {
			p.ReportConf(key, "%s", message)
		}
	}
}

// tellHostPath sets the level, evidence and summary of a finding about a folder of the node, and gives its message;
// "" where there is nothing to tell.
func tellHostPath(p rule.Pass, volume, folder string, writable bool) string {
	folder = path.Clean(folder)
	p.Evidence("hostPath "+folder, "emptyDir or a PersistentVolumeClaim")
	p.Summary("change volume %s from hostPath %s to an emptyDir or a PersistentVolumeClaim", volume, folder)
	if runtimeSocket(folder) || systemFolder(folder) {
		p.Evidence("hostPath "+folder, "no hostPath")
		p.Summary("remove volume %s (hostPath %s) and its volumeMount", volume, folder)
	}
	mounts := "hostPath volume " + volume + " mounts the node's " + folder
	if folder == "/" {
		mounts = "hostPath volume " + volume + " mounts the node's root directory (path /)"
	}
	switch {
	case runtimeSocket(folder):
		p.Level(rule.Error)
		return "hostPath volume " + volume + " mounts the container runtime's " + folder + "; the application can start any container on the node"
	case systemFolder(folder) && writable:
		p.Level(rule.Error)
		return mounts + " with write access; the application can take over the node"
	case systemFolder(folder):
		p.Level(rule.Warning)
		return mounts + "; the application can read its files, credentials included"
	case !writable:
		return ""
	case strings.HasPrefix(volume, "spark-local-dir-"):
		p.Level(rule.Advice)
		return "scratch data is in hostPath " + folder + "; it outlives the pod, and other pods that mount it can read it"
	}
	p.Level(rule.Warning)
	return mounts + " with write access; other pods that mount it can change its files"
}

func runtimeSocket(folder string) bool {
	return slices.Contains([]string{"docker.sock", "containerd.sock", "crio.sock", "dockershim.sock", "cri-dockerd.sock"}, path.Base(folder))
}

// systemFolder tells folders by which a node is ruled, and what lies within them. Data under /var/lib or /run that
// belongs to nobody there is not meant.
func systemFolder(folder string) bool {
	if slices.Contains([]string{"/", "/var", "/var/lib", "/run", "/var/run", "/home"}, folder) {
		return true
	}
	for _, root := range [...]string{"/etc", "/root", "/boot", "/dev", "/proc", "/sys", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/var/lib/etcd", "/var/log", "/run/containerd", "/var/run/docker"} {
		if folder == root || strings.HasPrefix(folder, root+"/") {
			return folder != "/dev/shm"
		}
	}
	return false
}
