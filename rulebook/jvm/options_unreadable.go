package jvm

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// tellUnreadable speaks of options that Spark's launcher refuses as a whole.
func tellUnreadable(p *rule.WorkloadPass, s *reading.OptionSource) {
	daemon := p.Role() != spark.Executor && !reading.ReadsConf(p.Role())
	switch {
	case s.Broken && s.Parsed && p.Role() != spark.Executor:
		p.Next()
		p.Level(rule.Error)
		p.Message("%s has an unclosed quote or backslash; Spark's launcher refuses it, and the %s does not start", s.Name, reading.RoleName(p.Role()))
		p.Summary("close the quote in %s", s.Name)
		s.Refuse(p, optionsPart, rule.Unreadable)
	case daemon && s.Parsed && strings.Contains(s.Text, "Xmx"):
		p.Next()
		p.Level(rule.Error)
		p.Message("%s contains -Xmx; Spark's launcher refuses it, and the %s does not start", s.Name, reading.RoleName(p.Role()))
		p.Summary("remove -Xmx from %s, and set the variable SPARK_DAEMON_MEMORY", s.Name)
		s.Refuse(p, optionsPart, rule.NoExactForm)
	}
}
