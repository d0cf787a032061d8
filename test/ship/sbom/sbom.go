// Package sbom writes what a Go program was linked from, as a CycloneDX document. It reads the program itself, so it tells what is
// shipped, not what go.mod allows.
package sbom

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// Write lists the modules of the program at path, with the Go toolchain's standard library. Two calls for the same program, version and
// time write the same bytes: the serial number comes from the program's checksum.
func Write(w io.Writer, path, version string, created time.Time) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read what %s was built from: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	main := component(cdx.ComponentTypeApplication, debug.Module{Path: info.Main.Path, Version: "v" + version})
	main.Name = info.Path // the program's package: its last element is the program's name
	main.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}
	main.Licenses = &cdx.Licenses{{License: &cdx.License{ID: "Apache-2.0"}}}

	standard := component(cdx.ComponentTypeLibrary, debug.Module{Path: "std", Version: info.GoVersion})
	standard.PackageURL = "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")
	components, needs := []cdx.Component{standard}, []string{standard.BOMRef}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		c := component(cdx.ComponentTypeLibrary, *module)
		components, needs = append(components, c), append(needs, c.BOMRef)
	}

	bom := cdx.NewBOM()
	bom.SerialNumber = serial(sum)
	bom.Metadata = &cdx.Metadata{Timestamp: created.UTC().Format(time.RFC3339), Component: &main}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &needs}}
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
}

// component keeps go.sum's checksum as a property: it is a sum over the module's files, so it is no checksum of any one file.
func component(kind cdx.ComponentType, m debug.Module) cdx.Component {
	purl := "pkg:golang/" + m.Path + "@" + strings.ReplaceAll(m.Version, "+", "%2B") // the only letter of a module's version that a package URL must escape
	c := cdx.Component{Type: kind, BOMRef: purl, Name: m.Path, Version: m.Version, PackageURL: purl}
	if m.Sum != "" {
		c.Properties = &[]cdx.Property{{Name: "go:sum", Value: m.Sum}}
	}
	return c
}

// serial is a UUID of version 8 (RFC 9562: free use) made from a checksum.
func serial(sum [sha256.Size]byte) string {
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
