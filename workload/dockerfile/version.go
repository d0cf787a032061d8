package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	versionForm = regexp.MustCompile(`^v?([0-9]+\.[0-9]+(?:\.[0-9]+)?)(?:[-_.].*)?$`)
	archiveForm = regexp.MustCompile(`(?:^|[/=])spark-([0-9]+\.[0-9]+\.[0-9]+)(?:[-/.]|$)`)
	pinForm     = regexp.MustCompile(`^pyspark(?:\[[a-z_,]*\])?==([0-9][0-9a-z.]*)$`)
)

// versionedImage says that the tag of an image is Spark's version, and not that of the application in it.
func versionedImage(image string) bool {
	repository, _, _ := Repository(image)
	return slices.Contains([]string{"spark", "spark-py", "spark-r", "pyspark"}, path.Base(repository))
}

// SparkFolder says that a path is the folder of a Spark, or that of its jars.
func SparkFolder(name string) bool {
	base := path.Base(name)
	return base == "spark" || strings.HasPrefix(base, "spark-") && strings.Contains(base, "-bin-") && path.Ext(base) != ".tgz" || strings.HasSuffix(path.Clean(name), "spark/jars") ||
		strings.Contains(base, "SPARK_HOME")
}

// Version is the Spark that the image has, as its Dockerfile names it; "" where it does not.
func (f *File) Version() string {
	for _, one := range f.Versions() {
		return one.Version
	}
	return ""
}

// Named is a version of Spark that an instruction names.
type Named struct {
	Version string
	At      Place
	In      *Instruction
	By      string // image, archive or pyspark
	Command *Command
	Word    int // of the command, by its index
}

// Versions are those of Spark that the stages of the image name, in their order.
func (f *File) Versions() (all []Named) {
	if image := f.Image(f.Last()); versionedImage(image) {
		if _, tag, _ := Repository(image); versionForm.MatchString(tag) {
			all = append(all, Named{Version: versionForm.FindStringSubmatch(tag)[1], At: f.Final()[0].From.Start(), In: f.Final()[0].From, By: "image"})
		}
	}
	for _, i := range f.FinalInstructions() {
		if image := f.Expand(i.Flag("from"), i); i.Keyword == "copy" && versionedImage(image) && slices.ContainsFunc(i.Sources(), func(source string) bool { return SparkFolder(f.Expand(source, i)) }) {
			if _, tag, _ := Repository(image); versionForm.MatchString(tag) {
				all = append(all, Named{Version: versionForm.FindStringSubmatch(tag)[1], At: i.Start(), In: i, By: "image"})
			}
		}
	}
	for _, i := range f.All() {
		texts := i.Args
		if i.Keyword == "run" {
			texts = nil
		}
		if i.Keyword == "add" || i.Keyword == "copy" {
			for _, text := range texts {
				if m := archiveForm.FindStringSubmatch(f.Expand(text, i)); m != nil {
					all = append(all, Named{Version: m[1], At: i.Start(), In: i, By: "archive"})
				}
			}
		}
		for n := range i.Commands {
			c := &i.Commands[n]
			for at, w := range c.Words {
				text := f.Expand(w.Text, i)
				if m := pinForm.FindStringSubmatch(text); m != nil {
					all = append(all, Named{m[1], w.Start, i, "pyspark", c, at})
				} else if m := archiveForm.FindStringSubmatch(text); m != nil {
					all = append(all, Named{m[1], w.Start, i, "archive", c, at})
				}
			}
		}
	}
	for _, i := range append(f.All(), f.Args...) {
		for _, pair := range i.Pairs() {
			if (pair.Name == "SPARK_VERSION" || pair.Name == "APACHE_SPARK_VERSION") && pair.Given && versionForm.MatchString(pair.Value) {
				all = append(all, Named{Version: versionForm.FindStringSubmatch(pair.Value)[1], At: i.Start(), In: i, By: "argument"})
			}
		}
	}
	return all
}
