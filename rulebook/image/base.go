package image

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// base is what is known of an image by its name.
type base struct {
	repository, tag string
	digest          bool
	name            string // the last part of the repository
	java            int    // 0: not known
	jdk, jre        bool
	build           string // the build tool that it is made for
	root            bool   // its user is root, certainly
	user            string // its user, where that is another one
}

var (
	javaTag    = regexp.MustCompile(`^(?:jdk-?)?([0-9]{1,2})(?:u[0-9]+)?(?:[._+-]|$)`)
	inTag      = regexp.MustCompile(`(?:temurin|openjdk|jdk|java|corretto|zulu)-?([0-9]{1,2})\b`)
	javaImages = []string{"openjdk", "eclipse-temurin", "amazoncorretto", "zulu-openjdk", "zulu-openjdk-debian", "zulu-openjdk-alpine", "sapmachine", "ibm-semeru-runtimes", "openjdk-17", "openjdk-11", "openjdk-21"}
	rootImages = []string{"debian", "ubuntu", "alpine", "centos", "fedora", "rockylinux", "almalinux", "amazonlinux", "python", "buildpack-deps", "miniconda3", "miniforge3", "anaconda3", "ubi8", "ubi9", "oraclelinux", "archlinux"}
)

// baseOf reads an image's name.
func baseOf(image string) (b base) {
	b.repository, b.tag, b.digest = dockerfile.Repository(image)
	b.name = b.repository[strings.LastIndex(b.repository, "/")+1:]
	switch {
	case b.name == "maven" || b.name == "gradle" || b.name == "sbt" || strings.HasPrefix(b.name, "scala-sbt"):
		b.build, b.jdk, b.root = b.name, true, true
		if m := inTag.FindStringSubmatch(b.tag); m != nil {
			b.java, _ = strconv.Atoi(m[1])
		}
	case slices.Contains(javaImages, b.name):
		if m := javaTag.FindStringSubmatch(b.tag); m != nil {
			b.java, _ = strconv.Atoi(m[1])
		}
		b.root = true
		b.jre = strings.Contains(b.tag, "jre") || strings.Contains(b.tag, "headless") && b.name == "amazoncorretto"
		b.jdk = !b.jre
	case slices.Contains(rootImages, b.name):
		b.root = true
	case dockerfile.SparkImage(image):
		if m := inTag.FindStringSubmatch(b.tag); m != nil {
			b.java, _ = strconv.Atoi(m[1])
		}
		switch {
		case b.repository == "spark", strings.HasSuffix(b.repository, "apache/spark"), strings.HasSuffix(b.repository, "apache/spark-py"), strings.HasSuffix(b.repository, "library/spark"):
			b.user = "185"
		case strings.Contains(b.repository, "bitnami"):
			b.user = "1001"
		}
	case strings.HasSuffix(b.name, "-notebook"), strings.HasPrefix(b.repository, "jupyter/"):
		b.user = "1000"
	}
	return b
}

// java is the major version of Java in the image, and where the Dockerfile says so; 0 where it does not.
func (b *build) java() (major int, at dockerfile.Place) {
	first := b.Final()[0]
	if of := baseOf(b.Image(b.Last())); of.java > 0 {
		major, at = of.java, first.From.Start()
	}
	b.runs(func(_ *dockerfile.Instruction, c *dockerfile.Command) {
		for _, w := range packages(c, "install", "add") {
			if m := javaPackage.FindStringSubmatch(w.Text); m != nil {
				version := strings.TrimPrefix(m[1], "1.")
				major, _ = strconv.Atoi(version)
				at = w.Start
			}
		}
	})
	return major, at
}

var javaPackage = regexp.MustCompile(`^(?:openjdk|java|temurin|msopenjdk|zulu)-?(1\.8|[0-9]{1,2})(?:[.-][0-9.]+)*(?:-|$)`)
