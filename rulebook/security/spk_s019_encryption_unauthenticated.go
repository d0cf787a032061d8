package security

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

func encryptionUnauthenticated() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S019", Name: "encryption-unauthenticated", Level: rule.Error, Area: rule.Security, Client: true,
		Roles: reading.Applications, Launchers: reading.KubernetesLaunchers,
		Needs: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "Encryption is on without spark.authenticate",
			Why: "Spark derives the encryption key from the authentication secret. " +
				"SparkConf refuses spark.network.crypto.enabled or spark.authenticate.enableSaslEncryption without spark.authenticate. The driver fails when it creates its SparkContext. " +
				"spark.ssl.rpc.enabled needs no authentication, and does not help here.",
			Remedy:  "set spark.authenticate=true, or turn the encryption off",
			Since:   "0.1.0",
			Sources: []string{"Spark: SparkConf.scala validateSettings; called in 3.3.4, 3.4.4, 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0"},
		},
		Parts: []rule.Part{{Name: "authenticate", Profile: rule.Safe, State: "spark.authenticate is off", Says: "`spark.authenticate=true`"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			key := encryption(conf)
			if key == "" || !unauthenticated(p, conf) {
				return
			}
			p.Message("%s is on and spark.authenticate is off; the driver fails at start", key)
			p.Summary("set %s=true", keyAuthenticate)
			p.SetConf("authenticate", keyAuthenticate, "true")
		}),
	}
}
