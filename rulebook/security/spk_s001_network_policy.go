package security

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Parts of the rule: one a direction, and the policy that denies what no other allows.
const (
	ingressPart = "ingress"
	egressPart  = "egress"
	denyPart    = "defaultDeny"
)

func networkPolicy() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S001", Name: "network-policy", Level: rule.Advice, Area: rule.Security,
		About: neighbour.FactNetwork, Uses: []rule.Key{rule.FactConf, neighbour.FactNetwork, neighbour.FactServices},
		Doc: rule.Doc{
			Title: "No NetworkPolicy limits the pod's connections",
			Why: "Without a NetworkPolicy every pod of the cluster can connect to every other. Spark's ports ask for no password by default: " +
				"the driver's and the executors' ports serve the data of the job, and anyone who reaches a master can run code. " +
				"From 4.2 Spark creates a policy for the executors of each application, and none for the driver. " +
				"fix creates policies for connections to the pods. With the profile restricted it also creates policies for connections from them: to pods of the same application, " +
				"name servers, the API server (drivers), HTTPS, and the addresses in the configuration. Addresses that only the program knows, such as of a database, are not in the configuration. Add a policy for them. " +
				"Where the namespace has the annotation " + rule.WantAnnotation + "=SPK-S001/defaultDeny, it also creates policies that deny all other connections of all pods of the namespace: those to them, and with the profile restricted those from them. " +
				"A policy has an effect only where the cluster's network plugin enforces policies. The API does not tell whether it does. " +
				"The rule runs where the cluster was read, or where the files hold a NetworkPolicy of the namespace.",
			Remedy:      "create NetworkPolicies for drivers, executors and servers",
			Since:       "0.1.0",
			Consequence: "all are allowed, and Spark needs few",
			Sources: []string{
				"Kubernetes: NetworkPolicy: policies of one pod add up; a selector of pods alone means the policy's own namespace",
				"Spark: NetworkPolicyFeatureStep.scala (4.2), DriverServiceFeatureStep.scala; spark.blockManager.port is random by default, so pods of one application must reach all ports of each other",
				"apache/spark-kubernetes-operator pull request 787; kubeflow/spark-operator issue 1075",
			},
		},
		Parts: []rule.Part{
			{Name: ingressPart, Profile: rule.Standard, State: "no NetworkPolicy limits connections to the pod", Says: "NetworkPolicies for connections to the pods"},
			{Name: egressPart, Profile: rule.Restricted, State: "no NetworkPolicy limits connections from the pod", Says: "NetworkPolicies for connections from the pods"},
			{Name: denyPart, Profile: rule.ByWant, State: "no NetworkPolicy denies other connections", Says: "NetworkPolicies that deny all other connections of all pods of the namespace"},
		},
		Ensure: rule.Pod(ensurePolicies),
	}
}

func ensurePolicies(p *rule.PodPass) {
	network, _ := rule.Get(p, neighbour.FactNetwork)
	if p.Submitted() || p.Identity().Client { // the driver in client mode has no label by which its executors' policy could name it
		return
	}
	if why := network.Unread(); why != "" {
		p.NotKnown("%s", why)
		return
	}
	conf, known := p.Conf()
	w := policies{p: p, network: network, conf: conf, known: known, pool: poolOf(p, conf, network.Namespace())}
	in, out := w.ingress(), w.egress()
	for _, d := range []struct {
		direction networkingv1.PolicyType
		ready     bool
	}{{networkingv1.PolicyTypeIngress, in}, {networkingv1.PolicyTypeEgress, out}} {
		if d.ready && p.Wanted(denyPart) && !network.DeniesAll(d.direction) {
			o := companions.New(companions.PolicyDeny)
			o.Call(network.Namespace(), "default-deny-"+strings.ToLower(string(d.direction)), "all pods"+reading.InNamespace(network.Namespace()))
			o.Set([]any{string(d.direction)}, "spec", "policyTypes")
			w.want(denyPart, o)
		}
	}
	if len(w.wanted) > 0 {
		p.Summary("create NetworkPolicy %s", reading.Listed(w.wanted))
	}
}

// policies are those that one pod lacks.
type policies struct {
	p       *rule.PodPass
	network neighbour.Network
	conf    spark.Conf
	known   bool // conf
	pool    *pool
	wanted  []string
}

func (w *policies) want(part string, o *companion.Object) {
	w.wanted = append(w.wanted, o.ObjectName)
	w.p.Companion(part, o)
}

// ingress asks for the policy for connections to the pod. ready says that one allows what the pod needs, or will.
func (w *policies) ingress() (ready bool) {
	p := w.p
	ways, read := rule.Get(p, neighbour.FactServices)
	switch {
	case w.network.Limits(networkingv1.PolicyTypeIngress):
		return true
	case !p.Wanted(ingressPart):
		return false
	case w.pool.ofSpark(p, w.conf, w.known): // its own policy is made with the application
		return true
	case len(w.pool.selector) == 0:
		p.RefuseFor(ingressPart, labelsPath(), rule.NoSelector, "the pod has no label by which a NetworkPolicy could select it")
		return false
	case !read && w.network.Live():
		p.RefuseFor(ingressPart, labelsPath(), rule.AddrUnknown, "the Services were not read, and one may lead in from outside of the cluster")
		return false
	}
	w.want(ingressPart, w.pool.ingress(p))
	if o := w.pool.outside(ways); o != nil {
		w.want(ingressPart, o)
	}
	return true
}

// egress is ingress for connections from the pod.
func (w *policies) egress() (ready bool) {
	p := w.p
	if w.network.Limits(networkingv1.PolicyTypeEgress) || !p.Wanted(egressPart) {
		return w.network.Limits(networkingv1.PolicyTypeEgress)
	}
	if !w.network.Limits(networkingv1.PolicyTypeIngress) && p.Wanted(ingressPart) && !w.pool.ofSpark(p, w.conf, w.known) {
		p.State(egressPart, "none limits connections from it")
	}
	egress, err := w.pool.egress(p, w.conf, w.network)
	switch {
	case len(w.pool.selector) == 0:
		p.RefuseFor(egressPart, labelsPath(), rule.NoSelector, "the pod has no label by which a NetworkPolicy could select it")
		return false
	case !w.known && w.pool.spark && w.pool.role == spark.Driver: // executors connect to what it says, and the policy of the driver is for both
		p.RefuseFor(egressPart, labelsPath(), rule.ConfUnseen, "the configuration was not read, and it holds addresses that the pod connects to")
		return false
	case err != nil:
		p.RefuseFor(egressPart, labelsPath(), rule.AddrUnknown, err.Error())
		return false
	}
	w.want(egressPart, egress)
	for _, target := range connects(p, w.conf, w.network.Namespace()) {
		w.want(egressPart, w.pool.target(target))
	}
	return true
}

func labelsPath() rule.Path { return rule.Path{"metadata", "labels"} }

// keyExcluded lists classes that Spark leaves out when it makes a driver.
const keyExcluded = "spark.kubernetes.driver.pod.excludedFeatureSteps"

// ofSpark says that Spark creates the policy for connections to an executor: from 4.2, with every application.
func (one *pool) ofSpark(p rule.Pass, conf spark.Conf, known bool) bool {
	excluded, _ := conf.Get(keyExcluded)
	return p.Role() == spark.Executor && known && reading.From(p, 4, 2) && !strings.Contains(excluded, "NetworkPolicyFeatureStep")
}
