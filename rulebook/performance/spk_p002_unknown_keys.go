package performance

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func unknownKeys() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P002", Name: "unknown-keys", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift, spark.Master, spark.Worker, spark.History},
		Each:  true, Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "Spark ignores a misspelt or removed key",
			Why: "Spark accepts every key that begins with spark. It ignores unknown keys silently, so the setting has no effect. " +
				"A key is reported only if no supported Spark line has it. It must also be a misspelt, misplaced or removed key of this version. " +
				"A byte order mark at the start of a file makes its first key unknown. A control character in a key does the same. " +
				"Spark drops keys that do not begin with spark., and spark-submit warns of them. " +
				"Other keys of libraries and companies are not reported.",
			Remedy: "write the correct key, or remove it",
			Levels: "a warning for a removed key without a replacement, and for one that does not begin with spark.; a suggestion for an old name that this version still reads",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.3.4, 3.4.4, 3.5.9, 4.0.5, 4.1.4, 4.2.1, 4.3.0: ConfigEntry.knownConfigs and text constants of their jars (test/catalogue)",
				"Spark: SparkConf.scala deprecatedConfigs, configsWithAlternatives; SQLConf.scala removedSQLConfigs",
				"Spark 3.5.9, run with a byte order mark: \"Ignoring non-Spark config property\"",
				"Spark: SparkSubmitArguments.scala ignoreNonSparkProperties",
				"Spark 3.5.9 and 4.3.0 started with such keys: a retired SQL key ends the session, the others are ignored",
			},
		},
		Parts: []rule.Part{{Name: "key", Profile: rule.Safe, State: "a key is unknown", Says: "no key that Spark ignores"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			known, err := keys.New()
			if err != nil {
				panic(err) // generated data that its own test has read
			}
			version := reading.Version(p)
			noteUnknownLine(p, known, version)
			for _, key := range conf.Keys() {
				if message, remedy := keys.Garbled(key); message != "" {
					p.Next()
					p.Message("%s", message)
					p.Summary("%s", remedy)
					p.RefuseConf("key", key, rule.NoExactForm)
					continue
				}
				if !strings.HasPrefix(key, "spark.") && !strings.HasPrefix(key, "\ufeff") { // a comment behind a byte order mark is none
					p.Next()
					tellForeign(p, known, key)
					continue
				}
				if v := known.Look(key, version); v.Kind != keys.Fine && !(v.Kind == keys.Refused && conf[key].Value == v.Passes) {
					p.Next()
					tellKey(p, known, key, v)
				}
			}
		}),
	}
}

// tellForeign words a finding of a key without Spark's prefix: spark-submit drops it and warns.
func tellForeign(p *rule.ConfPass, known *keys.Catalogue, key string) {
	to := "spark." + key
	if len(key) > len("spark.") && strings.EqualFold(key[:len("spark.")], "spark.") {
		to = "spark." + key[len("spark."):]
	}
	switch {
	case strings.HasPrefix(key, "-"):
		p.Message("%s is an option of spark-submit; in a configuration Spark ignores the line", key)
		p.Summary("write the line as KEY VALUE, without %s", key)
		p.RefuseConf("key", key, rule.NoExactForm)
	case known.Reads(to, reading.Version(p)):
		p.Message("%s is not a Spark key and is ignored; did you mean %s?", key, to)
		moveKey(p, known, key, to)
	default:
		p.Level(rule.Warning)
		p.Message("%s does not begin with spark. and is ignored", key)
		p.Summary("remove %s; for a setting of Hadoop write spark.hadoop.%s", key, key)
		p.RefuseConf("key", key, rule.NoExactForm)
	}
}

// noteUnknownLine says that the settings of a version are not known, where they are not.
func noteUnknownLine(p interface{ NotKnown(string, ...any) }, known *keys.Catalogue, version spark.Version) {
	if lines, lacks := known.Lacks(version); lacks {
		p.NotKnown("to know the settings of Spark %s (known are those of %s)", version.Line(), lines)
	}
}

// tellKey words one finding and calls its verb.
func tellKey(p *rule.ConfPass, known *keys.Catalogue, key string, v keys.Verdict) {
	gone := "Spark removed " + key + " in " + v.Since
	switch v.Kind {
	case keys.Misspelt:
		p.Message("%s is not a Spark key and is ignored; did you mean %s?", key, v.To)
	case keys.Leaving:
		p.Level(rule.Advice)
		p.Message("%s is a former name of %s; Spark %s and later ignore it", key, v.To, v.Since)
	case keys.Refused:
		p.Message("%s; no SQL session starts unless its value is %q", gone, v.Passes)
	default:
		if v.To == "" {
			p.Level(rule.Warning)
			p.Message("%s and ignores it", gone)
		} else {
			p.Message("%s and ignores it; %s replaced it", gone, v.To)
		}
	}
	if v.Same {
		moveKey(p, known, key, v.To)
		return
	}
	p.Summary("remove %s", key)
	if v.To != "" {
		p.Summary("remove %s; Spark has %s instead", key, v.To)
	}
	p.UnsetConf("key", key)
}

// moveKey brings what stands under a key that Spark ignores to the one that was meant, as tune reads it too.
func moveKey(p *rule.ConfPass, known *keys.Catalogue, key, to string) {
	conf, _ := p.Conf() // as the findings before this one leave it
	slip := sizing.Slipped(memoryOf(p, conf), key, to)
	old, set := conf.Get(to)
	p.Summary("rename %s to %s", key, to)
	if expects, refused := known.Refuses(spark.Conf{to: conf[key]}, to, reading.Version(p)); refused && !slip.Factor {
		p.Summary("rename %s to %s, and set it to %s", key, to, expects)
		p.RefuseConf("key", key, rule.Unreadable)
		return
	}
	switch {
	case slip.Reserves > 0:
		p.Summary("remove %s; Spark reserves %dMi without it", key, slip.Reserves)
		p.UnsetConf("key", key)
		return
	case slip.Value == "" || !set && !slip.Factor:
		if set {
			p.Summary("remove %s; %s is set already", key, to)
		}
		p.RenameConf("key", key, to)
		return
	case slip.Factor:
		p.Summary("replace it with %s=%s; %s is a factor, not a size", to, slip.Value, conf[key].Value)
	default:
		p.Summary("replace it with %s=%s; %s=%s, which is set too, is less than Spark reserves by default", to, slip.Value, to, old)
	}
	p.UnsetConf("key", key)
	p.SetConf("key", to, slip.Value)
}
