package plugin

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

func newExplainImage(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "image REFERENCE",
		Short: "Print what is known of an image, as an entry of the webhook's configuration",
		Long: `Prints the facts of an image that injection goes by: uid, Java, Spark, entrypoint and C library. What is known comes from
the image's public name; nothing is pulled and no registry is asked. What is not known is left to fill in: as an entry of the
configuration's images, or as the pod's annotation kubectl-spark.io/image. Edits that need an unknown fact are refused.`,
		Example: `  kubectl spark explain image apache/spark:3.5.6-java17
  kubectl spark explain image registry.example/team/etl:1.4`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := imageEntry(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(e.Out, text)
			return err
		},
	}
}

// unknownFacts are the fields of an entry, with an example of each, for what has to be filled in.
var unknownFacts = [...]struct{ field, example, means string }{
	{"uid", "185", "the user that the image runs as"},
	{"passwd", "true", "that user has an entry in /etc/passwd, or the entrypoint makes one up"},
	{"java", "17", "major release of the JDK"},
	{"spark", "3.5.6", "version of Spark"},
	{"entrypoint", "spark", "spark, spark-docker or bitnami"},
	{"libc", "glibc", "glibc or musl"},
}

// imageEntry writes an entry of the configuration's images.
func imageEntry(text string) (string, error) {
	ref, ok := spark.ParseReference(text)
	if !ok {
		return "", fmt.Errorf("%q is no image reference: expected REPOSITORY[:TAG][@DIGEST]", text)
	}
	facts, known := spark.Facts(text, nil)
	facts.Match = strings.TrimPrefix(ref.Repository, "docker.io/")
	if ref.Tag != "" {
		facts.Match += ":" + ref.Tag
	}
	raw, err := yaml.Marshal([]spark.Image{facts})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if known {
		b.WriteString("# by its public name\n")
	} else {
		b.WriteString("# nothing is known of this image by its name\n")
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
