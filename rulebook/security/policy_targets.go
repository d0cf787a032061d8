package security

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// target is one place that the configuration names, and to which the pods connect.
type target struct {
	namespace string     // of a Service of the cluster; "": none
	own       bool       // that namespace is the pods' own
	address   netip.Addr // of a host that is named by its address
	port      int32
}

const httpsPort = 443

// standardPorts are those of schemes where an address names none.
var standardPorts = map[string]int32{"http": 80, "https": httpsPort, "thrift": 9083, "hdfs": 8020, "webhdfs": 9870, "postgresql": 5432, "mysql": 3306, "mariadb": 3306, "sqlserver": 1433, "redis": 6379, "nessie": 19120}

// stores are schemes whose addresses name a bucket, and no host. Their hosts are reached by HTTPS.
var stores = []string{"s3", "s3a", "s3n", "gs", "abfs", "abfss", "wasb", "wasbs", "oss", "cosn", "obs"}

const keyS3Endpoint = "spark.hadoop.fs.s3a.endpoint"

var (
	uri    = regexp.MustCompile(`([a-z][a-z0-9+.-]*)://([^/\s;'"?#]+)`)
	listed = regexp.MustCompile(`,([a-z][a-z0-9+.-]*://)`) // the next address of a list
	// notReached begin keys whose addresses no pod connects to, or not by what they name.
	notReached = []string{"spark.master", "spark.kubernetes.", "spark.driver.host", "spark.driver.bindAddress", "spark.app.", "spark.ui.", "spark.org.apache.hadoop.yarn"}
)

// targetsOf are the places that a configuration names, each once, and HTTPS for object stores unless the store has an address of its own.
func targetsOf(conf spark.Conf, variables []corev1.EnvVar, namespace string) (all []target) {
	add := func(some ...target) {
		for _, t := range some {
			if !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	others := false // a store that is not reached by the address of S3
	for _, key := range conf.Keys() {
		if slices.ContainsFunc(notReached, func(begin string) bool { return strings.HasPrefix(key, begin) }) || key == keyS3Endpoint {
			continue
		}
		for _, found := range uri.FindAllStringSubmatch(listed.ReplaceAllString(conf[key].Value, " $1"), -1) {
			scheme := found[1]
			if slices.Contains(stores, scheme) {
				others = others || !strings.HasPrefix(scheme, "s3")
				continue
			}
			authority := found[2][strings.LastIndexByte(found[2], '@')+1:] // what stands before it is a name and a password
			for _, host := range strings.Split(authority, ",") {
				add(targetOf(host, standardPorts[scheme], namespace)...)
			}
		}
	}
	for _, variable := range variables { // of EKS Pod Identity, which sets it, and of the AWS SDK
		if variable.Name == "AWS_CONTAINER_CREDENTIALS_FULL_URI" || variable.Name == "AWS_ENDPOINT_URL" || variable.Name == "AWS_ENDPOINT_URL_S3" {
			for _, found := range uri.FindAllStringSubmatch(variable.Value, -1) {
				add(targetOf(found[2], standardPorts[found[1]], namespace)...)
			}
		}
	}
	endpoint, _ := conf.Get(keyS3Endpoint)
	store := storeOf(endpoint, reading.IsFalse(reading.ValueOr(conf, "spark.hadoop.fs.s3a.connection.ssl.enabled", "true")), namespace)
	if add(store...); len(store) == 0 || others {
		add(target{port: httpsPort})
	}
	slices.SortFunc(all, func(a, b target) int { return strings.Compare(a.name(), b.name()) })
	return all
}

// storeOf is the object store at an endpoint, with or without a scheme.
func storeOf(endpoint string, clear bool, namespace string) []target {
	if endpoint == "" {
		return nil
	}
	scheme, host, has := strings.Cut(endpoint, "://")
	if !has {
		scheme, host = "https", endpoint
		if clear {
			scheme = "http"
		}
	}
	host, _, _ = strings.Cut(host, "/")
	return targetOf(host, standardPorts[scheme], namespace)
}

// targetOf reads host, host:port or [address]:port. A host is a Service of the cluster where its name is NAME or NAME.NAMESPACE.svc or
// longer. NAME.NAMESPACE may be a host outside, too.
func targetOf(host string, port int32, namespace string) []target {
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		n, err := strconv.ParseUint(host[at+1:], 10, 16)
		if err != nil {
			return nil
		}
		host, port = host[:at], int32(n)
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if port == 0 || host == "" || host == "localhost" || strings.ContainsAny(host, "${}") {
		return nil
	}
	if address, err := netip.ParseAddr(host); err == nil {
		if address.IsLoopback() || address.IsUnspecified() {
			return nil
		}
		return []target{{address: address, port: port}}
	}
	words := strings.Split(host, ".")
	switch {
	case len(words) == 1:
		return []target{{own: true}}
	case len(words) >= 3 && words[2] == "svc":
		return []target{inCluster(words[1], namespace)}
	case len(words) == 2:
		return []target{inCluster(words[1], namespace), {port: port}}
	}
	return []target{{port: port}}
}

// inCluster is a Service of a namespace.
func inCluster(of, own string) target {
	if of == own {
		return target{own: true}
	}
	return target{namespace: of}
}

// name ends the name of the policy.
func (t target) name() string {
	switch {
	case t.own:
		return "own-namespace"
	case t.namespace != "":
		return "namespace-" + t.namespace
	case t.address.IsValid():
		return reading.Slug(t.address.String()) + "-" + strconv.Itoa(int(t.port))
	case t.port == httpsPort:
		return "https"
	}
	return "port-" + strconv.Itoa(int(t.port))
}

func (t target) words() string {
	switch {
	case t.own:
		return "pods of the own namespace"
	case t.namespace != "":
		return "pods of namespace " + t.namespace
	case t.address.IsValid():
		return netip.AddrPortFrom(t.address, uint16(t.port)).String()
	}
	return "port " + strconv.Itoa(int(t.port)) + " of every address"
}

// rule lets pods connect to the target. A policy sees the port of the pod and not that of the Service before it, so a Service's
// namespace is allowed with all its ports. The address of a host outside of the cluster is not known: its port is allowed everywhere.
func (t target) rule() networkingv1.NetworkPolicyEgressRule {
	switch {
	case t.own:
		return networkingv1.NetworkPolicyEgressRule{To: peers(&metav1.LabelSelector{})}
	case t.namespace != "":
		return networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: t.namespace}}}}}
	case t.address.IsValid():
		return networkingv1.NetworkPolicyEgressRule{Ports: numbered([]int32{t.port}), To: blocks([]netip.Addr{t.address})}
	}
	return networkingv1.NetworkPolicyEgressRule{Ports: numbered([]int32{t.port})}
}

// runsApplication says that a server is a driver: it asks for executors.
func runsApplication(role spark.Role) bool { return role == spark.Connect || role == spark.Thrift }

// connects are the places that the pod of a pass connects to.
func connects(p rule.Pass, conf spark.Conf, namespace string) []target {
	if p.Role() == spark.Master {
		return nil // it reads no data
	}
	return targetsOf(conf, p.Main().Env, namespace)
}
