package monitoring

import (
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func sidecarStays() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M028", Name: "sidecar-stays", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: spark.Roles{spark.Driver},
		Doc: rule.Doc{
			Title: "A sidecar keeps the driver's pod after the job",
			Why: "A pod ends when all its containers have ended. A log agent or proxy among the driver's containers never ends. The pod then stays Running after the job, and keeps its CPU and memory. " +
				"spark-submit, a Job and Airflow wait for the end of the pod, and wait forever. Kubeflow's operator looks at the driver's container, and only the pod stays. " +
				"A native sidecar is an init container with restartPolicy Always. The kubelet stops it after the other containers, and the pod ends. " +
				"The driver deletes an executor's pod, also with running sidecars. But from 4.0 on an executor counts as failed if a sidecar ends with an error " +
				"(spark.kubernetes.executor.checkAllContainers). Native sidecars do not count there.",
			Remedy: "move the container to initContainers, and add restartPolicy: Always to it",
			Levels: "a suggestion for a container whose program is unknown, because it may end by itself",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: pod lifecycle (phase), sidecar containers: on by default from 1.29 on",
				"Spark: LoggingPodStatusWatcher.scala waits for the phase Succeeded or Failed; ExecutorPodsSnapshot.scala toState",
				"seen: the default of spark.kubernetes.executor.checkAllContainers is false in 3.5.9 and true in 4.3.0",
				"Kubeflow: pkg/util/sparkapplication.go GetDriverState; issue 800",
				"Airflow: issue 67934",
				"Istio: release notes of 1.24 (sidecar.istio.io/nativeSidecar); native sidecars are the default from 1.27 on",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			if !p.Identity().Finite {
				return
			}
			containers := p.Template().Spec.Containers
			for i := range containers {
				c := &containers[i]
				if i == p.Identity().Container || spark.EndsByItself(c) {
					continue
				}
				at := rule.Path{"spec", "containers", strconv.Itoa(i)}
				p.Summary("move the container %q to initContainers, and add restartPolicy: Always to its fields: {name: %s, image: %s, restartPolicy: Always, ...}", c.Name, c.Name, c.Image)
				if ref, ok := spark.ParseReference(c.Image); ok && strings.HasSuffix(ref.Repository, "/proxyv2") {
					p.Summary("annotate the driver's pod with sidecar.istio.io/nativeSidecar: \"true\"; from Istio 1.24 on %q is then injected as a native sidecar", c.Name)
				}
				if spark.RunsForEver(c) {
					p.Report(at, "the container %q never ends; the driver's pod stays Running after the job", c.Name)
					continue
				}
				p.Level(rule.Advice)
				p.Report(at, "the container %q is not a native sidecar; the driver's pod stays Running until it ends", c.Name)
			}
		}),
	}
}
