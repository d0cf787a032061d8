package performance

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func pending() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P038", Name: "pending", Level: rule.Warning, Area: rule.Performance, Client: true,
		About: model.FactLife, Uses: []rule.Key{neighbour.FactNodes},
		Doc: rule.Doc{
			Title: "Pods wait because no node takes them",
			Why: "The scheduler found no node for the pod and says why: too little CPU or memory, taints, selectors, or a claim without a volume. " +
				"Pending executors do no work, and Spark requests no others meanwhile. An application whose driver is pending has not started. " +
				"Of a cluster it is reported once a pod has waited for two minutes: nodes that the cluster adds take so long.",
			Remedy: "request less, use fewer executors, correct selectors and tolerations, or add nodes",
			Levels: "an error where a driver or a server waits",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: pod condition PodScheduled, reason Unschedulable; kube-scheduler FitError",
				"kubeflow/spark-operator issues 787, 1060, 1191",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			for _, h := range reading.Happened(p, model.Unschedulable) {
				p.Level(rule.Warning)
				does := "the application runs without " + map[bool]string{true: "it", false: "them"}[h.Pods == 1]
				if role := reading.RoleOf(p, &h); role == spark.Driver {
					p.Level(rule.Error)
					does = "the application has not started"
				} else if role.Server() {
					p.Level(rule.Error)
					does = "nothing can connect to it"
				}
				needed, order := fitting(p, &h)
				p.Pod().Happened(h.Pods)
				p.Evidence(reading.Seen(&h, "Unschedulable"), needed)
				p.Summary("%s", order)
				why := strings.NewReplacer(model.CauseSelectors, "nodeSelector or affinity", model.CauseClaims, "PersistentVolumeClaims").Replace(h.Cause)
				if why == "" {
					why = "see the scheduler's message"
				}
				report(p, &h, "%s %s pending (%s); %s", reading.Who(p, &h), map[bool]string{true: "is", false: "are"}[h.Pods == 1], why, does)
			}
		}),
	}
}

// fitting says what the scheduler would need to find a node, and what to do for it.
func fitting(p *rule.WorkloadPass, h *model.Happening) (needed, order string) {
	first, _, _ := strings.Cut(h.Cause, ", ")
	if name, is := strings.CutPrefix(first, model.Insufficient); is {
		return roomFor(p, h, corev1.ResourceName(name))
	}
	switch first {
	case model.CauseTaints:
		return "a node without such taints", "add tolerations for the nodes' taints, or remove the taints"
	case model.CauseSelectors:
		return "a node that the selector matches", "correct nodeSelector and affinity of the pod, or label nodes"
	case model.CauseClaims:
		return "a bound claim", "bind the pod's PersistentVolumeClaims: " + reading.Describe(h)
	}
	return "a node that takes the pod", "remove the cause that the scheduler names, or add nodes: " + reading.Describe(h)
}

// roomFor compares what the pod requests of a resource with what the largest node gives to pods.
func roomFor(p *rule.WorkloadPass, h *model.Happening, name corev1.ResourceName) (needed, order string) {
	needed, order = "a node with more "+string(name)+" free", lowering(p, reading.RoleOf(p, h), "requests."+string(name), "")+", or add nodes"
	nodes, known := rule.Get(p, neighbour.FactNodes)
	if !known || len(nodes) == 0 || !reading.OwnPods(p, h) {
		return needed, order
	}
	asked := neighbour.Requests(&p.Template().Spec)[name]
	most := resource.Quantity{}
	for _, n := range nodes {
		if room := n.Room[name]; n.Takes(&p.Template().Spec) && room.Cmp(most) > 0 {
			most = room
		}
	}
	switch {
	case most.IsZero():
		return needed, order
	case asked.Cmp(most) > 0:
		return "at most " + most.String() + " " + string(name), lowering(p, reading.RoleOf(p, h), "requests."+string(name), "at most "+most.String()) + ", or add larger nodes"
	case reading.RoleOf(p, h) == spark.Executor:
		return asked.String() + " " + string(name) + " free on a node", "lower spark.executor.instances, spark.executor.memory or spark.executor.cores, or add nodes"
	}
	return asked.String() + " " + string(name) + " free on a node", "wait until other pods end, or add nodes"
}
