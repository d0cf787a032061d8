package identity

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	keyExecutorAccount = "spark.kubernetes.authenticate.executor.serviceAccountName"
	executorAccount    = "spark-executor"
	accountPart        = "account"
)

func executorsAccount() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S008", Name: "executor-account", Level: rule.Advice, Area: rule.Security,
		Roles: spark.Roles{spark.Driver, spark.Executor}, Spark: spark.Range{Since: spark.Version{Major: 3, Minor: 1}},
		About: neighbour.FactAccounts, Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactConf, neighbour.FactAccounts},
		Doc: rule.Doc{
			Title: "Executors use the driver's ServiceAccount",
			Why: "Without a separate ServiceAccount, executors run as the driver's. Its token is mounted into their pods, so code in a task can create and delete pods. " +
				"Executors never ask the API server. fix creates the ServiceAccount " + executorAccount + ", which mounts no token, and sets it. " +
				"An account that the cloud gives rights to stays: executors would lose their access to data. " +
				"The rule runs where the cluster was read, or where the files hold a ServiceAccount of the namespace.",
			Remedy: "set " + keyExecutorAccount + " to a ServiceAccount without a Role, and with automountServiceAccountToken: false",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: ExecutorKubernetesCredentialsFeatureStep.scala: the template's account, then the executors' own key, then the driver's account (3.1)",
				"Kubernetes: a pod gets its account's token unless automountServiceAccountToken of the pod or of the account is false",
				"EKS, GKE and AKS: workload identity: the cloud names the ServiceAccount that it trusts",
			},
		},
		Parts:  []rule.Part{{Name: accountPart, Profile: rule.Standard, State: "executors run as the driver's ServiceAccount", Says: "a ServiceAccount for executors that mounts no token"}},
		Ensure: rule.Workload(ensureExecutorAccount),
	}
}

// ensureExecutorAccount judges the driver's settings, and the executor's pod where an operator makes its template.
func ensureExecutorAccount(p *rule.WorkloadPass) {
	conf, known := p.Conf()
	if !known || reading.ClientDriver(p) || !reading.OnKubernetes(p, conf) || ownToken(conf) || p.Launcher().Traits().OwnTemplates != (p.Role() == spark.Executor) {
		return
	}
	own, set := conf.Get(keyExecutorAccount)
	driver, key := accountOfDriver(p, conf, known)
	if p.Role() == spark.Executor {
		t := p.Template()
		if t == nil || p.Main() == nil {
			p.OfConf().NeedsPod()
			return
		}
		driver, _ = conf.Get(keyDriverAccount)
		key, own, set = keyDriverAccount, t.Spec.ServiceAccountName, true
		if own == "" {
			own = t.Spec.DeprecatedServiceAccount
		}
	}
	template, _ := conf.Get("spark.kubernetes.executor.podTemplateFile")
	switch {
	case set && own != driver:
		return
	case driver == "default": // SPK-S005 speaks of that
		return
	case !set && template != "":
		p.NotKnown("the ServiceAccount in the executors' pod template")
		return
	case driver == "":
		reading.TellIncomplete(p, conf)
		return
	}
	objects, _ := rule.Get(p, neighbour.FactAccounts)
	if why := objects.Why("ServiceAccount"); why != "" {
		p.NotKnown("the ServiceAccounts (%s)", why)
		return
	}
	account := objects.Account(driver)
	p.Message("executors run as the driver's ServiceAccount %s; code in a task can create and delete pods", driver)
	p.Evidence(driver, "a ServiceAccount without rights")
	p.Summary("set %s to a ServiceAccount that mounts no token", keyExecutorAccount)
	if _, has := conf.Get(keyExecutorAccount); has {
		key = keyExecutorAccount
	}
	switch {
	case account == nil:
		p.Summary("set %s to a ServiceAccount with the pull secrets and the rights in the cloud that %s has", keyExecutorAccount, driver)
		p.RefuseConf(accountPart, key, rule.AccountUnread)
		return
	case len(account.Identity) > 0 || cloudToken(p):
		p.Summary("give another ServiceAccount the rights in the cloud that %s has, then set %s to it", driver, keyExecutorAccount)
		p.RefuseConf(accountPart, key, rule.CloudIdentity)
		return
	}
	p.SetConf(accountPart, keyExecutorAccount, executorAccount)
	if objects.Has("ServiceAccount", executorAccount) == spark.Yes {
		return
	}
	p.Next()
	p.Message("ServiceAccount %s for executors does not exist; executors run as the driver's ServiceAccount %s", executorAccount, driver)
	o := companions.New(companions.ExecutorAccount)
	o.Call(objects.Namespace(), executorAccount, "executors"+reading.InNamespace(objects.Namespace()))
	pullAs(o, account)
	p.Summary("create %s, which mounts no token", o.Name())
	p.Pod().Companion(accountPart, o)
}

// cloudToken says that the driver's pod was given a token of the cloud for its account: by a webhook, which no annotation of the account shows.
func cloudToken(p rule.Pass) bool {
	c := p.Main()
	if c == nil {
		return false
	}
	for i := range c.Env {
		if name := c.Env[i].Name; strings.HasPrefix(name, "AWS_CONTAINER_CREDENTIALS_") || name == "AWS_WEB_IDENTITY_TOKEN_FILE" || name == "AZURE_FEDERATED_TOKEN_FILE" {
			return true
		}
	}
	return false
}
