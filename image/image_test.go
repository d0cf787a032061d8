package image

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/kubectl-spark/kubectl-spark/image/model"
)

// stored puts an image in a registry, a folder and an archive.
func storedImage(t *testing.T, img v1.Image) (sources []string) {
	t.Helper()
	server := httptest.NewServer(quiet())
	t.Cleanup(server.Close)
	reference := strings.TrimPrefix(server.URL, "http://") + "/team/etl:1.4"
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	dir := folder(t, img)
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(file, ref, img); err != nil {
		t.Fatal(err)
	}
	return []string{reference, dir, file}
}

// folder puts an image in a folder.
func folder(t *testing.T, img v1.Image) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "oci")
	if _, err := layout.Write(dir, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFactsOfTheOfficialImage(t *testing.T) {
	for _, source := range storedImage(t, sparkImage(t)) {
		img, err := Read(t.Context(), source, Options{Layers: IfNeeded})
		if err != nil {
			t.Fatal(err)
		}
		for fact, want := range map[string]string{
			model.UID: "185", model.Passwd: "true", model.Java: "17", model.JavaVersion: "17.0.15", model.JavaHome: "/opt/java/openjdk", model.JavaKind: "JRE", model.Spark: "3.5.6", model.Entrypoint: "spark-docker",
			model.Libc: "glibc", model.Python: "3.10", model.Hadoop: "3.3.4", model.Decommission: "present", model.PS: "present", model.JMXExporter: "none", model.System: "Ubuntu 22.04.5 LTS", model.SparkHome: "/opt/spark",
		} {
			if got := img.Facts.Value(fact); got != want {
				t.Errorf("%s: %s is %q, want %q", source, fact, got, want)
			}
		}
		if entry := img.Facts.Entry(); len(img.Unknown) > 0 || *entry.UID != 185 || !*entry.Passwd || entry.Java != 17 || entry.Spark.String() != "3.5.6" || entry.Entrypoint != "spark-docker" || entry.Libc != "glibc" {
			t.Errorf("%s: unknown %v, entry %+v", source, img.Unknown, entry)
		}
		if img.Platform != "linux/amd64" {
			t.Errorf("%s: platform %q", source, img.Platform)
		}
	}
}

// TestBytesOfAnImage: computed by hand from the layers of sparkImage.
func TestBytesOfAnImage(t *testing.T) {
	for _, source := range storedImage(t, sparkImage(t)) {
		img, err := Read(t.Context(), source, Options{Layers: Always})
		if err != nil {
			t.Fatal(err)
		}
		c := img.Contents
		if c.Unpacked != c.Visible+c.Deleted+c.Replaced || c.Deleted != 4000 || c.Replaced != int64(len("root:x:0:0:root:/root:/bin/bash\n")) {
			t.Errorf("%s: %+v", source, c)
		}
		for cause, want := range map[string]int64{"Spark jars": 5000 + int64(len("Spark 3.5.6 (git revision 1) built for Hadoop 3.3.4\n")), "Hadoop jars": 3000, "Hive jars": 2021, "examples, data and tests": 1500, "Java": 9300 + int64(len(temurinRelease)), "Python": 700} {
			got := int64(-1)
			for _, s := range c.Causes {
				if s.Cause == cause {
					got = s.Bytes
				}
			}
			if got != want {
				t.Errorf("%s: %s has %d bytes, want %d: %+v", source, cause, got, want, c.Causes)
			}
		}
		if img.Layers[0].Hidden != 4000+c.Replaced || img.Layers[0].CreatedBy != "ADD file:ubuntu" {
			t.Errorf("%s: layer %+v", source, img.Layers[0])
		}
		if len(c.Jars) != 1 || c.Jars[0].Artifact != "guava" || len(c.Jars[0].Versions) != 2 || c.Jars[0].Bytes != 60 {
			t.Errorf("%s: jars %+v", source, c.Jars)
		}
		// dive: /etc/passwd is in two layers; the deleted file counts as a file of 0 bytes.
		first, second := int64(len("root:x:0:0:root:/root:/bin/bash\n")), int64(len("root:x:0:0:root:/root:/bin/bash\nspark:x:185:185::/home/spark:/bin/sh\n"))
		all := c.Unpacked
		if wasted := first + second + 4000; c.Wasted != wasted {
			t.Errorf("%s: wasted %d, want %d", source, c.Wasted, wasted)
		}
		if want := float64(all-second-4000) / float64(all); c.Efficiency != want {
			t.Errorf("%s: efficiency %v, want %v", source, c.Efficiency, want)
		}
	}
}

func TestLayersAreNotReadWhereTheConfigurationTells(t *testing.T) {
	img := built(t, v1.Config{User: "185", Labels: map[string]string{model.Label: `{passwd: true, java: 17, spark: "3.5.6", entrypoint: spark, libc: glibc}`}}, nil, raw([]byte("no archive at all")))
	source := storedImage(t, img)[0]
	read, err := Read(t.Context(), source, Options{Layers: IfNeeded})
	if err != nil || read.NotRead == "" || len(read.Unknown) > 0 || read.Contents != nil {
		t.Errorf("%+v, %v", read, err)
	}
	if _, err := Read(t.Context(), source, Options{Layers: Always}); err == nil {
		t.Error("a layer that is no archive was read")
	}
}

func TestPlatforms(t *testing.T) {
	index := v1.ImageIndex(empty.Index)
	for _, arch := range []string{"arm64", "amd64"} {
		img := built(t, v1.Config{User: arch}, nil)
		file, _ := img.ConfigFile()
		file = file.DeepCopy()
		file.Architecture = arch
		img, _ = mutate.ConfigFile(img, file)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1, Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	server := httptest.NewServer(quiet())
	defer server.Close()
	source := strings.TrimPrefix(server.URL, "http://") + "/many:1"
	ref, _ := name.ParseReference(source)
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := layout.Write(dir, index); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{source, dir} {
		for platform, want := range map[string]string{"": "amd64", "linux/arm64": "arm64"} {
			img, err := Read(t.Context(), source, Options{Layers: Never, Platform: platform})
			if err != nil || img.Platform != "linux/"+want || len(img.Platforms) != 2 {
				t.Errorf("%s %q: %+v, %v", source, platform, img, err)
			}
		}
		if _, err := Read(t.Context(), source, Options{Platform: "linux/s390x"}); err == nil || !strings.Contains(err.Error(), "it has linux/arm64, linux/amd64") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// TestThePlatformOfASingleImage: it is not shown for another one.
func TestThePlatformOfASingleImage(t *testing.T) {
	for _, source := range storedImage(t, sparkImage(t)) {
		if img, err := Read(t.Context(), source, Options{Layers: Never, Platform: "linux/amd64"}); err != nil || img.Platform != "linux/amd64" {
			t.Errorf("%s: %+v, %v", source, img, err)
		}
		if _, err := Read(t.Context(), source, Options{Layers: Never, Platform: "linux/arm64"}); err == nil || !strings.Contains(err.Error(), "linux/amd64") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestWhatIsNoImage(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.tar")
	if err := os.WriteFile(text, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		dir: "holds no OCI layout", text: "as an archive", filepath.Join(dir, "none"): "is not there", "A B": "is no image reference", "": "is no image reference",
	} {
		if _, err := Read(t.Context(), source, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", source, err, want)
		}
	}
}
