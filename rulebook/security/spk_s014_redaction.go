package security

import (
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
)

const (
	keyRedaction = "spark.redaction.regex"
	maxRedaction = 4096 // bytes of a pattern that is read
)

func redaction() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S014", Name: "redaction", Level: rule.Warning, Area: rule.Security, Client: true,
		Roles: reading.Applications,
		Needs: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The UI and the event log show a secret",
			Why: "Spark shows every setting in its UI and its event log, unless the key or value matches spark.redaction.regex. " +
				"The default matches secret, password, token and access key (credential from 4.0 on). " +
				"It does not match fs.azure.account.key, private keys or passwd. Every user of the UI or the event log can read them.",
			Remedy:      "extend spark.redaction.regex so that it matches the name of the setting; move the secret out of the configuration (SPK-S013); then create a new one, because the old one was shown",
			Since:       "0.1.0",
			Consequence: "the UI and the event log show the secret",
			Sources: []string{"Spark: Utils.scala redact, config/package.scala SECRET_REDACTION_PATTERN",
				"(?i)secret|password|token|access[.]key in 3.3.4, access[.]?key in 3.4.4 and 3.5.9, and |credential in 4.0.5 to 4.3.0 (read from each distribution)"},
		},
		Parts: []rule.Part{{Name: "regex", Profile: rule.Safe, State: "spark.redaction.regex misses a secret", Says: "`spark.redaction.regex` widened"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			pattern := reading.ValueOr(conf, keyRedaction, defaultRedaction(p.Version()))
			if len(pattern) > maxRedaction {
				return
			}
			shown, err := regexp.Compile(pattern)
			if err != nil {
				return // Java may read what Go does not
			}
			var missed []string
			for _, key := range conf.Keys() {
				if _, degree := secret.Of(key, conf[key].Value); degree == secret.Secret && !shown.MatchString(key) && !shown.MatchString(conf[key].Value) {
					missed = append(missed, key)
				}
			}
			if len(missed) == 0 {
				return
			}
			p.Message("%s does not hide %s; the UI and the event log show the secret", keyRedaction, strings.Join(missed, ", "))
			all := wider(pattern, shown, missed)
			p.Summary("set %s='%s'", keyRedaction, all)
			p.SetConf("regex", keyRedaction, all)
		}),
	}
}

// defaultRedaction is what Spark goes by where nothing is set; the widest of its line where the patch might decide.
func defaultRedaction(v spark.Version) string {
	switch {
	case !v.Known() || v.AtLeast(4, 0):
		return `(?i)secret|password|token|access[.]?key|credential`
	case v.AtLeast(3, 4):
		return `(?i)secret|password|token|access[.]?key`
	}
	return `(?i)secret|password|token|access[.]key`
}

// redactedNames are names of secrets that not each release's default matches, with a word of which each is.
var redactedNames = []struct{ pattern, word string }{
	{"passwd", "passwd"}, {"passphrase", "passphrase"}, {"credential", "credential"},
	{"account[.]?key", "account.key"}, {"private[.]?key", "private.key"}, {"api[._-]?key", "api_key"}, {"access[._-]?key", "access_key"},
}

// wider is the pattern with what it lacks: names of secrets in general, and the keys that even those miss.
func wider(pattern string, shown *regexp.Regexp, keys []string) string {
	var more []string
	for _, one := range redactedNames {
		if !shown.MatchString(one.word) {
			more = append(more, one.pattern)
		}
	}
	if more != nil {
		names := strings.Join(more, "|")
		if !strings.HasPrefix(pattern, "(?i)") { // else its flag holds for all that follows
			names = "(?i:" + names + ")"
		}
		pattern += "|" + names
		shown = regexp.MustCompile("(?i:" + names + ")")
	}
	for _, key := range keys {
		if more == nil || !shown.MatchString(key) {
			pattern += "|" + regexp.QuoteMeta(key)
		}
	}
	return pattern
}
