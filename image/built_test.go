package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// file is one entry of a layer: a file of so many bytes, or with a text; a folder ends with a slash; "x -> y" is a link.
type file struct {
	name, text string
	size, mode int64
	link       string
}

func archive(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Mode: f.mode, Size: f.size, Format: tar.FormatPAX}
		switch {
		case f.link != "":
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, f.link, 0
		case f.name[len(f.name)-1] == '/':
			h.Typeflag, h.Size = tar.TypeDir, 0
		case f.text != "":
			h.Size = int64(len(f.text))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			body := io.Reader(bytes.NewReader(make([]byte, h.Size)))
			if f.text != "" {
				body = bytes.NewReader([]byte(f.text))
			}
			if _, err := io.Copy(w, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func layer(t *testing.T, files ...file) v1.Layer {
	t.Helper()
	text := archive(t, files...)
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// raw is a layer of given bytes, whatever they are.
func raw(text []byte) v1.Layer { return static.NewLayer(text, types.DockerLayer) }

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func built(t *testing.T, config v1.Config, history []string, layers ...v1.Layer) v1.Image {
	t.Helper()
	img := v1.Image(empty.Image)
	for i, l := range layers {
		add := mutate.Addendum{Layer: l}
		if i < len(history) {
			add.History.CreatedBy = history[i]
		}
		var err error
		if img, err = mutate.Append(img, add); err != nil {
			t.Fatal(err)
		}
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", "amd64", config
	if img, err = mutate.ConfigFile(img, file); err != nil {
		t.Fatal(err)
	}
	return img
}

// What the script of the official images does that facts are read from (apache/spark-docker, entrypoint.sh).
const officialScript = `#!/bin/bash
attempt_setup_fake_passwd_entry() {
  local myuid; myuid="$(id -u)"
  if ! getent passwd "$myuid" &> /dev/null; then
      local wrapper
      for wrapper in {/usr,}/lib{/*,}/libnss_wrapper.so; do
        if [ -s "$wrapper" ]; then
          NSS_WRAPPER_PASSWD="$(mktemp)"
        fi
      done
  fi
}
for v in "${!SPARK_JAVA_OPT_@}"; do
    SPARK_EXECUTOR_JAVA_OPTS+=( "${!v}" )
done
case "$1" in
  driver)
    shift 1
    ;;
  executor)
    shift 1
    ;;
esac
`

const temurinRelease = "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"17.0.15+6\"\nJAVA_VERSION=\"17.0.15\"\nLIBC=\"gnu\"\nIMAGE_TYPE=\"JRE\"\n"

// sparkImage is shaped as apache/spark's: Ubuntu, Temurin, Spark in three layers, and its user by name.
func sparkImage(t *testing.T) v1.Image {
	return built(t, v1.Config{User: "spark", Entrypoint: []string{"/opt/entrypoint.sh"}, Env: []string{"PATH=/opt/java/openjdk/bin:/usr/local/bin:/usr/bin:/bin", "JAVA_HOME=/opt/java/openjdk", "SPARK_HOME=/opt/spark"}},
		[]string{"ADD file:ubuntu", "COPY /opt/java/openjdk /opt/java/openjdk", "RUN spark", "RUN rm"},
		layer(t, file{name: "bin", link: "usr/bin"}, file{name: "lib", link: "usr/lib"}, file{name: "lib64", link: "usr/lib64"}, file{name: "usr/lib64/ld-linux-x86-64.so.2", link: "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
			file{name: "usr/bin/bash", size: 1000}, file{name: "usr/bin/ps", size: 500}, file{name: "usr/bin/python3.10", size: 700}, file{name: "etc/os-release", text: "PRETTY_NAME=\"Ubuntu 22.04.5 LTS\"\n"},
			file{name: "etc/passwd", text: "root:x:0:0:root:/root:/bin/bash\n"}, file{name: "var/lib/apt/lists/ubuntu", size: 4000}),
		layer(t, file{name: "opt/java/openjdk/release", text: temurinRelease}, file{name: "opt/java/openjdk/bin/java", size: 300}, file{name: "opt/java/openjdk/lib/modules", size: 9000}),
		layer(t, file{name: "etc/passwd", text: "root:x:0:0:root:/root:/bin/bash\nspark:x:185:185::/home/spark:/bin/sh\n"}, file{name: "opt/spark/RELEASE", text: "Spark 3.5.6 (git revision 1) built for Hadoop 3.3.4\n"},
			file{name: "opt/spark/jars/spark-core_2.12-3.5.6.jar", size: 5000}, file{name: "opt/spark/jars/hadoop-client-api-3.3.4.jar", size: 3000}, file{name: "opt/spark/jars/hive-exec-2.3.9-core.jar", size: 2000},
			file{name: "opt/spark/jars/netty-transport-native-epoll-4.1.96.Final-linux-x86_64.jar", size: 40}, file{name: "opt/spark/jars/netty-transport-native-epoll-4.1.96.Final-linux-aarch_64.jar", size: 41},
			file{name: "opt/spark/jars/hive-shims-2.3.9.jar", size: 10}, file{name: "opt/spark/jars/hive-shims-0.23-2.3.9.jar", size: 11},
			file{name: "opt/spark/jars/guava-14.0.1.jar", size: 60}, file{name: "opt/spark/jars/guava-32.1.3-jre.jar", size: 90},
			file{name: "opt/spark/examples/jars/spark-examples_2.12-3.5.6.jar", size: 1500}, file{name: "opt/entrypoint.sh", text: officialScript, mode: 0o755}, file{name: "opt/decom.sh", text: "#!/bin/bash\n", mode: 0o755}),
		layer(t, file{name: "var/lib/apt/lists/.wh.ubuntu"}))
}

// quiet is a registry that logs nothing.
func quiet() http.Handler { return registry.New(registry.Logger(log.New(io.Discard, "", 0))) }
