package monitoring

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func logAgentMissesNodes() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M016", Name: "log-agent-misses-nodes", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Executor},
		About: neighbour.FactLogAgents, Needs: []rule.Key{neighbour.FactNodes}, Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "No log agent runs on nodes that take the pods",
			Why: "Spark deletes an executor's pod when the executor ends (spark.kubernetes.executor.deleteOnTermination, true by default), and the kubelet deletes the pod's logs with it. " +
				"Only a log agent on the pod's node keeps them. An agent is a DaemonSet, and has no pod on a node with a taint that it does not tolerate. " +
				"Nodes for Spark often have taints, for example spot instances and nodes with GPUs. The logs of pods on such nodes are lost. " +
				"The kubelet keeps 10Mi in each of five files for a container, so the first lines of a long log are lost as well. " +
				"The rule checks known agents that mount the node's /var/log. A cluster without one is not reported, because a node may send logs by itself. " +
				"If yours has none, manifests/logs has Helm values for an agent on each node, and for Loki.",
			Remedy: "add the toleration to the agent's DaemonSet, or give the pods a node selector that keeps them on nodes with an agent",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: Config.scala KUBERNETES_DELETE_EXECUTORS; the kubelet removes /var/log/pods with the pod",
				"Kubernetes: DaemonSets, tolerations that the controller adds; taints and tolerations",
				"Kubernetes: containerLogMaxSize 10Mi and containerLogMaxFiles 5 are the kubelet's defaults",
			},
		},
		Inspect: rule.Pod(inspectLogAgents),
	}
}

func inspectLogAgents(p *rule.PodPass) {
	agents, _ := rule.Get(p, neighbour.FactLogAgents)
	nodes, _ := rule.Get(p, neighbour.FactNodes)
	conf, _ := p.Conf()
	spec := &p.Template().Spec
	ships := func(c corev1.Container) bool { return spark.CollectsLogs(c.Image) }
	if len(agents) == 0 || slices.ContainsFunc(spec.Containers, ships) || slices.ContainsFunc(spec.InitContainers, ships) {
		return
	}
	if kept, _ := conf.Get("spark.kubernetes.executor.deleteOnTermination"); p.Role() == spark.Executor && reading.IsFalse(kept) {
		return
	}
	taking := 0
	var missed []*neighbour.Node
	for i := range nodes {
		n := &nodes[i]
		runs := spec.NodeName == n.Name || spec.NodeName == "" && n.Takes(spec) && n.Labels[corev1.LabelOSStable] != "windows"
		if n.Assumed || !runs {
			continue
		}
		taking++
		if !slices.ContainsFunc(agents, func(a neighbour.LogAgent) bool { return a.Collects(n) }) {
			missed = append(missed, n)
		}
	}
	if len(missed) == 0 {
		return
	}
	agent, why, order := agents[0], "", "let it run there"
	if taint := agent.Untolerated(missed[0]); taint != nil {
		why = fmt.Sprintf(", taint %s", taint.ToString())
		order = fmt.Sprintf("add the toleration {key: %s, operator: Exists, effect: %s}", taint.Key, taint.Effect)
	}
	p.Evidence(fmt.Sprintf("no agent on %s%s", missed[0].Name, why), "an agent on each node")
	p.Summary("in DaemonSet %s/%s %s", agent.Namespace, agent.Name, order)
	if spec.NodeName != "" {
		p.Report(rule.Path{"spec", "nodeName"}, "log agent %s/%s does not run on the %s's node; its logs are lost with the pod", agent.Namespace, agent.Name, p.Role())
		return
	}
	p.Report(rule.Path{"spec", "tolerations"}, "log agent %s/%s runs on %d of %d nodes that take the %s; elsewhere logs are lost with the pod",
		agent.Namespace, agent.Name, taking-len(missed), taking, p.Role())
}
