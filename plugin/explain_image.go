package plugin

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/installation"
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
			text, err := installation.ImageEntry(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(e.Out, text)
			return err
		},
	}
}
