// Package release builds the product's programs the way they are shipped, so that two builds of one commit are the same bytes.
package release

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/version"
)

// Module is the product's module path.
const Module = "github.com/kubectl-spark/kubectl-spark"

// Platform is what a program is built for, in Go's names.
type Platform struct{ OS, Arch string }

func (p Platform) String() string { return p.OS + "/" + p.Arch }

// ParsePlatforms reads a list such as "linux/amd64,darwin/arm64". Doubles and empty lists are errors.
func ParsePlatforms(list string) ([]Platform, error) {
	var all []Platform
	seen := map[Platform]bool{}
	for one := range strings.SplitSeq(list, ",") {
		system, arch, ok := strings.Cut(one, "/")
		p := Platform{system, arch}
		if !ok || system == "" || arch == "" || strings.Contains(arch, "/") {
			return nil, fmt.Errorf("platform %q: must be OS/ARCH, as in linux/amd64", one)
		}
		if seen[p] {
			return nil, fmt.Errorf("platform %s is asked for twice", p)
		}
		seen[p] = true
		all = append(all, p)
	}
	return all, nil
}

// CheckVersion takes a semantic version without v and without build metadata: a registry allows no + in a tag.
func CheckVersion(v string) error {
	if _, err := version.ParseSemantic(v); err != nil {
		return fmt.Errorf("version %q is not a semantic version as 0.1.0: %w", v, err)
	}
	if strings.HasPrefix(v, "v") || strings.Contains(v, "+") || strings.TrimSpace(v) != v {
		return fmt.Errorf("version %q: must be written without v, blanks and build metadata, as 0.1.0", v)
	}
	return nil
}

// Epoch is the time that everything shipped carries: SOURCE_DATE_EPOCH in seconds since 1970, or else the time of the checkout's last commit.
func Epoch() (time.Time, error) {
	text, from := os.Getenv("SOURCE_DATE_EPOCH"), "SOURCE_DATE_EPOCH"
	if text == "" {
		out, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("time of the last commit: %w: outside of a git checkout set SOURCE_DATE_EPOCH to seconds since 1970", err)
		}
		text, from = strings.TrimSpace(string(out)), "time of the last commit"
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<32 {
		return time.Time{}, fmt.Errorf("%s %q: must be seconds since 1970", from, text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// Build compiles cmd/PROGRAM for a platform into the file out: static, stripped, without paths of this machine. The environment's own
// build flags are set aside, so that they change no release.
func Build(ctx context.Context, program string, p Platform, version, out string) error {
	if err := CheckVersion(version); err != nil {
		return err
	}
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+version, "-o", out, Module+"/cmd/"+program)
	if cmd.Dir, err = root(ctx); err != nil {
		return err
	}
	cmd.Env = append(os.Environ(), "GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s for %s: %w\n%s", program, p, err, text)
	}
	return nil
}

// Licence is the text that goes with everything shipped.
func Licence() ([]byte, error) {
	dir, err := root(context.Background())
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "LICENSE"))
}

// root is the folder of the module that is shipped: its own go.mod decides what it is linked from.
func root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", Module).Output()
	if err != nil {
		return "", fmt.Errorf("find the module %s: %w", Module, err)
	}
	return strings.TrimSpace(string(out)), nil
}
