package performance

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func scratch() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P027", Name: "unbounded-scratch", Level: rule.Advice, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Executor, spark.Worker, spark.Connect, spark.Thrift},
		Uses:  []rule.Key{rule.FactConf, model.FactLife, model.FactEvents},
		Doc: rule.Doc{
			Title: "Scratch data on the node's disk has no limit",
			Why: "Shuffle and spill data go to an emptyDir on the node's disk. Without an ephemeral-storage request the scheduler can place more pods on a node than its disk holds. " +
				"When the disk is full, the kubelet first evicts pods that use more than they requested (\"exceeds its request of 0\"). Executors then fail with their shuffle data. " +
				"All pods that mount the same folder of the node share its files, and the files stay when the pods are deleted.",
			Remedy: "request ephemeral-storage in the pod template and set a sizeLimit on the emptyDir, or mount a PersistentVolumeClaim as volume spark-local-dir-1",
			Levels: "an error where pods were evicted for it, a warning where a folder of the node is mounted on /tmp or a scratch folder",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: LocalDirsFeatureStep.scala (an emptyDir without a sizeLimit)",
				"Kubernetes: local ephemeral storage, node-pressure eviction",
				"kubeflow/spark-operator issues 772, 1546; radanalyticsio/spark-operator issue 295",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			if p.Main() == nil || p.Submitted() {
				return
			}
			c, spec, shared := p.Main(), &p.Template().Spec, false
			for i := range c.VolumeMounts {
				m := &c.VolumeMounts[i]
				v := reading.Volume(spec, m.Name)
				if v == nil || v.HostPath == nil || m.ReadOnly || m.MountPath != "/tmp" && !scratchFolder(c, m.MountPath) {
					continue
				}
				shared = true
				p.Level(rule.Warning)
				p.Evidence("hostPath "+v.HostPath.Path+" on "+m.MountPath, "an emptyDir or a claim")
				p.Summary("change volume %s from hostPath to an emptyDir or a PersistentVolumeClaim", m.Name)
				p.Report(p.At("volumeMounts", strconv.Itoa(i)), "the node's %s is mounted on %s; pods on the node share it, and files of ended runs fill it", v.HostPath.Path, m.MountPath)
				p.Level(rule.Advice)
			}
			if evicted(p) {
				return
			}
			folder := onDisk(p, c, spec)
			if conf, known := p.Conf(); shared && folder == "" && known {
				folder = addedBySpark(p, conf, c)
			}
			_, asks := c.Resources.Requests[corev1.ResourceEphemeralStorage]
			_, bound := c.Resources.Limits[corev1.ResourceEphemeralStorage]
			if folder == "" || asks || bound {
				return
			}
			p.Evidence("no ephemeral-storage requested", "a request, and a sizeLimit")
			p.Summary("set resources.requests.ephemeral-storage of container %s", c.Name)
			p.Report(p.At("resources"), "the pod requests no disk for scratch data in %s; it is evicted when the node's disk is full", folder)
		}),
	}
}

// evicted tells of pods that the kubelet evicted for the disk that they used.
func evicted(p *rule.PodPass) (found bool) {
	_, _ = rule.Get(p, model.FactEvents) // pods that are gone left an Event
	for _, h := range reading.Happened(p, model.Evicted) {
		why, needed, remedy := "", "", ""
		switch h.Cause {
		case model.Disk:
			why, needed = "the node's disk was full", "a request that covers the scratch data"
			remedy = "set resources.requests.ephemeral-storage of container " + p.Main().Name
		case model.DiskLimit:
			why, needed = "it wrote more than its disk limit", "a limit above the scratch data"
			remedy = "raise sizeLimit of the emptyDir or resources.limits.ephemeral-storage"
		default:
			continue
		}
		found = true
		p.Level(rule.Error)
		p.Happened(h.Pods)
		p.Evidence(reading.Seen(&h, "Evicted"), needed)
		p.Summary("%s, or mount a PersistentVolumeClaim as volume spark-local-dir-1", remedy)
		p.Report(p.At("resources"), "%s %s evicted because %s; scratch data was lost", reading.Who(p, &h), reading.Was(&h), why)
	}
	return found
}

// scratchFolder says whether a path is a folder for scratch data, by what the container is told.
func scratchFolder(c *corev1.Container, path string) bool {
	dirs, _, _ := spark.EnvValue(c, "SPARK_LOCAL_DIRS")
	for _, dir := range strings.Split(dirs, ",") {
		if dir != "" && strings.TrimSuffix(dir, "/") == strings.TrimSuffix(path, "/") {
			return true
		}
	}
	return false
}

// onDisk is a folder of scratch data that is on the node's disk and has no bound; "" where there is none, or it cannot be
// told. A server's container writes into its own layer where nothing is mounted, and that is not judged.
func onDisk(p rule.Pass, c *corev1.Container, spec *corev1.PodSpec) string {
	dirs, literal, set := spark.EnvValue(c, "SPARK_LOCAL_DIRS")
	if !literal || !set && !reading.RunsAsShown(p) {
		return ""
	}
	for _, dir := range strings.Split(dirs, ",") {
		for i := range c.VolumeMounts {
			m := &c.VolumeMounts[i]
			if v := reading.Volume(spec, m.Name); dir != "" && m.MountPath == dir && v != nil && v.EmptyDir != nil && v.EmptyDir.Medium == "" && v.EmptyDir.SizeLimit == nil {
				return dir
			}
		}
	}
	return ""
}

// addedBySpark is the folder of the volume without a limit that Spark adds where the pod has none for scratch data; "" where it adds
// none, or one in memory. A pod that Spark will make does not show it, and nearly every application has it: it is told where scratch
// data goes to a folder of the node, too.
func addedBySpark(p *rule.PodPass, conf spark.Conf, c *corev1.Container) string {
	_, _, set := spark.EnvValue(c, "SPARK_LOCAL_DIRS")
	inMemory, _, _ := conf.Bool("spark.kubernetes.local.dirs.tmpfs")
	if set || inMemory || !p.Role().Job() || reading.ClientDriver(p) {
		return ""
	}
	for i := range c.VolumeMounts {
		if strings.HasPrefix(c.VolumeMounts[i].Name, "spark-local-dir-") {
			return ""
		}
	}
	if dirs, set := conf.Get("spark.local.dir"); set {
		folder, _, _ := strings.Cut(dirs, ",")
		return folder
	}
	return "/var/data"
}
