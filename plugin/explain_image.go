package plugin

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
)

func newExplainImage(s *session.Session) *cobra.Command {
	return &cobra.Command{
		Use:   "image REFERENCE",
		Short: "Print the known facts of an image, as an entry for the webhook's settings",
		Long: `Prints the facts of an image that injection needs: uid, Java, Spark, entrypoint and C library. They come from the image's
public name; no registry is asked. Fill in the unknown facts yourself, in the webhook's settings under images or in the pod's
annotation kubectl-spark.io/image. An edit that needs an unknown fact is refused.`,
		Example: `  kubectl spark explain image apache/spark:3.5.6-java17
  kubectl spark explain image registry.example/team/etl:1.4`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := installation.ImageEntry(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(s.Out, text)
			return err
		},
	}
}
