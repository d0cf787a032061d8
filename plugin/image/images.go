package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/image"
	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	pages "github.com/kubectl-spark/kubectl-spark/report/image"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

type imagesOptions struct {
	*session.Session
	all, read, learn         bool
	layers, dryRun, selector string
	secrets                  []string
	output                   string
	forms                    *printers.Flags
}

// maxRead is how many images one run reads from registries.
const maxRead = 200

// Images is the command images.
func Images(s *session.Session) *cobra.Command {
	o := &imagesOptions{Session: s}
	cmd := &cobra.Command{
		Use:   "images",
		Short: "List the Spark images in use, and what is known of them",
		Long: `Lists the images of Spark workloads with their size on the nodes. It shows the known facts of each, and how many edits of the webhook
these facts allow. Facts come from the pods' annotations, the webhook's settings and public names.

It shows how long the kubelets' pulls took, as far as Events tell (the API server keeps them for an hour).

With --read the images are read from their registries, as explain image does. It then shows which bytes of layers several images share.
It also shows nodes that an image does not run on (SPK-I004), and pods that run what a tag had before. With --learn the facts that were read are also written
into the webhook's settings, under the key learnedImages. What you wrote under images counts before it. No pod is changed, and the
webhook itself never asks a registry.`,
		Example: `  kubectl spark images -A
  kubectl spark images -A --learn --dry-run=server    # what would be written
  kubectl spark images -A --learn`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all-namespaces", "A", false, "look at all namespaces")
	f.StringVarP(&o.selector, "selector", "l", "", "label selector of the objects to look at")
	f.BoolVar(&o.read, "read", false, "read the images from their registries")
	f.BoolVar(&o.learn, "learn", false, "read the images, and write their facts into the webhook's settings")
	f.StringVar(&o.layers, "layers", image.IfNeeded, "with --read and --learn: when layers are downloaded: never, ifneeded (a fact is unknown) or always")
	f.StringSliceVar(&o.secrets, "pull-secret", nil, "with --read and --learn: Secrets of the workloads' namespaces to log in with; without it those of their ServiceAccounts")
	f.StringVar(&o.dryRun, "dry-run", "none", "with --learn: none, client (nothing is sent) or server (nothing is kept)")
	o.forms = printers.NewFlags(&o.output, "table", "wide", report.HTML)
	o.forms.AddFlags(cmd)
	s.CompleteFlag(cmd, "output", flags.Values(o.forms.Formats()...))
	s.CompleteFlag(cmd, "layers", flags.Values(image.Never, image.IfNeeded, image.Always))
	s.CompleteFlag(cmd, "dry-run", flags.Values("none", "client", "server"))
	flags.Under(f, flags.Workloads, "all-namespaces", "selector")
	flags.Under(f, flags.Writing, "learn", "dry-run")
	return cmd
}

func (o *imagesOptions) run(ctx context.Context) error {
	for _, check := range []error{flags.OneOf("layers", o.layers, image.Never, image.IfNeeded, image.Always), flags.OneOf("dry-run", o.dryRun, "none", "client", "server")} {
		if check != nil {
			return check
		}
	}
	if o.dryRun != "none" && !o.learn {
		return errors.New("--dry-run is for --learn: without it nothing is written")
	}
	printer, err := o.forms.Printer()
	if err != nil {
		return err
	}
	reader, err := o.Reader()
	if err != nil {
		return err
	}
	have, known, unread, err := settingsOf(ctx, reader, o.learn)
	if err != nil {
		return err
	}
	u, err := gather(ctx, o.Session, reader, o.all, o.selector, known)
	if err != nil {
		return err
	}
	if unread != nil {
		u.notes = append(u.notes, fmt.Sprintf("%v; profile %s is assumed, and facts of images in the webhook's settings are not known", unread, known.Profile))
	}
	o.Tell(u.notes, false)
	if o.read || o.learn {
		if err := u.read(ctx, o.Session, reader, o.secrets, image.Options{Layers: o.layers}); err != nil {
			return err
		}
		u.share()
		u.moved()
	}
	if o.learn {
		before := len(u.notes)
		u.former(ctx, o.Session, image.Options{Layers: o.layers})
		o.Tell(u.notes[before:], false)
	}
	if err := u.allow(o.Session, known.Profile); err != nil {
		return err
	}
	display := o.Display(o.output)
	display.Printer = printer
	list := &pages.List{Images: u.images, Nodes: u.nodes, NotRead: u.notes}
	if !o.learn {
		list.Next = u.next(o, have.Config != nil)
	}
	if err := pages.WriteList(o.Out, list, display); err != nil {
		return err
	}
	if o.learn {
		err = u.learn(ctx, o.Session, reader, have, o.dryRun, display)
	}
	if err == nil && u.failed {
		err = session.Failed
	}
	return err
}

// settingsOf are the settings by which the webhook works; where it is not installed, or may not be read, they are the defaults. unread is the
// error of settings that could not be read.
func settingsOf(ctx context.Context, reader *cluster.Reader, must bool) (have *installation.Live, known rule.Options, unread, err error) {
	have, unread = installation.Read(ctx, reader)
	switch {
	case must && unread != nil:
		return nil, known, nil, unread
	case must && have.Config == nil:
		return nil, known, nil, fmt.Errorf("--learn: there is no ConfigMap/%s to write to: the webhook is not installed; nothing was written", manifests.ConfigName)
	case unread != nil && !errors.As(unread, new(apierrors.APIStatus)):
		return nil, known, nil, unread
	}
	known, _ = have.Rules()
	if known.Profile == "" {
		known.Profile = rule.Standard
	}
	return have, known, unread, nil
}

// used are the images that workloads use.
type used struct {
	images  []*pages.Listed
	places  map[*pages.Listed][]string // namespaces
	own     map[*pages.Listed]model.Facts
	shown   map[*pages.Listed]model.Facts // by labels of pods and fields of resources
	secrets map[string][]string           // that pods name, by namespace
	done    map[*pages.Listed]*model.Image
	formers []*model.Image                // what pods run of tags that have another digest now
	logins  map[*pages.Listed]image.Login // of images that were read
	nodes   map[string]int                // by architecture
	known   rule.Options
	notes   []string
	failed  bool // an image could not be read
}

// gather lists the images of workloads.
func gather(ctx context.Context, s *session.Session, reader *cluster.Reader, all bool, selector string, known rule.Options) (*used, error) {
	sc, err := s.Live(ctx, scene.Scope{Selector: selector, NoNodes: true}, nil, all)
	if err != nil {
		return nil, err
	}
	u := &used{places: map[*pages.Listed][]string{}, own: map[*pages.Listed]model.Facts{}, shown: map[*pages.Listed]model.Facts{}, secrets: map[string][]string{}, done: map[*pages.Listed]*model.Image{}, logins: map[*pages.Listed]image.Login{}, nodes: map[string]int{}, known: known}
	for _, gap := range sc.Gaps {
		u.notes = append(u.notes, granted(fmt.Sprintf("%s %s %s: images of what they hold are not listed", gap.Verb, gap.Resource, gap.Reason()), gap))
	}
	by := map[string]*pages.Listed{}
	for _, w := range sc.Workloads {
		for _, subject := range w.Judged() {
			reference := subject.Image()
			if reference == "" {
				continue
			}
			one := by[reference]
			if one == nil {
				one = &pages.Listed{Reference: reference}
				by[reference] = one
				u.images = append(u.images, one)
			}
			if !slices.Contains(one.Workloads, w.Title) {
				one.Workloads = append(one.Workloads, w.Title)
			}
			if subject.Live && !subject.Coming() {
				one.Pods += max(1, subject.Count)
			}
			if !slices.Contains(u.places[one], w.Namespace) {
				u.places[one] = append(u.places[one], w.Namespace)
			}
			for _, name := range pullSecrets(subject) {
				if !slices.Contains(u.secrets[w.Namespace], name) {
					u.secrets[w.Namespace] = append(u.secrets[w.Namespace], name)
				}
			}
			u.shown[one] = u.shown[one].Over(model.FactsOfVersion(w.Version, "Spark version of "+w.Title))
			if facts, _ := rule.ImageFacts("", subject.Marks().Annotations[rule.ImageAnnotation], nil); facts != nil {
				u.own[one] = u.own[one].Over(model.FactsOf(*facts, "annotation "+rule.ImageAnnotation+" of "+w.Title))
			}
		}
	}
	slices.SortFunc(u.images, func(a, b *pages.Listed) int { return strings.Compare(a.Reference, b.Reference) })
	for _, one := range u.images {
		own := u.own[one].Entry()
		said, _ := known.Images.Facts(one.Reference, &own)
		one.Facts = u.own[one].Over(model.FactsOf(said, "the webhook's settings, or the public name")).Over(u.shown[one])
		one.Unknown = one.Facts.Unknown()
	}
	if len(u.images) == 0 {
		return u, nil
	}
	namespace, err := s.Namespace()
	if err != nil {
		return nil, err
	}
	if all {
		namespace = ""
	}
	for _, more := range []error{u.sizes(ctx, reader), u.running(ctx, reader, namespace), u.pulled(ctx, reader, namespace)} {
		if more != nil {
			return nil, more
		}
	}
	return u, nil
}

// pullSecrets are those that a subject's pods name.
func pullSecrets(s *scene.Subject) (names []string) {
	t := s.Slot.Template
	if made := s.Pod(); made != nil {
		t = made.Template
	}
	if t != nil {
		for _, secret := range t.Spec.ImagePullSecrets {
			names = append(names, secret.Name)
		}
	}
	return names
}

// sizes are those that nodes report: each of its largest images.
func (u *used) sizes(ctx context.Context, reader *cluster.Reader) error {
	sizes := map[string]int64{}
	wanted := map[string]bool{}
	for _, one := range u.images {
		for _, name := range pages.Names(one.Reference) {
			wanted[name] = true
		}
	}
	gap, err := reader.List(ctx, "v1", "Node", cluster.Scope{}, func(raw []byte) error {
		var node corev1.Node
		if err := json.Unmarshal(raw, &node); err != nil {
			return err
		}
		if arch := node.Labels[corev1.LabelArchStable]; arch != "" {
			u.nodes[arch]++
		}
		for _, held := range node.Status.Images {
			for _, name := range held.Names {
				if wanted[name] {
					sizes[name] = held.SizeBytes
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if gap != nil {
		u.notes = append(u.notes, granted("list nodes "+gap.Reason()+": sizes are not known", *gap))
	}
	for _, one := range u.images {
		for _, name := range pages.Names(one.Reference) {
			one.Size = max(one.Size, sizes[name])
		}
	}
	return nil
}

// read reads the images from their registries. One that cannot be read is said, and the others go on. A registry that does not answer is
// asked once.
func (u *used) read(ctx context.Context, s *session.Session, reader *cluster.Reader, secrets []string, options image.Options) error {
	if len(u.images) > maxRead {
		return fmt.Errorf("%d images are in use, and one run reads at most %d: look at one namespace at a time, with -n", len(u.images), maxRead)
	}
	logins, silent := map[string]*image.Login{}, map[string]bool{}
	for i, one := range u.images {
		if registry := image.Registry(one.Reference); silent[registry] {
			one.Error, u.failed = fmt.Sprintf("registry %s did not answer for another image, and was not asked again", registry), true
			continue
		}
		var login image.Login
		for _, namespace := range u.places[one] {
			if logins[namespace] == nil {
				logins[namespace] = &image.Login{}
				if err := secretsOf(ctx, reader, namespace, secrets, u.secrets[namespace], logins[namespace]); err != nil {
					s.Tell([]string{err.Error()}, false)
				}
			}
			login.Join(logins[namespace])
		}
		options.Login, u.logins[one] = login, login
		options.Progress = s.Progress.Bytes
		end := s.Progress.Begin(fmt.Sprintf("image %d of %d", i+1, len(u.images)))
		got, err := image.Read(ctx, one.Reference, options)
		end()
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if none := (*image.UnansweredError)(nil); errors.As(err, &none) {
				silent[none.Registry] = true
			}
			one.Error, u.failed = err.Error(), true
			continue
		}
		u.done[one] = got
		one.Digest, one.Read = got.Digest, true
		one.Facts = u.own[one].Over(got.Facts).Over(one.Facts)
		one.Unknown = one.Facts.Unknown()
		if one.Size == 0 {
			one.Compressed = got.Compressed
		}
	}
	return nil
}

// allow runs the webhook's rules with the facts of each image.
func (u *used) allow(s *session.Session, profile rule.Profile) error {
	set, err := s.Rules()
	if err != nil {
		return err
	}
	for _, one := range u.images {
		if one.Injection, err = installation.Allowances(set, one.Reference, one.Facts.Entry(), profile); err != nil {
			return err
		}
	}
	return nil
}

// next is the command for images of which something is unknown.
func (u *used) next(o *imagesOptions, writable bool) string {
	if !slices.ContainsFunc(u.images, func(one *pages.Listed) bool { return len(one.Unknown) > 0 && one.Error == "" }) || o.read {
		return ""
	}
	words := "images --read"
	if writable {
		words = "images --learn --dry-run=server"
	}
	switch ns := o.NamespaceFlag(); {
	case o.all:
		words += " -A"
	case ns != "":
		words += " -n " + ns
	}
	return o.Command(words)
}
