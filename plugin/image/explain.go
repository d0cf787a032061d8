// Package image is the commands about images: explain image, and images. They parse, call and print. Start with Explain and Images.
package image

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/image"
	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	pages "github.com/kubectl-spark/kubectl-spark/report/image"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

type explainOptions struct {
	*session.Session
	layers, platform, profile, output string
	secrets                           []string
	byName                            bool
	forms                             *printers.Flags
}

// Explain is the command explain image.
func Explain(s *session.Session) *cobra.Command {
	o := &explainOptions{Session: s}
	cmd := &cobra.Command{
		Use:   "image (REFERENCE | FOLDER | ARCHIVE)",
		Short: "Show the facts of an image, what the webhook can do with it, and where its bytes are",
		Long: `Shows what is known of an image: user, Java, Spark, entrypoint, C library. It shows which edits of the webhook these facts allow, and
where the bytes of the image are. It reads a registry, a folder with an OCI layout, or an archive of docker save. No daemon is
needed, and nothing is unpacked to disk.

Of a registry the manifest and the configuration are read first. Layers are downloaded only if those leave a fact unknown, or with
--layers=always. Logins are those of docker and podman. With --namespace also the pull secrets of its ServiceAccounts. A registry has
30 seconds to begin an answer, and a minute for each 64 KiB of it. With --by-name no connection is opened.

The image's label kubectl-spark.io/image can hold facts, too. It counts after USER and the files of the layers, and before the rest of
the configuration.

An edit that needs an unknown fact is refused. Fill in unknown facts yourself, in the webhook's settings under images or in the
pod's annotation kubectl-spark.io/image.`,
		Example: `  kubectl spark explain image registry.example/team/etl:1.4
  kubectl spark explain image registry.example/team/etl:1.4 --layers=always     # also where the bytes are
  kubectl spark explain image registry.example/team/etl:1.4 --layers=always -o html > etl.html
  kubectl spark explain image registry.example/team/etl:1.4 -n payments         # with the pull secrets of a namespace
  kubectl spark explain image ./dist/image/oci
  kubectl spark explain image apache/spark:3.5.6-java17 --by-name               # no registry is asked`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.layers, "layers", image.IfNeeded, "when layers of a registry are downloaded: never, ifneeded (a fact is unknown) or always")
	f.StringVar(&o.platform, "platform", "", "os/architecture of an image that has several; without it linux/amd64 where there is one")
	f.StringVar(&o.profile, "profile", "standard", "profile whose edits are shown: safe, standard or restricted")
	f.StringSliceVar(&o.secrets, "pull-secret", nil, "Secrets of the namespace to log in with")
	f.BoolVar(&o.byName, "by-name", false, "ask no registry: show what the name of a public image tells")
	o.forms = printers.NewFlags(&o.output, "table", "wide", report.HTML)
	o.forms.AddFlags(cmd)
	s.CompleteFlag(cmd, "output", flags.Values(o.forms.Formats()...))
	s.CompleteFlag(cmd, "layers", flags.Values(image.Never, image.IfNeeded, image.Always))
	s.CompleteFlag(cmd, "profile", flags.Values("safe", "standard", "restricted"))
	s.CompleteFlag(cmd, "platform", flags.Values("linux/amd64", "linux/arm64"))
	return cmd
}

func (o *explainOptions) run(ctx context.Context, source string) error {
	for _, check := range []error{flags.OneOf("layers", o.layers, image.Never, image.IfNeeded, image.Always), flags.OneOf("profile", o.profile, "safe", "standard", "restricted")} {
		if check != nil {
			return check
		}
	}
	printer, err := o.forms.Printer()
	if err != nil {
		return err
	}
	read, err := o.read(ctx, source)
	if err != nil {
		return err
	}
	e := &pages.Explained{Image: read}
	set, err := o.Rules()
	if err != nil {
		return err
	}
	profile, _ := rule.ParseProfile(o.profile)
	if e.Injection, err = installation.Allowances(set, source, read.Facts.Entry(), profile); err != nil {
		return err
	}
	from := "read from the image"
	if o.byName {
		from = "by its public name"
		if len(read.Facts) == 0 {
			from = "nothing is known of this image by its name"
		}
	}
	if e.Settings, err = installation.ImageEntry(source, read.Facts.Entry(), from); err != nil {
		return err
	}
	display := o.Display(o.output)
	display.Printer = printer
	return pages.Write(o.Out, e, display)
}

func (o *explainOptions) read(ctx context.Context, source string) (*model.Image, error) {
	if o.byName {
		if err := image.OneReference(source); err != nil {
			return nil, err
		}
		facts := model.FactsOfName(source)
		return &model.Image{Reference: source, Facts: facts, Unknown: facts.Unknown(), NotRead: "--by-name asks no registry"}, nil
	}
	options := image.Options{Layers: o.layers, Platform: o.platform}
	if o.NamespaceFlag() != "" || len(o.secrets) > 0 {
		if image.Local(source) {
			return nil, fmt.Errorf("--namespace and --pull-secret are for a registry, and %s is a folder or file", clean.Text(source))
		}
		reader, err := o.Reader()
		if err != nil {
			return nil, err
		}
		namespace, err := o.Namespace()
		if err != nil {
			return nil, err
		}
		if err := secretsOf(ctx, reader, namespace, o.secrets, nil, &options.Login); err != nil {
			return nil, err
		}
	}
	options.Progress = o.Progress.Bytes
	defer o.Progress.Begin("reading the layers")()
	return image.Read(ctx, source, options)
}
