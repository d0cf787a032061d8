package carry

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// TestTheImageThatPodsRun: the configuration's for a pod that Spark is to make, its own for any other.
func TestTheImageThatPodsRun(t *testing.T) {
	conf := spark.Conf{"spark.kubernetes.container.image": {Value: "named"}}
	file, err := source.Open("worker.yaml", []byte(fixtures.WorkerSet))
	if err != nil {
		t.Fatal(err)
	}
	s := workload.Group(file.Docs)[0].Subjects[0]
	if got := launcher.Image(&s, conf); got != "apache/spark:3.5.6" {
		t.Errorf("a server runs %q", got)
	}
	s.Slot.Role = spark.Driver
	if got := launcher.Image(&s, conf) + " " + launcher.Image(&s, nil); got != "named apache/spark:3.5.6" {
		t.Errorf("a driver to be made runs %q", got)
	}
	s.Slot.Identity.Client = true
	if got := launcher.Image(&s, conf); got != "apache/spark:3.5.6" {
		t.Errorf("a driver in client mode runs %q", got)
	}
	s.Slot.Identity.Client = false
	if s.Live = true; launcher.Image(&s, conf) != "apache/spark:3.5.6" {
		t.Errorf("a live driver runs %q", launcher.Image(&s, conf))
	}
}
