package jvm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

func faults(problems []OptionProblem) string {
	names := [...]string{"gone", "misspelt", "locked", "form", "collectors"}
	var out []string
	for _, p := range problems {
		s := fmt.Sprintf("%d %s %s", p.Index, names[p.Fault], p.Flag)
		if p.Hint != "" {
			s += " (" + p.Hint + ")"
		}
		if p.Fatal {
			s += " fatal"
		}
		if p.Dropped {
			s += " dropped"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestCheckOptions(t *testing.T) {
	for _, c := range []struct {
		options  string
		java     int
		tolerant spark.Answer
		want     string
	}{
		{"-XX:+UseG1GC -Da=b -Xmx1g -XX:MaxGCPauseMillis=200", 17, spark.Yes, ""},
		{"-XX:MaxGCPauseMillis", 17, spark.Yes, "0 form -XX:MaxGCPauseMillis (-XX:MaxGCPauseMillis=NUMBER) fatal"},
		{"-XX:MaxGCPauseMillis", 8, spark.Yes, ""},
		{"-XX:MaxGCPauseMillis=abc", 11, spark.Yes, "0 form -XX:MaxGCPauseMillis=abc (-XX:MaxGCPauseMillis=NUMBER) fatal"},
		{"-XX:MaxGCPauseMillis=$(PAUSE)", 17, spark.Yes, ""},
		{"-XX:MaxRAMPercentage=75%", 25, spark.Yes, "0 form -XX:MaxRAMPercentage=75% (-XX:MaxRAMPercentage=NUMBER) fatal"},
		{"-XX:HeapDumpPath= -XX:G1HeapRegionSize=0x10M", 17, spark.Yes, ""},
		{"-XX:HeapDumpPath", 17, spark.Yes, "0 form -XX:HeapDumpPath (-XX:HeapDumpPath=VALUE) fatal"},
		{"-XX:+UnlockExperimentalVMOptons", 17, spark.Yes, "0 misspelt -XX:+UnlockExperimentalVMOptons (UnlockExperimentalVMOptions) dropped"},
		{"-XX:+UseConcMarkSweepGC", 8, spark.Yes, ""},
		{"-XX:+UseConcMarkSweepGC", 11, spark.Yes, ""},
		{"-Da=b -XX:+UseConcMarkSweepGC", 17, spark.Yes, "1 gone -XX:+UseConcMarkSweepGC dropped"},
		{"-XX:+UseConcMarkSweepGC", 17, spark.No, "0 gone -XX:+UseConcMarkSweepGC fatal"},
		{"-XX:+UseConcMarkSweepGC", 17, spark.Unknown, ""},
		{"-XX:+UseConcMarkSweepGC", 0, spark.Yes, ""},
		{"-XX:+UseConcMarkSweepGC", 12, spark.Yes, ""}, // between two that disagree
		{"-XX:MaxPermSize=512m", 12, spark.Yes, ""},    // the same
		{"-XX:+PrintGCDateStamps", 10, spark.Yes, ""},  // the same
		{"-XX:+PrintGCDateStamps", 18, spark.Yes, "0 gone -XX:+PrintGCDateStamps dropped"},
		{"-XX:+PrintGCDateStamps", 30, spark.Yes, "0 gone -XX:+PrintGCDateStamps dropped"},
		{"-XX:+UseG1GC -XX:MaxRAMPercentage=x", 30, spark.Yes, ""},
		{"-XX:+PrintGCDetails -XX:+PrintGC", 25, spark.No, ""},
		{"-XX:-UseBiasedLocking", 21, spark.Yes, ""},
		{"-XX:-UseBiasedLocking", 21, spark.No, "0 gone -XX:-UseBiasedLocking fatal"},
		{"-XX:MaxPermSize=512m", 8, spark.Yes, "0 gone -XX:MaxPermSize"},
		{"-XX:MaxPermSize=512m", 11, spark.No, "0 gone -XX:MaxPermSize"},
		{"-XX:-ZGenerational", 25, spark.No, ""},
		{"-XX:+ZGenerational", 25, spark.No, "0 gone -XX:+ZGenerational"},
		{"-XX:+ZGenerational", 17, spark.Yes, ""}, // newer than the JDK: a later update could bring it
		{"-XX:+TraceClassLoading", 11, spark.No, ""},
		{"-XX:+TraceClassLoading", 17, spark.Yes, "0 gone -XX:+TraceClassLoading dropped"},

		{"-XX:+UseG1CG", 17, spark.Yes, "0 misspelt -XX:+UseG1CG (UseG1GC) dropped"},
		{"-XX:+useg1gc", 17, spark.No, "0 misspelt -XX:+useg1gc (UseG1GC) fatal"},
		{"-XX:+UseG1CG", 17, spark.Unknown, ""},
		{"-XX:MaxGCPauseMilis=200", 17, spark.Yes, "0 misspelt -XX:MaxGCPauseMilis (MaxGCPauseMillis) dropped"},
		{"-XX:+MaxGCPauseMilis", 17, spark.Yes, ""}, // of the other kind
		{"-XX:+UseZingCollector -XX:+UseOtherGC", 17, spark.Yes, ""},
		{"-XX:+UseLSE -XX:UseSVE=1", 17, spark.No, ""}, // on ARM

		{"-XX:+UseZGC", 11, spark.Yes, "0 locked -XX:+UseZGC (-XX:+UnlockExperimentalVMOptions) fatal"},
		{"-XX:+UseZGC", 17, spark.Yes, ""},
		{"-XX:+UnlockExperimentalVMOptions -XX:+UseZGC", 11, spark.Yes, ""},
		{"-XX:+UseZGC -XX:+UnlockExperimentalVMOptions", 11, spark.Yes, "0 locked -XX:+UseZGC (-XX:+UnlockExperimentalVMOptions) fatal"},
		{"-XX:+UnlockExperimentalVMOptions -XX:+PrintNMTStatistics", 17, spark.Yes, "1 locked -XX:+PrintNMTStatistics (-XX:+UnlockDiagnosticVMOptions) fatal"},
		{"-XX:G1NewSizePercent=5", 8, spark.Yes, "0 locked -XX:G1NewSizePercent (-XX:+UnlockExperimentalVMOptions) dropped"},
		{"-XX:G1NewSizePercent=5", 8, spark.No, "0 locked -XX:G1NewSizePercent (-XX:+UnlockExperimentalVMOptions) fatal"},
		{"-XX:G1NewSizePercent=5", 8, spark.Unknown, ""},

		{"-XX:+MaxGCPauseMillis=200", 17, spark.Yes, "0 form -XX:+MaxGCPauseMillis (-XX:MaxGCPauseMillis=VALUE) fatal"},
		{"-XX:UseG1GC", 17, spark.Yes, "0 form -XX:UseG1GC (-XX:+UseG1GC) fatal"},
		{"-XX:UseG1GC", 8, spark.Yes, ""},

		{"-XX:+UseG1GC -XX:+UseParallelGC", 0, spark.Unknown, "1 collectors -XX:+UseParallelGC (-XX:+UseG1GC) fatal"},
		{"-XX:+UseG1GC -XX:+UseParallelGC -XX:-UseG1GC", 17, spark.Yes, ""},
		{"-XX:+UseG1GC -XX:-UseG1GC -XX:+UseG1GC -XX:+UseZGC", 17, spark.Yes, "3 collectors -XX:+UseZGC (-XX:+UseG1GC) fatal"},
		{"-XX:+UseG1GC -XX:+UseG1GC", 17, spark.Yes, ""},
		{"-XX:+UseParallelGC -XX:+UseParallelOldGC", 11, spark.Yes, ""},
		{"-XX:+UseConcMarkSweepGC -XX:+UseG1GC", 11, spark.Yes, "1 collectors -XX:+UseG1GC (-XX:+UseConcMarkSweepGC) fatal"},
		{"-XX:+UseConcMarkSweepGC -XX:+UseG1GC", 17, spark.Yes, "0 gone -XX:+UseConcMarkSweepGC dropped"},
		{"-XX:+UseG1GC -XX:+UseZGC", 0, spark.Yes, ""}, // a JDK that has no ZGC starts

		{"-XX:+IgnoreUnrecognizedVMOptions -XX:+UseParNewGC", 17, spark.No, "1 gone -XX:+UseParNewGC dropped"},
		{"-XX:-IgnoreUnrecognizedVMOptions -XX:+UseParNewGC", 17, spark.Yes, ""},
		{"-XX: -XX:+ -XX:a.b=1 -XX:+" + strings.Repeat("x", 90), 17, spark.No, ""},
	} {
		tokens, err := spark.SplitOptions(c.options)
		if err != nil {
			t.Fatal(err)
		}
		if got := faults(CheckOptions(tokens, c.java, c.tolerant)); got != c.want {
			t.Errorf("Java %d, tolerant %v: %s\ngot  %s\nwant %s", c.java, c.tolerant, c.options, got, c.want)
		}
	}
}

func TestAsManyOptionsAsAnybodyWritesAreLookedAt(t *testing.T) {
	tokens := strings.Fields(strings.Repeat("-Da=b ", maxOptions-1) + "-XX:+UseParNewGC -XX:+UseParNewGC")
	if got := len(CheckOptions(tokens, 17, spark.Yes)); got != 1 {
		t.Errorf("%d problems", got)
	}
}

func TestFixOptions(t *testing.T) {
	for _, c := range []struct {
		options string
		java    int
		chosen  bool
		want    string
		left    string
	}{
		{`-Da="b c"  -XX:+UseConcMarkSweepGC   -Dd=e`, 17, false, `-Da="b c"   -Dd=e`, ""},
		{"-XX:+UseConcMarkSweepGC -Dd=e -XX:+UseParNewGC", 17, false, "-Dd=e", ""},
		{"-XX:+UseParNewGC", 17, false, "", ""},
		{"-XX:+UseParallelOldGC", 17, false, "-XX:+UseParallelGC", ""},
		{"-XX:+UseParallelOldGC", 17, true, "", ""},
		{"-XX:+UseParallelOldGC -XX:+UseG1GC", 17, false, "-XX:+UseG1GC", ""},
		{"-XX:+UseParallelOldGC -XX:+UseParallelOldGC", 17, false, "-XX:+UseParallelGC", ""},
		{"-XX:-UseParallelOldGC", 17, false, "-XX:-UseParallelOldGC", ""},
		{"-Da=b -XX:G1NewSizePercent=5 -XX:G1MaxNewSizePercent=9", 17, false, "-Da=b -XX:+UnlockExperimentalVMOptions -XX:G1NewSizePercent=5 -XX:G1MaxNewSizePercent=9", ""},
		{"-XX:+UseG1CG -XX:+UseParNewGC", 17, false, "-XX:+UseG1CG", "0 misspelt -XX:+UseG1CG (UseG1GC) dropped"},
		{"-XX:+UseG1GC -XX:+UseZGC", 17, false, "-XX:+UseG1GC -XX:+UseZGC", "1 collectors -XX:+UseZGC (-XX:+UseG1GC) fatal"},

		{"-XX:+PrintGCDetails -XX:+PrintGCDateStamps", 17, false, "-Xlog:gc*::time,uptime,level,tags", ""},
		{"-XX:+PrintGCDetails -XX:+PrintGCTimeStamps", 17, false, "-Xlog:gc*", ""},
		{"-XX:+PrintGCDetails", 17, false, "-XX:+PrintGCDetails", ""},
		{"-XX:+PrintGCDateStamps -Da=b", 17, false, "-Da=b", ""},
		{"-Da=b -Xloggc:/var/gc.log -XX:+PrintGCDetails -XX:+PrintGCDateStamps -XX:+UseGCLogFileRotation -XX:NumberOfGCLogFiles=5 -XX:GCLogFileSize=10M -Dc=d", 17, false,
			"-Da=b -Xlog:gc*:file=/var/gc.log:time,uptime,level,tags:filecount=5,filesize=10M -Dc=d", ""},
		{"-Xloggc:/gc.log -XX:NumberOfGCLogFiles=5 -XX:GCLogFileSize=10M", 17, false, "-Xlog:gc:file=/gc.log", ""},
		{"-Xloggc:/gc.log -XX:+UseGCLogFileRotation -XX:NumberOfGCLogFiles=5", 17, false, "-Xlog:gc:file=/gc.log::filecount=5", ""},
		{"-Xloggc:/gc.log -XX:+UseGCLogFileRotation -XX:GCLogFileSize=1g", 17, false, "-Xlog:gc:file=/gc.log::filesize=1g", ""},
		{"-XX:+PrintTenuringDistribution -XX:+PrintGCApplicationStoppedTime -XX:+PrintGCApplicationConcurrentTime", 17, false, "-Xlog:gc+age=trace,safepoint", ""},
		{"-Xlog:gc -XX:+PrintGCDateStamps", 17, false, "-Xlog:gc", ""},
		{"-Xloggc:/a -Xloggc:/b -XX:+PrintGCDateStamps", 17, false, "-Xloggc:/a -Xloggc:/b", ""},
		{"-Xloggc:C:/a -XX:+PrintGCDateStamps", 17, false, "-Xloggc:C:/a", ""},
		{"-Xloggc:/a -XX:+UseGCLogFileRotation -XX:NumberOfGCLogFiles=many -XX:GCLogFileSize=1.5g", 17, false, "-Xlog:gc:file=/a", ""},
		{`-Da="b`, 17, false, `-Da="b`, ""},
	} {
		tokens, _ := spark.SplitOptions(c.options)
		got, left := FixOptions(c.options, CheckOptions(tokens, c.java, spark.Yes), c.chosen)
		if got != c.want || faults(left) != c.left {
			t.Errorf("%s\ngot  %q, left %s\nwant %q, left %s", c.options, got, faults(left), c.want, c.left)
		}
		if again, err := spark.SplitOptions(got); err == nil && c.left == "" {
			if problems := CheckOptions(again, c.java, spark.Yes); len(problems) > 0 {
				t.Errorf("%s: mended and still wrong: %s", c.options, faults(problems))
			}
		}
	}
	if got, left := FixOptions("-Da=b", []OptionProblem{{Index: 4}, {Index: -1}}, false); got != "-Da=b" || left != nil {
		t.Errorf("%q %v", got, left)
	}
}

func TestEveryFlagIsFoundInTheTable(t *testing.T) {
	last, n := "", 0
	for line := range strings.SplitSeq(flagTable, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := parseFlag(line)
		found, ok := LookupFlag(f.Name)
		if !ok || found != f || f.Name <= last || len(f.states) != len(flagReleases) {
			t.Fatalf("line %q: found %v %+v", line, ok, found)
		}
		last = f.Name
		n++
	}
	if n < 1300 || len(flagTable) > 300<<10 {
		t.Errorf("%d flags in %d bytes", n, len(flagTable))
	}
	for _, name := range []string{"", "A", "zzz", "UseG1G", "UseG1GCC", "#"} {
		if f, ok := LookupFlag(name); ok {
			t.Errorf("%q is found: %+v", name, f)
		}
	}
}

func TestFlagFacts(t *testing.T) {
	for _, c := range []struct {
		name    string
		java    int
		state   FlagState
		gone    bool
		removed int
	}{
		{"UseConcMarkSweepGC", 17, FlagUnknown, true, 0},
		{"UseCompactObjectHeaders", 17, FlagUnknown, false, 0},
		{"UseCompactObjectHeaders", 26, FlagUnsure, false, 0},
		{"UseSharedSpaces", 21, FlagIgnored, true, 19},
		{"UseG1GC", 7, FlagUnsure, false, 0},
		{"UseShenandoahGC", 8, FlagUnsure, false, 0},
		{"UseLSE", 25, FlagUnsure, false, 0},
		{"UseG1GC", 19, FlagProduct, false, 0},
	} {
		f, _ := LookupFlag(c.name)
		f.Name = c.name
		if f.State(c.java) != c.state || f.Gone(c.java) != c.gone || f.Removed != c.removed {
			t.Errorf("%s on %d: state %d, gone %v, removed %d", c.name, c.java, f.State(c.java), f.Gone(c.java), f.Removed)
		}
	}
}

func TestTolerantJVM(t *testing.T) {
	for _, c := range []struct {
		role    spark.Role
		version string
		want    spark.Answer
	}{
		{spark.Driver, "3.2.4", spark.No}, {spark.Driver, "3.3.0", spark.Yes}, {spark.Executor, "3.5.9", spark.Yes}, {spark.Connect, "3.5.9", spark.Yes}, {spark.Thrift, "3.5.9", spark.Yes},
		{spark.Master, "3.5.9", spark.No}, {spark.Worker, "3.5.9", spark.No}, {spark.History, "3.5.9", spark.No}, {spark.Master, "4.0.0", spark.Yes}, {spark.Worker, "", spark.Unknown},
	} {
		v, _ := spark.ParseVersion(c.version)
		if got := TolerantJVM(c.role, v); got != c.want {
			t.Errorf("%s %s: %v", c.role, c.version, got)
		}
	}
}

func TestModernOption(t *testing.T) {
	for flag, want := range map[string]string{
		"-XX:+PrintTenuringDistribution": "-Xlog:gc+age=trace", "-XX:+UseGCLogFileRotation": "-Xlog:gc*:file=F:time,uptime,level,tags:filecount=5,filesize=20m",
		"-XX:CMSInitiatingOccupancyFraction": "then G1 runs; for throughput use -XX:+UseParallelGC", "-XX:+UseParallelOldGC": "-XX:+UseParallelGC",
		"-XX:MaxPermSize": "classes are in Metaspace; -XX:MaxMetaspaceSize limits it", "-XX:+UseCGroupMemoryLimitForHeap": "nothing: the JVM knows its container's limits, and Spark passes -Xmx",
		"-XX:MaxRAMFraction": "spark.{driver,executor}.memory, which Spark passes as -Xmx", "-XX:+TraceClassLoading": "-Xlog:class+load", "-XX:+TraceClassUnloading": "-Xlog:class+unload",
		"-XX:+UseBiasedLocking": "nothing: locks are no longer biased", "-XX:+AggressiveOpts": "nothing: its optimizations are now default or removed",
		"-XX:+ZGenerational": "-XX:+UseZGC alone: it has no other mode from 24 on", "-XX:+UseHugeTLBFS": "",
	} {
		if got := ModernOption(flag); got != want {
			t.Errorf("%s: %q", flag, got)
		}
	}
}

func TestWithoutOptions(t *testing.T) {
	drop := func(token string) bool { return token == "-XX:a" }
	for text, want := range map[string]string{
		"": "", "-XX:a": "", `-Da="b c" -XX:a  "-XX:a" -Dd=e`: `-Da="b c" -Dd=e`, "-Db  -Dc": "-Db  -Dc", `-XX:a "`: `-XX:a "`,
	} {
		if got := WithoutOptions(text, drop); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
