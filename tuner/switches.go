package tuner

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
)

// Switches asks for what the next run has to write so that its memory, collection and processes are known.
type Switches struct {
	// Dir is where event logs go; "" where the configuration names it.
	Dir string
}

const (
	keyEventLog    = "spark.eventLog.enabled"
	keyEventLogDir = "spark.eventLog.dir"
	keyRolling     = "spark.eventLog.rolling.enabled"
	keyStages      = "spark.eventLog.logStageExecutorMetrics"
	keyTrees       = "spark.executor.processTreeMetrics.enabled"
	keyPolling     = "spark.executor.metrics.pollingInterval"
	keyYoungGC     = "spark.eventLog.gcMetrics.youngGenerationGarbageCollectors"
	keyOldGC       = "spark.eventLog.gcMetrics.oldGenerationGarbageCollectors"
	gcLogFlag      = "-Xlog:gc*,safepoint"
	gcLog          = gcLogFlag + ":file=/tmp/gc.log:time,uptime,level,tags:filecount=4,filesize=8m"
)

// beans are the collectors whose pauses Spark does not count by itself: young and old, as the JVM names them.
var beans = map[string][2]string{
	"Z":          {"ZGC Minor Pauses,ZGC Pauses", "ZGC Major Pauses"},
	"Shenandoah": {"Shenandoah Pauses", "Shenandoah Cycles"},
}

// NeedsDir says whether switching event logs on needs a folder that the configuration does not name.
func NeedsDir(conf spark.Conf) bool {
	dir, set := conf.Get(keyEventLogDir)
	return !set || strings.TrimSpace(dir) == ""
}

// switches sets what brings evidence.
func (w *work) switches() error {
	in := w.in.Switches
	if in == nil {
		return nil
	}
	on := func(role spark.Role, key, value, why string) {
		w.setByRuns(role, key, value, "evidence", Change, High, why, "", "")
	}
	if in.Dir == "" && NeedsDir(w.conf) {
		w.note("no event log: %s is not set. Name the folder: --enable-evidence=s3a://BUCKET/FOLDER", keyEventLogDir)
	} else {
		on(spark.Driver, keyEventLog, "true", "what a run did")
		if in.Dir != "" {
			on(spark.Driver, keyEventLogDir, in.Dir, "where event logs go")
		}
		if rolling, set, err := w.conf.Bool(keyRolling); err != nil {
			return err
		} else if set && !rolling || !set && w.in.Version.Known() && !w.in.Version.AtLeast(4, 0) {
			on(spark.Driver, keyRolling, "true", "a long run's log does not grow without bound")
		}
	}
	on(spark.Executor, keyStages, "true", "memory and GC between tasks, and the driver's")
	on(spark.Executor, keyTrees, "true", "memory of processes, Python's too")
	if w.runs.Lacks(keyPolling) {
		on(spark.Executor, keyPolling, "1s", "peaks of short tasks")
	}
	for _, role := range spark.Jobs {
		if err := w.logGC(role); err != nil {
			return err
		}
	}
	return nil
}

// logGC makes a role's JVM log its collection in four files of 8 MiB, and Spark count the pauses of collectors that it does not know.
func (w *work) logGC(role spark.Role) error {
	tokens, ok := w.tokens(role)
	p := w.pod(role)
	if !ok || w.driverElsewhere(role) {
		return nil
	}
	if pair, has := beans[collectorName(tokens)]; has && role == spark.Executor {
		for i, key := range []string{keyYoungGC, keyOldGC} {
			w.setByRuns(role, key, pair[i], "evidence", Change, High, "pauses of the collector", "", "")
		}
	}
	s := Setting{Role: role, Name: gcLogFlag, Verdict: Change, Confidence: High, Basis: "evidence", Recommended: "on", Why: "heap after each collection", Effect: "at most five files of 8 MiB"}
	f := formulas.Of(s.Basis)
	s.Formula, s.Source = f.Formula, f.Source
	readOnly := p.Container != nil && p.Container.SecurityContext != nil && p.Container.SecurityContext.ReadOnlyRootFilesystem != nil && *p.Container.SecurityContext.ReadOnlyRootFilesystem
	switch {
	case logsGC(tokens):
		s.Verdict, s.Now, s.Recommended, s.Effect = Keep, "set", "set", ""
		s.Why = "set by the options"
	case p.Java == 0:
		w.note("no GC log for the %s: its Java version is unknown, and Java 8 has other flags. Set the image annotation", role)
		return nil
	case p.Java < 9:
		w.note("no GC log for the %s: Java %d has other flags (SPK-M024)", role, p.Java)
		return nil
	case readOnly:
		w.note("no GC log for the %s: its root file system is read-only, and the JVM ends where it cannot write", role)
		return nil
	}
	w.flag(s, gcLog)
	return nil
}

func collectorName(tokens []string) string {
	name, _ := spark.CollectorOf(tokens)
	return name
}

// logsGC says whether an option makes the JVM log its collector.
func logsGC(tokens []string) bool {
	for _, old := range []string{"-XX:PrintGC", "-XX:PrintGCDetails", "-verbose:gc"} {
		if spark.HasOption(tokens, old) {
			return true
		}
	}
	return spark.HasXlog(tokens, "gc")
}
