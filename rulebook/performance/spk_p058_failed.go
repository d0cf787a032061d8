package performance

import (
	"fmt"
	"time"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// early is how long a driver runs at most that ends before its SparkContext starts, by what starting one takes.
const early = 20 * time.Second

func failedPods() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P058", Name: "failed", Level: rule.Error, Area: rule.Performance, Client: true,
		About: model.FactLife, Uses: []rule.Key{model.FactEvents},
		Doc: rule.Doc{
			Title: "A container failed, or cannot be started",
			Why: "A container ended with an error, was stopped from outside, or the kubelet could not create it: a volume that cannot be mounted, for example. A driver that fails within seconds and without executors usually fails before its SparkContext: " +
				"a missing main class or file, an invalid setting, an exception in the first lines. The status shows the exit code, and the container's last message where it wrote one.",
			Remedy: "read the log of the pod, and fix the error that it ends with",
			Levels: "a warning for executors, which Spark replaces, and for a container that runs again",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: container states, termination messages",
				"Spark: SparkExitCode.scala, ExecutorExitCode.scala",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			life, _ := rule.Get(p, model.FactLife)
			reported := len(life.Happenings) > 0
			if life.Delayed {
				_, _ = rule.Get(p, model.FactEvents) // they say what keeps a container from being created
			}
			for _, h := range life.Of(model.NotStarted, model.Failed, model.Stopped, model.Evicted) {
				if h.Kind == model.Evicted && (h.Cause == model.Disk || h.Cause == model.DiskLimit) && p.Main() != nil {
					continue // SPK-P027 tells it
				}
				level, does := rule.Error, "the application failed"
				switch role := reading.RoleOf(p, &h); {
				case role == spark.Executor:
					level, does = rule.Warning, "Spark starts new ones"
				case h.Again:
					level, does = rule.Warning, "it was restarted"
				case role.Server():
					does = "Kubernetes restarts it"
				case h.Kind == model.NotStarted && !h.Ended:
					does = "the application has not started"
				}
				p.Level(level)
				p.Pod().Happened(h.Pods)
				p.Summary("read the log: %s", reading.Log(&h))
				if order := moreOf[model.MemoryOf(h.Cause)]; order != "" {
					p.Summary("%s", order)
				}
				if h.Container == "" || h.Cause == "ContainerStatusUnknown" {
					p.Summary("find the cause in the pod's Events: %s", reading.Describe(&h)) // no container, no log
				}
				switch h.Kind {
				case model.NotStarted:
					p.Evidence(reading.Seen(&h, h.Cause), "")
					p.Summary("correct the cause that the pod's Events name: %s", reading.Describe(&h))
					report(p, &h, "container %s of %s cannot be created (%s); %s", h.Container, reading.Who(p, &h), h.Cause, does)
				case model.Evicted:
					p.Evidence(reading.Seen(&h, "Evicted"), "")
					p.Summary("set the pod's requests to the memory and disk that it uses, or use larger nodes")
					report(p, &h, "%s %s evicted by the node%s; %s", reading.Who(p, &h), reading.Was(&h), lowOn(&h), does)
				case model.Stopped:
					why, order := stoppedFor(&h)
					p.Evidence(reading.Seen(&h, stoppedAfter(&h)), "")
					p.Summary("find the cause in the pod's Events: %s", reading.Describe(&h))
					if order != "" {
						p.Summary("%s", order)
					}
					report(p, &h, "%s %s stopped %s; %s", reading.Who(p, &h), reading.Was(&h), why, does)
				default:
					p.Evidence(reading.Seen(&h, ranFor(&h)), "")
					if h.Role == spark.Driver && h.Example.Ran > 0 && h.Example.Ran < early && !life.Executors {
						does = "probably before its SparkContext started"
					}
					report(p, &h, "%s failed with %s; %s", reading.Who(p, &h), endedWith(&h), does)
				}
			}
			if r := life.Resource; r != nil && r.Verdict == model.HasFailed && !reported {
				p.Pod().Happened(0)
				p.Evidence(said(r), "")
				p.Summary("read the message in the resource's status, and the driver's log if it still exists")
				p.ReportOwner(rule.Path{"status"}, "the operator reports that the application failed (%s); its pods do not show why", r.State)
			}
		}),
	}
}

// moreOf are the remedies for an OutOfMemoryError of a memory that is not the heap. A larger heap leaves less for these.
var moreOf = map[string]string{
	model.Metaspace:    "raise -XX:MaxMetaspaceSize in the Java options, or remove it; a larger heap does not help",
	model.DirectMemory: "raise -XX:MaxDirectMemorySize in the Java options, and memoryOverhead by the same amount; a larger heap does not help",
	model.Threads:      "raise memoryOverhead, use fewer cores in each executor, and look at the node's limit of processes (podPidsLimit); a larger heap does not help",
	model.ArraySize:    "use more partitions, so that one row or block is smaller; a larger heap does not help",
}

// said is a state of an operator with its message.
func said(r *model.Resource) string {
	if r.Message == "" {
		return r.State
	}
	return r.State + ": " + r.Message
}

func lowOn(h *model.Happening) string {
	if h.Cause == "" {
		return ""
	}
	return ", which was low on " + h.Cause
}

func endedWith(h *model.Happening) string {
	if h.Cause == "" {
		return "no exit code"
	}
	return h.Cause
}

// ranFor is how long a container ran before it failed.
func ranFor(h *model.Happening) string {
	if h.Example.Ran == 0 {
		return endedWith(h)
	}
	return endedWith(h) + " after " + h.Example.Ran.Round(time.Second).String()
}

// stoppedFor is why Kubernetes stops a pod, by the reason of its condition DisruptionTarget, or of its status, and what keeps it from
// happening again; "" where the Events have to say it.
func stoppedFor(h *model.Happening) (why, order string) {
	switch h.Cause {
	case "":
		return "with SIGTERM, by a user, a controller or the node", ""
	case "PreemptionByScheduler":
		return "to make room for a pod of higher priority", "set priorityClassName in the pod template to a class of that priority, or add nodes"
	case "DeletionByTaintManager":
		return "because its node got a taint", "add a toleration for the taint, or keep such nodes away with a nodeSelector"
	case "EvictionByEvictionAPI":
		return "by an eviction request, as kubectl drain makes them", "drain nodes between runs, or protect the pod with a PodDisruptionBudget"
	case "DeletionByPodGC":
		return "because its node is gone", "select nodes that stay (nodeSelector), not spot nodes, and run it again"
	}
	return "by its node (" + h.Cause + ")", ""
}

func stoppedAfter(h *model.Happening) string {
	text := "stopped"
	if h.Example.ExitCode != 0 {
		text = fmt.Sprintf("exit code %d (SIGTERM)", h.Example.ExitCode)
	}
	if h.Example.Ran > 0 {
		text += " after " + h.Example.Ran.Round(time.Second).String()
	}
	return text
}
