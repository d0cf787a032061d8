package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/kubectl-spark/kubectl-spark/image/model"
)

func TestHostileLayers(t *testing.T) {
	whole := zipped(t, archive(t, file{name: "a", size: 100_000}))
	bomb := func() []byte { // 300 MiB of zeros in a fraction of that
		var b, head bytes.Buffer
		_ = tar.NewWriter(&head).WriteHeader(&tar.Header{Name: "zeros", Typeflag: tar.TypeReg, Size: 300 << 20})
		w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		_, _ = w.Write(head.Bytes())
		zeros := make([]byte, 1<<20)
		for range 300 {
			_, _ = w.Write(zeros)
		}
		_ = w.Close()
		return b.Bytes()
	}
	many := func() []byte {
		one := archive(t, file{name: "aaaaaaaa", text: ""})[:512]
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		for range model.MaxEntries + 10 {
			_, _ = w.Write(one)
		}
		_ = w.Close()
		return b.Bytes()
	}
	var deep []file // 2,100 entries, half a million folders
	for i := range 2100 {
		deep = append(deep, file{name: fmt.Sprint(i, "/", strings.Repeat("a/", 240), "b")})
	}
	for name, c := range map[string]struct {
		layer []byte
		want  string
	}{
		"a path that leads out":    {zipped(t, archive(t, file{name: "../../etc/passwd", text: "x"})), "leads out of the image"},
		"a path of 5000 bytes":     {zipped(t, archive(t, file{name: strings.Repeat("a/", 2500) + "b", text: "x"})), "at most 4096 are allowed"},
		"folders without entries":  {zipped(t, archive(t, deep...)), "has more than 500000 files and folders"},
		"a link of 5000 bytes":     {zipped(t, archive(t, file{name: "a", link: strings.Repeat("b/", 2500)})), "at most 4096 are allowed"},
		"a thousand folders":       {zipped(t, archive(t, file{name: strings.Repeat("a/", 1000) + "b", text: "x"})), "at most 256 are allowed"},
		"a truncated layer":        {whole[:len(whole)/2], "unexpected EOF"},
		"a truncated archive":      {archive(t, file{name: "a", size: 100_000})[:50_000], "unexpected EOF"},
		"bytes after the last one": {zipped(t, append(archive(t, file{name: "a", text: "x"}), make([]byte, 8<<20)...)), "follow its last file"},
		"a bomb":                   {bomb(), "more than 200 times its compressed size"},
		"a million entries":        {many(), "has more than 500000 files"},
		"a broken checksum":        {append(whole[:len(whole)-8:len(whole)-8], 1, 2, 3, 4, 5, 6, 7, 8), "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			source := folder(t, built(t, v1.Config{}, nil, raw(c.layer)))
			_, err := Read(t.Context(), source, Options{Layers: Always})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "cannot read layer 1 of 1 of image ") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestLinksThatLeadToEachOther ends, and says nothing of what they lead to.
func TestLinksThatLeadToEachOther(t *testing.T) {
	files := []file{{name: "etc/passwd", link: "../a"}, {name: "a", link: "b/b/b/b"}, {name: "b", link: "a/a/a/a"}, {name: "opt/java", link: "/opt/java"}}
	img, err := Read(t.Context(), storedImage(t, built(t, v1.Config{User: "spark", Env: []string{"JAVA_HOME=/opt/java"}}, nil, layer(t, files...)))[1], Options{Layers: Always})
	if err != nil || img.Facts.Value(model.UID) != "" || img.Facts.Value(model.Java) != "" {
		t.Errorf("%+v, %v", img, err)
	}
}

// TestRegistriesThatLie: whatever a registry answers, the error is one line that says what and where, and no login is in it.
func TestRegistriesThatLie(t *testing.T) {
	const password = "hunter2-of-the-registry"
	honest := quiet()
	content := layer(t, file{name: "a", size: 10_000})
	img := built(t, v1.Config{}, nil, content)
	digest, _ := content.Digest()
	lies := map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request) bool
		want   string
	}{
		"another layer": {func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, digest.String()) {
				return false
			}
			size, _ := content.Size()
			_, _ = w.Write(zippedTo(t, int(size)))
			return true
		}, "cannot read layer 1 of 1"},
		"a shorter layer": {func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, digest.String()) {
				return false
			}
			text, _ := content.Compressed()
			_, _ = io.CopyN(w, text, 20)
			return true
		}, "cannot read layer 1 of 1"},
		"no layer": {func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, digest.String()) && answered(w, 404)
		}, "the registry answered 404"},
		"a login": {func(w http.ResponseWriter, r *http.Request) bool { return answered(w, 401) }, "refuses access to image"},
		"no right": {func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && answered(w, 403)
		}, "refuses access to image"},
		"no such image": {func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && answered(w, 404)
		}, "has no image"},
		"a limit": {func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && answered(w, 429)
		}, "allows no more requests"},
		"no JSON": {func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && wrote(w, "<html>"+password)
		}, "cannot read image"},
		"a page": {func(w http.ResponseWriter, r *http.Request) bool { return wrote(w, "<html>") }, "cannot read image"},
		"a loop": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
			return true
		}, "cannot read image"},
		"a cloud's own": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusTemporaryRedirect)
			return true
		}, "redirect refused"},
		"a huge manifest": {func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && wrote(w, strings.Repeat("{", 64<<20))
		}, "the manifest has more than 8388608 bytes"},
		"a form of old": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws")
			return strings.Contains(r.URL.Path, "/manifests/") && wrote(w, `{"schemaVersion": 1}`)
		}, "has the old form schema 1"},
	}
	for what, lie := range lies {
		t.Run(what, func(t *testing.T) {
			lying := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !lying || !lie.answer(w, r) {
					honest.ServeHTTP(w, r)
				}
			}))
			defer server.Close()
			source := strings.TrimPrefix(server.URL, "http://") + "/team/etl:1"
			ref, _ := name.ParseReference(source)
			if err := remote.Write(ref, img); err != nil {
				t.Fatal(err)
			}
			lying = true
			var login Login
			if err := login.Add(fmt.Appendf(nil, `{"auths": {%q: {"username": "u", "password": %q}}}`, strings.TrimPrefix(server.URL, "http://"), password)); err != nil {
				t.Fatal(err)
			}
			_, err := Read(t.Context(), source, Options{Layers: Always, Login: login})
			if err == nil || !strings.Contains(err.Error(), lie.want) || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 700 {
				t.Errorf("got %v, want %q", err, lie.want)
			}
		})
	}
}

func zippedTo(t *testing.T, size int) []byte {
	text := zipped(t, archive(t, file{name: "b", size: 10_000}))
	return append(text, make([]byte, max(0, size-len(text)))...)[:size]
}

func answered(w http.ResponseWriter, code int) bool {
	w.WriteHeader(code)
	return true
}

func wrote(w http.ResponseWriter, text string) bool {
	_, _ = io.WriteString(w, text)
	return true
}

// TestAPullSecretIsUsed for its registry, and for no other.
func TestAPullSecretIsUsed(t *testing.T) {
	inner := quiet()
	locked := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); locked && (!ok || user != "robot" || password != "secret") {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	ref, _ := name.ParseReference(host + "/team/etl:1")
	if err := remote.Write(ref, built(t, v1.Config{User: "185"}, nil)); err != nil {
		t.Fatal(err)
	}
	locked = true
	for secret, want := range map[string]bool{
		`{"auths": {"` + host + `": {"auth": "cm9ib3Q6c2VjcmV0"}}}`:                            true,
		`{"auths": {"https://` + host + `/v1/": {"username": "robot", "password": "secret"}}}`: true,
		`{"` + host + `/team": {"auth": "cm9ib3Q6c2VjcmV0"}}`:                                  true,
		`{"auths": {"` + host + `/other": {"auth": "cm9ib3Q6c2VjcmV0"}}}`:                      false,
		`{"auths": {"registry.example": {"auth": "cm9ib3Q6c2VjcmV0"}}}`:                        false,
		`{"auths": {"` + host + `": {"auth": "cm9ib3Q6d3Jvbmc="}}}`:                            false,
	} {
		var login Login
		if err := login.Add([]byte(secret)); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), host+"/team/etl:1", Options{Layers: Never, Login: login}); (err == nil) != want {
			t.Errorf("%s: %v", secret, err)
		}
	}
	for _, text := range []string{"", "[]", "secret"} {
		if err := new(Login).Add([]byte(text)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestRequestsAreFew: manifest and configuration, and nothing else where they tell.
func TestRequestsAreFew(t *testing.T) {
	inner := quiet()
	var asked []string
	bytes := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		inner.ServeHTTP(&countedAnswer{w, &bytes}, r)
	}))
	defer server.Close()
	source := strings.TrimPrefix(server.URL, "http://") + "/etl:1"
	ref, _ := name.ParseReference(source)
	img := built(t, v1.Config{User: "185", Entrypoint: []string{"/opt/entrypoint.sh"}, Env: []string{"JAVA_VERSION=jdk-17.0.15+6", "SPARK_TGZ_URL=https://archive.apache.org/dist/spark/spark-3.5.6/spark-3.5.6-bin-hadoop3.tgz"},
		Labels: map[string]string{model.Label: "{passwd: true, libc: glibc}"}}, nil, layer(t, file{name: "a", size: 1 << 20}))
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	asked, bytes = nil, 0
	read, err := Read(t.Context(), source, Options{Layers: IfNeeded})
	if err != nil || len(read.Unknown) > 0 {
		t.Fatalf("%+v, %v", read, err)
	}
	if len(asked) > 3 || bytes > 1<<20 { // that there is a registry, manifest, configuration
		t.Errorf("%d requests, %d bytes: %q", len(asked), bytes, asked)
	}
}

type countedAnswer struct {
	http.ResponseWriter
	n *int
}

func (c *countedAnswer) Write(p []byte) (int, error) {
	*c.n += len(p)
	return c.ResponseWriter.Write(p)
}

// TestARegistryThatHardlySends: an answer that comes in drops ends.
func TestARegistryThatHardlySends(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}))
	defer server.Close()
	client := &http.Client{Transport: &guarded{roundTripper(), 100 * time.Millisecond}}
	answer, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	began := time.Now()
	if n, err := io.Copy(io.Discard, answer.Body); !errors.Is(err, errSilent) || n == 0 || time.Since(began) > 10*time.Second {
		t.Errorf("%d bytes in %s, %v", n, time.Since(began), err)
	}
}

// TestWithoutTLS: what to do is said.
func TestWithoutTLS(t *testing.T) {
	server := httptest.NewServer(quiet())
	defer server.Close()
	_, err := http.Get(strings.Replace(server.URL, "http:", "https:", 1))
	ref, _ := name.ParseReference("registry.example/team/etl:1")
	if err = refused(t.Context(), ref, err); err == nil || !strings.Contains(err.Error(), "it answers without TLS, which is allowed only on this machine") {
		t.Errorf("%v", err)
	}
}

// TestAFolderThatLies: a blob that is not what its name says.
func TestAFolderThatLies(t *testing.T) {
	content := raw(archive(t, file{name: "a", size: 10_000}))
	dir := storedImage(t, built(t, v1.Config{}, nil, content))[1]
	digest, _ := content.Digest()
	blob := filepath.Join(dir, "blobs", "sha256", digest.Hex)
	if err := os.WriteFile(blob, archive(t, file{name: "b", size: 10_000}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "is not what its digest says") {
		t.Errorf("%v", err)
	}
}

// TestWhatDescribesAnImageIsBounded: in folders that lie about it, and in archives.
func TestWhatDescribesAnImageIsBounded(t *testing.T) {
	img := built(t, v1.Config{User: "185"}, nil)
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	id, _ := img.Digest()
	large := bytes.Repeat([]byte(" "), maxConfig+1)
	for blob, digest := range map[string]v1.Hash{"manifest": id, "configuration": manifest.Config.Digest} {
		for text, want := range map[string]string{string(large): "has more than 8388608 bytes", "{}": "is not what its digest says"} {
			dir := folder(t, img)
			if err := os.WriteFile(filepath.Join(dir, "blobs", "sha256", digest.Hex), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", blob, err, want)
			}
		}
	}
	one := `[{"Config": "blobs/sha256/1", "RepoTags": ["a:1"], "Layers": []}]`
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"a large configuration": {archive(t, file{name: "manifest.json", text: one}, file{name: "blobs/sha256/1", text: string(large)}), "is a link, or has more than 8388608 bytes"},
		"a link to one":         {archive(t, file{name: "manifest.json", text: one}, file{name: "blobs/sha256/1", link: "2"}, file{name: "blobs/sha256/2", text: string(large)}), "is a link, or has more than 8388608 bytes"},
		"a manifest elsewhere":  {archive(t, file{name: "manifest.json", link: "1"}, file{name: "1", text: string(large)}), "is a link, or has more than 8388608 bytes"},
		"two images":            {archive(t, file{name: "manifest.json", text: "[" + one[1:len(one)-1] + "," + one[1:]}), "holds 2 images: give an archive with one"},
		"no image":              {archive(t, file{name: "manifest.json", text: "[]"}), "holds 0 images"},
		"no list":               {archive(t, file{name: "manifest.json", text: "{}"}), "cannot read manifest.json"},
		"gzip":                  {zipped(t, archive(t, file{name: "manifest.json", text: one})), "is compressed, and archives are read only as docker save writes them"},
	} {
		path := filepath.Join(t.TempDir(), "image.tar")
		if err := os.WriteFile(path, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	source := storedImage(t, sparkImage(t))[0]
	ctx, stop := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	_, err := Read(ctx, source, Options{Layers: Always, Progress: func(done, total int64) {
		if done > 0 && total > 0 {
			stop(why)
		}
	}})
	if !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}
