package monitoring

import (
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	exporterPart = "exporter"
	exporterJar  = "jmx_prometheus_javaagent"
	// exporterPort is the one that Prometheus' list of ports has for the JMX exporter.
	exporterPort = 9404
	exporterPath = "/metrics"
	// The exporter does not start without a file of configuration. An annotation of the pod holds it, so that no other object is needed.
	exporterVolume = "kubectl-spark-jmx-exporter"
	exporterFolder = "/etc/kubectl-spark-jmx-exporter"
	exporterFile   = "config.yaml"
	exporterKey    = "kubectl-spark.io/jmx-exporter"
	exporterConfig = "{}" // all that the JVM tells
)

func jmxExporter() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M030", Name: "jmx-exporter", Level: rule.Advice, Area: rule.Monitoring,
		Roles:     spark.Roles{spark.History},
		Launchers: spark.Launchers(func(t spark.Traits) bool { return t.ByHand }), // Stackable's operator adds an exporter of its own
		Uses:      []rule.Key{rule.FactImage, neighbour.FactMonitors},
		Doc: rule.Doc{
			Title: "Prometheus collects nothing from the History Server",
			Why: "A History Server counts no metrics and has no endpoint for Prometheus. With the JMX exporter as a Java agent, its JVM answers at a separate port: heap, garbage collection, threads, CPU. " +
				"The rule runs where prometheus.io annotations announce metrics, where a Prometheus object is found, or where the image is known to have the exporter. " +
				"kubectl spark images --learn finds its jar, or jmxExporter in annotation " + rule.ImageAnnotation + " names it. " +
				"Apache's images have no exporter. A JVM whose agent is missing does not start (SPK-M009), so fix adds the agent only where its path is known. " +
				"The exporter needs a file of configuration. fix takes it from annotation " + exporterKey + ", and {} collects everything. " +
				"Executors have no endpoint either: the driver's has their metrics (SPK-M006, SPK-M023).",
			Remedy:      "add the jar " + exporterJar + " to the image, give the server's JVM -javaagent:/PATH.jar=" + strconv.Itoa(exporterPort) + ":/CONFIG.yaml, and announce the port to Prometheus",
			Levels:      "a warning where annotations announce metrics that the server does not have",
			Since:       "0.1.0",
			Consequence: "its memory cannot be monitored",
			Sources: []string{
				"Spark: deploy/history of 3.5.9 and 4.3.0 makes no MetricsSystem",
				"seen with the exporter 1.0.1 and the History Server of 4.3.0: {} as configuration answers with the JVM's metrics, an empty file ends the JVM",
				"Prometheus: default port allocations: 9404 is the JMX exporter's",
			},
		},
		Parts: []rule.Part{
			{Name: exporterPart, Profile: rule.Standard, State: "the server has no endpoint for Prometheus", Says: "the image's JMX exporter as Java agent, where its path is known"},
			{Name: "annotations", Profile: rule.Standard, State: unnamed, Says: "`prometheus.io/*` annotations for the exporter's port"},
		},
		Ensure: rule.Pod(ensureExporter),
	}
}

func ensureExporter(p *rule.PodPass) {
	announced := p.Template().Annotations[scrapeKey] == "true"
	options := p.JVMOptions()
	if port, has := agentPort(options.Tokens); has {
		if port > 0 {
			announceExporter(p, port)
		}
		return
	}
	image, _ := p.Image()
	jar := image.JMXExporter
	if jar == spark.NoJar {
		jar = ""
	}
	switch {
	case announced && otherServes(p), !announced && jar == "" && !watched(p, image.JMXExporter):
		return
	case !options.Visible:
		p.NotKnown("all options of the JVM (%s or another agent may be among them)", exporterJar)
		return
	}
	if announced {
		p.Level(rule.Warning)
		p.Message("annotation %s announces metrics, but a History Server has none without a Java agent; Prometheus collects no metrics", scrapeKey)
	}
	addExporter(p, jar)
}

// watched says whether a Prometheus object is found. Where it is not known whether metrics are wanted, or could be had, that is said.
func watched(p *rule.PodPass, exporter string) bool {
	monitors, known := rule.Get(p, neighbour.FactMonitors)
	if known && monitors.Prometheus() == spark.Yes {
		return true
	}
	if exporter == "" && !reading.OfficialImage(p) {
		p.NotKnown("the jars of the image (kubectl spark images --learn)")
	} else if !known || monitors.Prometheus() == spark.Unknown {
		p.NotKnown("%s", neighbour.FactMonitors)
	}
	return false
}

// agentPort is the port of the JMX exporter among the options; 0 of another agent, which may serve metrics or not.
func agentPort(tokens []string) (port int32, has bool) {
	for _, token := range tokens {
		agent, is := strings.CutPrefix(token, agentOption)
		if !is {
			continue
		}
		has = true
		jar, arguments, _ := strings.Cut(agent, "=")
		if !strings.HasPrefix(path.Base(jar), exporterJar) {
			continue
		}
		fields := strings.Split(arguments, ":") // [HOST:]PORT:FILE
		if n, err := strconv.ParseInt(fields[max(0, len(fields)-2)], 10, 32); err == nil {
			return int32(n), true
		}
	}
	return 0, has
}

// announceExporter has the annotations name the exporter's port, and corrects those that name another one of the server.
func announceExporter(p *rule.PodPass, port int32) {
	own := p.Template().Annotations
	p.Summary("%s", annotating(port, exporterPath))
	if own[scrapeKey] != "true" {
		announce(p, port, exporterPath)
		return
	}
	if otherServes(p) || collected(p) {
		return
	}
	for _, of := range [][2]string{{portKey, strconv.Itoa(int(port))}, {pathKey, exporterPath}} {
		key, value := of[0], of[1]
		if own[key] != value && (key == portKey || own[key] != "") { // Prometheus asks for /metrics where no path is named
			p.Level(rule.Warning)
			p.Message("the annotations name another port or path than the JMX exporter's; Prometheus collects no metrics")
			p.Correct("annotations", annotation(key), value)
		}
	}
}

// otherServes says whether the announced port is one of another container, such as an exporter's.
func otherServes(p rule.Pass) bool {
	spec := &p.Template().Spec
	for _, c := range slices.Concat(spec.Containers, spec.InitContainers) {
		if c.Name != p.Main().Name && slices.ContainsFunc(c.Ports, func(port corev1.ContainerPort) bool {
			return strconv.Itoa(int(port.ContainerPort)) == p.Template().Annotations[portKey]
		}) {
			return true
		}
	}
	return false
}

// addExporter gives the JVM the agent, and the pod what that needs.
func addExporter(p *rule.PodPass, jar string) {
	if jar == "" {
		p.Summary("add %s (Maven, io.prometheus.jmx) to the image, and write its path into annotation %s: {jmxExporter: /PATH.jar}. Then run the command again", exporterJar+"-VERSION.jar", rule.ImageAnnotation)
		p.RefuseFor(exporterPart, p.At("image"), rule.ImageUnknown, "the image is not known to have the JMX exporter")
		return
	}
	option := agentOption + jar + "=" + strconv.Itoa(exporterPort) + ":" + exporterFolder + "/" + exporterFile
	announcing := annotating(exporterPort, exporterPath)
	if collected(p) {
		announcing = "name port " + strconv.Itoa(exporterPort) + " in the container's ports, for a PodMonitor (SPK-M007)"
	}
	p.Summary("write {} into a file, add %s to the variable %s with the path of that file. Then %s", option, spark.Channel(p.Role()), announcing)
	switch {
	case !reading.SparkEntrypoint(p):
		reading.RefuseCommand(p, exporterPart, p.At("command"))
	case mountOver(p, exporterFolder, exporterVolume):
		p.Refuse(exporterPart, p.At("volumeMounts"), rule.PathTaken)
	case mergeAll(p, exporterPart, option):
		p.Annotate(exporterPart, exporterKey, exporterConfig)
		p.AddVolume(exporterPart, corev1.Volume{Name: exporterVolume, VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{
			{Path: exporterFile, FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['" + exporterKey + "']"}},
		}}}})
		p.Mount(exporterPart, corev1.VolumeMount{Name: exporterVolume, MountPath: exporterFolder, ReadOnly: true})
		p.State("annotations", andUnnamed)
		announce(p, exporterPort, exporterPath)
	}
}

// mountOver says whether something else is mounted on a folder, in it or above it, or has the name of its volume.
func mountOver(p rule.Pass, folder, volume string) bool {
	return slices.ContainsFunc(p.Template().Spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume }) ||
		slices.ContainsFunc(p.Main().VolumeMounts, func(m corev1.VolumeMount) bool {
			at := path.Clean(m.MountPath)
			return strings.HasPrefix(folder+"/", strings.TrimSuffix(at, "/")+"/") || strings.HasPrefix(at, folder+"/")
		})
}
