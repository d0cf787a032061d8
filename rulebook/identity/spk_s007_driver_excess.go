package identity

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func driverExcess() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S007", Name: "driver-excess", Level: rule.Error, Area: rule.Security, Client: true,
		Roles: reading.Applications,
		Uses:  []rule.Key{neighbour.FactRights, neighbour.FactAccounts, rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "The driver's ServiceAccount has too many rights",
			Why: "Code in the driver has the rights of its ServiceAccount. With those of edit, admin or cluster-admin it can read every Secret, and run commands in pods of others. " +
				"Spark's own documentation binds edit. A driver needs rights on pods, configmaps, services and persistentvolumeclaims only, see " + rightsCode + ". " +
				"fix creates the ServiceAccount " + ownDriver + " with the Roles of " + rightsCode + ", and sets it. The old account and its bindings stay, because others may use them.",
			Remedy:  "bind the account to Roles with the rights of " + rightsCode + " only, or give the driver another account",
			Since:   "0.1.0",
			Sources: []string{"Spark: docs/running-on-kubernetes.md, RBAC, binds the ClusterRole edit", "Kubernetes: user-facing roles; RBAC good practices, privilege escalation risks"},
		},
		Parts:  []rule.Part{{Name: accountPart, Profile: rule.Safe, State: "the account has rights that no driver needs", Says: "a ServiceAccount for drivers, with the rights that Spark uses"}},
		Ensure: rule.Workload(ensureNoExcess),
	}
}

// excess is what an account can do by rights that no driver needs. Each of the rights is enough.
type excess struct {
	does   string
	rights []neighbour.Right
}

// everything stands for all the others.
var everything = excess{"do everything", []neighbour.Right{{Verb: "*", Group: "*", Resource: "*"}}}

var excesses = []excess{
	{"read Secrets", []neighbour.Right{{Verb: "get", Resource: "secrets"}, {Verb: "list", Resource: "secrets"}, {Verb: "watch", Resource: "secrets"}}},
	{"run commands in pods", []neighbour.Right{{Verb: "create", Resource: "pods/exec"}, {Verb: "get", Resource: "pods/exec"}, {Verb: "create", Resource: "pods/attach"}, {Verb: "get", Resource: "pods/attach"}}},
	{"act as other accounts", []neighbour.Right{{Verb: "create", Resource: "serviceaccounts/token"}, {Verb: "impersonate", Resource: "serviceaccounts"}}},
	{"give rights to others", []neighbour.Right{{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "rolebindings"}, {Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterrolebindings"}}},
}

func ensureNoExcess(p *rule.WorkloadPass) {
	conf, confKnown := p.Conf()
	if !reading.OnKubernetes(p, conf) || ownToken(conf) {
		return
	}
	name, key := accountOfDriver(p, conf, confKnown)
	if name == "" {
		if confKnown {
			reading.TellIncomplete(p, conf)
		}
		return
	}
	all, known := rule.Get(p, neighbour.FactRights)
	rights := all.Of(name)
	can, givers, unknown := tooMuch(rights)
	switch {
	case !known:
		p.NotKnown("%s", neighbour.FactRights)
		return
	case len(can) == 0:
		if unknown {
			p.NotKnown("all Roles and RoleBindings of ServiceAccount %s", name)
		}
		return
	}
	p.Message("ServiceAccount %s can %s (%s); code in the driver can do the same", name, reading.Listed(can), listed(givers))
	p.Evidence(listed(givers), "only the rights that Spark uses")
	p.Summary("set %s to an account that has only the rights that Spark uses", keyDriverAccount)
	if key == "" {
		if key = settingOfAccount(p, confKnown); key == "" {
			p.Summary("set serviceAccountName of the pod to an account that has only the rights that Spark uses")
		}
	}
	own := newOwnAccount(p, name, key)
	taken, _, _ := tooMuch(own.rights)
	switch {
	case name == "default":
		p.Cause("SPK-S005")
		own.refuse(rule.OwnAccount)
	case slices.ContainsFunc(givers, func(g neighbour.Giver) bool { return g.Group }), len(taken) > 0:
		p.Summary("remove the account, or the group that it is in, from %s", listed(givers))
		own.refuse(rule.OwnAccount)
	default:
		own.give()
	}
}

// tooMuch is what the account can do that no driver needs, and by which bindings. unknown says that there may be more.
func tooMuch(rights neighbour.Rights) (can []string, givers []neighbour.Giver, unknown bool) {
	for _, one := range append([]excess{everything}, excesses...) {
		has := false
		for _, right := range one.rights {
			switch rights.May(right) {
			case spark.Yes:
				has = true
			case spark.Unknown:
				unknown = true
			}
			for _, giver := range rights.Givers(right) {
				if !slices.Contains(givers, giver) {
					givers = append(givers, giver)
				}
			}
		}
		if has {
			can = append(can, one.does)
		}
		if has && one.does == everything.does {
			break
		}
	}
	return can, givers, unknown
}

// listed names bindings: RoleBinding spark to edit.
func listed(givers []neighbour.Giver) string {
	var names []string
	for _, g := range givers {
		names = append(names, g.Kind+" "+g.Name+" to "+g.Role)
	}
	return strings.Join(names, ", ")
}
