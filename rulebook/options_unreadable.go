package rulebook

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// tellUnreadable speaks of options that Spark's launcher refuses as a whole.
func tellUnreadable(p *rule.Pass, s *optionSource) {
	daemon := p.Role() != spark.Executor && !readsConf(p.Role())
	switch {
	case s.broken && s.parsed && p.Role() != spark.Executor:
		p.Next()
		p.Level(rule.Error)
		p.Message("%s has a quote or a backslash that nothing closes; Spark's launcher refuses it and the %s does not start", s.name, p.Role())
		p.Summary("close the quote in %s", s.name)
		s.refuse(p, optionsPart, rule.Unreadable)
	case daemon && s.parsed && strings.Contains(s.text, "Xmx"):
		p.Next()
		p.Level(rule.Error)
		p.Message("%s holds Xmx, which Spark's launcher refuses: the %s does not start", s.name, p.Role())
		p.Summary("set SPARK_DAEMON_MEMORY instead")
		s.refuse(p, optionsPart, rule.NoExactForm)
	}
}
