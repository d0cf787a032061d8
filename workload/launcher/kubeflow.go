package launcher

import (
	"path"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// field is a field of a pod's section in a Kubeflow resource and the key that it becomes, %s being driver or executor.
type field struct{ name, key string }

// podFields in the operator's order (internal/controller/sparkapplication/submission.go). It hands them to
// spark-submit after sparkConf, so they win over it.
var podFields = []field{
	{"image", "spark.kubernetes.%s.container.image"},
	{"cores", "spark.%s.cores"},
	{"coreRequest", "spark.kubernetes.%s.request.cores"},
	{"coreLimit", "spark.kubernetes.%s.limit.cores"},
	{"memory", "spark.%s.memory"},
	{"memoryOverhead", "spark.%s.memoryOverhead"},
	{"serviceAccount", "spark.kubernetes.authenticate.%s.serviceAccountName"},
	{"javaOptions", "spark.%s.extraJavaOptions"},
	{"instances", "spark.%s.instances"},
	{"deleteOnTermination", "spark.kubernetes.%s.deleteOnTermination"},
}

// kubeflow is Kubeflow's spark-operator.
func kubeflow() *Launcher {
	return &Launcher{
		Name: "kubeflow",
		Traits: spark.Traits{Group: "sparkoperator.k8s.io", Kubernetes: true, WholeConf: true, OwnTemplates: true, OwnConnect: true, Webhook: true, FieldsWin: true, KeepsName: true,
			Kinds: []spark.Kind{
				{Kind: "SparkApplication", Versions: []string{"v1beta2"}, Label: "sparkoperator.k8s.io/app-name", OnChange: spark.Reruns},
				{Kind: "ScheduledSparkApplication", Versions: []string{"v1beta2"}, Makes: "SparkApplication", OnChange: spark.NextRun},
				{Kind: "SparkConnect", Versions: []string{"v1alpha1"}, Label: "sparkoperator.k8s.io/connect-name", OnChange: spark.KeepsPods},
			}, Marks: []string{"sparkoperator.k8s.io/launched-by-spark-operator"}},
		shape: []string{"driver", "executor", "server", "sparkVersion", "restartPolicy"},
		read:  (*Reader).kubeflow,
		predict: func(p *pod.Prediction, d *workload.Document, s *workload.Slot) {
			if s.Role == spark.Connect && d.Kind == "SparkConnect" {
				p.Connect()
				return
			}
			p.Job()
		},
		Configure: kubeflowOps,
		Home:      kubeflowHome,
	}
}

func (r *Reader) kubeflow(d *workload.Document) error {
	switch d.Kind {
	case "SparkApplication":
		return r.kubeflowApplication(d, patch.Path{"spec"})
	case "ScheduledSparkApplication":
		return r.kubeflowApplication(d, patch.Path{"spec", "template"})
	case "SparkConnect":
		return r.kubeflowConnect(d)
	}
	return nil
}

func (r *Reader) kubeflowApplication(d *workload.Document, spec patch.Path) error {
	s, err := r.resource(d)
	if err != nil {
		return err
	}
	// These come before sparkConf on the operator's command line, so sparkConf wins over them.
	s.set("spark.kubernetes.container.image", spec.With("image"))
	s.set("spark.kubernetes.container.image.pullPolicy", spec.With("imagePullPolicy"))
	s.joined("spark.kubernetes.container.image.pullSecrets", spec.With("imagePullSecrets"))
	s.set("spark.kubernetes.pyspark.pythonVersion", spec.With("pythonVersion"))
	s.set(spark.KeyOverheadFactor, spec.With("memoryOverheadFactor"))
	s.pairs("", spec.With("sparkConf"))
	s.pairs("spark.hadoop.", spec.With("hadoopConf"))
	s.monitored(spec)
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		s.set("spark.kubernetes."+string(role)+".container.image", spec.With("image"))
		s.podFields(role, spec.With(string(role)))
		s.watched(spec, role)
	}
	s.pairs("spark.kubernetes.node.selector.", spec.With("nodeSelector"))
	s.dynamicAllocation(spec.With("dynamicAllocation"))
	s.resourceType(spec)

	version, _ := s.text(spec.With("sparkVersion"))
	class, _ := s.text(spec.With("mainClass"))
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		id := identityOf(role, spark.Kubeflow, version, &d.Meta)
		if role == spark.Driver {
			id.MainClass, id.Python = class, s.python(spec)
			id.Role = serverOf(class, role)
		}
		slot := owned(id, spec.With(string(role), "template"), spark.ContainerName(role), s.conf)
		slot.Defaulted, slot.Section = s.kubeflowDefaulted(spec, role), spec.With(string(role))
		if role == spark.Driver {
			slot.Outside = s.handed(spec.With("arguments"))
		}
		if err := r.hold(d, submitted(slot), true); err != nil {
			return err
		}
	}
	d.Conf = s.conf
	return nil
}

// podFields makes a section of one pod configuration: its own fields, then environment and labels.
func (s *resource) podFields(role spark.Role, at patch.Path) {
	word := string(role)
	for _, f := range podFields {
		s.set(strings.Replace(f.key, "%s", word, 1), at.With(f.name))
	}
	env := "spark.kubernetes.driverEnv."
	if role == spark.Executor {
		env = "spark.executorEnv."
	}
	s.pairs(env, at.With("envVars"))
	s.pairs("spark.kubernetes."+word+".label.", at.With("labels"))
	s.pairs("spark.kubernetes."+word+".annotation.", at.With("annotations"))
	s.secrets(word, env, at)
	list, _ := s.value(at.With("env")).([]any)
	for i := range list {
		one := at.With("env", strconv.Itoa(i))
		if name, ok := s.text(one.With("name")); ok {
			s.fill(env+name, one.With("value")) // put on the pod by the operator's webhook, if that is on
		}
	}
}

// secrets are those that the section mounts or sets variables from.
func (s *resource) secrets(word, env string, at patch.Path) {
	for _, name := range s.keys(at.With("envSecretKeyRefs")) {
		ref := at.With("envSecretKeyRefs", name)
		secret, _ := s.text(ref.With("name"))
		key, _ := s.text(ref.With("key"))
		s.put("spark.kubernetes."+word+".secretKeyRef."+name, secret+":"+key, ref)
	}
	list, _ := s.value(at.With("secrets")).([]any)
	for i := range list {
		one := at.With("secrets", strconv.Itoa(i))
		name, _ := s.text(one.With("name"))
		s.set("spark.kubernetes."+word+".secrets."+name, one.With("path"))
		folder, _ := s.text(one.With("path"))
		switch kind, _ := s.text(one.With("secretType")); kind {
		case "GCPServiceAccount":
			s.put(env+"GOOGLE_APPLICATION_CREDENTIALS", path.Join(folder, "key.json"), one.With("secretType"))
		case "HadoopDelegationToken":
			s.put(env+"HADOOP_TOKEN_FILE_LOCATION", path.Join(folder, "hadoop.token"), one.With("secretType"))
		}
	}
}

// joined makes a list one setting.
func (s *resource) joined(key string, at patch.Path) {
	list, _ := s.value(at).([]any)
	var texts []string
	for i := range list {
		if text, ok := s.text(at.With(strconv.Itoa(i))); ok && text != "" {
			texts = append(texts, text)
		}
	}
	if len(texts) > 0 {
		s.put(key, strings.Join(texts, ","), at)
	}
}

func (s *resource) dynamicAllocation(at patch.Path) {
	if on, _ := s.text(at.With("enabled")); on != "true" {
		return
	}
	const key = "spark.dynamicAllocation."
	s.set(key+"enabled", at.With("enabled"))
	for _, name := range []string{"initialExecutors", "minExecutors", "maxExecutors"} {
		s.set(key+name, at.With(name))
	}
	// The operator switches tracking on unless told otherwise.
	s.put(key+"shuffleTracking.enabled", "true", at)
	s.set(key+"shuffleTracking.enabled", at.With("shuffleTrackingEnabled"))
	s.set(key+"shuffleTracking.timeout", at.With("shuffleTrackingTimeout"))
}

// resourceType says what spark-submit finds out in cluster mode, on which the memory overhead of Python hangs.
func (s *resource) resourceType(spec patch.Path) {
	if mode, set := s.text(spec.With("mode")); set && mode != "cluster" {
		return
	}
	at := spec.With("type")
	switch kind, _ := s.text(at); kind {
	case "Python", "R", "Java", "Scala":
		if kind == "Scala" {
			kind = "java"
		}
		s.conf[spark.KeyResourceType] = spark.Setting{Value: strings.ToLower(kind), Path: at, Line: s.d.LineOf(at)}
	}
}

func (s *resource) python(spec patch.Path) *bool {
	kind, ok := s.text(spec.With("type"))
	if !ok {
		return nil
	}
	python := kind == "Python"
	return &python
}

// kubeflowConnect reads a SparkConnect: its server is the driver, in client mode.
func (r *Reader) kubeflowConnect(d *workload.Document) error {
	s, err := r.resource(d)
	if err != nil {
		return err
	}
	spec := patch.Path{"spec"}
	s.set("spark.kubernetes.container.image", spec.With("image"))
	s.set("spark.kubernetes.executor.container.image", spec.With("image"))
	s.set("spark.kubernetes.executor.container.image", s.connectImage(spec.With("executor", "template", "spec", "containers")))
	s.pairs("", spec.With("sparkConf"))
	s.pairs("spark.hadoop.", spec.With("hadoopConf"))
	s.set("spark.driver.cores", spec.With("server", "cores"))
	s.set("spark.driver.memory", spec.With("server", "memory"))
	for _, name := range []string{"instances", "cores", "memory"} {
		s.set("spark.executor."+name, spec.With("executor", name))
	}
	s.dynamicAllocation(spec.With("dynamicAllocation"))

	version, _ := s.text(spec.With("sparkVersion"))
	d.Conf = s.conf
	server := owned(identityOf(spark.Connect, spark.Kubeflow, version, &d.Meta), spec.With("server", "template"), spark.ContainerName(spark.Driver), s.conf)
	if err := r.hold(d, server, false); err != nil {
		return err
	}
	executor := owned(identityOf(spark.Executor, spark.Kubeflow, version, &d.Meta), spec.With("executor", "template"), spark.ContainerName(spark.Executor), s.conf)
	return r.hold(d, submitted(executor), true)
}

// connectImage is where the executors' template names their image: the operator hands that one to Spark.
func (s *resource) connectImage(containers patch.Path) patch.Path {
	list, _ := s.value(containers).([]any)
	for i := range list {
		if name, _ := s.text(containers.With(strconv.Itoa(i), "name")); name == spark.ContainerName(spark.Executor) {
			return containers.With(strconv.Itoa(i), "image")
		}
	}
	return containers.With("0", "image")
}
