// Command dist makes what a release consists of: an archive of the plugin and a list of its parts for each platform, checksums of
// all of them, and the manifest for Krew. Two runs on one commit write the same bytes.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/kubectl-spark/kubectl-spark/krew"
	"github.com/kubectl-spark/kubectl-spark/test/ship/release"
	"github.com/kubectl-spark/kubectl-spark/test/ship/sbom"
)

const plugin = "kubectl-spark"

func main() {
	version := flag.String("version", "", "version of the release, without v")
	out := flag.String("o", "dist", "folder to write to")
	list := flag.String("platforms", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "what to build for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *version, *out, *list)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, version, out, list string) error {
	if err := release.CheckVersion(version); err != nil {
		return err
	}
	platforms, err := release.ParsePlatforms(list)
	if err != nil {
		return err
	}
	at, err := release.Epoch()
	if err != nil {
		return err
	}
	if err := empty(out); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "kubectl-spark-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var archives []krew.Archive
	var files []string
	for _, p := range platforms {
		binary := filepath.Join(work, p.OS+"-"+p.Arch)
		if err := release.Build(ctx, plugin, p, version, binary); err != nil {
			return err
		}
		archive, parts, err := pack(out, binary, p, version, at)
		if err != nil {
			return err
		}
		archives, files = append(archives, archive), append(files, archive.File, parts)
		fmt.Printf("%s  %s\n", archive.SHA256, filepath.Join(out, archive.File))
	}
	manifest, err := krew.Manifest(version, archives)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "spark.yaml"), manifest, 0o644); err != nil {
		return err
	}
	return checksums(out, append(files, "spark.yaml"))
}

// empty makes the folder and removes what an earlier release left in it; other files stay.
func empty(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(out, plugin+"_*"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// pack puts a built binary and the licence into the platform's archive, and lists the binary's parts beside it.
func pack(out, binary string, p release.Platform, version string, at time.Time) (archive krew.Archive, parts string, err error) {
	program, err := os.ReadFile(binary)
	if err != nil {
		return archive, "", err
	}
	licence, err := release.Licence()
	if err != nil {
		return archive, "", err
	}
	base := fmt.Sprintf("%s_%s_%s_%s", plugin, version, p.OS, p.Arch)
	file, name, windows := base+".tar.gz", plugin, p.OS == "windows"
	if windows {
		file, name = base+".zip", plugin+".exe"
	}
	if err := writeArchive(filepath.Join(out, file), windows, at, []member{{"LICENSE", 0o644, licence}, {name, 0o755, program}}); err != nil {
		return archive, "", err
	}
	var list bytes.Buffer
	if err := sbom.Write(&list, binary, version, at); err != nil {
		return archive, "", err
	}
	parts = base + ".cdx.json"
	if err := os.WriteFile(filepath.Join(out, parts), list.Bytes(), 0o644); err != nil {
		return archive, "", err
	}
	sum, err := checksum(filepath.Join(out, file))
	return krew.Archive{OS: p.OS, Arch: p.Arch, File: file, SHA256: sum}, parts, err
}

// checksums writes checksums.txt in the form that sha256sum --check reads.
func checksums(out string, files []string) error {
	slices.Sort(files)
	var text bytes.Buffer
	for _, file := range files {
		sum, err := checksum(filepath.Join(out, file))
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s  %s\n", sum, file)
	}
	return os.WriteFile(filepath.Join(out, "checksums.txt"), text.Bytes(), 0o644)
}

func checksum(path string) (string, error) {
	data, err := os.ReadFile(path)
	return fmt.Sprintf("%x", sha256.Sum256(data)), err
}
