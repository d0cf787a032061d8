package status

import (
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Mask hides secrets in what objects of a cluster say.
func Mask(s *installation.Status) {
	for i := range s.Problems {
		s.Problems[i] = mask.Message(s.Problems[i])
	}
	for i := range s.Missing {
		s.Missing[i].Reason = mask.Message(s.Missing[i].Reason)
	}
	for name, replica := range s.Server.Replicas {
		replica.Config = mask.Message(replica.Config)
		s.Server.Replicas[name] = replica
	}
	if s.Proof == nil {
		return
	}
	s.Proof.Gap = mask.Message(s.Proof.Gap)
	if s.Proof.Replica != nil {
		s.Proof.Replica.Trouble = mask.Message(s.Proof.Replica.Trouble)
	}
}
