// Package model is what is known of a container image: the facts that the webhook's edits need, and where its bytes are. It reads no
// registry and no disk: package image hands it the configuration and the entries of the layers. Start with Image; Tree puts
// layers together.
package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Names of facts. The first six are those of the webhook's settings, by the same names.
const (
	UID          = "uid"        // of the user that the image runs as
	Passwd       = "passwd"     // true: the user has an entry in /etc/passwd, or the entrypoint makes one up
	Java         = "java"       // major release
	Spark        = "spark"      // version
	Entrypoint   = "entrypoint" // spark, spark-docker or bitnami
	Libc         = "libc"       // glibc or musl
	Arch         = "arch"       // processor architectures of its variants: amd64,arm64
	User         = "user"       // as the configuration has it: a name or a number
	JavaVersion  = "javaVersion"
	JavaHome     = "javaHome"
	JavaKind     = "javaKind" // JDK or JRE
	SparkHome    = "sparkHome"
	Python       = "python"
	Hadoop       = "hadoop"
	HadoopAWS    = "hadoop-aws"
	HadoopAzure  = "hadoop-azure"
	AWSSDKv1     = "aws-sdk-v1"
	AWSSDKv2     = "aws-sdk-v2"
	GCSConnector = "gcs-connector"
	Decommission = "decom.sh" // the script that a decommissioned executor is stopped by
	PS           = "ps"       // which that script needs
	JMXExporter  = "jmx-exporter"
	System       = "system" // the distribution, as /etc/os-release has it
)

// Injection lists the facts that edits need, in the order of the webhook's settings.
func Injection() []string { return []string{UID, Passwd, Java, Spark, Entrypoint, Libc} }

// passwdFile is what facts from a line of that file, or from its absence there, begin with.
const passwdFile = "/etc/passwd, "

// Absent is the value of a fact that is known not to be there.
const Absent = "none"

// Fact is one thing that is known of an image, and what says so.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"` // USER of the configuration, or the path of a file
}

// Facts are what is known of an image. A name stands there once.
type Facts []Fact

// Value is what is known by a name; "" where nothing is.
func (f Facts) Value(name string) string {
	for i := range f {
		if f[i].Name == name {
			return f[i].Value
		}
	}
	return ""
}

// know adds a fact where none of that name is known yet, and nothing without a value.
func (f *Facts) know(name, value, from string) {
	if value != "" && f.Value(name) == "" {
		*f = append(*f, Fact{name, value, from})
	}
}

// Over are the facts of f, and those of others that f does not have. A line of /etc/passwd is of the user of others.
func (f Facts) Over(others Facts) Facts {
	all := slices.Clone(f)
	uid, another := f.Value(UID), others.Value(UID)
	for _, o := range others {
		if o.Name == Passwd && uid != "" && another != "" && uid != another && strings.HasPrefix(o.From, passwdFile) {
			continue
		}
		all.know(o.Name, o.Value, o.From)
	}
	return all
}

// Entry is what the webhook's settings hold of the image, without match. What is not known is zero.
func (f Facts) Entry() (entry spark.Image) {
	if uid, err := strconv.ParseInt(f.Value(UID), 10, 64); err == nil {
		entry.UID = &uid
	}
	if passwd, err := strconv.ParseBool(f.Value(Passwd)); err == nil {
		entry.Passwd = &passwd
	}
	entry.Java, _ = strconv.Atoi(f.Value(Java)) // 0 where it is not known
	entry.Spark, _ = spark.ParseVersion(f.Value(Spark))
	entry.Entrypoint, entry.Libc, entry.Arch = f.Value(Entrypoint), f.Value(Libc), f.Value(Arch)
	for i := range f {
		switch jar := &f[i]; {
		case jar.Name != JMXExporter:
		case jar.Value == Absent:
			entry.JMXExporter = spark.NoJar
		case spark.JarPath(jar.From):
			entry.JMXExporter = jar.From
		}
	}
	if entry.Validate() != nil { // an image may say of itself what it likes
		return spark.Image{}
	}
	return entry
}

// Unknown lists the facts that edits need and that are not known.
func (f Facts) Unknown() []string {
	names := []string{}
	for _, name := range Injection() {
		if f.Value(name) == "" {
			names = append(names, name)
		}
	}
	return names
}

// FactsOfPlatforms are the architectures of an image: of its index, or of the one that there is.
func FactsOfPlatforms(platforms []string, only string) (f Facts) {
	from := "index"
	if len(platforms) == 0 {
		platforms, from = []string{only}, "configuration"
	}
	var all []string
	for _, p := range platforms {
		system, arch, _ := strings.Cut(p, "/")
		arch, _, _ = strings.Cut(arch, "/")
		if system == "linux" && arch != "" && !slices.Contains(all, arch) {
			all = append(all, arch)
		}
	}
	f.know(Arch, strings.Join(all, ","), from)
	return f
}

// Image is what is known of an image.
type Image struct {
	Reference string   `json:"reference"`           // as it was asked for: a reference, a folder or an archive
	Digest    string   `json:"digest,omitempty"`    // that the reference has now: of the manifest, or of the index of several; "" of a docker archive, which has none
	Variants  []string `json:"-"`                   // digests of what an index has, where the reference has an index now
	Platform  string   `json:"platform,omitempty"`  // os/architecture of what is told here
	Platforms []string `json:"platforms,omitempty"` // all of an image that has several

	Facts      Facts    `json:"facts"`
	Unknown    []string `json:"unknown"`                   // facts that edits of the webhook need and that are not known
	Compressed int64    `json:"compressedBytes,omitempty"` // of all layers, as the manifest has it
	Layers     []Layer  `json:"layers"`
	// Contents is what the layers hold; nil where they were not read.
	Contents *Contents `json:"contents,omitempty"`
	// NotRead says why the layers were not read; "" where they were.
	NotRead string `json:"notRead,omitempty"`
}

// Layer is one layer, the lowest first.
type Layer struct {
	Digest     string  `json:"digest"`
	Compressed int64   `json:"compressedBytes,omitempty"` // 0: not known
	Unpacked   int64   `json:"unpackedBytes,omitempty"`   // sizes of its files; 0 where it was not read
	Hidden     int64   `json:"hiddenBytes,omitempty"`     // of files that a later layer replaces or deletes
	Files      int     `json:"files,omitempty"`
	CreatedBy  string  `json:"createdBy,omitempty"`
	Causes     []Share `json:"causes,omitempty"` // what its bytes are there for, the most first; without what is hidden
}

// Share is how many bytes a cause has.
type Share struct {
	Cause string `json:"cause"`
	Bytes int64  `json:"bytes"`
	Files int    `json:"files"`
}

// Contents is where the bytes of an image are. All of it is unpacked bytes.
type Contents struct {
	Unpacked int64   `json:"unpackedBytes"` // of all layers
	Visible  int64   `json:"visibleBytes"`  // of the files that a container sees
	Causes   []Share `json:"causes"`        // of those files, the most first
	Replaced int64   `json:"replacedBytes"` // of files that a later layer has again
	Deleted  int64   `json:"deletedBytes"`  // of files that a later layer deletes
	// Efficiency and Wasted are as dive defines them: the least that each path needs of all that it has, and all bytes of paths that are
	// in more than one layer, the last one among them.
	Efficiency float64 `json:"efficiency"`
	Wasted     int64   `json:"wastedBytes"`
	// Paths are those with the most wasted bytes.
	Paths []Waste `json:"wastedPaths,omitempty"`
	// Jars are those that are there more than once.
	Jars []Jar `json:"jars,omitempty"`
}

// Waste is a path that is in more than one layer.
type Waste struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"` // of all layers
	Layers int    `json:"layers"`
}

// Jar is an artifact that an image holds more than once: in several versions, or the same one at several paths.
type Jar struct {
	Artifact string   `json:"artifact"`
	Versions []string `json:"versions"`
	Paths    []string `json:"paths"`
	Bytes    int64    `json:"bytes"` // without the largest of them
}
