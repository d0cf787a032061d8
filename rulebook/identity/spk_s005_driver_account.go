package identity

import (
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const keyDriverAccount = "spark.kubernetes.authenticate.driver.serviceAccountName"

func driverAccount() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S005", Name: "driver-account", Level: rule.Error, Area: rule.Security, Client: true,
		Roles: reading.Applications,
		Uses:  []rule.Key{rule.FactConf, neighbour.FactRights, neighbour.FactAccounts, rule.FactImage},
		Doc: rule.Doc{
			Title: "The driver uses the default ServiceAccount",
			Why: "A driver creates its executors with its pod's ServiceAccount, and Spark sets none by default. The default account has no rights, so the driver fails with 403. " +
				"If the default account has been given rights, every pod without its own account can create and delete pods too.",
			Remedy: "give the driver its own ServiceAccount and Role: " + keyDriverAccount + ", driver.serviceAccount of Kubeflow's resource, or serviceAccountName of the pod. fix creates the ServiceAccount " + ownDriver + " with the pull secrets of the default account and with the Roles of " + rightsCode + ", and sets it",
			Since:  "0.1.0",
			Sources: []string{"Spark: DriverKubernetesCredentialsFeatureStep.scala, KubernetesUtils.buildPodWithServiceAccount; docs/running-on-kubernetes.md, RBAC",
				"Kubernetes: ServiceAccount admission sets default"},
		},
		Parts:  []rule.Part{{Name: accountPart, Profile: rule.Safe, State: "the driver uses the default ServiceAccount", Says: "a ServiceAccount for drivers, with the rights that Spark uses"}},
		Ensure: rule.Workload(ensureDriverAccount),
	}
}

func ensureDriverAccount(p *rule.WorkloadPass) {
	conf, known := p.Conf()
	if !reading.OnKubernetes(p, conf) || ownToken(conf) {
		return
	}
	name, key := accountOfDriver(p, conf, known)
	switch {
	case name == "" && p.Launcher().Traits().OwnConnect && p.Role() == spark.Connect:
		p.NotKnown("the ServiceAccount that the operator sets")
	case name == "" && known:
		reading.TellIncomplete(p, conf)
	}
	if name != "default" {
		return
	}
	p.Message("the %s uses the default ServiceAccount; it cannot create executors (403), unless that account has a Role. "+
		"Then every pod without its own account has the same rights", reading.RoleName(p.Role()))
	p.Evidence("default", "a separate account")
	if key == "" {
		key = settingOfAccount(p, known)
	}
	if key != "" {
		p.Summary("set %s to a separate account whose Role allows creating executors", keyDriverAccount)
	} else {
		p.Summary("set serviceAccountName of the pod to a separate account whose Role allows creating executors")
	}
	own := newOwnAccount(p, name, key)
	own.give()
}

// settingOfAccount is the key that names the account of a pod which Spark makes by its configuration; "" where the pod's field decides.
func settingOfAccount(p *rule.WorkloadPass, known bool) string {
	if known && p.Role() == spark.Driver && !reading.ClientDriver(p) {
		return keyDriverAccount
	}
	return ""
}

// accountOfDriver is the account that the driver certainly runs as, and the key that says so, or that would where it is
// the configuration that says nothing. Both are empty where another source may decide.
func accountOfDriver(p rule.Pass, conf spark.Conf, known bool) (name, key string) {
	if set, is := conf.Get(keyDriverAccount); is && set != "" && !reading.RunsAsShown(p) {
		return set, keyDriverAccount
	}
	t := p.Template()
	if t != nil {
		name = t.Spec.ServiceAccountName
		if name == "" {
			name = t.Spec.DeprecatedServiceAccount
		}
	}
	switch {
	case name != "":
		return name, ""
	case p.Launcher().Traits().OwnConnect && p.Role() == spark.Connect && p.Identity().MainClass == "":
		return "", "" // what its operator fills in is not known
	case reading.RunsAsShown(p):
		return "default", ""
	case known && reading.ConfComplete(p, conf):
		return "default", keyDriverAccount
	}
	return "", ""
}

// ownToken says that the driver brings credentials of its own, so that its account does not matter.
func ownToken(conf spark.Conf) bool {
	for _, key := range [...]string{"oauthToken", "oauthTokenFile", "clientCertFile"} {
		for _, prefix := range [...]string{"spark.kubernetes.authenticate.driver.", "spark.kubernetes.authenticate.driver.mounted.", "spark.kubernetes.authenticate."} {
			if value, set := conf.Get(prefix + key); set && value != "" {
				return true
			}
		}
	}
	return false
}
