package spark

import (
	_ "crypto/sha256" // a digest is known by the algorithms that are linked
	_ "crypto/sha512"
	"hash/maphash"
	"path"
	"strings"
	"sync/atomic"

	"github.com/distribution/reference"
)

// Reference is an image reference in its parts, with Docker's defaults filled in (docker.io, library/).
type Reference struct {
	// Repository is registry and path: docker.io/apache/spark.
	Repository string
	Tag        string
	Digest     string // sha256:...
}

// ParseReference parts an image reference as container runtimes do. It refuses what none could pull, save for the digest:
// one of any algorithm pins an image.
func ParseReference(s string) (Reference, bool) {
	if len(s) > maxReference {
		return Reference{}, false
	}
	slot := &parted[maphash.String(partedSeed, s)%uint64(len(parted))]
	if known := slot.Load(); known != nil && known.text == s {
		return known.Reference, known.ok
	}
	s = strings.Clone(s) // it may be a part of a long text
	r, ok := parseReference(s)
	slot.Store(&partedReference{text: s, Reference: r, ok: ok})
	return r, ok
}

// parted are references that were parsed lately: pods of an application have the same image, and a reference takes long to
// read. A reference has one slot, where it takes the place of the one before.
var (
	parted     [32]atomic.Pointer[partedReference]
	partedSeed = maphash.MakeSeed()
)

type partedReference struct {
	text string
	Reference
	ok bool
}

func parseReference(s string) (Reference, bool) {
	name, digest, pinned := strings.Cut(s, "@")
	if strings.ContainsAny(s, " \t\r\n") || pinned && !strings.Contains(digest, ":") {
		return Reference{}, false
	}
	name, tag := cutVariableTag(name)
	// The library knows Docker Hub by its name and by index.docker.io, not by the host that serves it.
	if path, ok := strings.CutPrefix(name, "registry-1.docker.io/"); ok {
		name = "docker.io/" + path
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return Reference{}, false
	}
	if tagged, ok := named.(reference.Tagged); ok {
		if tag != "" {
			return Reference{}, false // two
		}
		tag = tagged.Tag()
	}
	return Reference{Repository: named.Name(), Tag: tag, Digest: digest}, true
}

// cutVariableTag takes off a tag that is yet to be filled in (3.5.6-${SUFFIX}): the repository can be told without it.
func cutVariableTag(name string) (rest, tag string) {
	at := strings.IndexAny(name, "$<{%")
	if at < 0 || strings.Contains(name[at:], "/") {
		return name, ""
	}
	if colon := strings.LastIndexByte(name[:at], ':'); colon > strings.LastIndexByte(name[:at], '/') {
		return name[:colon], name[colon+1:]
	}
	return name, ""
}

// matches says whether a glob fits the repository, with or without the tag or the digest. A star does not cross a slash,
// except at the end: registry/team/* holds whatever lies below.
func (r Reference) matches(glob string) bool {
	if glob == "" {
		return false
	}
	tag := r.Tag
	if tag == "" && r.Digest == "" {
		tag = "latest"
	}
	short := strings.TrimPrefix(strings.TrimPrefix(r.Repository, "docker.io/"), "library/")
	for _, name := range [...]string{r.Repository, short} {
		if at := len(glob) - len(r.Digest) - 1; r.Digest != "" && at > 0 && glob[at:] == "@"+r.Digest && glob[:at] == name {
			return true
		}
		for _, candidate := range [...]string{name, name + ":" + tag} {
			if ok, err := path.Match(glob, candidate); err == nil && ok {
				return true
			}
		}
		if below, ok := strings.CutSuffix(glob, "/*"); ok && !strings.ContainsAny(below, `*?[\`) && strings.HasPrefix(name, below+"/") {
			return true
		}
	}
	return false
}

// publicImage is what is certain of well-known images.
func publicImage(r Reference) (Image, bool) {
	switch r.Repository {
	case "docker.io/apache/spark", "docker.io/library/spark":
		return officialImage(r), true
	case "docker.io/bitnami/spark", "docker.io/bitnamilegacy/spark":
		uid, passwd := int64(1001), true
		image := Image{UID: &uid, Passwd: &passwd, Entrypoint: EntrypointBitnami, Libc: "glibc"}
		image.Spark, _ = ParseVersion(r.Tag)
		return image, true
	case "docker.io/bde2020/spark-base", "docker.io/bde2020/spark-master", "docker.io/bde2020/spark-worker", "docker.io/bde2020/spark-history-server",
		"docker.io/bde2020/spark-submit", "docker.io/bde2020/spark-python-template":
		root := int64(0) // no user is set, on Alpine
		image := Image{UID: &root, Libc: "musl"}
		image.Spark, _ = ParseVersion(r.Tag)
		return image, true
	case "gcr.io/spark-operator/spark", "gcr.io/spark-operator/spark-py":
		var image Image
		image.Spark, _ = ParseVersion(r.Tag)
		return image, image.Spark.Known()
	}
	return Image{}, false
}

// officialImage reads the tag of an official image: 3.5.6-scala2.12-java17-python3-ubuntu. Its user is 185. Java is what the
// tag says, else what its release holds. The script and the user's passwd entry are those of the official image (apache/spark-docker) for
// releases from 3.4 on, and for all of docker.io/library/spark; apache/spark held images of the docker-image-tool before,
// and does under tags with a v. A tag without a full version (latest, 3.5) may be another release tomorrow: its line holds.
func officialImage(r Reference) Image {
	uid := int64(185)
	image := Image{UID: &uid, Libc: "glibc"}
	image.Spark, _ = ParseVersion(r.Tag)
	for part := range strings.SplitSeq(r.Tag, "-") {
		digits, ok := strings.CutPrefix(part, "java")
		if !ok {
			continue
		}
		if java, rest, ok := leadingInt(digits); ok && rest == "" {
			image.Java = java
		}
	}
	if r.Repository == "docker.io/library/spark" || image.Spark.AtLeast(3, 4) && r.Tag[0] != 'v' {
		passwd := true
		image.Entrypoint, image.Passwd = EntrypointSparkDocker, &passwd
		if image.Java == 0 {
			image.Java = javaOfRelease(r.Tag, image.Spark)
		}
	}
	return image
}

// javaOfRelease is the Java of an official image whose tag does not name one: 3.5.6, 3.5.6-python3, 3.5.6-r or 3.5.6-scala; 0 where
// that is not certain. It is what versions.json of apache/spark-docker says, up to the last release of each line there. The releases
// of a line hold the same. A tag that is moved (latest, 3.5) and a preview have none.
func javaOfRelease(tag string, v Version) int {
	switch strings.TrimPrefix(tag, v.String()) {
	case "", "-python3", "-r", "-scala":
	default:
		return 0
	}
	for _, line := range [...]struct{ major, minor, last, java int }{{3, 3, 3, 11}, {3, 4, 4, 11}, {3, 5, 8, 11}, {4, 0, 3, 17}, {4, 1, 2, 21}} {
		if v.Major == line.major && v.Minor == line.minor && v.Patch <= line.last {
			return line.java
		}
	}
	return 0
}

// ValidReference says whether a text has the form of an image reference that a container runtime pulls: an optional
// host, lower-case names, and a tag or a digest of a known algorithm. A word in capitals is no host by itself.
func ValidReference(s string) bool {
	if len(s) > maxReference {
		return false
	}
	named, err := reference.ParseNormalizedNamed(s)
	if err != nil {
		return false
	}
	host := reference.Domain(named)
	return host == "localhost" || strings.ContainsAny(host, ".:")
}
