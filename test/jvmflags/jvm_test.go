package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/jvm"
)

// javasEnv names more JVMs to hold the claims against: RELEASE=PATH, separated by blanks.
const javasEnv = "KUBECTL_SPARK_JAVAS"

// jvms are the machine's own java and those that the variable names, by release.
func jvms(t *testing.T) map[int]string {
	t.Helper()
	found := map[int]string{}
	if java, err := exec.LookPath("java"); err == nil {
		out, err := exec.Command(java, "-version").CombinedOutput()
		m := versionLine.FindSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("%s does not run: %v\n%s", java, err, out)
		}
		release, _ := strconv.Atoi(string(m[1]))
		found[release] = java
	}
	for _, one := range strings.Fields(os.Getenv(javasEnv)) {
		release, path, _ := strings.Cut(one, "=")
		n, err := strconv.Atoi(release)
		if err != nil {
			t.Fatalf("%s: %q is no RELEASE=PATH", javasEnv, one)
		}
		found[n] = path
	}
	for release := range found {
		if jvm.FlagProduct != flagState("UseG1GC", release) || release < 11 {
			t.Logf("Java %d is not in the table: not tested", release)
			delete(found, release)
		}
	}
	if len(found) == 0 {
		const missing = "no Java of a release from 11 on: install openjdk-17-jre-headless"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing + "; in CI this fails")
	}
	return found
}

func flagState(name string, release int) jvm.FlagState {
	f, _ := jvm.LookupFlag(name)
	return f.State(release)
}

// starts runs java with the options and says whether it started, and what it said.
func starts(t *testing.T, java string, options ...string) (ok bool, said string) {
	t.Helper()
	cmd := exec.Command(java, append(append([]string{"-Xmx64m"}, options...), "-version")...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

func TestTheTableIsWhatTheJVMPrints(t *testing.T) {
	for release, java := range jvms(t) {
		flags, err := printed(java, release)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range flags {
			entry, known := jvm.LookupFlag(name)
			state := entry.State(release)
			switch {
			case !known: // of another update or vendor: nothing is claimed of it
			case state == jvm.FlagUnknown && entry.Gone(release), state == jvm.FlagIgnored:
				t.Errorf("Java %d prints %s and the table says that it is gone", release, name)
			case (state == jvm.FlagDiagnostic || state == jvm.FlagExperimental) && f.state == 'p':
				t.Errorf("Java %d has %s without a lock and the table says it is locked", release, name)
			case entry.Boolean == spark.Yes && f.kind != 'b', entry.Boolean == spark.No && f.kind == 'b':
				t.Errorf("Java %d: %s is of the other kind", release, name)
			}
		}
	}
}

// TestCheckOptionsIsRight holds each verdict against the JVM: it starts or not, with and without tolerance.
func TestCheckOptionsIsRight(t *testing.T) {
	for release, java := range jvms(t) {
		for _, options := range []string{
			"-XX:+UseConcMarkSweepGC", "-XX:+UseParNewGC", "-XX:+UseConcMarkSweepGC -XX:+UseG1GC", "-XX:MaxPermSize=64m", "-XX:PermSize=64m",
			"-XX:+PrintGC", "-XX:+PrintGCDetails", "-XX:+PrintGCDateStamps", "-XX:+PrintGCTimeStamps", "-XX:+UseGCLogFileRotation", "-XX:NumberOfGCLogFiles=5",
			"-XX:GCLogFileSize=10M", "-Xloggc:x.log", "-XX:+UseCGroupMemoryLimitForHeap", "-XX:MaxRAMFraction=2", "-XX:+AggressiveOpts", "-XX:+UseBiasedLocking",
			"-XX:-UseBiasedLocking", "-XX:+UseParallelOldGC", "-XX:+UseParallelGC -XX:+UseParallelOldGC", "-XX:CMSInitiatingOccupancyFraction=70",
			"-XX:+TraceClassLoading", "-XX:+ExplicitGCInvokesConcurrentAndUnloadsClasses", "-XX:+UseFastAccessorMethods", "-XX:+PrintTenuringDistribution",
			"-XX:+UseG1CG", "-XX:MaxGCPauseMilis=200", "-XX:+UseZGC", "-XX:+UnlockExperimentalVMOptions -XX:+UseZGC", "-XX:+UseZGC -XX:+UnlockExperimentalVMOptions",
			"-XX:+PrintNMTStatistics", "-XX:+UnlockDiagnosticVMOptions -XX:+PrintNMTStatistics", "-XX:G1NewSizePercent=5", "-XX:+UnlockExperimentalVMOptions -XX:G1NewSizePercent=5",
			"-XX:+MaxGCPauseMillis=200", "-XX:UseG1GC", "-XX:UseG1GC=true", "-XX:+UseG1GC -XX:+UseParallelGC", "-XX:+UseG1GC -XX:+UseParallelGC -XX:-UseG1GC",
			"-XX:+UseSerialGC -XX:+UseSerialGC", "-XX:ActiveProcessorCount=2", "-XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/nowhere/x.hprof", "-XX:+ExitOnOutOfMemoryError",
			"-XX:MaxRAMPercentage=75", "-XX:+UseStringDeduplication", "-XX:+UseSharedSpaces",
			"-XX:MaxGCPauseMillis", "-XX:MaxGCPauseMillis=", "-XX:MaxGCPauseMillis=abc", "-XX:MaxGCPauseMillis=0xC8", "-XX:MaxGCPauseMillis=2k", "-XX:G1HeapRegionSize", "-XX:G1HeapRegionSize=1m",
			"-XX:G1HeapRegionSize=1mb", "-XX:ActiveProcessorCount", "-XX:ActiveProcessorCount=2.5", "-XX:ActiveProcessorCount=-1", "-XX:InitiatingHeapOccupancyPercent", "-XX:InitiatingHeapOccupancyPercent=45%",
			"-XX:MaxRAMPercentage", "-XX:MaxRAMPercentage=75.5", "-XX:MaxRAMPercentage=75%", "-XX:MaxRAMPercentage=abc", "-XX:HeapDumpPath", "-XX:HeapDumpPath=", "-XX:OnError=",
			"-XX:+UnlockExperimentalVMOptons", "-XX:+UnlockDiagnosticVMOption", "-XX:+UnlockExperimentalVMOptons -XX:G1NewSizePercent=5",
		} {
			for _, tolerant := range []spark.Answer{spark.Yes, spark.No} {
				tokens, err := spark.SplitOptions(options)
				if err != nil {
					t.Fatal(err)
				}
				fatal, dropped := false, true
				for _, p := range jvm.CheckOptions(tokens, release, tolerant) {
					fatal = fatal || p.Fatal
					dropped = dropped && p.Dropped
				}
				given := tokens
				if tolerant == spark.Yes {
					given = append([]string{"-XX:+IgnoreUnrecognizedVMOptions"}, tokens...)
				}
				if ok, said := starts(t, java, given...); ok == fatal {
					t.Errorf("Java %d, tolerant %v: %s: started %v, and the verdict is fatal %v\n%s", release, tolerant, options, ok, fatal, said)
				} else if problems := jvm.CheckOptions(tokens, release, tolerant); len(problems) > 0 && !fatal && dropped == strings.Contains(said, "warning") {
					t.Errorf("Java %d: %s: dropped in silence %v, and the JVM says\n%s", release, options, dropped, said)
				}
			}
		}
	}
}

// TestEveryModernFormStarts mends old options and starts the JVM with the result, without any tolerance.
func TestEveryModernFormStarts(t *testing.T) {
	for release, java := range jvms(t) {
		for _, options := range []string{
			"-XX:+PrintGCDetails -XX:+PrintGCDateStamps -XX:+PrintGCTimeStamps", "-XX:+PrintGC -XX:+PrintGCDateStamps",
			"-Xloggc:LOG -XX:+PrintGCDateStamps", "-Xloggc:LOG -XX:+PrintGCDetails -XX:+PrintGCDateStamps -XX:+UseGCLogFileRotation -XX:NumberOfGCLogFiles=5 -XX:GCLogFileSize=10M",
			"-Xloggc:LOG -XX:+UseGCLogFileRotation -XX:GCLogFileSize=1g", "-Xloggc:LOG -XX:+UseGCLogFileRotation -XX:NumberOfGCLogFiles=2",
			"-XX:+PrintTenuringDistribution", "-XX:+PrintAdaptiveSizePolicy", "-XX:+PrintHeapAtGC", "-XX:+PrintReferenceGC", "-XX:+PrintGCApplicationStoppedTime",
			"-XX:+PrintGCApplicationConcurrentTime", "-XX:+PrintParallelOldGCPhaseTimes", "-XX:+PrintPromotionFailure", "-XX:+PrintPLAB", "-XX:+PrintJNIGCStalls",
			"-XX:+PrintGCTaskTimeStamps", "-Xloggc:LOG -XX:+PrintTenuringDistribution -XX:+PrintGCDetails -XX:+PrintHeapAtGC -XX:+PrintGCApplicationStoppedTime",
			"-XX:+UseParallelOldGC", "-XX:+UseConcMarkSweepGC -XX:+UseParNewGC -XX:CMSInitiatingOccupancyFraction=70 -XX:MaxPermSize=64m", "-XX:+PrintNMTStatistics",
			"-XX:G1NewSizePercent=5 -XX:G1MaxNewSizePercent=60", "-XX:+UseZGC",
		} {
			folder := t.TempDir()
			text := strings.ReplaceAll(options, "LOG", filepath.Join(folder, "gc.log"))
			before, _ := spark.SplitOptions(text)
			mended, left := jvm.FixOptions(text, jvm.CheckOptions(before, release, spark.Yes), false)
			tokens, err := spark.SplitOptions(mended)
			if err != nil || len(left) > 0 {
				t.Fatalf("%s: %v, left %v", mended, err, left)
			}
			if ok, said := starts(t, java, tokens...); !ok || strings.Contains(said, "No tag set matches") {
				t.Errorf("Java %d: %s became %s: %s", release, text, mended, said)
			}
			if _, err := os.Stat(filepath.Join(folder, "gc.log")); strings.Contains(text, "gc.log") && err != nil {
				t.Errorf("Java %d: %s wrote no log: %v", release, mended, err)
			}
		}
		for _, selector := range []string{"-Xlog:gc*", "-Xlog:safepoint", "-Xlog:class+load", "-Xlog:class+unload", "-Xlog:classhisto*=trace", "-Xlog:gc*:file=F:time,uptime,level,tags:filecount=5,filesize=20m"} {
			if ok, said := starts(t, java, selector); !ok || strings.Contains(said, "No tag set matches") {
				t.Errorf("Java %d: %s, which is advised: %s", release, selector, said)
			}
		}
	}
}

// TestOneProcessorMeansTheSerialCollector is what SPK-P010 rests on.
func TestOneProcessorMeansTheSerialCollector(t *testing.T) {
	for release, java := range jvms(t) {
		for processors, serial := range map[int]bool{1: true, 2: false} {
			out, err := exec.Command(java, fmt.Sprintf("-XX:ActiveProcessorCount=%d", processors), "-Xmx2g", "-XX:+PrintFlagsFinal", "-version").CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for line := range strings.SplitSeq(string(out), "\n") {
				if f := strings.Fields(line); len(f) > 3 && f[1] == "UseSerialGC" && (f[3] == "true") != serial {
					t.Errorf("Java %d with %d processors: %s", release, processors, line)
				}
			}
		}
	}
}
