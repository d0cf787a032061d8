package launcher

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// stackable is Stackable's spark-k8s-operator.
func stackable() *Launcher {
	return &Launcher{
		Name: "stackable",
		Traits: spark.Traits{Group: "spark.stackable.tech", Kubernetes: true, WholeConf: true, OwnTemplates: true, OwnConnect: true, OwnOverhead: true,
			Kinds: []spark.Kind{
				{Kind: "SparkApplication", Versions: []string{"v1alpha1"}, Label: "app.kubernetes.io/instance", Mark: spark.LabelManagedBy, Value: "spark.stackable.tech_sparkapplication", OnChange: spark.Ignored},
				{Kind: "SparkConnectServer", Versions: []string{"v1alpha1"}, Label: "app.kubernetes.io/instance", Mark: spark.LabelManagedBy, Value: "spark.stackable.tech_connect", OnChange: spark.Replaces},
				{Kind: "SparkHistoryServer", Versions: []string{"v1alpha1"}, Label: "app.kubernetes.io/instance", Mark: spark.LabelManagedBy, Value: "spark.stackable.tech_history", OnChange: spark.Replaces},
			}},
		shape: []string{"sparkImage", "nodes", "image", "driver", "executor", "server"},
		read:  (*Reader).stackable,
		predict: func(p *pod.Prediction, _ *workload.Document, s *workload.Slot) {
			p.Overrides()
			if !s.Submitted {
				p.Stackable()
				return
			}
			p.Job()
		},
		Configure: stackableOps,
		// sparkConf would take the place of the operator's own options.
		Home: stackableHome,
	}
}

// stackable reads a resource of Stackable's operator (rust/operator-binary/src of spark-k8s-operator 24.3 to 26.3). What the
// operator sets by itself stands in the configuration without a place.
func (r *Reader) stackable(d *workload.Document) error {
	s, err := r.resource(d)
	if err != nil {
		return err
	}
	d.Conf = s.conf
	switch d.Kind {
	case "SparkApplication", "SparkApplicationTemplate":
		return r.stackableApplication(d, s)
	case "SparkConnectServer":
		return r.stackableConnect(d, s)
	case "SparkHistoryServer":
		return r.stackableHistory(d, s)
	}
	d.Conf = nil
	return nil
}

// stackableContainer is the name of Spark's container in pods of the operator.
const stackableContainer = "spark"

func (s *resource) own(key, value string) { s.conf[key] = spark.Setting{Value: value} }

func (r *Reader) stackableApplication(d *workload.Document, s *resource) error {
	spec := patch.Path{"spec"}
	if merged := d.Meta.Annotations["spark-application.template.merge"]; merged == "true" {
		d.Notes = append(d.Notes, "the operator merges SparkApplicationTemplates into it, which were not read: it was checked without them")
	}
	class, java := s.text(spec.With("mainClass"))
	s.own(spark.KeyOverheadFactor, "0.0") // crd/mod.rs build_command: the overhead is taken off the heap instead
	s.own("spark.ui.prometheus.enabled", "true")
	s.own("spark.metrics.conf.*.sink.prometheusServlet.class", "org.apache.spark.metrics.sink.PrometheusServlet")
	s.own("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus")
	s.own("spark.kubernetes.authenticate.driver.serviceAccountName", d.Name) // the pod template says it
	file, _ := s.text(spec.With("mainApplicationFile"))
	kind := "java"
	switch {
	case strings.HasSuffix(file, ".py"):
		kind = "python"
	case strings.HasSuffix(file, ".R"), strings.HasSuffix(file, ".r"):
		kind = "r"
	}
	s.put(spark.KeyResourceType, kind, spec.With("mainApplicationFile"))
	for _, role := range spark.Jobs {
		word := string(role)
		at := spec.With(word)
		s.set("spark.kubernetes."+word+".container.image", spec.With("sparkImage", "custom"))
		s.own("spark."+word+".defaultJavaOptions", "-Dlog4j.configurationFile=/stackable/log_config/log4j2.properties")
		s.stackableOptions("spark."+word+".extraJavaOptions", "-Djava.security.properties=/stackable/log_config/security.properties", at)
		s.stackableCPU(word, at)
		if limit, place := s.stackableMemory(at, "1Gi"); limit > 0 {
			s.put("spark."+word+".memory", strconv.FormatInt(withoutOverhead(limit, java), 10)+"m", place)
		}
	}
	s.set("spark.executor.instances", spec.With("executor", "replicas"))
	if _, logs := s.value(spec.With("logFileDirectory")).(map[string]any); logs {
		s.put("spark.eventLog.enabled", "true", spec.With("logFileDirectory"))
		s.set("spark.eventLog.dir", spec.With("logFileDirectory", "customLogDirectory"))
		if prefix, ok := s.text(spec.With("logFileDirectory", "s3", "prefix")); ok {
			s.put("spark.eventLog.dir", "s3a://bucket/"+prefix, spec.With("logFileDirectory", "s3"))
		}
	}
	s.pairs("", spec.With("sparkConf"))
	for _, role := range spark.Jobs {
		id := s.stackableIdentity(role, spec.With("sparkImage"))
		slot := owned(id, spec.With(string(role), "podOverrides"), stackableContainer, s.conf)
		if role == spark.Driver {
			python := kind == "python"
			id.MainClass, id.Python, id.Role = class, &python, serverOf(class, role)
			slot = owned(id, slot.At, stackableContainer, s.conf)
			slot.Outside = s.handed(spec.With("args"))
		}
		if err := r.hold(d, submitted(slot), false); err != nil {
			return err
		}
	}
	return nil
}

func (s *resource) stackableIdentity(role spark.Role, image patch.Path) spark.Identity {
	version, _ := s.text(image.With("productVersion"))
	return identityOf(role, spark.Stackable, version, &s.d.Meta)
}

// stackableOptions are the operator's own JVM options and those that the user adds.
func (s *resource) stackableOptions(key, options string, role patch.Path) {
	at := role.With("jvmArgumentOverrides", "add")
	list, _ := s.value(at).([]any)
	for i := range list {
		if text, ok := s.text(at.With(strconv.Itoa(i))); ok {
			options += " " + text
		}
	}
	if len(list) == 0 {
		s.own(key, options)
		return
	}
	s.put(key, options, at)
}

// stackableCPU makes settings of a role's CPU, of 250m to 1 where nothing is said (resources_to_driver_props).
func (s *resource) stackableCPU(word string, role patch.Path) {
	cpu := role.With("config", "resources", "cpu")
	field := func(name, otherwise string) (string, patch.Path) {
		if text, ok := s.text(cpu.With(name)); ok {
			return text, cpu.With(name)
		}
		return otherwise, nil
	}
	low, lowAt := field("min", "250m")
	high, highAt := field("max", "1")
	if q, err := quantity.ParseQuantity(high); err == nil {
		s.put("spark."+word+".cores", strconv.FormatInt((q.MilliValue()+999)/1000, 10), highAt)
	}
	s.put("spark.kubernetes."+word+".request.cores", low, lowAt)
	s.put("spark.kubernetes."+word+".limit.cores", high, highAt)
}

// stackableMemory is a role's memory limit in MiB, and where it stands.
func (s *resource) stackableMemory(role patch.Path, otherwise string) (mib int64, at patch.Path) {
	at = role.With("config", "resources", "memory", "limit")
	text, said := s.text(at)
	if !said {
		text, at = otherwise, nil
	}
	q, err := quantity.ParseQuantity(text)
	if err != nil {
		return 0, nil
	}
	return q.Value() >> 20, at
}

// withoutOverhead is the heap that the operator asks for of a limit (subtract_spark_memory_overhead): a tenth of it goes to
// what a JVM takes beside its heap, two fifths for other languages, and 384 MiB at least.
func withoutOverhead(limit int64, java bool) int64 {
	const least = 384
	if limit < least {
		return limit
	}
	factor := float32(1.4)
	if java {
		factor = 1.1
	}
	return limit - max(least, limit-int64(math.Floor(float64(float32(limit)*(1/factor)))))
}

// stackableConnect reads a Connect server: its operator writes one spark-defaults.conf of both roles' settings.
func (r *Reader) stackableConnect(d *workload.Document, s *resource) error {
	spec := patch.Path{"spec"}
	server, executor := spec.With("server"), spec.With("executor")
	s.own("spark.ui.prometheus.enabled", "true")
	s.own("spark.submit.deployMode", "client")
	s.own("spark.driver.host", d.Name+"-server")
	s.own("spark.kubernetes.authenticate.driver.serviceAccountName", d.Name)
	s.set("spark.kubernetes.container.image", spec.With("image", "custom"))
	s.stackableOptions("spark.driver.defaultJavaOptions", "-Djava.security.properties=/stackable/spark/conf/security.properties", server)
	s.stackableOptions("spark.executor.defaultJavaOptions", "-Djava.security.properties=/stackable/spark/conf/security.properties", executor)
	s.stackableCPU("executor", executor)
	delete(s.conf, "spark.executor.cores") // connect/executor.rs sets the pod's alone
	if limit, at := s.stackableMemory(executor, "1024Mi"); limit > 0 {
		s.put("spark.executor.memory", fmt.Sprintf("%dm", limit), at)
	}
	s.own("spark.executor.memoryOverhead", "0")
	s.pairs("", server.With("configOverrides", workload.KeyDefaults))
	s.pairs("", executor.With("configOverrides", workload.KeyDefaults))
	id := s.stackableIdentity(spark.Connect, spec.With("image"))
	if err := r.hold(d, owned(id, server.With("podOverrides"), stackableContainer, s.conf), false); err != nil {
		return err
	}
	id = s.stackableIdentity(spark.Executor, spec.With("image"))
	return r.hold(d, submitted(owned(id, executor.With("podOverrides"), stackableContainer, s.conf)), false)
}

// stackableHistory reads a History server: one StatefulSet for each role group.
func (r *Reader) stackableHistory(d *workload.Document, s *resource) error {
	spec := patch.Path{"spec"}
	s.set("spark.history.fs.logDirectory", spec.With("logFileDirectory", "customLogDirectory"))
	s.set("spark.kubernetes.container.image", spec.With("image", "custom"))
	s.pairs("", spec.With("sparkConf"))
	if _, whole := s.value(spec.With("nodes", "podOverrides")).(map[string]any); whole {
		d.Notes = append(d.Notes, "the podOverrides of spec.nodes, which hold for every role group, were not checked")
	}
	groups := spec.With("nodes", "roleGroups")
	for _, name := range s.keys(groups) {
		id := s.stackableIdentity(spark.History, spec.With("image"))
		if err := r.hold(d, owned(id, groups.With(name, "podOverrides"), "spark-history", s.conf), false); err != nil {
			return err
		}
	}
	return nil
}
