package crd

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// FactSlips are the fields of a custom resource that are not taken as they are written; empty for what is none, or has been
// taken by an API server.
var FactSlips = rule.NewFact[[]FieldError]("the fields of the resource")

// Put says of an object what is wrong with its fields. Of a custom resource whose definition is not known nothing is said.
func (s *Schemas) Put(f *rule.Facts, apiVersion, kind string, raw []byte) {
	slips, known := s.Check(apiVersion, kind, raw)
	if group, _, custom := strings.Cut(apiVersion, "/"); known || !custom || !strings.Contains(group, ".") {
		rule.Put(f, FactSlips, slips)
	}
}
