package identity

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ownDriver is the ServiceAccount that fix gives the drivers of a namespace.
const ownDriver = "spark-driver"

// ownAccount gives a driver the account ownDriver instead of the one that it has: SPK-S005 and SPK-S007 ask for it. key is the setting
// that names the account; "" where only the pod's field does.
type ownAccount struct {
	p         *rule.WorkloadPass
	from, key string
	conf      spark.Conf
	rights    neighbour.Rights // of ownDriver
	objects   neighbour.Objects
}

func newOwnAccount(p *rule.WorkloadPass, from, key string) ownAccount {
	rights, _ := rule.Get(p, neighbour.FactRights)
	objects, _ := rule.Get(p, neighbour.FactAccounts)
	conf, _ := p.Conf()
	return ownAccount{p, from, key, conf, rights.Of(ownDriver), objects}
}

// refuse says why the account stays.
func (o *ownAccount) refuse(reason rule.Reason) {
	if o.key != "" {
		o.p.RefuseConf(accountPart, o.key, reason)
		return
	}
	o.p.Pod().Refuse(accountPart, accountPath, reason)
}

// give sets the account, and then asks for what does not exist of it, as a finding of its own.
func (o *ownAccount) give() {
	account, exists := o.objects.Account(o.from), o.objects.Has("ServiceAccount", ownDriver)
	switch {
	case account == nil && (o.from != "default" || exists == spark.Unknown):
		o.refuse(rule.AccountUnread)
		return
	case account != nil && len(account.Identity) > 0, cloudToken(o.p):
		o.p.Summary("give another ServiceAccount the rights in the cloud that %s has, and the rights that Spark uses, then set it", o.from)
		o.refuse(rule.CloudIdentity)
		return
	case !reading.Version(o.p).Known():
		o.refuse(rule.SparkUnknown)
		return
	case reading.ValueOr(o.conf, keyAllocator, "direct") != "direct":
		o.refuse(rule.RightsUnknown)
		return
	}
	if o.key != "" {
		o.p.SetConf(accountPart, keyDriverAccount, ownDriver)
	} else {
		o.p.Pod().Correct(accountPart, accountPath, ownDriver)
	}
	o.p.Next()
	if exists != spark.Yes {
		o.p.Message("ServiceAccount %s for drivers does not exist; the driver needs it in place of %s", ownDriver, o.from)
		o.p.Summary("create ServiceAccount %s, and give it the rights that Spark uses", ownDriver)
		o.p.Pod().Companion(accountPart, o.created(account))
	}
	roles := o.roles(exists != spark.Yes)
	if exists == spark.Yes && len(roles) > 0 {
		o.p.Message("ServiceAccount %s lacks rights that Spark uses; the driver needs them", ownDriver)
		o.p.Summary("give ServiceAccount %s the rights that Spark uses", ownDriver)
	}
	for _, name := range roles {
		o.p.Pod().Companion(accountPart, driverRole(o.rights, name))
		o.p.Pod().Companion(accountPart, driverBinding(o.rights, name))
	}
}

// created is the new account. It pulls images as the one before it does.
func (o *ownAccount) created(from *neighbour.Account) *companion.Object {
	namespace := o.objects.Namespace()
	account := companions.New(companions.DriverAccount)
	account.Mark = "SPK-S005"
	account.Call(namespace, ownDriver, "Spark drivers"+reading.InNamespace(namespace))
	if from != nil {
		pullAs(account, from)
	}
	return account
}

// pullAs gives a new account the pull secrets of another.
func pullAs(account *companion.Object, from *neighbour.Account) {
	var secrets []any
	for _, name := range from.PullSecrets {
		secrets = append(secrets, map[string]string{"name": name})
	}
	if len(secrets) > 0 {
		account.Set(secrets, "imagePullSecrets")
	}
}

// roles are those that the driver needs: all of them, or those whose rights the account has not.
func (o *ownAccount) roles(all bool) (names []string) {
	for _, needs := range [][]need{vital(o.p, o.conf), cleaning(o.p, o.conf), asked(o.p, o.conf)} {
		wanted := lacking(o.rights, needs).roles
		if all {
			wanted = nil
			for _, n := range needs {
				wanted = append(wanted, n.role)
			}
		}
		for _, name := range wanted {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
