// Package possible holds what the Spark version and the image of a subject may be where they are not known, and the words that ask for
// them. A rule whose answer is the same for all of them needs none.
package possible

import (
	"iter"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// supported has the newest release of each supported line, and says which Java a line needs at least.
var supported = []struct {
	version spark.Version
	java    int
}{
	{spark.Version{Major: 4, Minor: 3}, 17}, {spark.Version{Major: 3, Minor: 3, Patch: 4}, 8}, {spark.Version{Major: 3, Minor: 5, Patch: 9}, 8},
	{spark.Version{Major: 4, Minor: 0, Patch: 5}, 17}, {spark.Version{Major: 3, Minor: 4, Patch: 4}, 8}, {spark.Version{Major: 4, Minor: 1, Patch: 4}, 17},
	{spark.Version{Major: 4, Minor: 2, Patch: 1}, 17},
}

// Versions are what a version may be that is not known; one that the image's facts name is the only one. The lines that differ most
// come first.
func Versions(image spark.Image) (all []spark.Version) {
	if image.Spark.Known() {
		return []spark.Version{image.Spark}
	}
	for _, one := range supported {
		all = append(all, one.version)
	}
	return all
}

// Named is what is known of the image that a configuration names for a role, which has the annotation that describes one.
func Named(conf spark.Conf, role spark.Role, annotation string) (image spark.Image, known bool) {
	of := "spark.kubernetes.driver."
	if role == spark.Executor {
		of = "spark.kubernetes.executor."
	}
	for _, key := range [...]string{of + "container.image", "spark.kubernetes.container.image"} {
		if reference, set := conf.Get(key); set {
			text, _ := conf.Get(of + "annotation." + annotation)
			if own, err := spark.ParseImageAnnotation(text); text != "" && err == nil {
				return spark.Facts(reference, &own)
			}
			return spark.Facts(reference, nil)
		}
	}
	return spark.Image{}, false
}

// javas are the releases of Java that images of Spark have.
var javas = []int{17, 8, 11, 21}

// What images have; nobody may change it.
var root, user, passwd = int64(0), int64(185), true

// Images are what an image may be of which not everything is known; none where everything is. A version that is known leaves out older
// releases of Java than it runs on.
func Images(known spark.Image, version spark.Version) iter.Seq[spark.Image] {
	return func(yield func(spark.Image) bool) {
		if !lacksAny(&known) {
			return
		}
		oldest := oldestJava(version)
		for i, java := range javas {
			if java < oldest {
				continue
			}
			one := spark.Image{UID: &user, Passwd: &passwd, Java: java, Entrypoint: spark.EntrypointSparkDocker, Libc: "glibc"}
			if i == len(javas)-1 {
				one.UID, one.Libc = &root, "musl"
			}
			for _, f := range fields {
				if !f.lacks(&known) {
					f.copy(&one, &known)
				}
			}
			if one.Spark, one.Arch, one.JMXExporter = known.Spark, known.Arch, known.JMXExporter; !yield(one) {
				return
			}
		}
	}
}

func oldestJava(version spark.Version) int {
	for _, one := range supported {
		if version.Known() && one.version.Line() == version.Line() {
			return one.java
		}
	}
	return 0
}

// field is a fact of an image, its name, and an entry of the annotation that gives it.
type field struct {
	name, entry string
	lacks       func(*spark.Image) bool
	copy        func(to, from *spark.Image)
}

var fields = []field{
	{"the image's user", "uid: 185", func(i *spark.Image) bool { return i.UID == nil }, func(to, from *spark.Image) { to.UID = from.UID }},
	{"the user's entry in /etc/passwd", "passwd: true", func(i *spark.Image) bool { return i.Passwd == nil }, func(to, from *spark.Image) { to.Passwd = from.Passwd }},
	{"the Java version", "java: 17", func(i *spark.Image) bool { return i.Java == 0 }, func(to, from *spark.Image) { to.Java = from.Java }},
	{"the image's entrypoint", "entrypoint: spark", func(i *spark.Image) bool { return i.Entrypoint == "" }, func(to, from *spark.Image) { to.Entrypoint = from.Entrypoint }},
	{"the image's C library", "libc: glibc", func(i *spark.Image) bool { return i.Libc == "" }, func(to, from *spark.Image) { to.Libc = from.Libc }},
}

func lacksAny(i *spark.Image) bool {
	for _, f := range fields {
		if f.lacks(i) {
			return true
		}
	}
	return false
}

// Needed names the facts of an image that decide, and an annotation that gives them. decides is asked of the image without each fact
// that is not known.
func Needed(annotation string, known, image spark.Image, decides func(without spark.Image) bool) string {
	var names, entries []string
	for _, f := range fields {
		if without := image; f.lacks(&known) {
			f.copy(&without, &known)
			if decides(without) {
				names, entries = append(names, f.name), append(entries, f.entry)
			}
		}
	}
	switch len(names) {
	case 0: // anything that is known
		return Annotated("the facts of the image", annotation, fields[0].entry)
	case 1:
		return Annotated(names[0], annotation, entries[0])
	}
	return Annotated(strings.Join(names, " and "), annotation, "{"+strings.Join(entries, ", ")+"}")
}

// Annotated is a fact, and the annotation that gives it.
func Annotated(what, annotation, entry string) string {
	return what + " (set the pod's annotation " + annotation + `, for example "` + entry + `")`
}

// Version is what a rule needs to which the Spark version matters: the label of the driver's pod, which a setting gives where the pod is
// yet to be made.
func Version(pod, job bool) string {
	switch {
	case !pod && job:
		return "the Spark version (set spark.kubernetes.driver.label.spark-version, for example 3.5.6)"
	case !pod:
		return "the Spark version (give the manifest of the server's pod, too)"
	}
	return "the Spark version (set the pod's label spark-version, for example 3.5.6)"
}
