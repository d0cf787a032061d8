package spark

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Identity is what a pod, or a pod template, is for Spark.
type Identity struct {
	Role     Role // empty: not a Spark pod
	Launcher Launcher
	Version  Version
	// Container is the index of the container that holds the role's JVM; -1 where it is not known.
	Container int
	// Certain says that role and container are beyond doubt: only then may a pod be edited.
	Certain bool
	// Why is a reason word when the pod is not Spark or not certain.
	Why string
	// App is the application's id, else the name that its operator gave it.
	App string
	// MainClass is the class that a driver's arguments name, where they do.
	MainClass string
	// Python says whether a driver's application is written in Python; nil where the pod does not tell.
	Python *bool
	// Finite says that the pod is not restarted for ever (restartPolicy Never or OnFailure), whatever its role:
	// a Connect server that spark-submit launched as an application is one, and a kill ends it.
	Finite bool
	// Client says that spark-submit runs the driver in client mode, in a pod that is not of Spark's making: the driver's
	// own, or an executor of such a driver.
	Client bool
}

// Identify says what a pod is for Spark. It looks at labels first, then at environment and commands; ports decide nothing,
// since every driver from 4.1 on declares Connect's. A client-mode driver in a notebook has no mark and is never guessed.
// It is quick enough for every pod that an admission webhook sees.
func Identify(meta *metav1.ObjectMeta, spec *corev1.PodSpec) Identity {
	id := Identity{Container: -1}
	found := findRole(meta, spec)
	id.Role, id.Why = found.role, found.why
	if id.Role == "" {
		return id
	}
	id.Launcher = launcherOf(meta, &found)
	id.App = appOf(meta)
	id.Finite = spec.RestartPolicy == corev1.RestartPolicyNever || spec.RestartPolicy == corev1.RestartPolicyOnFailure
	var why string
	id.Container, why = mainContainer(spec, found)
	id.Version, _ = ParseVersion(meta.Labels[LabelVersion])
	if id.Container >= 0 {
		c := &spec.Containers[id.Container]
		id.MainClass = mainClass(c)
		if id.MainClass != "" {
			python := id.MainClass == ClassPython
			id.Python = &python
		}
		if !id.Version.Known() {
			facts, _ := Facts(c.Image, nil)
			id.Version = facts.Spark
		}
	}
	switch {
	case meta.Annotations[annotationMirror] != "":
		id.Why = WhyMirror
	case id.Why == "" && why != "":
		id.Why = why
	}
	id.Certain = id.Why == ""
	return id
}

func launcherOf(meta *metav1.ObjectMeta, found *foundRole) Launcher {
	for _, l := range launchers {
		if l.traits.marked(meta.Labels) {
			return l.launcher
		}
	}
	switch {
	case found.launcher != "":
		return found.launcher
	case found.spark:
		return Submitter()
	}
	return first(func(t *Traits) bool { return t.Rest })
}

func appOf(meta *metav1.ObjectMeta) string {
	if app := meta.Labels[LabelApp]; app != "" {
		return app
	}
	_, _, name, _ := ResourceOf(meta.Labels)
	return name
}

func has(labels map[string]string, key string) bool {
	_, ok := labels[key]
	return ok
}
