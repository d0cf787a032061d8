package jvm

import (
	"slices"
	"strings"
)

// logSelectors are the flags of Java 8 that log something and what selects the same from 9 on (JEP 158, JEP 271 and the
// table "Convert GC Logging Flags to Xlog" of the java command's documentation).
var logSelectors = map[string]string{
	"PrintGC": "gc", "PrintGCDetails": "gc*", "PrintTenuringDistribution": "gc+age=trace", "PrintAdaptiveSizePolicy": "gc+ergo*=trace",
	"PrintHeapAtGC": "gc+heap=trace", "PrintReferenceGC": "gc+ref*=debug", "PrintGCApplicationStoppedTime": "safepoint",
	"PrintGCApplicationConcurrentTime": "safepoint", "PrintParallelOldGCPhaseTimes": "gc+phases=trace", "PrintPromotionFailure": "gc+promotion=debug",
	"PrintPLAB": "gc+plab=trace", "PrintJNIGCStalls": "gc+jni=debug", "PrintClassHistogramBeforeFullGC": "classhisto*=trace",
	"PrintClassHistogramAfterFullGC": "classhisto*=trace", "PrintGCTaskTimeStamps": "gc+task*=debug",
}

// XlogOf gathers the options of a garbage collection log as Java 8 spells them into the one that says the same from Java 9
// on: what is logged, the file of -Xloggc, date stamps as the decorator time, the number and size of rotated files.
// of are the indexes of the tokens it stands for, in order. ok is false where nothing is logged, and where an -Xlog or a
// second file is there already, or a file's name that -Xlog would read otherwise.
func XlogOf(tokens []string) (option string, of []int, ok bool) {
	var selectors []string
	file, dates, rotate, count, size := "", false, false, "", ""
	choose := func(selector string) {
		if !slices.Contains(selectors, selector) {
			selectors = append(selectors, selector)
		}
	}
	for i, token := range tokens {
		if name, is := strings.CutPrefix(token, "-Xloggc:"); is {
			if file != "" || name == "" || strings.ContainsAny(name, ":,\"' ") {
				return "", nil, false
			}
			file = name
			choose("gc")
			of = append(of, i)
			continue
		}
		if strings.HasPrefix(token, "-Xlog") {
			return "", nil, false
		}
		name, sign, is := ParseFlag(token)
		if !is || sign == '-' {
			continue
		}
		_, value, _ := strings.Cut(token, "=")
		switch selector := logSelectors[name]; {
		case selector != "" && sign == '+':
			choose(selector)
		case name == "PrintGCDateStamps":
			dates = true
		case name == "PrintGCTimeStamps", name == "PrintGCCause", name == "PrintGCID":
		case name == "UseGCLogFileRotation":
			rotate = true
		case name == "NumberOfGCLogFiles" && plainNumber(value):
			count = value
		case name == "GCLogFileSize" && plainNumber(strings.TrimRight(value, "kKmMgG")):
			size = value
		default:
			continue
		}
		of = append(of, i)
	}
	if len(selectors) == 0 {
		return "", nil, false
	}
	if slices.Contains(selectors, "gc*") {
		selectors = slices.DeleteFunc(selectors, func(s string) bool { return s == "gc" })
	}
	option = "-Xlog:" + strings.Join(selectors, ",")
	output, decorators, rotation := "", "", ""
	if file != "" {
		output = "file=" + file
	}
	if dates {
		decorators = "time,uptime,level,tags"
	}
	if file != "" && rotate && count != "" {
		rotation = "filecount=" + count
	}
	if file != "" && rotate && size != "" {
		rotation = strings.TrimPrefix(rotation+",filesize="+size, ",")
	}
	return strings.TrimRight(option+":"+output+":"+decorators+":"+rotation, ":"), of, true
}

func plainNumber(s string) bool {
	return s != "" && len(s) <= 4 && strings.Trim(s, "0123456789") == ""
}

// logRotation are flags of the log that select nothing by themselves.
var logRotation = []string{"PrintGCDateStamps", "PrintGCTimeStamps", "PrintGCCause", "PrintGCID", "UseGCLogFileRotation", "NumberOfGCLogFiles", "GCLogFileSize"}

// ModernOption says in a few words what took the place of a flag that is gone; "" where nothing did.
func ModernOption(flag string) string {
	name, _, _ := ParseFlag(flag)
	begins := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	switch selector := logSelectors[name]; {
	case selector != "":
		return "-Xlog:" + selector
	case slices.Contains(logRotation, name):
		return "-Xlog:gc*:file=F:time,uptime,level,tags:filecount=5,filesize=20m"
	case begins("CMS", "UseCMS", "UseConcMarkSweepGC", "UseParNewGC", "ParGC", "FLS", "ExplicitGCInvokesConcurrentAndUnloadsClasses"):
		return "then G1 runs; for throughput use -XX:+UseParallelGC"
	case name == "UseParallelOldGC":
		return "-XX:+UseParallelGC"
	case name == "MaxPermSize", name == "PermSize":
		return "classes are in Metaspace; -XX:MaxMetaspaceSize limits it"
	case name == "UseCGroupMemoryLimitForHeap":
		return "nothing: the JVM knows its container's limits, and Spark passes -Xmx"
	case begins("MaxRAMFraction", "MinRAMFraction", "InitialRAMFraction", "DefaultMaxRAMFraction"):
		return "spark.{driver,executor}.memory, which Spark passes as -Xmx"
	case begins("TraceClassLoading"):
		return "-Xlog:class+load"
	case begins("TraceClassUnloading"):
		return "-Xlog:class+unload"
	case begins("UseBiasedLocking", "BiasedLocking"):
		return "nothing: locks are no longer biased"
	case name == "AggressiveOpts":
		return "nothing: its optimizations are now default or removed"
	case name == "ZGenerational":
		return "-XX:+UseZGC alone: it has no other mode from 24 on"
	}
	return ""
}
