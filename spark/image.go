package spark

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Entrypoints of images.
const (
	EntrypointSpark       = "spark"        // the script of Spark's own docker-image-tool
	EntrypointSparkDocker = "spark-docker" // the script of the official images
	EntrypointBitnami     = "bitnami"
)

// Image is what is known of a container image. Zero values stand for what is not known.
type Image struct {
	// Match is a glob over the repository, or over repository:tag (registry/team/*); empty in a pod's annotation.
	Match string `json:"match,omitempty"`
	// UID is the user that the image runs as.
	UID *int64 `json:"uid,omitempty"`
	// Passwd says whether that user has an entry in /etc/passwd, or the entrypoint makes one up.
	Passwd *bool `json:"passwd,omitempty"`
	// Java is the major release of the JDK.
	Java int `json:"java,omitempty"`
	// Spark is the version of Spark.
	Spark Version `json:"spark,omitzero"`
	// Entrypoint is one of spark, spark-docker, bitnami.
	Entrypoint string `json:"entrypoint,omitempty"`
	// Libc is glibc or musl.
	Libc string `json:"libc,omitempty"`
	// Arch lists the processor architectures that the image has variants for: amd64, or amd64,arm64.
	Arch string `json:"arch,omitempty"`
	// Sum is of an entry that was read from an image: Seal makes it.
	Sum string `json:"sum,omitempty"`
	// JMXExporter is the path of Prometheus' Java agent in the image, or NoJar.
	JMXExporter string `json:"jmxExporter,omitempty"`
	// Learned says that the entry was read from images, and not written by a user.
	Learned bool `json:"-"`
}

// archForm is a list of what Go calls GOARCH, as the node label kubernetes.io/arch has it.
var archForm = regexp.MustCompile(`^[a-z0-9]{1,16}(,[a-z0-9]{1,16}){0,15}$`)

// RunsOn says whether the image has a variant for an architecture; known is false where that cannot be said.
func (i *Image) RunsOn(arch string) (runs, known bool) {
	return slices.Contains(strings.Split(i.Arch, ","), arch), i.Arch != "" && arch != ""
}

// Catalogue is a list of configured images. The first that a user wrote and that matches counts, then the first that was learned.
type Catalogue []Image

// Bounds of what a user writes.
const (
	maxImageAnnotation = 1024
	maxReference       = 1024
)

// Facts says what is known of an image: the pod's own entry first, then the catalogue, then what is known of public images.
// Each source fills only what those before it left open. known is false when nothing at all could be said.
func (cat Catalogue) Facts(ref string, own *Image) (facts Image, known bool) {
	if own != nil {
		facts.fill(*own)
		known = true
	}
	r, ok := ParseReference(ref)
	if !ok {
		return facts, known
	}
	for _, learned := range [...]bool{false, true} {
		if entry := cat.first(r, learned); entry != nil {
			from := *entry
			if learned && facts.UID != nil && from.UID != nil && *facts.UID != *from.UID {
				from.Passwd = nil // it was read of another user
			}
			facts.fill(from)
			known = true
		}
	}
	public, is := publicImage(r)
	if is {
		facts.fill(public)
	}
	facts.Match = ""
	return facts, known || is
}

// first is the first entry for an image: of those that a user wrote, or of those that were learned.
func (cat Catalogue) first(r Reference, learned bool) *Image {
	for i := range cat {
		if cat[i].Learned == learned && r.matches(cat[i].Match) {
			return &cat[i]
		}
	}
	return nil
}

// Read is what was learned of an image by reading it, whatever a user says of it; nil where nothing was. What other images of its
// repository share was not read from it; where it was changed since, it is given, so that somebody says so.
func (cat Catalogue) Read(ref string) *Image {
	r, ok := ParseReference(ref)
	if !ok {
		return nil
	}
	if read := cat.first(r, true); read != nil && (read.Single() || !read.Sealed()) {
		return read
	}
	return nil
}

// Single says that an entry names a tag or a digest, and not a whole repository.
func (i *Image) Single() bool {
	return strings.ContainsAny(i.Match[strings.LastIndexByte(i.Match, '/')+1:], ":@")
}

// Facts is what is known of an image without a catalogue.
func Facts(ref string, own *Image) (Image, bool) { return Catalogue(nil).Facts(ref, own) }

// VersionOfImages is the version of the first image of which one is known.
func VersionOfImages(images ...string) Version {
	for _, image := range images {
		if facts, _ := Facts(image, nil); image != "" && facts.Spark.Known() {
			return facts.Spark
		}
	}
	return Version{}
}

// VersionOfMarks is the version that a configuration gives the driver's pod as its label, or by the annotation that describes its image.
func VersionOfMarks(conf Conf) Version {
	if text, set := conf.Get("spark.kubernetes.driver.label." + LabelVersion); set {
		if version, ok := ParseVersion(text); ok {
			return version
		}
	}
	text, _ := conf.Get("spark.kubernetes.driver.annotation.kubectl-spark.io/image")
	if own, err := ParseImageAnnotation(text); text != "" && err == nil {
		return own.Spark
	}
	return Version{}
}

func (i *Image) fill(from Image) {
	if i.UID == nil {
		i.UID = from.UID
	}
	if i.Passwd == nil {
		i.Passwd = from.Passwd
	}
	if i.Java == 0 {
		i.Java = from.Java
	}
	if !i.Spark.Known() {
		i.Spark = from.Spark
	}
	if i.Entrypoint == "" {
		i.Entrypoint = from.Entrypoint
	}
	if i.Libc == "" {
		i.Libc = from.Libc
	}
	if i.Arch == "" {
		i.Arch = from.Arch
	}
	if i.JMXExporter == "" {
		i.JMXExporter = from.JMXExporter
	}
}

var jarPath = regexp.MustCompile(`^/[A-Za-z0-9._/+-]{1,250}\.jar$`)

// NoJar stands for a jar that an image is known not to have.
const NoJar = "none"

// JarPath says that a path names a jar, and can stand among options of a JVM as it is.
func JarPath(at string) bool { return jarPath.MatchString(at) }

// Validate says what is wrong with an entry that a user wrote.
func (i Image) Validate() error {
	switch {
	case i.UID != nil && (*i.UID < 0 || *i.UID > 1<<31-1):
		return fmt.Errorf("uid %d: must be between 0 and %d", *i.UID, 1<<31-1)
	case i.Java != 0 && (i.Java < 8 || i.Java > 99):
		return fmt.Errorf("java %d: must be a major release such as 17", i.Java)
	case i.Entrypoint != "" && !slices.Contains([]string{EntrypointSpark, EntrypointSparkDocker, EntrypointBitnami}, i.Entrypoint):
		return fmt.Errorf("entrypoint %q: must be spark, spark-docker or bitnami", i.Entrypoint)
	case i.Libc != "" && i.Libc != "glibc" && i.Libc != "musl":
		return fmt.Errorf("libc %q: must be glibc or musl", i.Libc)
	case i.Arch != "" && !archForm.MatchString(i.Arch):
		return fmt.Errorf("arch %q: must list architectures as nodes name them, such as amd64,arm64", i.Arch)
	case len(i.Sum) > 64:
		return fmt.Errorf("sum of %d bytes: at most 64", len(i.Sum))
	case i.JMXExporter != "" && i.JMXExporter != NoJar && !JarPath(i.JMXExporter):
		return fmt.Errorf("jmxExporter %q: must be the path of a jar, as /opt/jmx_prometheus_javaagent.jar, or none", i.JMXExporter)
	case len(i.Match) > maxReference:
		return fmt.Errorf("match of %d bytes: at most %d", len(i.Match), maxReference)
	}
	if _, err := path.Match(i.Match, ""); err != nil {
		return fmt.Errorf("match %q: %w", i.Match, err)
	}
	return nil
}

// ParseImageAnnotation reads the value of a pod's image annotation: one entry as YAML or JSON, without match.
func ParseImageAnnotation(text string) (Image, error) {
	if len(text) > maxImageAnnotation {
		return Image{}, fmt.Errorf("image facts of %d bytes: at most %d are read", len(text), maxImageAnnotation)
	}
	// Anchors have no use in an entry of scalars, and expand without bound.
	if strings.ContainsAny(text, "&*") {
		return Image{}, errors.New("image facts must not hold YAML anchors or aliases")
	}
	var image Image
	if err := yaml.UnmarshalStrict([]byte(text), &image); err != nil {
		return Image{}, fmt.Errorf("cannot read image facts: %w", err)
	}
	image.Match = ""
	return image, image.Validate()
}

// MarshalText writes the version as ParseVersion reads it.
func (v Version) MarshalText() ([]byte, error) {
	if !v.Known() {
		return nil, nil
	}
	return []byte(v.String()), nil
}

// UnmarshalJSON reads a version in quotes. A bare number is refused: as a number 3.10 is 3.1.
func (v *Version) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("spark version %s: must be text in quotes, or have three parts (3.5.6)", data)
	}
	return v.UnmarshalText([]byte(text))
}

// UnmarshalText reads a version; empty stands for unknown.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	parsed, ok := ParseVersion(string(text))
	if !ok {
		return fmt.Errorf("spark version %q: must look like 3.5.6", text)
	}
	*v = parsed
	return nil
}
