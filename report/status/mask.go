package status

import (
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report"
)

// Mask hides secrets in what objects of a cluster say.
func Mask(s *installation.Status) {
	for i := range s.Problems {
		s.Problems[i] = report.Mask(s.Problems[i])
	}
	for i := range s.Missing {
		s.Missing[i].Reason = report.Mask(s.Missing[i].Reason)
	}
	for name, replica := range s.Server.Replicas {
		replica.Config = report.Mask(replica.Config)
		s.Server.Replicas[name] = replica
	}
	if s.Proof == nil {
		return
	}
	s.Proof.Gap = report.Mask(s.Proof.Gap)
	if s.Proof.Replica != nil {
		s.Proof.Replica.Trouble = report.Mask(s.Proof.Replica.Trouble)
	}
}
