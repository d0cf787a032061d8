package performance

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func oomKilled() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P001", Name: "oom-killed", Level: rule.Error, Area: rule.Performance, Client: true,
		About: model.FactLife, Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The kernel killed a container at its memory limit",
			Why: "A container that uses more memory than its limit is killed (exit code 137, OOMKilled). The heap has a bound, so memory outside of it has grown: " +
				"direct buffers, metaspace, thread stacks, Python. A killed driver ends the application. A killed executor loses its shuffle files, and its tasks run again.",
			Remedy: "raise spark.driver.memoryOverhead or spark.executor.memoryOverhead; raise the heap only if it was full",
			Levels: "a warning for exit code 137 without the reason OOMKilled: the process was killed, by the kernel or from outside",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: container states, reason OOMKilled; cgroup memory limits",
				"Spark: SPARK-40781 (exit code 137); kubeflow/spark-operator issues 766, 781, 1638, 2583",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			for _, h := range reading.Happened(p, model.OOMKilled, model.Killed) {
				role := reading.RoleOf(p, &h)
				p.Pod().Happened(h.Pods)
				p.Evidence(reading.Seen(&h, fmt.Sprintf("exit code %d, %s", h.Example.ExitCode, h.Example.Reason)), "more memory outside of the heap")
				switch {
				case h.Kind == model.Killed:
					p.Level(rule.Warning)
					p.Evidence(reading.Seen(&h, fmt.Sprintf("exit code %d", h.Example.ExitCode)), "")
					p.Summary("find the cause in the Events of the pod and its node: %s", reading.Describe(&h))
					report(p, &h, "%s %s killed with SIGKILL (exit code 137); the node was out of memory, or something stopped the pod", reading.Who(p, &h), reading.Was(&h))
				case !reading.IsSpark(p, &h):
					p.Evidence(reading.Seen(&h, "exit code 137, OOMKilled"), "")
					p.Summary("raise %s", limitSetting(&h))
					limit, restarts := otherContainer(p, &h)
					report(p, &h, "container %s of %s %s killed at its memory limit%s%s", h.Container, reading.Who(p, &h), reading.Was(&h), limit, restarts)
				case role.Server():
					p.Summary("raise resources.limits.memory of container %s", h.Container)
					report(p, &h, "%s %s killed at the memory limit%s; its clients lost their connections", reading.Who(p, &h), reading.Was(&h), limitOf(p, &h))
				default:
					p.Summary("%s", moreOverhead(p, &h))
					report(p, &h, "%s %s killed at the memory limit%s; %s", reading.Who(p, &h), reading.Was(&h), limitOf(p, &h), lost(p, &h))
				}
			}
		}),
	}
}

// report makes a finding of what happened: at the resources of the container where that is the subject's, else at what owns the pods.
func report(p *rule.WorkloadPass, h *model.Happening, format string, args ...any) {
	if p.Main() == nil {
		p.ReportOwner(rule.Path{"status"}, format, args...)
		return
	}
	p.Report(p.At("resources"), format, args...)
}

// lost says what the end of a job's pods means.
func lost(p rule.Pass, h *model.Happening) string {
	if reading.RoleOf(p, h) == "driver" {
		return "the application failed"
	}
	return reading.Its(h) + " tasks run again"
}

// limitOf is the memory limit at which a container was killed, in words; "" where it is not known.
func limitOf(p rule.Pass, h *model.Happening) string {
	if !reading.OwnPods(p, h) {
		return ""
	}
	if limit, _ := sizing.MemoryLimit(p.Main(), &p.Template().Spec); limit > 0 {
		return fmt.Sprintf(" of %dMi", limit)
	}
	return ""
}

// limitSetting is where the memory limit of a container stands that is not Spark's. Istio adds its own to the pods.
func limitSetting(h *model.Happening) string {
	if h.Container == "istio-proxy" {
		return "the memory limit of istio-proxy: Istio adds this container, so set the pod's annotation sidecar.istio.io/proxyMemoryLimit"
	}
	return "resources.limits.memory of container " + h.Container
}

// otherContainer is the memory limit of a container that is not Spark's, in words, and what became of it; "" for what is not known.
func otherContainer(p rule.Pass, h *model.Happening) (limit, then string) {
	if p.Template() == nil || reading.RoleOf(p, h) != p.Role() {
		return "", ""
	}
	spec := &p.Template().Spec
	for _, c := range spec.Containers {
		if c.Name != h.Container {
			continue
		}
		if memory := c.Resources.Limits.Memory(); !memory.IsZero() {
			limit = " of " + memory.String()
		}
		if spec.RestartPolicy == corev1.RestartPolicyNever {
			then = "; the pod runs on without it"
		}
	}
	return limit, then
}

// lessDirect is the remedy where an option of the JVM allows more direct memory than the overhead holds; "" where none does.
func lessDirect(p rule.Pass, key string) string {
	conf, known := p.Conf()
	if !known {
		return ""
	}
	pod, err := podOf(p, conf)
	if err != nil {
		return ""
	}
	option, need, over := pod.DirectOver()
	if !over {
		return ""
	}
	return fmt.Sprintf("lower %s, or set %s=%dm (now %dMi)", option, key, need.Asked(), pod.Overhead)
}

// moreOverhead is the setting that gives a job's container more memory outside of the heap: a quarter more than it has.
func moreOverhead(p rule.Pass, h *model.Happening) string {
	key := fmt.Sprintf("spark.%s.memoryOverhead", reading.RoleOf(p, h))
	if reading.OwnPods(p, h) && !reading.ClientDriver(p) {
		if text := lessDirect(p, key); text != "" {
			return text
		}
		limit, ofPod := sizing.MemoryLimit(p.Main(), &p.Template().Spec)
		if heap, known := reading.Heap(p); known && !ofPod && limit > heap {
			return fmt.Sprintf("set %s=%dm (now %dMi)", key, sizing.AfterKill(limit, heap), limit-heap)
		}
	}
	return "raise " + key
}
