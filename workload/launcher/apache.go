package launcher

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// apache is Apache's spark-kubernetes-operator.
func apache() *Launcher {
	return &Launcher{
		Name: "apache",
		Traits: spark.Traits{Group: "spark.apache.org", Kubernetes: true, WholeConf: true, ClusterMode: true, ReadsReadiness: true, OneSpark: true, StartsServers: true,
			Kinds: []spark.Kind{
				{Kind: "SparkApplication", Versions: []string{"v1", "v1beta1", "v1alpha1"}, Label: "spark.operator/spark-app-name", OnChange: spark.Ignored},
				{Kind: "SparkCluster", Versions: []string{"v1", "v1beta1", "v1alpha1"}, Label: "spark.operator/spark-cluster-name", OnChange: spark.Ignored},
			}, Marks: []string{"spark.operator/name"},
			Adds: map[string]string{ // SparkAppSubmissionWorker
				"spark.authenticate":                            "true",
				"spark.io.encryption.enabled":                   "true",
				"spark.kubernetes.driver.annotateExitException": "true",
				"spark.kubernetes.executor.useDriverPodIP":      "true",
			}},
		shape: []string{"runtimeVersions", "driverSpec", "executorSpec", "masterSpec", "workerSpec", "clusterTolerations", "applicationTolerations"},
		read:  (*Reader).apache,
		predict: func(p *pod.Prediction, d *workload.Document, s *workload.Slot) {
			if d.Kind == "SparkCluster" {
				p.Daemon()
			} else {
				p.Job()
			}
			if s.Role != spark.Executor {
				p.Guarded()
			}
		},
		Configure: apacheOps,
		Home:      apacheHome,
	}
}

func (r *Reader) apache(d *workload.Document) error {
	switch d.Kind {
	case "SparkApplication":
		return r.apacheApplication(d)
	case "SparkCluster":
		return r.apacheCluster(d)
	}
	return nil
}

func (r *Reader) apacheApplication(d *workload.Document) error {
	s, err := r.resource(d)
	if err != nil {
		return err
	}
	spec := patch.Path{"spec"}
	for key, value := range spark.Apache.Traits().Adds {
		s.conf[key] = spark.Setting{Value: value}
	}
	s.pairs("", spec.With("sparkConf"))
	d.Conf = s.conf
	python := s.resourceOf(spec)
	version, _ := s.text(spec.With("runtimeVersions", "sparkVersion"))
	class, _ := s.text(spec.With("mainClass"))
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		id := identityOf(role, spark.Apache, version, &d.Meta)
		if role == spark.Driver {
			id.MainClass, id.Python, id.Role = class, &python, serverOf(class, role)
		}
		name, set := s.conf.Get("spark.kubernetes." + string(role) + ".podTemplateContainerName")
		if !set {
			name = spark.ContainerName(role)
		}
		slot := owned(id, spec.With(string(role)+"Spec", "podTemplateSpec"), name, s.conf)
		if role == spark.Driver {
			slot.Outside = s.handed(spec.With("driverArgs"))
		}
		if err := r.hold(d, submitted(slot), true); err != nil {
			return err
		}
	}
	return nil
}

// resourceOf says what kind of application it is, by the file that the resource names.
func (s *resource) resourceOf(spec patch.Path) (python bool) {
	for _, kind := range []struct{ field, value string }{{"pyFiles", "python"}, {"sparkRFiles", "r"}, {"jars", "java"}} {
		at := spec.With(kind.field)
		if text, _ := s.text(at); text != "" {
			s.conf[spark.KeyResourceType] = spark.Setting{Value: kind.value, Path: at, Line: s.d.LineOf(at)}
			return kind.value == "python"
		}
	}
	return false
}

func (r *Reader) apacheCluster(d *workload.Document) error {
	s, err := r.resource(d)
	if err != nil {
		return err
	}
	spec := patch.Path{"spec"}
	s.pairs("", spec.With("sparkConf"))
	d.Conf = s.conf
	version, _ := s.text(spec.With("runtimeVersions", "sparkVersion"))
	for _, role := range []spark.Role{spark.Master, spark.Worker} {
		word := string(role)
		at := spec.With(word+"Spec", "statefulSetSpec", "template")
		// The operator merges its own container into the template by this name.
		if err := r.hold(d, owned(identityOf(role, spark.Apache, version, &d.Meta), at, word, s.conf), false); err != nil {
			return err
		}
	}
	return nil
}
