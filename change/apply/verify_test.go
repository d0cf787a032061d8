package apply

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// TestARunIsComparedWithThePrediction: with the interval of the time, the same for the cost, and only where it had the same executors.
func TestARunIsComparedWithThePrediction(t *testing.T) {
	w := Workload{Name: "n/etl", Prediction: &Prediction{Executors: 2, Cores: 4, Seconds: 100, Low: 90, High: 120, GiBHours: 2, Open: []string{"spark.sql.shuffle.partitions"}}}
	unbounded := w
	unbounded.Prediction = &Prediction{Executors: 2, Cores: 4, Seconds: 100, Low: 90}
	dynamic := w
	dynamic.Prediction = &Prediction{Executors: 8, Dynamic: true, Cores: 4, Seconds: 100, Low: 90, High: 120, GiBHours: 2}
	for name, c := range map[string]struct {
		w          Workload
		run        Run
		time, cost Verdict
		says       string
	}{
		"as predicted":     {w, Run{Seconds: 119, GiBHours: 1.9, Executors: 2, Cores: 4}, AsPredicted, AsPredicted, "100.0 s (90.0–120.0) with 2 executors of 4 cores"},
		"longer":           {w, Run{Seconds: 121, GiBHours: 2.5, Executors: 2, Cores: 4}, Different, Different, "the prediction leaves out spark.sql.shuffle.partitions"},
		"shorter, dearer":  {w, Run{Seconds: 89, GiBHours: 2.41, Executors: 2, Cores: 4}, Better, Different, "2 GiB·h (1.8–2.4)"},
		"better":           {w, Run{Seconds: 89, GiBHours: 1.7, Executors: 2, Cores: 4}, Better, Better, "the prediction leaves out spark.sql.shuffle.partitions"},
		"shorter than all": {dynamic, Run{Seconds: 89, GiBHours: 1.7, Executors: 8, Cores: 4}, Different, Different, "100.0 s"},
		"others":           {w, Run{Seconds: 100, GiBHours: 2, Executors: 1, Cores: 4}, NotRead, NotRead, "the run had 1 executor of 4 cores"},
		"other cores":      {w, Run{Seconds: 100, GiBHours: 2, Executors: 2, Cores: 1}, NotRead, NotRead, "the run had 2 executors of 1 core"},
		"still runs":       {w, Run{Executors: 2, Cores: 4}, NotRead, NotRead, "the run has not ended"},
		"without memory":   {w, Run{Seconds: 100, Executors: 2, Cores: 4}, AsPredicted, NotRead, "the memory of the pods is not known"},
		"no upper bound":   {unbounded, Run{Seconds: 900, GiBHours: 9, Executors: 2, Cores: 4}, AsPredicted, NotRead, "at least 90.0"},
		"fewer come":       {dynamic, Run{Seconds: 100, GiBHours: 2, Executors: 5, Cores: 4}, AsPredicted, AsPredicted, "8 executors"},
		"more than it may": {dynamic, Run{Seconds: 100, GiBHours: 2, Executors: 9, Cores: 4}, NotRead, NotRead, "9 executors"},
	} {
		all := c.w.Verify(c.run).Compared
		if len(all) != 2 || all[0].Verdict != c.time || all[1].Verdict != c.cost {
			t.Errorf("%s: %+v", name, all)
			continue
		}
		var said []string
		for _, one := range all {
			said = append(said, one.Wanted, one.Found, one.Why)
		}
		if !strings.Contains(strings.Join(said, "\n"), c.says) {
			t.Errorf("%s: %q is not said in %q", name, c.says, said)
		}
	}
}

// TestSparksOwnOptionsAreNoDifference: a running application has them before those that were set.
func TestSparksOwnOptionsAreNoDifference(t *testing.T) {
	const key, own = "spark.executor.extraJavaOptions", "-Djava.net.preferIPv6Addresses=false -XX:+IgnoreUnrecognizedVMOptions --add-opens=java.base/java.lang=ALL-UNNAMED"
	for name, c := range map[string]struct {
		setting Setting
		found   string
		verdict Verdict
	}{
		"the option":         {Setting{Key: key, Value: "-XX:+UseParallelGC"}, own + " -XX:+UseParallelGC", AsApplied},
		"another one":        {Setting{Key: key, Value: "-XX:+UseParallelGC"}, own + " -XX:+UseSerialGC", Different},
		"none":               {Setting{Key: key, Value: "-XX:+UseParallelGC"}, own, Different},
		"removed":            {Setting{Key: key, Unset: true}, own, AsApplied},
		"not removed":        {Setting{Key: key, Unset: true}, own + " -Da=b", Different},
		"in an older Spark":  {Setting{Key: key, Value: "-Da=b"}, "-Da=b", AsApplied},
		"of the driver, too": {Setting{Key: "spark.driver.defaultJavaOptions", Value: "-Da=b"}, own + " -Da=b", AsApplied},
	} {
		ran := model.Run{Spark: map[string]string{c.setting.Key: c.found}}
		w := Workload{Settings: []Setting{c.setting}}
		if got := w.Verify(LoggedRun(&ran)).Compared[0]; got.Verdict != c.verdict {
			t.Errorf("%s: %+v", name, got)
		}
		if ran.Spark[c.setting.Key] != c.found {
			t.Errorf("%s: the run was changed", name)
		}
	}
}

// TestAComparisonShowsNoSecret, although it was compared.
func TestAComparisonShowsNoSecret(t *testing.T) {
	w := Workload{Settings: []Setting{{Key: "spark.executor.extraJavaOptions", Value: "-Da=b"}}}
	c := w.Verify(Run{Conf: map[string]string{"spark.executor.extraJavaOptions": "-Ddb.password=kP2v9QxWmZ7hunter2"}, Reads: func(string) bool { return true }}).Compared[0]
	if c.Verdict != Different || strings.Contains(c.Found, "hunter2") || c.Found == "" {
		t.Errorf("%+v", c)
	}
}
