package identity

import (
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

const (
	tokenPart = "token"
	// tokenFolder is where Kubernetes mounts the token, and the client in Spark looks for it.
	tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount"
)

var automountPath = rule.Path{"spec", "automountServiceAccountToken"}

func driverToken() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S009", Name: "driver-token", Level: rule.Error, Area: rule.Security, Client: true,
		Roles: reading.Applications,
		Uses:  []rule.Key{rule.FactConf, neighbour.FactAccounts},
		Doc: rule.Doc{
			Title: "The driver's pod gets no token",
			Why: "A driver asks the API server for executors with the token of its ServiceAccount. The pod gets none if automountServiceAccountToken is false in the pod or in the account. " +
				"The API server then takes the driver for system:anonymous, and refuses it (403). The field of the pod comes before that of the account. " +
				"The account is judged only where the cluster was read, or where the files hold it.",
			Remedy: "set automountServiceAccountToken: true in the driver's pod template, so that other pods of the account still get none; executors need no token (SPK-S008)",
			Since:  "0.1.0",
			Sources: []string{"Kubernetes: configure-service-account.md, opt out of API credential automounting: the pod's field comes before the account's",
				"fabric8 kubernetes-client: Config.java reads " + tokenFolder + "/token"},
		},
		Parts:  []rule.Part{{Name: tokenPart, Profile: rule.Safe, State: "the driver's pod gets no token", Says: "`automountServiceAccountToken: true` in the driver's pod"}},
		Ensure: rule.Pod(ensureToken),
	}
}

func ensureToken(p *rule.PodPass) {
	conf, confKnown := p.Conf()
	if p.Main() == nil || !reading.OnKubernetes(p, conf) || ownToken(conf) || mountsToken(p) {
		return
	}
	spec := &p.Template().Spec
	switch says := spec.AutomountServiceAccountToken; {
	case says != nil && *says:
		return
	case says != nil:
		p.Message("the pod's automountServiceAccountToken is false; the %s gets no token and cannot create executors (403)", reading.RoleName(p.Role()))
	default:
		name, _ := accountOfDriver(p, conf, confKnown)
		accounts, read := rule.Get(p, neighbour.FactAccounts)
		account := accounts.Account(name)
		switch why := accounts.Why("ServiceAccount"); {
		case read && name == "" && confKnown:
			reading.TellIncomplete(p, conf)
			return
		case account == nil && why != "":
			p.NotKnown("the ServiceAccounts (%s)", why)
			return
		case account == nil || account.Automount == nil || *account.Automount:
			return
		}
		p.Message("automountServiceAccountToken of ServiceAccount %s is false; the %s gets no token and cannot create executors (403)", name, reading.RoleName(p.Role()))
	}
	p.Evidence("false", "true")
	p.Summary("set automountServiceAccountToken of the pod to true")
	p.Correct(tokenPart, automountPath, true)
}

// mountsToken says that the container is given a token by a volume that is written by hand.
func mountsToken(p rule.Pass) bool {
	for _, mount := range p.Main().VolumeMounts {
		if mount.MountPath == tokenFolder {
			return true
		}
	}
	return false
}
