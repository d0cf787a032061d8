// Package submit reads the command lines and scripts by which spark-submit is run, and edits the settings that they give.
// It is pure: a container in, a Submission out. Start reading at Find.
package submit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Submission is a spark-submit that a container runs with Kubernetes as its cluster manager, or as a driver in client mode.
type Submission struct {
	spark.Submit
	Container int
	Name      string     // of the container
	Conf      spark.Conf // what the arguments say; a properties file and spark-defaults.conf may add to it
	Cluster   bool       // the driver is a pod of its own: the container only submits
	Elsewhere bool       // a standalone cluster runs the executors, or none are run: Kubernetes makes no pod of it
	Python    bool       // the application is written in Python
	AnyKind   bool       // it may be written in any language
	Unseen    []string   // why a setting of it is not known
	Hidden    []Hidden   // settings whose values cannot be seen
	File      bool       // a script's file runs it, and no container
	Joined    bool       // Conf has what the properties file says, too
	At        patch.Path // the container's
	Version   spark.Version

	words    []Word // behind the program
	defaults bool   // a spark-defaults.conf that is not read here may add to it
}

// Hidden is a setting whose value cannot be seen, and what it is taken from: the variable IMAGE.
type Hidden struct{ Key, From string }

func (h Hidden) String() string { return h.Key + " is " + h.From + ", which cannot be seen" }

// maxHidden is how many settings are looked at one by one.
const maxHidden = 6

// EachAlone says that each hidden setting hides no more than what it decides: a file's script that has few of them, and none that may
// say anything at all, as options of the JVM do.
func (s *Submission) EachAlone() bool {
	return s.File && len(s.Hidden) <= maxHidden && !slices.ContainsFunc(s.Hidden, func(h Hidden) bool {
		return strings.HasSuffix(h.Key, "JavaOptions") || strings.HasSuffix(h.Key, "podTemplateFile")
	})
}

// Unread is why a container that seems to run spark-submit is not read.
type Unread struct {
	Container string
	Err       error
}

func (u *Unread) Error() string {
	return fmt.Sprintf("container %s seems to run spark-submit, and what it submits was not checked: %v", u.Container, u.Err)
}

func (u *Unread) Unwrap() error { return u.Err }

// Find finds the container of a pod that runs spark-submit. It is nil where none does, where more than one does,
// and where it cannot be read with certainty, which the errors tell: each is an Unread, or says that more than one does. defaults
// says of a container, by its index, whether it may have a spark-defaults.conf.
func Find(t *corev1.PodTemplateSpec, at patch.Path, defaults func(container int) bool) (found *Submission, unread []error) {
	for i := range t.Spec.Containers {
		c := &t.Spec.Containers[i]
		words, err := submitWords(c)
		if words == nil && err == nil {
			continue
		}
		for j := range words {
			if w := &words[j]; w.Open == "" {
				if name := Parameter(w.Text); name != "" {
					w.Open, w.From = name, name
				}
			}
		}
		s := &Submission{Container: i, Name: c.Name, words: words, At: at.With("spec", "containers", strconv.Itoa(i)), defaults: defaults(i)}
		runs := false
		if err == nil {
			runs, err = s.read(c)
		}
		switch {
		case err != nil:
			unread = append(unread, &Unread{c.Name, err})
		case runs && found != nil:
			return nil, []error{fmt.Errorf("containers %s and %s both run spark-submit, and what they submit was not checked", found.Name, c.Name)}
		case runs:
			found = s
		}
	}
	return found, unread
}

// Parameter is the first parameter of a workflow's in a text, {{inputs.parameters.size}}; "" where there is none.
func Parameter(text string) string {
	_, rest, open := strings.Cut(text, "{{")
	name, _, closed := strings.Cut(rest, "}}")
	if !open || !closed {
		return ""
	}
	return "{{" + name + "}}"
}

// called is what a reason calls what an argument takes its value from.
func called(name string) string {
	if strings.HasPrefix(name, "{{") {
		return "the parameter " + name
	}
	return "the variable " + name
}

// Scripted says that a shell's script runs spark-submit.
func (s *Submission) Scripted() bool { return s.script() != "" }

// Arguments is the list of the container that holds spark-submit's arguments.
func (s *Submission) Arguments() patch.Path { return s.At.With(s.words[0].List) }

// read makes sense of the words. runs is false where no application is run, or none by Kubernetes.
func (s *Submission) read(c *corev1.Container) (runs bool, err error) {
	args := make([]string, len(s.words))
	for i, w := range s.words {
		args[i] = w.Text
		if w.Open != "" && strings.HasPrefix(w.Text, "$") && i == 0 {
			return false, fmt.Errorf("its first argument is %s", called(w.Open))
		}
	}
	s.Submit, err = spark.ParseSubmit(args)
	if err := s.whole(); err != nil {
		return false, err
	}
	if err != nil {
		return false, err
	}
	if !s.Runs {
		return false, nil
	}
	if s.Resource == "" {
		return false, errors.New("it names no application")
	}
	if err := s.resource(); err != nil {
		return false, err
	}
	if err := s.settings(); err != nil {
		return false, err
	}
	return s.mode(c)
}

// whole says which argument in front of the application's own may be several, or none. What a text begins, or what follows an option, is
// read as one: those behind the application do not matter.
func (s *Submission) whole() error {
	for i, w := range s.words[:min(s.ResourceAt+1, len(s.words))] {
		if w.Split == "" || !strings.HasPrefix(w.Text, "$") {
			continue
		}
		if value := i > 0 && i < s.ResourceAt && strings.HasPrefix(s.words[i-1].Text, "-"); !value || s.words[i-1].Text == "--conf" || s.words[i-1].Text == "-c" {
			return fmt.Errorf("its script holds %s"+mayBeSeveral, w.Split)
		}
	}
	return nil
}

// resource looks at the application's own file, where a variable names it.
func (s *Submission) resource() error {
	at := slices.IndexFunc(s.words, func(w Word) bool { return w.Open != "" && w.Text == s.Resource })
	if at < 0 {
		return nil
	}
	open := s.words[at].Open
	for _, w := range s.words[at+1:] {
		name, _, _ := strings.Cut(w.Text, "=")
		switch name {
		case "--conf", "--class", "--name", "--master", "--deploy-mode", "--properties-file", "--driver-memory", "--executor-memory", "--num-executors":
			return fmt.Errorf("one of its arguments is %s, which may be an option", called(open))
		}
	}
	for _, end := range [...]string{".py", ".jar", ".R", ".r"} {
		if strings.HasSuffix(s.Resource, end) {
			return nil
		}
	}
	if s.AnyKind = s.Class == ""; s.AnyKind {
		s.Unseen = append(s.Unseen, "the application is "+called(open)+", which cannot be seen, and Python's takes more memory")
	}
	return nil
}

const keyDriverHost = "spark.driver.host"

// settings makes a configuration of what is given.
func (s *Submission) settings() error {
	s.Conf = spark.Conf{}
	for i := range s.Given {
		g := &s.Given[i]
		if s.Decides(g.Key) != i || !strings.HasPrefix(g.Key, "spark.") {
			continue
		}
		w := s.words[g.At]
		if name := w.Open; name != "" && g.Key != "spark.master" {
			switch {
			case g.Key == "spark.submit.deployMode":
				return fmt.Errorf("%s is %s, which cannot be seen", g.Key, called(name))
			case !anyValue(g.Key):
				s.Hidden = append(s.Hidden, Hidden{g.Key, called(name)})
			}
			if g.Key != keyDriverHost { // of which it matters that it is set
				continue
			}
		}
		s.Conf[g.Key] = spark.Setting{Value: g.Value, Path: s.At.With(w.List, strconv.Itoa(w.Index))}
	}
	return nil
}

// anyValue says that nothing depends on what the key holds: names and addresses that a pod is told at its start, labels
// and variables of its own.
func anyValue(key string) bool {
	switch key {
	case keyDriverHost, "spark.driver.bindAddress", "spark.kubernetes.driver.pod.name", "spark.kubernetes.namespace", "spark.app.name", "spark.app.id",
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
func (s *Submission) mode(c *corev1.Container) (runs bool, err error) {
	master, set := s.Conf.Get("spark.master")
	onKubernetes := strings.HasPrefix(master, "k8s://")
	// A standalone cluster has the executors, a local master has none; in client mode the container is the driver of either.
	s.Elsewhere = strings.HasPrefix(master, "spark://") || master == "local" || strings.HasPrefix(master, "local[")
	if !set {
		onKubernetes = slices.ContainsFunc(s.Conf.Keys(), func(key string) bool { return strings.HasPrefix(key, "spark.kubernetes.") })
	}
	if !onKubernetes && !s.Elsewhere {
		if i := s.Decides("spark.master"); i >= 0 && s.words[s.Given[i].At].Open != "" {
			return false, fmt.Errorf("its master is %s, which cannot be seen: write k8s:// in front of it where that is Kubernetes", called(s.words[s.Given[i].At].Open))
		}
		if set {
			return false, fmt.Errorf("its master is %s, and only what Kubernetes runs is known here", master)
		}
		if s.PropertiesFile != "" {
			return false, fmt.Errorf("no argument names its master, and the properties file %s, which is not read, may", s.PropertiesFile)
		}
		return false, errors.New("no argument names its master")
	}
	mode, _ := s.Conf.Get("spark.submit.deployMode")
	if s.Cluster = mode == "cluster"; !s.Cluster && mode != "" && mode != "client" {
		return false, fmt.Errorf("there is no deploy mode %s", mode)
	}
	if s.Cluster && s.Elsewhere {
		return false, fmt.Errorf("its master is %s, and only what Kubernetes runs is known here", master)
	}
	if mode == "" && s.PropertiesFile != "" {
		return false, fmt.Errorf("no argument names its deploy mode, and the properties file %s, which is not read, may", s.PropertiesFile)
	}
	if mode == "" && s.defaults {
		return false, errors.New("no argument names its deploy mode, and the spark-defaults.conf that is mounted, which is not read, may")
	}
	if mode == "" {
		s.Conf["spark.submit.deployMode"] = spark.Setting{Value: "client", Path: s.At}
	}
	s.Python = strings.HasSuffix(s.Resource, ".py")
	if s.Cluster && !s.AnyKind { // what its client finds out, on which the memory overhead hangs
		kind := "java"
		switch {
		case s.Python:
			kind = "python"
		case strings.HasSuffix(s.Resource, ".R"), strings.HasSuffix(s.Resource, ".r"):
			kind = "r"
		}
		s.Conf[spark.KeyResourceType] = spark.Setting{Value: kind, Path: s.At}
	}
	if s.Version = spark.VersionOfMarks(s.Conf); s.Version.Known() {
		return true, nil
	}
	s.Version = spark.VersionOfImages(s.Conf["spark.kubernetes.driver.container.image"].Value, s.Conf["spark.kubernetes.container.image"].Value, c.Image)
	return true, nil
}
