package model

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Label is the label in which an image says of itself what the webhook's settings would: one entry, as in a pod's annotation of that name.
const Label = "kubectl-spark.io/image"

// fromLabel is where its facts are from.
const fromLabel = "label " + Label

// Config is an image's configuration.
type Config struct {
	OS, Architecture string
	User             string
	Env              []string
	Entrypoint, Cmd  []string
	Labels           map[string]string
	History          []History
}

// History is one step of the build.
type History struct {
	CreatedBy string
	Empty     bool // it made no layer
}

// env is the value of a variable; the last of a name counts.
func (c *Config) env(name string) string {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if key, v, ok := strings.Cut(c.Env[i], "="); ok && key == name {
			return v
		}
	}
	return ""
}

// path is where programs are looked for.
func (c *Config) path() string {
	if p := c.env("PATH"); p != "" {
		return p
	}
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

// javaMajor is the major release of a Java version: 17.0.15, jdk-17.0.15+6, 1.8.0_452, jdk8u452-b09; 0 where the text is none.
func javaMajor(version string) int {
	version = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(version, "jdk"), "jre"), "-")
	first, rest, _ := strings.Cut(version, ".")
	if at := strings.IndexFunc(first, func(r rune) bool { return r < '0' || r > '9' }); at >= 0 {
		first = first[:at]
	}
	major, err := strconv.Atoi(first)
	if err == nil && major == 1 {
		return javaMajor(rest)
	}
	if err != nil || major < 8 || major > 99 { // as the settings take them
		return 0
	}
	return major
}

var (
	sparkArchive = regexp.MustCompile(`spark-([0-9]+\.[0-9]+\.[0-9]+)-bin-`)
	ownScript    = regexp.MustCompile(`kubernetes/dockerfiles/spark/entrypoint\.sh`)
	writable     = regexp.MustCompile(`chmod (ug|g)\+rw /etc/passwd`)
)

// Facts are what the configuration, the labels and the build's history tell, without a file of the image.
func (c *Config) Facts() Facts {
	var f Facts
	name, _, _ := strings.Cut(c.User, ":")
	switch uid, err := strconv.ParseInt(name, 10, 64); {
	case name == "" || name == "root":
		f.know(UID, "0", "no USER in the configuration")
		if name != "" {
			f[len(f)-1].From = "USER root"
		}
	case err == nil && validUID(uid):
		f.know(UID, strconv.FormatInt(uid, 10), "USER "+c.User)
	}
	f.label(c.Labels[Label])
	f.know(User, c.User, "USER")
	f.java(c)
	f.spark(c)
	steps := c.steps()
	script := ""
	if len(c.Entrypoint) > 0 {
		script = c.Entrypoint[0]
	}
	switch archive := c.env("SPARK_TGZ_URL"); {
	case strings.HasPrefix(script, "/opt/bitnami/scripts/spark/"):
		f.know(Entrypoint, spark.EntrypointBitnami, "ENTRYPOINT")
		f.know(Passwd, "true", "ENTRYPOINT, which makes one up")
	case script == "/opt/entrypoint.sh" && archive != "":
		f.know(Entrypoint, spark.EntrypointSparkDocker, "ENTRYPOINT, and SPARK_TGZ_URL of the official image")
	case script == "/opt/entrypoint.sh" && ownScript.MatchString(steps):
		f.know(Entrypoint, spark.EntrypointSpark, "history: COPY kubernetes/dockerfiles/spark/entrypoint.sh")
		if writable.MatchString(steps) {
			f.know(Passwd, "true", "history: /etc/passwd is writable for the entrypoint, which adds an entry")
		}
	}
	f.libc(steps)
	return f
}

// label reads what the image says of itself.
func (f *Facts) label(text string) {
	entry, err := spark.ParseImageAnnotation(text)
	if text == "" || err != nil {
		return
	}
	if uid := f.Value(UID); entry.UID != nil && uid != "" && uid != strconv.FormatInt(*entry.UID, 10) {
		entry.Passwd = nil // it is about the user of a base image
	}
	f.entry(entry, fromLabel)
}

// validUID says that the settings take a user's number.
func validUID(uid int64) bool { return spark.Image{UID: &uid}.Validate() == nil }

// entry adds what an entry of the webhook's settings holds.
func (f *Facts) entry(entry spark.Image, from string) {
	if entry.UID != nil {
		f.know(UID, strconv.FormatInt(*entry.UID, 10), from)
	}
	if entry.Passwd != nil {
		f.know(Passwd, strconv.FormatBool(*entry.Passwd), from)
	}
	if entry.Java != 0 {
		f.know(Java, strconv.Itoa(entry.Java), from)
	}
	if entry.Spark.Known() {
		f.know(Spark, entry.Spark.String(), from)
	}
	f.know(Entrypoint, entry.Entrypoint, from)
	f.know(Libc, entry.Libc, from)
	f.know(Arch, entry.Arch, from)
}

func (f *Facts) java(c *Config) {
	version := c.env("JAVA_VERSION")
	if major := javaMajor(version); major > 0 {
		f.know(Java, strconv.Itoa(major), "ENV JAVA_VERSION")
		f.know(JavaVersion, version, "ENV JAVA_VERSION")
	}
	f.know(JavaHome, c.env("JAVA_HOME"), "ENV JAVA_HOME")
}

func (f *Facts) spark(c *Config) {
	if m := sparkArchive.FindStringSubmatch(c.env("SPARK_TGZ_URL")); m != nil {
		f.know(Spark, m[1], "ENV SPARK_TGZ_URL")
	}
	if c.env("BITNAMI_APP_NAME") == "spark" {
		f.version(c.env("APP_VERSION"), "ENV APP_VERSION")
	}
	f.version(c.env("SPARK_VERSION"), "ENV SPARK_VERSION")
	if title := strings.ToLower(c.Labels["org.opencontainers.image.title"]); title == "spark" || title == "apache spark" {
		f.version(c.Labels["org.opencontainers.image.version"], "label org.opencontainers.image.version")
	}
	f.know(SparkHome, c.env("SPARK_HOME"), "ENV SPARK_HOME")
}

func (f *Facts) version(text, from string) {
	if v, ok := spark.ParseVersion(text); ok {
		f.know(Spark, v.String(), from)
	}
}

// maxHistory bounds what is searched of a build's history.
const maxHistory = 256 << 10

// steps are the build's steps, a line each.
func (c *Config) steps() string {
	var b strings.Builder
	for i := range c.History {
		if b.Len()+len(c.History[i].CreatedBy) > maxHistory {
			break
		}
		b.WriteString(c.History[i].CreatedBy)
		b.WriteByte('\n')
	}
	return b.String()
}

// libc goes by the package manager that the build ran. An image with both, or one with glibc on Alpine, is not told by it.
func (f *Facts) libc(steps string) {
	apk := strings.Contains(steps, "apk add") || strings.Contains(steps, "alpine-minirootfs")
	other := ""
	for _, manager := range []string{"apt-get ", "microdnf ", "dnf ", "yum "} {
		if other == "" && strings.Contains(steps, manager) {
			other = strings.TrimSpace(manager)
		}
	}
	switch {
	case apk && other == "" && !strings.Contains(steps, "glibc") && !strings.Contains(steps, "gcompat"):
		f.know(Libc, "musl", "history: apk")
	case !apk && other != "":
		f.know(Libc, "glibc", "history: "+other)
	}
}

// FactsOfName are what is known of a public image by its name.
func FactsOfName(reference string) Facts {
	entry, known := spark.Facts(reference, nil)
	if !known {
		return nil
	}
	return FactsOf(entry, "the public image's name")
}

// FactsOfVersion are the Spark version that something else than the image tells.
func FactsOfVersion(version spark.Version, from string) Facts {
	return FactsOf(spark.Image{Spark: version}, from)
}

// FactsOf are the facts of an entry of the webhook's settings.
func FactsOf(entry spark.Image, from string) (f Facts) {
	f.entry(entry, from)
	return f
}
