package sbom

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// The list is compared with what `go version -m` reads from the same program, the plugin: a test's own binary names no modules.
func TestTheListIsWhatTheProgramWasLinkedFrom(t *testing.T) {
	program := filepath.Join(t.TempDir(), "kubectl-spark")
	if out, err := exec.Command("go", "-C", "../../..", "build", "-o", program, "./cmd/kubectl-spark").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("go", "version", "-m", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]string{"std": strings.Fields(strings.SplitN(string(out), "\n", 2)[0])[1]}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "dep" {
			linked[f[1]] = f[2]
		}
	}
	if len(linked) < 3 || linked["github.com/spf13/cobra"] == "" {
		t.Fatalf("go version -m tells only %v", linked)
	}
	at := time.Unix(1700000000, 0)
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := Write(w, program, "0.1.0", at); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two calls differ")
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(&first, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, c := range *bom.Components {
		listed[c.Name] = c.Version
	}
	if !maps.Equal(listed, linked) {
		t.Errorf("listed %v\nlinked %v", listed, linked)
	}
	if got := len(*(*bom.Dependencies)[0].Dependencies); got != len(linked) {
		t.Errorf("the program needs %d components of %d", got, len(linked))
	}
	if bom.Metadata.Timestamp != "2023-11-14T22:13:20Z" {
		t.Errorf("made at %s", bom.Metadata.Timestamp)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(bom.SerialNumber) {
		t.Errorf("serial number %s", bom.SerialNumber)
	}
}

func TestVersionsAreEscapedInPackageURLs(t *testing.T) {
	c := component(cdx.ComponentTypeLibrary, debug.Module{Path: "example.org/m", Version: "v2.0.1+incompatible", Sum: "h1:abc="})
	if c.PackageURL != "pkg:golang/example.org/m@v2.0.1%2Bincompatible" || c.Version != "v2.0.1+incompatible" || (*c.Properties)[0].Value != "h1:abc=" {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsNoGoProgramIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(&bytes.Buffer{}, file, "0.1.0", time.Now()); err == nil {
		t.Error("a shell script has a list")
	}
}
