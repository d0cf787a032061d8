package security

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	keyCrypto     = "spark.network.crypto.enabled"
	keyCipher     = "spark.network.crypto.cipher"
	keyAuthEngine = "spark.network.crypto.authEngineVersion"
	cipherGCM     = "AES/GCM/NoPadding"
	cipherDefault = "AES/CTR/NoPadding"
)

func rpcCipher() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S018", Name: "rpc-cipher", Level: rule.Warning, Area: rule.Security, Client: true,
		Roles: reading.Applications,
		Needs: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "Spark's encryption does not detect changed messages",
			Why: "spark.network.crypto uses AES/CTR by default in every release up to 4.3. AES/CTR keeps messages secret, but does not detect changed ones (CVE-2025-55039). " +
				"AES/GCM detects them. It exists from 3.4.4, 3.5.2 and 4.0.0 on and must be set. " +
				"authEngineVersion 1, also the default, uses the shared secret as the key. Version 2 derives the key from it.",
			Remedy:      "set spark.network.crypto.cipher=AES/GCM/NoPadding and spark.network.crypto.authEngineVersion=2; upgrade a Spark version without them",
			Levels:      "an error where the version has no cipher that detects changed messages, or does not support the configured one; a suggestion where only authEngineVersion is 1",
			Since:       "0.1.0",
			Consequence: "an attacker on the network can change messages",
			Sources: []string{"CVE-2025-55039", "Spark: TransportConf.java cipherTransformation and authEngineVersion, SPARK-47172",
				"AES/CTR and 1 are the defaults in 3.4.4 to 4.3.0 (read from each distribution); 3.3.4 knows no authEngineVersion",
				"3.4.4, 3.5.9 and 4.3.0 answer a call with both set, 3.3.4 ends the connection (TransportContext with AuthServerBootstrap)"},
		},
		Parts: []rule.Part{
			{Name: "cipher", Profile: rule.Safe, State: "the cipher does not detect changes", Says: "`spark.network.crypto.cipher=AES/GCM/NoPadding`"},
			{Name: "authEngine", Profile: rule.Safe, State: "the key is not derived", Says: "`spark.network.crypto.authEngineVersion=2`"},
		},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if !cryptoRuns(p, conf) {
				return
			}
			cipher := reading.ValueOr(conf, keyCipher, cipherDefault)
			engine := reading.ValueOr(conf, keyAuthEngine, "1")
			v := p.Version()
			known := reading.ExactVersion(p) || v.AtLeast(4, 0) || v.Known() && !v.AtLeast(3, 4)
			switch {
			case cipher == cipherGCM && engine == "1" && known && hasGCM(v):
				p.Level(rule.Advice)
				p.Message("spark.network.crypto.authEngineVersion 1 encrypts with the shared secret itself; version 2 derives a key from it")
				p.Evidence("authEngineVersion 1", "authEngineVersion 2")
				p.Summary("set %s=2", keyAuthEngine)
			case cipher == cipherGCM && known && !hasGCM(v):
				p.Level(rule.Error)
				p.Message("Spark %s does not support the cipher %s; no executor can connect to the driver", v, cipher)
				p.Evidence("Spark "+v.String(), "3.4.4, 3.5.2 or 4.0.0")
				p.Summary("upgrade Spark to 3.4.4, 3.5.2 or later, or remove %s", keyCipher)
				p.RefuseConf("cipher", keyCipher, rule.SparkTooOld)
				return
			case cipher == cipherGCM:
				return
			case known && !hasGCM(v):
				p.Level(rule.Error)
				p.Message("Spark %s encrypts with %s and has no cipher that detects changed messages (CVE-2025-55039); an attacker can change them", v, cipher)
				p.Evidence("Spark "+v.String(), "3.4.4, 3.5.2 or 4.0.0")
				p.Summary("upgrade Spark to 3.4.4, 3.5.2 or later, then set %s=%s", keyCipher, cipherGCM)
				p.RefuseConf("cipher", keyCipher, rule.SparkTooOld)
				return
			case !known:
				p.Message("Spark's connections use %s, which does not detect changed messages; an attacker on the network can change them", cipher)
				p.Summary("set %s=%s, which needs Spark 3.4.4, 3.5.2 or later", keyCipher, cipherGCM)
				p.RefuseConf("cipher", keyCipher, rule.SparkUnknown)
				return
			default:
				p.Message("Spark's connections use %s, which does not detect changed messages (CVE-2025-55039); an attacker on the network can change them", cipher)
				p.Evidence(cipher, cipherGCM)
				p.Summary("set %s=%s and %s=2 (a key derived from the secret)", keyCipher, cipherGCM, keyAuthEngine)
				p.SetConf("cipher", keyCipher, cipherGCM)
			}
			if engine == "1" {
				p.SetConf("authEngine", keyAuthEngine, "2")
			}
		}),
	}
}

// cryptoRuns says that AES encryption is on and is what protects the connections: from 4.0 on TLS takes its place where
// both are on, and without authentication nothing starts (SPK-S019).
func cryptoRuns(p rule.Pass, conf spark.Conf) bool {
	on, _, err := conf.Bool(keyCrypto)
	if err != nil || !on {
		return false
	}
	if authenticated, _, err := conf.Bool(keyAuthenticate); err != nil || !authenticated {
		return false
	}
	tls, _, err := conf.Bool("spark.ssl.rpc.enabled")
	old := p.Version().Known() && !p.Version().AtLeast(4, 0)
	return old || err == nil && !tls
}

// hasGCM says whether the version knows AES/GCM for its connections.
func hasGCM(v spark.Version) bool {
	switch {
	case v.AtLeast(4, 0):
		return true
	case v.AtLeast(3, 5):
		return v.Patch >= 2
	}
	return v.AtLeast(3, 4) && v.Patch >= 4
}
