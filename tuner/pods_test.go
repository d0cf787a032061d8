package tuner

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// figures are a pod's memory, in MiB, and kills of processes, as a Prometheus knows them; below 0: it does not know it.
func figures(peak, kills int64) *model.PodFigures {
	f := &model.PodFigures{Pods: 3, MemoryBytes: peak << 20, MemoryPod: "etl-exec-2", CPUSeconds: 100}
	if kills >= 0 {
		f.OOMKills = &kills
	}
	return f
}

// known gives each run what a Prometheus knows of its pods.
func known(logs []model.Logged, pods model.Pods) []model.Logged {
	for i := range logs {
		logs[i].Pods = &pods
	}
	return logs
}

// TestAKillThatOnlyPrometheusKnowsCounts, with the step of a killed executor, for drivers too.
func TestAKillThatOnlyPrometheusKnowsCounts(t *testing.T) {
	ex, driver := "spark.executor.memoryOverhead", "spark.driver.memoryOverhead"
	byLog := of(recommended(t, inputOf(ofRuns(1, lost("137")))), spark.Executor, ex)
	r := recommended(t, inputOf(known(ofRuns(1, nil), model.Pods{Executors: figures(4400, 2), Driver: figures(900, 0)})))
	s := of(r, spark.Executor, ex)
	if s.Verdict != Change || s.Recommended != byLog.Recommended || s.Basis != "overhead-killed" || !strings.Contains(s.Why, "killed processes of the executor at the memory limit, says Prometheus") ||
		!strings.Contains(s.Evidence, "Prometheus: at most 4400Mi in a pod (sampled, with page cache), 2 OOM kills") || strings.Contains(s.Evidence, "0 executors") {
		t.Errorf("%+v, by the log %s", s, byLog.Recommended)
	}
	if s := of(r, spark.Driver, driver); s.Verdict == Change {
		t.Errorf("%+v", s)
	}
	r = recommended(t, inputOf(known(ofRuns(1, nil), model.Pods{Executors: figures(4400, 0), Driver: figures(1400, 1)})))
	if s := of(r, spark.Driver, driver); s.Verdict != Change || s.Basis != "overhead-killed" || !strings.Contains(s.Why, "of the driver") {
		t.Errorf("%+v", s)
	}
	if s := of(r, spark.Executor, ex); s.Verdict == Change {
		t.Errorf("%+v", s)
	}
	for _, kills := range []int64{0, -1} { // none, and unknown
		if s := of(recommended(t, inputOf(known(ofRuns(1, nil), model.Pods{Executors: figures(4400, kills)}))), spark.Executor, ex); s.Basis == "overhead-killed" {
			t.Errorf("%+v", s)
		}
	}
	// The log knows that executors ended with 137, and Prometheus that it was the kernel.
	unsure := func(r *model.Run) {
		lost("137")(r)
		r.Each[0].Reason = "exited with exit code 137"
	}
	for kills, want := range map[int64]Confidence{0: Medium, 1: High} {
		s := of(recommended(t, inputOf(known(ofRuns(1, both(unsure, trees(4400, 4000, 0, 0))), model.Pods{Executors: figures(4400, kills)}))), spark.Executor, ex)
		if s.Confidence != want || !strings.Contains(s.Why, "exit code 137") || !strings.Contains(s.Evidence, "1 executor with exit code 137") {
			t.Errorf("%d kills: %+v", kills, s)
		}
	}
}

// TestNoPodGetsLessThanOneTook, and nothing is reduced where Prometheus was asked and does not know.
func TestNoPodGetsLessThanOneTook(t *testing.T) {
	heap := func(change func(*model.Run), pods model.Pods) Setting {
		return of(recommended(t, inputOf(known(ofRuns(3, change), pods))), spark.Executor, heapKey)
	}
	for _, c := range []struct {
		name string
		pods model.Pods
		to   string
		why  string
	}{
		{"far less", model.Pods{Executors: figures(5000, 0)}, "12g", "needed"},
		{"as much as stays", model.Pods{Executors: figures(12<<10+1638, 0)}, "12g", "needed"},
		{"a little more", model.Pods{Executors: figures(12<<10+1638+1, 0)}, "12352m", "a pod took up to 13927Mi with page cache"},
		{"almost all", model.Pods{Executors: figures(17000, 0)}, "15424m", "a pod took up to 17000Mi"},
		{"more than the pod has", model.Pods{Executors: figures(18100, 0)}, "16g", "a pod took up to 18100Mi"},
		{"killed", model.Pods{Executors: figures(5000, 1)}, "16g", "the kernel killed processes of the executor"},
		{"unknown pods", model.Pods{Driver: figures(500, 0)}, "16g", "does not know the memory of the executor of spark-1: it is not reduced"},
		{"an incomplete answer", model.Pods{Executors: figures(5000, 0), Partial: true}, "16g", "does not know"},
	} {
		if s := heap(unneeded("16g"), c.pods); s.Recommended != c.to || !strings.Contains(s.Why, c.why) {
			t.Errorf("%s: %q, %q, %q", c.name, s.Recommended, s.Why, s.Evidence)
		}
	}
	// What Spark derives from a smaller heap would be less than the pod took.
	r := recommended(t, inputOf(known(ofRuns(3, both(unneeded("16g"), trees(1700, 1500, 0, 0))), model.Pods{Executors: figures(17000, 0)})))
	if s := of(r, spark.Executor, keyOverhead); s.Recommended != "1600m" || s.Basis != "pod-peak" || !strings.Contains(s.Why, "a pod took up to 17000Mi") {
		t.Errorf("%+v", s)
	}
	worked := with(trees(4924, 4026, 0, 0), keyOverhead, "4g")
	for peak, want := range map[int64]string{7168: "3g", 8000: "3904m", 9000: "4g"} {
		if s := of(recommended(t, inputOf(known(ofRuns(3, worked), model.Pods{Executors: figures(peak, 0)}))), spark.Executor, keyOverhead); s.Recommended != want {
			t.Errorf("%d: %+v", peak, s)
		}
	}
	off := with(func(r *model.Run) {
		for i := range r.Each {
			r.Each[i].UnifiedOffHeap, r.Each[i].Peaks[model.PeakUnifiedX] = 2<<30, 1000<<20
		}
	}, spark.KeyOffHeapEnabled, "true", spark.KeyOffHeapSize, "2g")
	for peak, want := range map[int64]string{6041: "1536m", 6042: "1600m", 6553: "2g"} { // 4096 + 409 + 2048 = 6553
		if s := of(recommended(t, inputOf(known(ofRuns(3, off), model.Pods{Executors: figures(peak, 0)}))), spark.Executor, spark.KeyOffHeapSize); s.Recommended != want {
			t.Errorf("%d: %+v", peak, s)
		}
	}
	driver := func(kills int64) Setting {
		return of(recommended(t, inputOf(known(ofRuns(3, func(r *model.Run) {
			r.Spark["spark.driver.memory"] = "8g"
			r.Driver = &model.Executor{ID: "driver", Peaks: map[string]int64{model.PeakHeap: 2000 << 20, "TotalGCTime": 3_000}}
		}), model.Pods{Driver: figures(3000, kills), Executors: figures(4000, 0)}))), spark.Driver, "spark.driver.memory")
	}
	if s := driver(0); s.Recommended != "6g" {
		t.Errorf("%+v", s)
	}
	if s := driver(1); s.Recommended != "8g" || !strings.Contains(s.Why, "killed processes of the driver") {
		t.Errorf("%+v", s)
	}
}

// TestThrottledPodsExplainSlowTasks: their limit is worth a try higher, and their CPU request is not lowered for CPU time that they did not
// get.
func TestThrottledPodsExplainSlowTasks(t *testing.T) {
	throttled := func(periods, some int64) model.Pods {
		f := figures(4000, 0)
		f.Periods, f.Throttled = periods, some
		return model.Pods{Executors: f, Driver: figures(500, 0)}
	}
	const key = "spark.kubernetes.executor.limit.cores"
	for _, c := range []struct {
		name          string
		periods, some int64
		more          []string
		verdict       Verdict
		to            string
	}{
		{"in 5 %", 1000, 50, nil, Keep, "2"},
		{"in more", 1000, 51, nil, Try, "3"},
		{"in almost all of few", 99, 90, nil, Keep, "2"},
		{"raised since", 1000, 900, []string{key, "3"}, Keep, "3"},
	} {
		in := inputOf(known(ofRuns(1, nil), throttled(c.periods, c.some)), c.more...)
		if s := of(recommended(t, in), spark.Executor, key); s.Verdict != c.verdict || s.Recommended != c.to || c.verdict == Try && (s.Basis != "cpu-throttled" || !strings.Contains(s.Why, "throttled pods in 5.1 %") || !strings.Contains(s.Evidence, "CPU throttled in 5.1 % of periods")) {
			t.Errorf("%s: %+v", c.name, s)
		}
		in.Try = true
		recommended(t, in)
	}
	// A limit below the cores is an error of its own, whatever was throttled.
	in := inputOf(known(ofRuns(1, with(nil, key, "1", keyRequest, "1")), throttled(1000, 900)))
	if s := of(recommended(t, in), spark.Executor, key); s.Verdict != Change || s.Recommended != "2" || s.Basis != "" || !strings.Contains(s.Evidence, "90.0 %") {
		t.Errorf("%+v", s)
	}
	// A limit that only the pod template sets is named.
	for some, want := range map[int64]bool{50: false, 51: true} {
		unset := func(r *model.Run) { delete(r.Spark, key) }
		text := strings.Join(recommended(t, inputOf(known(ofRuns(1, unset), throttled(1000, some)))).Notes, "\n")
		if strings.Contains(text, "throttled pods of the executor in 5.1 % of their CPU periods, says Prometheus, and "+key+" is not set") != want {
			t.Errorf("%d: %s", some, text)
		}
	}
	waits := func(r *model.Run) { r.Totals.CPUNanos = 234e9 }
	for some, want := range map[int64]Verdict{50: Try, 51: ""} {
		if s := of(recommended(t, inputOf(known(ofRuns(3, waits), throttled(1000, some)))), spark.Executor, keyRequest); s.Verdict != want {
			t.Errorf("%d: %+v", some, s)
		}
	}
}

// TestMissingEvidenceNamesPrometheus where it may have it, and what it does not know once it was asked.
func TestMissingEvidenceNamesPrometheus(t *testing.T) {
	here := func(change func(*model.Run)) func(*model.Run) {
		return with(both(func(r *model.Run) {
			r.Missing = []model.Missing{{What: "RSS", Setting: keyTrees + "=true"}}
		}, change), "spark.kubernetes.namespace", "jobs", "spark.kubernetes.driver.pod.name", "etl-driver", "spark.kubernetes.executor.podNamePrefix", "etl")
	}
	none := func(*model.Run) {}
	cut := func(r *model.Run) { r.Application.Ended, r.Outcome = time.Time{}, model.NoEnd }
	missing, ended := "Of this run a Prometheus may know the memory of pods and OOM kills: tune --prometheus=URL", "A Prometheus may know it: tune --prometheus=URL"
	for _, c := range []struct {
		name         string
		change       func(*model.Run)
		pods         *model.Pods
		words, never []string
	}{
		{"not asked", here(none), nil, []string{keyTrees + "=true (tune --enable-evidence). " + missing}, []string{ended}},
		{"not asked, without an end", here(cut), nil, []string{missing, ended}, nil},
		{"no names of pods", func(r *model.Run) { r.Missing = []model.Missing{{Setting: keyTrees + "=true"}} }, nil, []string{keyTrees}, []string{"--prometheus"}},
		{"asked", here(cut), &model.Pods{Driver: figures(500, 0), Executors: figures(4000, 0)}, []string{"Prometheus knows of no OOM kill in the driver's pod"}, []string{"--prometheus"}},
		{"asked, and killed", here(cut), &model.Pods{Driver: figures(500, 1), Executors: figures(4000, 0)}, []string{"the kernel killed processes in the driver's pod"}, []string{"--prometheus"}},
		{"asked, and unknown", here(cut), &model.Pods{Unread: []string{"executors: no series"}}, []string{"not in Prometheus (spark-1): executors: no series", "stands in the driver's pod, not in the log"}, []string{"--prometheus", "no OOM kill"}},
	} {
		logs := ofRuns(1, c.change)
		logs[0].Pods = c.pods
		text := strings.Join(recommended(t, inputOf(logs)).Notes, "\n")
		for _, words := range c.words {
			if !strings.Contains(text, words) {
				t.Errorf("%s: no %q in\n%s", c.name, words, text)
			}
		}
		for _, words := range c.never {
			if strings.Contains(text, words) {
				t.Errorf("%s: %q in\n%s", c.name, words, text)
			}
		}
	}
}
