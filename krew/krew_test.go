package krew_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/krew"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

var sum = strings.Repeat("0a", 32)

func TestBadInputIsNoManifest(t *testing.T) {
	good := krew.Archive{OS: "linux", Arch: "amd64", File: "a.tar.gz", SHA256: sum}
	if _, err := krew.Manifest("0.1.0-rc.1", []krew.Archive{good}); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*krew.Archive)) []krew.Archive {
		a := good
		f(&a)
		return []krew.Archive{a}
	}
	for name, c := range map[string]struct {
		version  string
		archives []krew.Archive
	}{
		"version with v":     {"v0.1.0", []krew.Archive{good}},
		"version with lines": {"0.1.0\nkind: Other", []krew.Archive{good}},
		"no archives":        {"0.1.0", nil},
		"platform twice":     {"0.1.0", []krew.Archive{good, good}},
		"no system":          {"0.1.0", change(func(a *krew.Archive) { a.OS = "" })},
		"arch as YAML":       {"0.1.0", change(func(a *krew.Archive) { a.Arch = "{}" })},
		"folder in the file": {"0.1.0", change(func(a *krew.Archive) { a.File = "../a.tar.gz" })},
		"other archive":      {"0.1.0", change(func(a *krew.Archive) { a.File = "a.rar" })},
		"short checksum":     {"0.1.0", change(func(a *krew.Archive) { a.SHA256 = sum[1:] })},
		"upper-case sum":     {"0.1.0", change(func(a *krew.Archive) { a.SHA256 = strings.ToUpper(sum) })},
	} {
		if out, err := krew.Manifest(c.version, c.archives); err == nil {
			t.Errorf("%s gives\n%s", name, out)
		}
	}
}

// The rules are those of Krew's naming guide and of its index: one short line, without what every plugin is about.
func TestTheManifestReadsWell(t *testing.T) {
	out, err := krew.Manifest("0.1.0", []krew.Archive{{"linux", "amd64", "l.tar.gz", sum}, {"windows", "arm64", "w.zip", sum}})
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Metadata struct{ Name string }
		Spec     struct {
			Version, ShortDescription, Description, Caveats, Homepage string
			Platforms                                                 []struct {
				Selector         struct{ MatchLabels map[string]string }
				URI, SHA256, Bin string
			}
		}
	}
	if err := yaml.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	short := strings.ToLower(m.Spec.ShortDescription)
	if len(short) == 0 || len(short) > 50 || strings.ContainsAny(short, "\n.") || strings.Contains(short, "kubectl") || strings.Contains(short, "kubernetes") {
		t.Errorf("short description %q", m.Spec.ShortDescription)
	}
	for line := range strings.Lines(m.Spec.Description + m.Spec.Caveats) {
		if len(line) > 81 {
			t.Errorf("a line of the manifest is wider than 80: %q", line)
		}
	}
	if m.Metadata.Name != "spark" || m.Spec.Version != "v0.1.0" || len(m.Spec.Platforms) != 2 {
		t.Fatalf("%+v", m)
	}
	windows := m.Spec.Platforms[1]
	if windows.Bin != "kubectl-spark.exe" || m.Spec.Platforms[0].Bin != "kubectl-spark" || windows.SHA256 != sum ||
		windows.URI != "https://github.com/kubectl-spark/kubectl-spark/releases/download/v0.1.0/w.zip" {
		t.Errorf("%+v", m.Spec.Platforms)
	}
}

// tools builds Krew itself and its validator, once into the cache of test programs.
func tools(t *testing.T) (krewTool, validator string) {
	t.Helper()
	cache, err := controlplane.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	pins, err := os.ReadFile("../test/tools/krew/go.sum")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, fmt.Sprintf("krew-%s-%s-%x", runtime.GOOS, runtime.GOARCH, sha256.Sum256(pins))[:len("krew-")+len(runtime.GOOS+runtime.GOARCH)+14])
	paths := map[string]string{}
	for _, name := range []string{"krew", "validate-krew-manifest"} {
		paths[name] = filepath.Join(dir, name)
		if _, err := os.Stat(paths[name]); err == nil {
			continue
		}
		part := filepath.Join(t.TempDir(), name)
		cmd := goTool(t.Context(), "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", part, "sigs.k8s.io/krew/cmd/"+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			if download := goTool(t.Context(), "mod", "download", "sigs.k8s.io/krew").Run(); download != nil && os.Getenv("CI") == "" {
				t.Skipf("SKIPPED, not passed: needs the module sigs.k8s.io/krew, which cannot be downloaded; in CI this fails: %s", out)
			}
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := install(part, paths[name]); err != nil {
			t.Fatal(err)
		}
	}
	return paths["krew"], paths["validate-krew-manifest"]
}

func goTool(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join("..", "test", "tools", "krew")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	return cmd
}

// install copies beside the target first, so that a file with the final name is always whole.
func install(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	part := fmt.Sprintf("%s.%d.part", to, os.Getpid())
	if err := os.WriteFile(part, data, 0o755); err != nil {
		return err
	}
	return os.Rename(part, to)
}

// Krew's own validator is asked about the manifest of a whole release: every platform is one that Krew knows, and none is named twice.
func TestKrewKnowsEveryPlatformOfARelease(t *testing.T) {
	_, validator := tools(t)
	var archives []krew.Archive
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			archives = append(archives, krew.Archive{OS: system, Arch: arch, File: system + arch + ".tar.gz", SHA256: sum})
		}
	}
	out, err := krew.Manifest("0.1.0", archives)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		manifest []byte
		valid    bool
	}{
		"as rendered":      {out, true},
		"one platform bad": {bytes.Replace(out, []byte("os: darwin"), []byte("os: plan9"), 1), false}, // the validator does look
	} {
		file := filepath.Join(t.TempDir(), "spark.yaml")
		if err := os.WriteFile(file, c.manifest, 0o644); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.Command(validator, "-manifest", file, "-skip-install").CombinedOutput(); (err == nil) != c.valid {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
}

// The release for this machine is made by the same command as `make dist`, then taken through Krew's validator and Krew itself.
func TestKrewInstallsTheRelease(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs the right to make links, which an account on Windows lacks; it runs on Linux and macOS")
	}
	krewTool, validator := tools(t)
	dist, root := t.TempDir(), t.TempDir()
	release := exec.Command("go", "-C", "test/ship", "run", "./dist", "-version", "0.1.0-test", "-o", dist, "-platforms", runtime.GOOS+"/"+runtime.GOARCH)
	release.Dir = ".."
	if out, err := release.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	manifest := filepath.Join(dist, "spark.yaml")
	if out, err := exec.Command(validator, "-manifest", manifest, "-skip-install").CombinedOutput(); err != nil {
		t.Fatalf("Krew's validator: %v\n%s", err, out)
	}
	archive := filepath.Join(dist, "kubectl-spark_0.1.0-test_"+runtime.GOOS+"_"+runtime.GOARCH+".tar.gz")
	cmd := exec.Command(krewTool, "install", "--manifest="+manifest, "--archive="+archive)
	cmd.Env = append(os.Environ(), "KREW_ROOT="+root, "KREW_NO_UPGRADE_CHECK=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("krew install: %v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte("kubectl spark completion install")) {
		t.Errorf("krew install does not tell the caveats:\n%s", out)
	}
	if out, err := exec.Command(filepath.Join(root, "bin", "kubectl-spark"), "version").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("0.1.0-test")) {
		t.Errorf("the installed plugin: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(root, "store", "spark", "v0.1.0-test", "LICENSE")); err != nil {
		t.Error(err)
	}
}
