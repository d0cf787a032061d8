package plugin

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
)

// build is what version prints.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"gitCommit,omitempty"`
	Go       string `json:"goVersion"`
	Platform string `json:"platform"`
}

func newVersion(s *session.Session) *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := build{Version: s.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						b.Commit = s.Value
					}
				}
			}
			value := map[string]build{"clientVersion": b}
			switch output {
			case "":
				_, err := fmt.Fprintf(s.Out, "kubectl spark %s (%s, %s)\n", b.Version, b.Platform, b.Go)
				return err
			case "json":
				out, err := json.MarshalIndent(value, "", "  ")
				fmt.Fprintf(s.Out, "%s\n", out)
				return err
			case "yaml":
				out, err := yaml.Marshal(value)
				fmt.Fprintf(s.Out, "%s", out)
				return err
			}
			return flags.OneOf("output", output, "json", "yaml")
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "json or yaml")
	cmd.Flags().Bool("client", true, "the version of the plugin; it never asks the cluster")
	return cmd
}
