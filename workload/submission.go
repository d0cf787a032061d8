package workload

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// submission is a spark-submit that a container runs with Kubernetes as its cluster manager.
type submission struct {
	spark.Submit
	container int
	name      string     // of the container
	words     []word     // behind the program
	conf      spark.Conf // what the arguments say; a properties file and spark-defaults.conf may add to it
	cluster   bool       // the driver is a pod of its own: the container only submits
	python    bool       // the application is written in Python
	notes     []string   // what could not be read of it
	unseen    []string   // why a setting of it is not known
	anyKind   bool       // it may be written in any language
	defaults  defaults   // where its spark-defaults.conf would be
	at        patch.Path // the container's
	version   spark.Version
}

// submissionOf finds the container of a pod that runs spark-submit. It is nil where none does, where more than one does,
// and where it cannot be read with certainty, which the notes tell.
func submissionOf(namespace string, t *corev1.PodTemplateSpec, at patch.Path) (found *submission, notes []string) {
	for i := range t.Spec.Containers {
		c := &t.Spec.Containers[i]
		words, why := submitWords(c)
		if words == nil && why == "" {
			continue
		}
		s := &submission{container: i, name: c.Name, words: words, at: at.With("spec", "containers", strconv.Itoa(i))}
		s.defaults = defaultsOf(namespace, t, i)
		runs := false
		if why == "" {
			runs, why = s.read(c)
		}
		switch {
		case why != "":
			notes = append(notes, fmt.Sprintf("container %s seems to run spark-submit, and what it submits was not checked: %s", c.Name, why))
		case runs && found != nil:
			return nil, []string{fmt.Sprintf("containers %s and %s both run spark-submit, and what they submit was not checked", found.name, c.Name)}
		case runs:
			found = s
		}
	}
	if found != nil {
		notes = append(notes, found.notes...)
	}
	return found, notes
}

// read makes sense of the words. runs is false where no application is run, or none by Kubernetes.
func (s *submission) read(c *corev1.Container) (runs bool, why string) {
	args := make([]string, len(s.words))
	for i, w := range s.words {
		args[i] = w.text
		if w.open != "" && strings.HasPrefix(w.text, "$") && i == 0 {
			return false, "its first argument is the variable " + w.open
		}
	}
	var err error
	if s.Submit, err = spark.ParseSubmit(args); err != nil {
		return false, err.Error()
	}
	if !s.Runs {
		return false, ""
	}
	if s.Resource == "" {
		return false, "it names no application"
	}
	if why := s.resource(); why != "" {
		return false, why
	}
	if why := s.settings(); why != "" {
		return false, why
	}
	return s.mode(c)
}

// resource looks at the application's own file, where a variable names it.
func (s *submission) resource() (why string) {
	at := slices.IndexFunc(s.words, func(w word) bool { return w.open != "" && w.text == s.Resource })
	if at < 0 {
		return ""
	}
	open := s.words[at].open
	for _, w := range s.words[at+1:] {
		name, _, _ := strings.Cut(w.text, "=")
		switch name {
		case "--conf", "--class", "--name", "--master", "--deploy-mode", "--properties-file", "--driver-memory", "--executor-memory", "--num-executors":
			return "one of its arguments is the variable " + open + ", which may be an option"
		}
	}
	for _, end := range [...]string{".py", ".jar", ".R", ".r"} {
		if strings.HasSuffix(s.Resource, end) {
			return ""
		}
	}
	if s.anyKind = s.Class == ""; s.anyKind {
		s.unseen = append(s.unseen, "the application is the variable "+open+", which cannot be seen, and Python's takes more memory")
	}
	return ""
}

// settings makes a configuration of what is given.
func (s *submission) settings() (why string) {
	s.conf = spark.Conf{}
	for i := range s.Given {
		g := &s.Given[i]
		if s.Decides(g.Key) != i || !strings.HasPrefix(g.Key, "spark.") {
			continue
		}
		w := s.words[g.At]
		if name := w.open; name != "" && g.Key != "spark.master" {
			switch {
			case g.Key == "spark.submit.deployMode":
				return fmt.Sprintf("%s is the variable %s, which cannot be seen", g.Key, name)
			case !anyValue(g.Key):
				s.unseen = append(s.unseen, fmt.Sprintf("%s is the variable %s, which cannot be seen", g.Key, name))
			}
			continue
		}
		s.conf[g.Key] = spark.Setting{Value: g.Value, Path: s.at.With(w.list, strconv.Itoa(w.index))}
	}
	return ""
}

// anyValue says that nothing depends on what the key holds: names and addresses that a pod is told at its start, labels
// and variables of its own.
func anyValue(key string) bool {
	switch key {
	case "spark.driver.host", "spark.driver.bindAddress", "spark.kubernetes.driver.pod.name", "spark.kubernetes.namespace", "spark.app.name", "spark.app.id",
		"spark.kubernetes.executor.podNamePrefix":
		return true
	}
	for _, prefix := range [...]string{"spark.kubernetes.driver.label.", "spark.kubernetes.executor.label.", "spark.kubernetes.driver.annotation.",
		"spark.kubernetes.executor.annotation.", "spark.kubernetes.driverEnv.", "spark.executorEnv."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// mode finds where the driver runs, and what Spark that is.
func (s *submission) mode(c *corev1.Container) (runs bool, why string) {
	master, set := s.conf.Get("spark.master")
	onKubernetes := strings.HasPrefix(master, "k8s://")
	if !set {
		onKubernetes = slices.ContainsFunc(s.conf.Keys(), func(key string) bool { return strings.HasPrefix(key, "spark.kubernetes.") })
	}
	if !onKubernetes {
		if set {
			return false, "its master is " + master + ", and only what Kubernetes runs is known here"
		}
		if s.PropertiesFile != "" {
			return false, "no argument names its master, and the properties file " + s.PropertiesFile + ", which is not read, may"
		}
		return false, "no argument names its master"
	}
	mode, _ := s.conf.Get("spark.submit.deployMode")
	if s.cluster = mode == "cluster"; !s.cluster && mode != "" && mode != "client" {
		return false, "there is no deploy mode " + mode
	}
	if mode == "" && s.PropertiesFile != "" {
		return false, "no argument names its deploy mode, and the properties file " + s.PropertiesFile + ", which is not read, may"
	}
	if mode == "" && s.defaults.may {
		return false, "no argument names its deploy mode, and the spark-defaults.conf that is mounted, which is not read, may"
	}
	if mode == "" {
		s.conf["spark.submit.deployMode"] = spark.Setting{Value: "client", Path: s.at}
	}
	s.python = strings.HasSuffix(s.Resource, ".py")
	if s.cluster && !s.anyKind { // what its client finds out, on which the memory overhead hangs
		kind := "java"
		switch {
		case s.python:
			kind = "python"
		case strings.HasSuffix(s.Resource, ".R"), strings.HasSuffix(s.Resource, ".r"):
			kind = "r"
		}
		s.conf[spark.KeyResourceType] = spark.Setting{Value: kind, Path: s.at}
	}
	s.version = versionOfImages(s.conf["spark.kubernetes.driver.container.image"].Value, s.conf["spark.kubernetes.container.image"].Value, c.Image)
	return true, ""
}

// VersionOfConf is the version of the image that a configuration names for an application's driver, else for all its pods;
// zero where that cannot be told.
func VersionOfConf(conf spark.Conf) spark.Version {
	for _, key := range []string{"spark.kubernetes.driver.container.image", "spark.kubernetes.container.image"} {
		if image, set := conf.Get(key); set {
			return versionOfImages(image)
		}
	}
	return spark.Version{}
}

func versionOfImages(images ...string) spark.Version {
	for _, image := range images {
		if facts, _ := spark.Facts(image, nil); image != "" && facts.Spark.Known() {
			return facts.Spark
		}
	}
	return spark.Version{}
}

// submits adds what a pod submits, where it runs spark-submit and is no Spark pod by its own marks. A pod that somebody
// controls shows only what it is itself: the rest is told of its controller.
func (r *reader) submits(d *Document, t *corev1.PodTemplateSpec, raw []byte, at patch.Path) {
	s, notes := submissionOf(d.Namespace, t, at)
	d.Notes = append(d.Notes, notes...)
	if s == nil {
		return
	}
	controlled := slices.ContainsFunc(d.Meta.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Controller != nil && *o.Controller })
	for _, slot := range s.slots(t, raw, at) {
		if slot.Template != nil || !controlled {
			d.Slots = append(d.Slots, slot)
		}
	}
}

// slots are the pods that a submission brings: the driver, which in client mode is the container itself, and executors.
func (s *submission) slots(t *corev1.PodTemplateSpec, raw []byte, at patch.Path) []Slot {
	var slots []Slot
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		id := spark.Identity{Role: role, Launcher: spark.Native, Version: s.version, Container: -1, Certain: true, Finite: true, Client: !s.cluster}
		slot := Slot{Launcher: spark.Native, Version: s.version, At: at, Conf: s.conf, Missing: true, ContainerName: containerNames[role], submission: s}
		if role == spark.Driver {
			id.MainClass, id.Python = s.Class, &s.python
			if s.anyKind {
				id.Python = nil
			}
			id.Role = serverOf(s.Class, role)
		}
		if role == spark.Driver && s.cluster {
			c := &t.Spec.Containers[s.container]
			slot.Outside = []Outside{{Path: s.at.With("command"), Args: c.Command}, {Path: s.at.With("args"), Args: c.Args}, {Path: s.at.With("env"), Env: c.Env}}
		}
		if role == spark.Driver && !s.cluster {
			id.Container, id.Finite = s.container, t.Spec.RestartPolicy == corev1.RestartPolicyNever || t.Spec.RestartPolicy == corev1.RestartPolicyOnFailure
			slot.Template, slot.Raw, slot.Missing, slot.ContainerName = t, raw, false, ""
		}
		slot.Role, slot.Identity = id.Role, id
		slots = append(slots, slot)
	}
	return slots
}
