package security

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const keyAuthenticate = "spark.authenticate"

func authenticate() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S016", Name: "authenticate", Level: rule.Advice, Area: rule.Security, Client: true,
		Roles: reading.Applications, Launchers: reading.KubernetesLaunchers,
		Needs: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "Spark's connections are not authenticated",
			Why: "Without spark.authenticate any pod that reaches the ports of driver or executors can register as an executor. It then receives code and data, and can read and write blocks. " +
				"On Kubernetes Spark creates a new secret for each application, so nothing has to be distributed. Apache's operator sets it by default.",
			Remedy:      "set spark.authenticate=true",
			Since:       "0.1.0",
			Consequence: "any pod that reaches the driver's RPC port can act as an executor",
			Sources:     []string{"Spark: SecurityManager.scala initializeAuth, docs/security.md", "the default is false in 3.3.4 to 4.3.0 (Network.scala NETWORK_AUTH_ENABLED, read from each distribution)"},
		},
		Parts: []rule.Part{{Name: "authenticate", Profile: rule.Safe, State: "spark.authenticate is off", Says: "`spark.authenticate=true`"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if v := p.Version(); v.Known() && !v.AtLeast(3, 0) {
				return // on Kubernetes a driver before 3.0 does not start with it
			}
			if encryption(conf) != "" || !unauthenticated(p, conf) { // the former does not even start: SPK-S019
				return
			}
			p.SetConf("authenticate", keyAuthenticate, "true")
		}),
	}
}

// unauthenticated says for certain that an application on Kubernetes runs without spark.authenticate.
func unauthenticated(p rule.Pass, conf spark.Conf) bool {
	on, set, err := conf.Bool(keyAuthenticate)
	if err != nil || on || !reading.OnKubernetes(p, conf) {
		return false
	}
	if !set && !reading.ConfComplete(p, conf) {
		reading.TellIncomplete(p, conf)
		return false
	}
	return true
}

// encryption is the key by which the configuration switches on encryption that needs authentication; "" where none does.
func encryption(conf spark.Conf) string {
	for _, key := range [...]string{keyCrypto, "spark.authenticate.enableSaslEncryption"} {
		if on, _, err := conf.Bool(key); err == nil && on {
			return key
		}
	}
	return ""
}
