package security

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// pool are the pods that one policy selects, and those of the same application.
type pool struct {
	namespace, name, words string
	base                   string // the name of the application's policies that are for driver and executors both
	selector               map[string]string
	app                    map[string]string // what all pods of the application have; nil: all of the namespace's are meant
	role                   spark.Role
	spark                  bool // driver and executors, which Spark makes
}

// maxBase bounds the part of a policy's name that names the application.
const maxBase = 40

// appLabels name an application, and both its driver and its executors have them. The first that is there counts.
var appLabels = []string{"sparkoperator.k8s.io/scheduled-app-name", "sparkoperator.k8s.io/app-name", "spark.operator/spark-app-name", "app.kubernetes.io/instance", "app.kubernetes.io/name", "app"}

// poolOf are the pods like this one. Of an application they are told by a label that its driver and its executors share and that stays from
// run to run; without one they are all drivers, or executors, of the namespace. Executors have in spark-app-name what the
// program calls itself, and the driver what it was submitted as: that label does not serve.
func poolOf(p rule.Pass, conf spark.Conf, namespace string) *pool {
	one := &pool{namespace: namespace, role: p.Role(), spark: p.Role() == spark.Driver || p.Role() == spark.Executor || p.Template().Labels[spark.LabelApp] != ""}
	if !one.spark {
		one.selector = reading.SelectorOf(p)
		one.name = reading.ServerName(p.Role(), one.selector)
		one.base = one.name
		one.words = string(p.Role()) + " pods" + reading.InNamespace(namespace) + " with " + neighbour.Pairs(one.selector)
		return one
	}
	if one.role != spark.Executor {
		one.role = spark.Driver
	}
	one.base, one.name, one.words = "spark", "spark-"+string(one.role)+"s", string(one.role)+"s"+reading.InNamespace(namespace)
	if key, value := sharedLabel(p, conf); key != "" {
		one.app = map[string]string{key: value}
		slug := reading.Slug(value)
		one.base = strings.Trim(slug[:min(len(slug), maxBase)], "-")
		one.name = one.base + "-" + string(one.role)
		one.words += " with " + neighbour.Pairs(one.app)
	}
	one.selector = maps.Clone(one.app)
	if one.selector == nil {
		one.selector = map[string]string{}
	}
	one.selector[spark.LabelRole] = string(one.role)
	// A policy for all executors would open those of 4.2 and later, for which Spark makes a closer one.
	if version := p.Template().Labels[spark.LabelVersion]; one.app == nil && one.role == spark.Executor && version != "" {
		one.selector[spark.LabelVersion] = version
		one.name += "-" + reading.Slug(version)
		one.words = "executors of Spark " + version + reading.InNamespace(namespace)
	}
	return one
}

// sharedLabel is the label that the driver and the executors have both, in every run.
func sharedLabel(p rule.Pass, conf spark.Conf) (key, value string) {
	for _, key := range appLabels {
		driver, _ := conf.Get("spark.kubernetes.driver.label." + key)
		executor, _ := conf.Get("spark.kubernetes.executor.label." + key)
		own := p.Template().Labels[key]
		operators := strings.HasPrefix(key, "spark") // an operator gives it to both
		if own != "" && (operators || driver == own && executor == own) {
			return key, own
		}
	}
	return "", ""
}

// roles selects the pods of the application that have one of the roles.
func (one *pool) roles(roles ...spark.Role) *metav1.LabelSelector {
	s := &metav1.LabelSelector{MatchLabels: one.app}
	if len(roles) == 1 {
		s.MatchLabels = maps.Clone(one.app)
		if s.MatchLabels == nil {
			s.MatchLabels = map[string]string{}
		}
		s.MatchLabels[spark.LabelRole] = string(roles[0])
		return s
	}
	values := []string{}
	for _, role := range roles {
		values = append(values, string(role))
	}
	s.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: spark.LabelRole, Operator: metav1.LabelSelectorOpIn, Values: values}}
	return s
}

func peers(of ...*metav1.LabelSelector) (all []networkingv1.NetworkPolicyPeer) {
	for _, s := range of {
		all = append(all, networkingv1.NetworkPolicyPeer{PodSelector: s})
	}
	return all
}

// object is a policy for the pool's pods.
func (one *pool) object(manifest, end string) *companion.Object {
	o := companions.New(manifest)
	o.Call(one.namespace, one.name+"-"+end, one.words)
	o.Set(metav1.LabelSelector{MatchLabels: one.selector}, "spec", "podSelector")
	return o
}

// ingress is the policy for connections to the pods. Those of one application reach all ports of each other: most are random.
func (one *pool) ingress(p rule.Pass) *companion.Object {
	var rules []networkingv1.NetworkPolicyIngressRule
	from := func(ports []networkingv1.NetworkPolicyPort, of ...networkingv1.NetworkPolicyPeer) {
		rules = append(rules, networkingv1.NetworkPolicyIngressRule{Ports: ports, From: of})
	}
	all := &metav1.LabelSelector{}
	conf, _ := p.Conf()
	switch {
	case one.role == spark.Executor && one.app == nil: // a driver in client mode has no label of Spark
		from(nil, peers(all)...)
	case one.role == spark.Executor:
		from(nil, peers(one.roles(spark.Driver, spark.Executor))...)
	case one.spark:
		from(nil, peers(one.roles(spark.Executor))...)
		if p.Role() != spark.Driver { // a Connect or Thrift server that was submitted
			from(numbered(servedPorts(p)), peers(all)...)
		}
	case one.role == spark.Worker: // its own port and those of its executors are random
		from(nil, peers(all)...)
	case runsApplication(one.role) && !reading.OnKubernetes(p, conf): // its executors are in workers, whose labels are not known
		from(nil, peers(all)...)
	case runsApplication(one.role):
		from(nil, peers(&metav1.LabelSelector{MatchLabels: map[string]string{spark.LabelRole: string(spark.Executor)}})...)
		from(numbered(servedPorts(p)), peers(all)...)
	default:
		from(numbered(servedPorts(p)), peers(all)...)
	}
	if ports := one.metricsPorts(p); len(ports) > 0 {
		from(ports, networkingv1.NetworkPolicyPeer{NamespaceSelector: all, PodSelector: &metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app.kubernetes.io/name", Operator: metav1.LabelSelectorOpIn, Values: companions.Scrapers()}}}})
	}
	o := one.object(companions.PolicyIngress, "ingress")
	o.Set(rules, "spec", "ingress")
	return o
}

// servedPorts are where a server has its clients: what its container declares, and what its role listens on.
func servedPorts(p rule.Pass) (ports []int32) {
	c := p.Main()
	for i := range c.Ports {
		if proto := c.Ports[i].Protocol; proto == "" || proto == corev1.ProtocolTCP {
			ports = append(ports, c.Ports[i].ContainerPort)
		}
	}
	ports = append(ports, spark.ServicePort(c, p.Role()), spark.WebPort(c, p.Role()))
	ports = slices.DeleteFunc(ports, func(port int32) bool { return port == 0 })
	slices.Sort(ports)
	return slices.Compact(ports)
}

// metricsPorts are where a pod has its metrics. Those of Spark's own pods go by the names that it and operators give them: the
// policy is for several applications.
func (one *pool) metricsPorts(p rule.Pass) (ports []networkingv1.NetworkPolicyPort) {
	named := []string{"jmx-exporter"}
	if one.spark && one.role == spark.Driver {
		named = append([]string{spark.PortNameUI}, named...)
	}
	if one.spark {
		for _, name := range named {
			ports = append(ports, tcp(intstr.FromString(name)))
		}
		return ports
	}
	var numbers []int32
	for i := range p.Template().Spec.Containers {
		for _, port := range p.Template().Spec.Containers[i].Ports {
			if strings.Contains(port.Name, "metrics") || strings.Contains(port.Name, "jmx") || strings.Contains(port.Name, "prom") {
				numbers = append(numbers, port.ContainerPort)
			}
		}
	}
	if web := spark.WebPort(p.Main(), p.Role()); web != 0 && one.role != spark.History { // which has no metrics there
		numbers = append(numbers, web)
	}
	slices.Sort(numbers)
	return numbered(slices.Compact(numbers))
}

func tcp(port intstr.IntOrString) networkingv1.NetworkPolicyPort {
	protocol := corev1.ProtocolTCP
	return networkingv1.NetworkPolicyPort{Protocol: &protocol, Port: &port}
}

func numbered(numbers []int32) (ports []networkingv1.NetworkPolicyPort) {
	for _, number := range numbers {
		ports = append(ports, tcp(intstr.FromInt32(number)))
	}
	return ports
}

// outside is the policy for ports to which a Service or an Ingress leads from outside of the cluster; nil where none does. The addresses
// of load balancers and nodes are not known, so it names none.
func (one *pool) outside(ways []neighbour.Exposure) *companion.Object {
	var numbers []int32
	for _, way := range ways {
		if way.Outside {
			numbers = append(numbers, way.Port)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	slices.Sort(numbers)
	o := one.object(companions.PolicyIngress, "outside")
	o.Set([]networkingv1.NetworkPolicyIngressRule{{Ports: numbered(slices.Compact(numbers))}}, "spec", "ingress")
	return o
}

// egress is the policy for connections from the pods; an error says why it cannot be made.
func (one *pool) egress(p rule.Pass, conf spark.Conf, network neighbour.Network) (*companion.Object, error) {
	o := one.object(companions.PolicyEgress, "egress")
	rules, _ := o.Content["spec"].(map[string]any)["egress"].([]any)
	mates := &metav1.LabelSelector{}                               // a master and its workers, or a server's clients: they have no label in common
	if one.spark && (one.app != nil || one.role == spark.Driver) { // the driver of an executor may run in client mode, without a label
		mates = one.roles(spark.Driver, spark.Executor)
	}
	rules = append(rules, networkingv1.NetworkPolicyEgressRule{To: peers(mates)})
	if (one.spark && one.role == spark.Driver || runsApplication(one.role)) && reading.OnKubernetes(p, conf) {
		at, err := network.APIServer()
		if err != nil {
			return nil, err
		}
		for _, endpoints := range at {
			rules = append(rules, networkingv1.NetworkPolicyEgressRule{Ports: numbered(endpoints.Ports), To: blocks(endpoints.Addresses)})
		}
	}
	o.Set(rules, "spec", "egress")
	return o, nil
}

func blocks(addresses []netip.Addr) (all []networkingv1.NetworkPolicyPeer) {
	for _, address := range addresses {
		all = append(all, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: netip.PrefixFrom(address, address.BitLen()).String()}})
	}
	return all
}

// target is the policy for connections to one place. It is for driver and executors both.
func (one *pool) target(t target) *companion.Object {
	o := companions.New(companions.PolicyTarget)
	selector, who := metav1.LabelSelector{MatchLabels: one.selector}, one.words
	if one.spark {
		selector, who = *one.roles(spark.Driver, spark.Executor), "drivers and executors"+reading.InNamespace(one.namespace)
		if one.app != nil {
			who += " with " + neighbour.Pairs(one.app)
		}
	}
	o.Call(one.namespace, one.base+"-to-"+t.name(), "connections of "+who+" to "+t.words())
	o.Set(selector, "spec", "podSelector")
	o.Set([]networkingv1.NetworkPolicyEgressRule{t.rule()}, "spec", "egress")
	return o
}
