package installation

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// unknownFacts are the fields of an entry, with an example of each, for what has to be filled in.
var unknownFacts = [...]struct{ field, example, means string }{
	{"uid", "185", "the user that the image runs as"},
	{"passwd", "true", "that user has an entry in /etc/passwd, or the entrypoint makes one up"},
	{"java", "17", "major release of the JDK"},
	{"spark", "3.5.6", "version of Spark"},
	{"entrypoint", "spark", "spark, spark-docker or bitnami"},
	{"libc", "glibc", "glibc or musl"},
}

// ImageEntry writes an entry of the images in the webhook's configuration, with what is known of an image. What is not known stands there
// as a comment. from says where the facts are from.
func ImageEntry(reference string, facts spark.Image, from string) (string, error) {
	if ref, ok := spark.ParseReference(reference); ok {
		facts.Match = strings.TrimPrefix(ref.Repository, "docker.io/")
		if ref.Tag != "" {
			facts.Match += ":" + ref.Tag
		} else if ref.Digest != "" {
			facts.Match += "@" + ref.Digest
		}
	} else {
		facts.Match = "REPOSITORY:TAG"
	}
	raw, err := yaml.Marshal([]spark.Image{facts})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if from != "" {
		b.WriteString("# " + from + "\n")
	}
	b.WriteString("images:\n")
	b.Write(raw)
	for _, f := range unknownFacts {
		if !strings.Contains(string(raw), " "+f.field+":") {
			fmt.Fprintf(&b, "  # %s: %s   # unknown: %s\n", f.field, f.example, f.means)
		}
	}
	return b.String(), nil
}

// ValidImage says whether nodes can pull by a reference.
func ValidImage(reference string) bool { return spark.ValidReference(reference) }
