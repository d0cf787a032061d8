package rulebook

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	images "github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/crd"
)

// facts puts what the case knows besides.
func (c *input) facts(f *rule.Facts) {
	if c.Image != nil {
		rule.Put(f, rule.FactImage, *c.Image)
	}
	if c.Read != nil {
		c.Read.Learned = c.Read.Sum != ""
		rule.Put(f, images.FactRead, *c.Read)
	}
	if c.Nodes > 0 {
		cpu := corev1.ResourceList{corev1.ResourceCPU: *resource.NewQuantity(c.Nodes, resource.DecimalSI)}
		rule.Put(f, neighbour.FactNodes, []neighbour.Node{{Capacity: cpu}})
	}
	if c.Logs != nil {
		rule.Put(f, neighbour.FactEventLogs, *c.Logs)
	}
	if c.Files != nil {
		rule.Put(f, rule.FactFiles, rule.Files{Text: c.Files, Whole: c.Whole})
	}
	if c.Exposures != nil {
		rule.Put(f, neighbour.FactServices, c.Exposures)
	}
	if c.Resource != nil {
		rule.Put(f, crd.FactSlips, slipsOf(c.Resource))
	}
	if c.Operator != nil {
		neighbour.PutOperator(f, *c.Operator)
	}
}
