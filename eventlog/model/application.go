package model

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

var logStartTable = names("Event", "Spark Version")

func (r *Recorder) logStart(s *scanner) {
	r.begun = true
	s.each(logStartTable, func(k int) {
		if k == 1 {
			r.run.Application.Version = words(s.text())
		} else {
			s.skip()
		}
	})
}

var applicationStartTable = names("Event", "App Name", "App ID", "Timestamp", "User", "App Attempt ID")

func (r *Recorder) applicationStart(s *scanner) error {
	a := Application{Version: r.run.Application.Version}
	var time int64
	s.each(applicationStartTable, func(k int) {
		switch k {
		case 1:
			a.Name = words(s.text())
		case 2:
			a.ID = words(s.text())
		case 3:
			time = s.time("Timestamp")
		case 5:
			a.Attempt = words(s.text())
		default:
			s.skip()
		}
	})
	if s.failed() {
		return nil
	}
	if a.Attempt != "" && a.Attempt != r.run.Application.Attempt && r.started && a.ID == r.run.Application.ID {
		return MixedError{a.ID + " attempt " + r.run.Application.Attempt, a.ID + " attempt " + a.Attempt}
	}
	if r.started && a.ID != r.run.Application.ID {
		return MixedError{r.run.Application.ID, a.ID}
	}
	if r.started {
		r.odd("applications that start twice")
		return nil
	}
	r.run.Application, r.started, r.start = a, true, r.seen(time)
	return nil
}

var applicationEndTable = names("Event", "Timestamp", "ExitCode")

func (r *Recorder) applicationEnd(s *scanner) {
	var time int64
	var code *int64
	s.each(applicationEndTable, func(k int) {
		switch k {
		case 1:
			time = s.time("Timestamp")
		case 2:
			n := s.within("ExitCode", math.MinInt32, math.MaxInt32)
			code = &n
		default:
			s.skip()
		}
	})
	if s.failed() {
		return
	}
	r.end, r.run.Application.ExitCode = r.seen(time), code
}

var environmentTable = names("Event", "JVM Information", "Spark Properties", "Hadoop Properties", "System Properties")

// environment reads the properties that took effect; a log has them once.
func (r *Recorder) environment(s *scanner) {
	s.each(environmentTable, func(k int) {
		switch k {
		case 1:
			s.properties(&r.run.Java, func(key string) bool { return key == "Java Version" || key == "Scala Version" })
		case 2:
			s.properties(&r.run.Spark, matters)
			r.countSlotsAgain()
		case 4:
			s.properties(&r.run.Java, func(key string) bool { return slices.Contains(javaKeys, key) })
		default:
			s.skip()
		}
	})
}

const (
	maxProperties = 1000
	maxProperty   = 4 << 10 // bytes; twice as many until secrets are masked, so that none is cut there
)

// properties reads the pairs of an object that are wanted. Their secrets are masked when the run is made.
func (s *scanner) properties(into *map[string]string, wanted func(key string) bool) {
	if !s.enter('{') {
		return
	}
	for {
		key, more := s.key()
		if !more {
			return
		}
		if len(key) > maxWords || len(*into) >= maxProperties || !wanted(string(key)) {
			s.skip()
			continue
		}
		value := s.text()
		if *into == nil {
			*into = map[string]string{}
		}
		(*into)[string(key)] = string(value[:min(len(value), 2*maxProperty)])
	}
}

// masked are properties without their secrets.
func masked(properties map[string]string) map[string]string {
	out := maps.Clone(properties)
	for name, value := range out {
		value = mask.Value(name, value)
		out[name] = strings.ToValidUTF8(value[:min(len(value), maxProperty)], "")
	}
	return out
}

var javaKeys = []string{"java.version", "java.vm.name", "java.vm.vendor", "java.vm.version", "os.arch", "os.name"}

// sparkKeys are the properties that say how a run was sized and scheduled; one that ends in a dot stands for all below it.
var sparkKeys = []string{
	"spark.cores.max", "spark.decommission.", "spark.default.parallelism", "spark.deploy.", "spark.driver.", "spark.dynamicAllocation.", "spark.eventLog.", "spark.executor.", "spark.io.compression.",
	"spark.kubernetes.allocation.", "spark.kubernetes.driver.", "spark.kubernetes.executor.", "spark.kubernetes.local.", "spark.kubernetes.memoryOverheadFactor", keyNamespace, "spark.kubernetes.resource.type",
	"spark.kryoserializer.", "spark.locality.", "spark.master", "spark.maxRemoteBlockSizeFetchToMem", "spark.memory.", "spark.plugins", "spark.pyspark.", "spark.python.", "spark.rapids.", "spark.rdd.compress", "spark.reducer.",
	"spark.scheduler.", "spark.serializer", "spark.shuffle.", "spark.speculation", "spark.speculation.", "spark.sql.adaptive.", "spark.sql.autoBroadcastJoinThreshold", "spark.sql.execution.", "spark.sql.files.", "spark.sql.leafNodeDefaultParallelism",
	"spark.sql.shuffle.", "spark.stage.", "spark.storage.", "spark.submit.deployMode", "spark.task.", "spark.worker.",
}

// without are properties below those that say nothing of the kind: names of users, hosts, and what people wrote into them.
var without = []string{
	"spark.driver.host", "spark.driver.bindAddress", "spark.kubernetes.driver.annotation.", "spark.kubernetes.driver.label.", "spark.kubernetes.driver.service.annotation.", "spark.kubernetes.driver.service.label.", "spark.kubernetes.executor.annotation.", "spark.kubernetes.executor.label.",
	"spark.kubernetes.driver.secrets.", "spark.kubernetes.executor.secrets.", "spark.kubernetes.driver.secretKeyRef.", "spark.kubernetes.executor.secretKeyRef.", "spark.kubernetes.executor.env.",
}

// Keeps says whether a Run holds a property of Spark that was set: one that is kept and missing was not set.
func Keeps(key string) bool { return matters(key) }

func matters(key string) bool {
	below := func(prefix string) bool {
		return key == prefix || prefix[len(prefix)-1] == '.' && strings.HasPrefix(key, prefix)
	}
	return slices.ContainsFunc(sparkKeys, below) && !slices.ContainsFunc(without, below)
}
