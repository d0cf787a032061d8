package performance

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func fitsNoNode() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P018", Name: "fits-no-node", Level: rule.Error, Area: rule.Performance, Client: true,
		Needs: []rule.Key{neighbour.FactNodes},
		Doc: rule.Doc{
			Title: "The pod fits on no node",
			Why: "The scheduler places a pod only on a node with enough allocatable resources, less those of DaemonSets. " +
				"Selectors, affinity and taints must also allow the node. A pod that fits on no node stays Pending, and the application waits forever.",
			Remedy: "request less than the largest node offers, correct selectors and tolerations, or add larger nodes",
			Levels: "a warning where an autoscaler manages nodes, because it may add a larger one",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: assigning pods to nodes, taints and tolerations; NodeResourcesFit of kube-scheduler",
				"kubeflow/spark-operator issues 787, 1060",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			nodes, _ := rule.Get(p, neighbour.FactNodes)
			if p.Main() == nil || p.Submitted() || p.Template().Spec.NodeName != "" {
				return
			}
			if len(nodes) == 0 {
				p.NotKnown("the nodes")
				return // a cluster that makes its nodes when they are asked for
			}
			spec := &p.Template().Spec
			open := slices.DeleteFunc(slices.Clone(nodes), func(n neighbour.Node) bool { return !n.Takes(spec) })
			if autoscaled(nodes) {
				p.Level(rule.Warning)
			}
			if len(open) == 0 {
				p.Summary("correct nodeSelector or affinity of the pod, or add tolerations for the nodes' taints")
				excluded := fmt.Sprintf("all %d nodes", len(nodes))
				if len(nodes) == 1 {
					excluded = "the only node"
				}
				p.Report(placement(spec), "nodeSelector, affinity and taints exclude %s; the %s's pod stays Pending", excluded, p.Role())
				return
			}
			asked := neighbour.Requests(spec)
			closest, short := open[0], neighbour.Short(open[0].Room, asked)
			for _, n := range open[1:] {
				if lacks := neighbour.Short(n.Room, asked); len(lacks) < len(short) || len(lacks) == len(short) && roomier(n, closest, short) {
					closest, short = n, lacks
				}
			}
			if len(short) == 0 {
				return
			}
			has, wants := closest.Room[short[0]], asked[short[0]]
			if has.IsZero() {
				p.Evidence(wants.String()+" "+string(short[0]), "a node that has it")
				p.Summary("add nodes with %[1]s, or remove resources.requests.%[1]s", short[0])
				p.Report(p.At("resources"), "the %s's pod requests %s, which no matching node has; the pod stays Pending", p.Role(), short[0])
				return
			}
			p.Evidence(wants.String()+" "+string(short[0]), "at most "+has.String())
			p.Summary("%s, or add larger nodes", lowering(p, p.Role(), "requests."+string(short[0]), "at most "+has.String()))
			p.Report(p.At("resources", "requests"), "the %s's pod requests %s %s, but the largest node, %q, offers %s; the pod stays Pending", p.Role(), wants.String(), short[0], closest.Name, has.String())
		}),
	}
}

// lowering is the order to lower a request or limit (requests.memory) of a role's pod to a bound, if one is known. Spark
// computes those of a job's pods from its settings.
func lowering(p rule.Pass, of spark.Role, what, bound string) string {
	settings := ""
	if of.Job() && !reading.ClientDriver(p) {
		role := string(of)
		settings = map[string]string{
			"requests.memory": "spark." + role + ".memory or spark." + role + ".memoryOverhead", "limits.memory": "spark." + role + ".memory or spark." + role + ".memoryOverhead",
			"requests.cpu": "spark.kubernetes." + role + ".request.cores", "limits.cpu": "spark.kubernetes." + role + ".limit.cores",
		}[what]
	}
	switch {
	case settings == "" && bound == "":
		return "lower resources." + what + " of the container"
	case settings == "":
		return "lower resources." + what + " of the container to " + bound
	case bound == "":
		return "lower " + settings
	}
	return "lower " + settings + " so that the pod requests " + bound
}

// roomier says whether one node has more of what the other lacks first.
func roomier(one, other neighbour.Node, short []corev1.ResourceName) bool {
	if len(short) == 0 {
		return false
	}
	a, b := one.Room[short[0]], other.Room[short[0]]
	return a.Cmp(b) > 0
}

// autoscaled says whether a node bears a mark of those that an autoscaler makes and removes.
func autoscaled(nodes []neighbour.Node) bool {
	marks := []string{"karpenter.sh/nodepool", "karpenter.sh/provisioner-name", "eks.amazonaws.com/nodegroup", "alpha.eksctl.io/nodegroup-name", "cloud.google.com/gke-nodepool", "kubernetes.azure.com/agentpool", "cluster-autoscaler"}
	return slices.ContainsFunc(nodes, func(n neighbour.Node) bool {
		for label := range n.Labels {
			if slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(label, mark) }) {
				return true
			}
		}
		return false
	})
}

// placement is the field that decides where the pod may run.
func placement(spec *corev1.PodSpec) rule.Path {
	switch {
	case len(spec.NodeSelector) > 0:
		return rule.Path{"spec", "nodeSelector"}
	case spec.Affinity != nil:
		return rule.Path{"spec", "affinity"}
	}
	return rule.Path{"spec", "tolerations"}
}
