// Package image reads container images: from a registry, a folder with an OCI layout, or an archive of docker save. No daemon is
// asked, and nothing is unpacked to disk: layers are read as a stream, within bounds. Start with Read. What an image is stands in
// image/model.
package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Which layers are read.
const (
	Never    = "never"    // labels, configuration and history only
	IfNeeded = "ifneeded" // where those leave a fact open that an edit needs; always those of a folder or archive
	Always   = "always"
)

// Options say how an image is read.
type Options struct {
	Layers   string // Never, IfNeeded or Always
	Platform string // os/architecture[/variant]; "": linux/amd64, else the first of linux
	Login    Login
	// Progress is told how much of the layers has been read, in bytes as they are stored; nil: nobody asks.
	Progress func(done, total int64)
}

// Bounds of what describes an image.
const (
	maxConfig    = 8 << 20
	maxLayers    = 512
	maxPlatforms = 256
)

// opened is an image whose layers were not read yet.
type opened struct {
	config    *v1.ConfigFile
	digest    string
	platforms []string
	variants  []string // digests of what the index has
	layers    []stored
	local     bool
}

// Read reads what is known of an image. The source is a reference, the path of a folder with an OCI layout, or that of an archive.
func Read(ctx context.Context, source string, o Options) (*model.Image, error) {
	from, err := open(ctx, source, o)
	if err != nil {
		return nil, err
	}
	if len(from.layers) > maxLayers {
		return nil, fmt.Errorf("image %s has %d layers, and at most %d are read: nothing was read of it", source, len(from.layers), maxLayers)
	}
	if have := platformOf(from.config); o.Platform != "" && have != "" && !isFor(have, o.Platform) {
		return nil, fmt.Errorf("image %s is for %s, and has no variant for %s: leave out --platform", source, have, o.Platform)
	}
	config := configOf(from.config)
	out := &model.Image{Reference: source, Digest: from.digest, Variants: from.variants, Platforms: from.platforms, Platform: platformOf(from.config)}
	facts := config.Facts()
	if !from.local {
		facts = facts.Over(model.FactsOfName(source))
	}
	steps := createdBy(from.config.History)
	for i, l := range from.layers {
		layer := model.Layer{Digest: l.digest, Compressed: l.size}
		if len(steps) == len(from.layers) {
			layer.CreatedBy = steps[i]
		}
		out.Layers, out.Compressed = append(out.Layers, layer), out.Compressed+l.size
	}
	switch {
	case o.Layers == Never:
		out.NotRead = "not asked for"
	case o.Layers == IfNeeded && !from.local && len(facts.Unknown()) == 0:
		out.NotRead = "labels, configuration and history tell every fact"
	default:
		tree, err := readLayers(ctx, source, from, out.Layers, config, o.Progress)
		if err != nil {
			return nil, err
		}
		facts = tree.Facts(config, facts)
		out.Contents, out.Layers = tree.Contents(facts)
	}
	facts = facts.Over(model.FactsOfPlatforms(out.Platforms, out.Platform))
	out.Facts, out.Unknown = facts, facts.Unknown()
	return out, nil
}

// Local says that a source is a folder or a file, and no reference.
func Local(source string) bool {
	if strings.HasPrefix(source, "./") || strings.HasPrefix(source, "/") || strings.HasPrefix(source, "../") || source == "." || source == ".." {
		return true
	}
	info, err := os.Stat(source)
	if err != nil {
		return false
	}
	if info.IsDir() { // that it is called as an image is chance, where it holds none
		_, err = os.Stat(layoutFile(source))
	}
	return err == nil
}

func open(ctx context.Context, source string, o Options) (*opened, error) {
	if !Local(source) {
		return openRegistry(ctx, source, o)
	}
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is not there: expected an image reference, a folder with an OCI layout, or an archive of docker save", source)
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", source, err)
	case info.IsDir():
		return openLayout(source, o)
	}
	return openArchive(source)
}

// configOf is the configuration as facts are read from it.
func configOf(c *v1.ConfigFile) *model.Config {
	out := &model.Config{OS: c.OS, Architecture: c.Architecture, User: c.Config.User, Env: c.Config.Env, Entrypoint: c.Config.Entrypoint, Cmd: c.Config.Cmd, Labels: c.Config.Labels}
	for _, h := range c.History {
		out.History = append(out.History, model.History{CreatedBy: h.CreatedBy, Empty: h.EmptyLayer})
	}
	return out
}

func platformOf(c *v1.ConfigFile) string {
	if c.OS == "" || c.Architecture == "" {
		return ""
	}
	p := c.OS + "/" + c.Architecture
	if c.Variant != "" {
		p += "/" + c.Variant
	}
	return p
}

// isFor says that a platform is the wanted one, or a variant of it.
func isFor(platform, want string) bool {
	return platform == want || strings.HasPrefix(platform, want+"/")
}

// createdBy are the steps of the build that made a layer.
func createdBy(history []v1.History) (steps []string) {
	for _, h := range history {
		if !h.EmptyLayer {
			steps = append(steps, h.CreatedBy)
		}
	}
	return steps
}

// pick is the image of an index for a platform. The word for what to do names those that there are.
func pick(source string, manifests []v1.Descriptor, platform string) (chosen v1.Descriptor, platforms []string, err error) {
	var images []v1.Descriptor
	for _, m := range manifests {
		if !m.MediaType.IsImage() && !m.MediaType.IsIndex() || m.Platform != nil && m.Platform.OS == "unknown" { // an attestation
			continue
		}
		images = append(images, m)
		if m.Platform != nil {
			platforms = append(platforms, m.Platform.String())
		}
	}
	if len(images) > maxPlatforms {
		return chosen, nil, fmt.Errorf("image %s has %d variants: at most %d are read", source, len(images), maxPlatforms)
	}
	for _, want := range []string{platform, "linux/amd64"} {
		for _, m := range images {
			if m.Platform != nil && want != "" && isFor(m.Platform.String(), want) {
				return m, platforms, nil
			}
		}
		if want != "" {
			break
		}
	}
	if platform == "" || len(images) == 1 && images[0].Platform == nil {
		at := max(0, slices.IndexFunc(images, func(m v1.Descriptor) bool { return m.Platform != nil && m.Platform.OS == "linux" }))
		if len(images) > 0 {
			return images[at], platforms, nil
		}
	}
	there := strings.Join(platforms, ", ")
	if there == "" {
		return chosen, nil, fmt.Errorf("%s holds no image: nothing was read", source)
	}
	return chosen, nil, fmt.Errorf("image %s has no variant for %s: it has %s; choose one with --platform", source, platform, there)
}

// OneReference says whether a text is an image reference, and words what is expected where it is none.
func OneReference(text string) error {
	if _, ok := spark.ParseReference(text); !ok {
		return noReference(text)
	}
	return nil
}

func noReference(text string) error {
	return fmt.Errorf("%q is no image reference: expected REPOSITORY[:TAG][@DIGEST], a folder with an OCI layout, or an archive", text)
}

// layoutFile is what a folder with an OCI layout holds.
func layoutFile(dir string) string { return filepath.Join(dir, "oci-layout") }
