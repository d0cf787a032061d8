// Package krew renders the manifest with which Krew installs the plugin.
package krew

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"text/template"
)

//go:embed spark.yaml.tmpl
var text string

// Archive is the release archive of one platform, in Go's names.
type Archive struct {
	OS, Arch string
	File     string // its file name in the release
	SHA256   string // of the archive, 64 lower-case hexadecimal digits
}

var (
	word     = regexp.MustCompile(`^[a-z0-9]+$`)
	versions = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)
	files    = regexp.MustCompile(`^[0-9A-Za-z._-]+\.(tar\.gz|zip)$`)
	sum      = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Manifest renders the manifest of a version (without v). Archives of one platform twice, and what Krew would not take, are errors.
func Manifest(version string, archives []Archive) ([]byte, error) {
	if !versions.MatchString(version) {
		return nil, fmt.Errorf("krew manifest: version %q must be a semantic version without v", version)
	}
	if len(archives) == 0 {
		return nil, errors.New("krew manifest: no archives")
	}
	seen := map[[2]string]bool{}
	for _, a := range archives {
		platform := [2]string{a.OS, a.Arch}
		switch {
		case !word.MatchString(a.OS), !word.MatchString(a.Arch), seen[platform]:
			return nil, fmt.Errorf("krew manifest: platform %q/%q is no platform or comes twice", a.OS, a.Arch)
		case !files.MatchString(a.File):
			return nil, fmt.Errorf("krew manifest: archive %q must be a .tar.gz or .zip", a.File)
		case !sum.MatchString(a.SHA256):
			return nil, fmt.Errorf("krew manifest: checksum %q of %s is no SHA-256", a.SHA256, a.File)
		}
		seen[platform] = true
	}
	parsed, err := template.New("spark.yaml").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("krew manifest: %w", err)
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, struct {
		Version  string
		Archives []Archive
	}{version, archives})
	return out.Bytes(), err
}
