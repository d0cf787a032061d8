package performance

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// server is the subject as sizing looks at a server. What a rule does not declare it does not see.
func server(p rule.Pass) sizing.Server {
	s := sizing.Server{Role: p.Role(), Version: p.Version(), Container: p.Main(), Spec: &p.Template().Spec,
		Submitted: slices.Contains(reading.KubernetesLaunchers, p.Launcher())}
	_, s.ImageKnown = rule.Get(p, rule.FactImage)
	return s
}

// serverWithConf is server with the configuration and its files, for a rule that declares them.
func serverWithConf(p rule.Pass) sizing.Server {
	s := server(p)
	s.Version = reading.Version(p)
	s.Conf, _ = p.Conf()
	if files, known := rule.Get(p, rule.FactFiles); known {
		s.Files = files.Text
		if s.Files == nil {
			s.Files = map[string]string{}
		}
	}
	return s
}
