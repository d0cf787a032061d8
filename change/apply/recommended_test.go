package apply

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestARecordKeepsWhatIsApplied: nothing that was refused, and no secret. That the next run cannot be predicted is said.
func TestARecordKeepsWhatIsApplied(t *testing.T) {
	w := &scene.Workload{Title: "n/etl"}
	changes := []spark.Change{{Key: "spark.executor.memory", Value: "4g"}, {Key: "spark.ssl.keyPassword", Value: "kP2v9QxWmZ7hunter2"}, {Key: "spark.executor.cores", Value: "4"}, {Key: "spark.a", Unset: true}}
	refused := []change.Refused{{Title: "n/etl", Key: "spark.executor.cores"}, {Title: "n/other", Key: "spark.executor.memory"}}
	one, notes := Recommended(w, changes, refused)
	if len(one.Settings) != 2 || one.Settings[0] != (Setting{Key: "spark.executor.memory", Value: "4g"}) || one.Settings[1] != (Setting{Key: "spark.a", Unset: true}) || one.Prediction != nil || notes != nil {
		t.Errorf("%+v, %q", one, notes)
	}
	w.Runs = []model.Logged{{}}
	if one, notes = Recommended(w, changes, refused); one.Prediction != nil || len(notes) != 1 || !strings.HasPrefix(notes[0], "n/etl: time and cost of the next run are not predicted: the log ends before the application did") {
		t.Errorf("%+v, %q", one, notes)
	}
}
