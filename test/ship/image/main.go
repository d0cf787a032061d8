// Command image makes the image of a program, the webhook's or the plugin's, without a daemon and without a base: an OCI layout with all platforms, and a docker archive
// of one. Two runs on one commit write the same bytes.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/kubectl-spark/kubectl-spark/test/ship/release"
	"github.com/kubectl-spark/kubectl-spark/test/ship/sbom"
)

func main() {
	program := flag.String("program", "spark-webhook", "what the image holds: "+strings.Join(slices.Sorted(maps.Keys(ports)), " or "))
	version := flag.String("version", "", "version of the program, without v; the image's tag")
	out := flag.String("o", filepath.Join("dist", "image"), "folder to write to; what an earlier run left there is replaced")
	list := flag.String("platforms", "linux/amd64,linux/arm64", "what to build for")
	repository := flag.String("repository", "", "name of the image in the docker archive, without its tag; empty: the program's")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *program, *version, *out, *list, cmp.Or(*repository, *program))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program, version, out, list, repository string) error {
	if _, known := ports[program]; !known {
		return fmt.Errorf("-program=%s is not shipped as an image", program)
	}
	if err := release.CheckVersion(version); err != nil {
		return err
	}
	platforms, err := release.ParsePlatforms(list)
	if err != nil {
		return err
	}
	tag, err := name.NewTag(repository + ":" + version)
	if err != nil {
		return err
	}
	at, err := release.Epoch()
	if err != nil {
		return err
	}
	licence, err := release.Licence()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	lists, err := filepath.Glob(filepath.Join(out, program+"_*.cdx.json"))
	if err != nil {
		return err
	}
	for _, old := range lists { // of platforms that are not built this time
		if err := os.Remove(old); err != nil {
			return err
		}
	}
	images := map[release.Platform]v1.Image{}
	for _, p := range platforms {
		binary := filepath.Join(out, "."+program+"-"+p.Arch)
		defer os.Remove(binary)
		if err := release.Build(ctx, program, p, version, binary); err != nil {
			return err
		}
		data, err := os.ReadFile(binary)
		if err != nil {
			return err
		}
		if images[p], err = assemble(program, p, data, licence, version, at); err != nil {
			return err
		}
		if err := parts(program, out, binary, p, version, at); err != nil {
			return err
		}
		if err := tell(p, images[p], len(data)); err != nil {
			return err
		}
	}
	return write(program, out, tag, platforms, images, version, at)
}

// parts writes the list of the program's parts for a platform.
func parts(program, out, binary string, p release.Platform, version string, at time.Time) error {
	file, err := os.Create(filepath.Join(out, program+"_"+p.OS+"_"+p.Arch+".cdx.json"))
	if err != nil {
		return err
	}
	if err := sbom.Write(file, binary, version, at); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func tell(p release.Platform, img v1.Image, unpacked int) error {
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	packed, err := packedSize(img)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s %.1f MB packed, %.1f MB unpacked\n", p, digest, float64(packed)/1e6, float64(unpacked)/1e6)
	return nil
}

// packedSize is what a node downloads for the image's layers, in bytes.
func packedSize(img v1.Image) (int64, error) {
	manifest, err := img.Manifest()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, layer := range manifest.Layers {
		sum += layer.Size
	}
	return sum, nil
}

// write puts the layout and the archive into the folder. The archive can hold one platform: this machine's, or else the first.
func write(program, out string, tag name.Tag, platforms []release.Platform, images map[release.Platform]v1.Image, version string, at time.Time) error {
	index, err := together(program, platforms, images, version, at)
	if err != nil {
		return err
	}
	oci, docker := filepath.Join(out, "oci"), filepath.Join(out, program+".tar")
	if err := os.RemoveAll(oci); err != nil {
		return err
	}
	path, err := layout.Write(oci, empty.Index)
	if err != nil {
		return err
	}
	if err := path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": version})); err != nil {
		return err
	}
	one := platforms[0]
	if here := (release.Platform{OS: "linux", Arch: runtime.GOARCH}); images[here] != nil {
		one = here
	}
	if err := tarball.WriteToFile(docker, tag, images[one]); err != nil {
		return err
	}
	fmt.Printf("%s (%d platforms), %s (%s for %s)\n", oci, len(platforms), docker, tag, one)
	return nil
}

func sortedNames(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }
