package reading

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// Server is the subject as sizing looks at a server. What a rule does not declare it does not see.
func Server(p rule.Pass) sizing.Server {
	s := sizing.Server{Role: p.Role(), Version: p.Version(), Container: p.Main(), Spec: &p.Template().Spec,
		Submitted: slices.Contains(KubernetesLaunchers, p.Launcher())}
	_, s.ImageKnown = rule.Get(p, rule.FactImage)
	return s
}

// ServerWithConf is Server with the configuration and its files, for a rule that declares them.
func ServerWithConf(p rule.Pass) sizing.Server {
	s := Server(p)
	s.Version = Version(p)
	s.Conf, _ = p.Conf()
	if files, known := rule.Get(p, rule.FactFiles); known {
		s.Files = files.Text
		if s.Files == nil {
			s.Files = map[string]string{}
		}
	}
	return s
}
