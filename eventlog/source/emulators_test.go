package source

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/python"
)

// cutting is a server in front of another that breaks every answer of data after some bytes.
type cutting struct {
	*httptest.Server
	broken atomic.Int64
}

func newCutting(t *testing.T, to string, after int64) *cutting {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	c := &cutting{}
	proxy := &httputil.ReverseProxy{
		Director: func(r *http.Request) { r.URL.Scheme, r.URL.Host = target.Scheme, target.Host },
		ModifyResponse: func(answer *http.Response) error {
			if answer.Request.Method == http.MethodGet && answer.ContentLength > after {
				c.broken.Add(1)
				answer.Body = io.NopCloser(io.LimitReader(answer.Body, after))
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	c.Server = httptest.NewServer(proxy)
	c.Config.ErrorLog = nil
	t.Cleanup(c.Close)
	return c
}

// aStore reads logs of a real server's container: a file, a rolling folder over several pages, over connections that break; and what is
// not there is said.
func aStore(t *testing.T, root string, put func(key string, data []byte), through func(after int64) *cutting) {
	data := sample(t)
	want, err := eventlog.Read(t.Context(), "-", bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	put("one/log of a+b%20c", data)
	lines := bytes.SplitAfter(data, []byte("\n"))
	put("eventlog_v2_app/appstatus_app", nil)
	for i := range 12 {
		put(fmt.Sprintf("eventlog_v2_app/events_%d_app", i+1), bytes.Join(lines[len(lines)*i/12:len(lines)*(i+1)/12], nil))
	}
	for i := range 5 {
		put(fmt.Sprintf("many/app-%d", i), data[:5000])
	}
	o := Options{pause: time.Millisecond, page: 3}
	check := func(t *testing.T, path string, files int) {
		t.Helper()
		got, err := Read(t.Context(), root+path, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Run, got.Run); diff != "" {
			t.Error(diff)
		}
		if r := got.Reading; !r.Complete || r.Files != files || r.Events != want.Reading.Events || r.Bytes != int64(len(data)) {
			t.Errorf("%s: %+v", path, r)
		}
	}
	through(1 << 40)
	check(t, "/one/log of a+b%20c", 1)
	check(t, "/one", 1)
	check(t, "/eventlog_v2_app", 12)
	check(t, "/eventlog_v2_app/", 12)
	cut := through(int64(len(data) / 7))
	check(t, "/one/log of a+b%20c", 1)
	if n := cut.broken.Load(); n < 6 {
		t.Errorf("%d connections broke", n)
	}
	through(1 << 40)
	for path, want := range map[string]string{
		"/none":   root + "/none: no such object or folder",
		"/many":   root + "/many: the folder holds 5 files that may be event logs; give one of them: app-0, app-1, app-2, ...",
		"/none/a": root + "/none/a: no such object or folder",
	} {
		if _, err := Read(t.Context(), root+path, o, nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	var names []string
	err = Folder(t.Context(), root+"/many", o, func(int, int) {}, func(name string, _ *eventlog.Log, _ error) { names = append(names, name) })
	if err != nil || strings.Join(names, " ") != "app-0 app-1 app-2 app-3 app-4" {
		t.Errorf("%v: %v", names, err)
	}
	putsInto(t, root, o)
	other := strings.Replace(root, "logs", "absent", 1)
	if err := Put(t.Context(), other+"/a", []byte("x"), o); err == nil || !strings.HasPrefix(err.Error(), other+"/a cannot be written: no such ") {
		t.Error(err)
	}
	if _, err := Read(t.Context(), other+"/a", o, nil); err == nil || !strings.HasPrefix(err.Error(), other+"/a: no such ") {
		t.Error(err)
	}
}

func TestLogsOfS3(t *testing.T) {
	server := controlplane.S3ForTest(t)
	alone(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
	client, err := minio.New(strings.TrimPrefix(server, "http://"), &minio.Options{Creds: credentials.NewStaticV4("AKIATEST", "s3cr3t", ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	put := func(key string, data []byte) {
		if len(data) == 0 { // the emulator takes no empty object without its length, which the client leaves out
			data = []byte("\n")
		}
		if _, err := client.PutObject(t.Context(), "logs", key, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	aStore(t, "s3a://logs", put, func(after int64) *cutting {
		c := newCutting(t, server, after)
		t.Setenv("AWS_ENDPOINT_URL", c.URL)
		return c
	})
}

// azurite starts Azure's own emulator, which needs Node.
func azurite(t *testing.T) (blobs string) {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Azure's emulator needs npm, which .ci/run installs: nothing was tested")
		}
		t.Skip("SKIPPED, not passed: Azure's emulator needs npm: install Node; in CI this fails")
	}
	cache, err := controlplane.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	pins, err := filepath.Abs("../../test/tools/azurite")
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(filepath.Join(pins, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "azurite")
	program := filepath.Join(dir, "node_modules/azurite/dist/src/blob/main.js")
	if have, _ := os.ReadFile(filepath.Join(dir, "package-lock.json")); !bytes.Equal(have, lock) || !exists(program) {
		os.RemoveAll(dir)
		if err := os.CopyFS(dir, os.DirFS(pins)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	port := freePort(t)
	cmd := exec.Command("node", program, "--blobPort", port, "--silent", "--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry")
	cmd.Dir, cmd.Stderr = t.TempDir(), os.Stderr
	return started(t, cmd, port, "Azure's emulator")
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
}

// started starts a server on a port, and waits for it.
func started(t *testing.T, cmd *exec.Cmd, port, what string) (address string) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 600 { // it starts slowly where much else runs
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return "http://127.0.0.1:" + port
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal(what + " does not start")
	return ""
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestLogsOfAzure(t *testing.T) {
	server := azurite(t)
	alone(t)
	// The account and key are those that Azure's emulator has for everyone.
	connection := func(at string) string {
		return "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=" + at + "/devstoreaccount1;"
	}
	client, err := container.NewClientFromConnectionString(connection(server), "logs", nil)
	if err == nil {
		_, err = client.Create(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	put := func(key string, data []byte) {
		if _, err := client.NewBlockBlobClient(key).UploadBuffer(t.Context(), data, nil); err != nil {
			t.Fatal(err)
		}
	}
	aStore(t, "abfss://logs@devstoreaccount1.dfs.core.windows.net", put, func(after int64) *cutting {
		c := newCutting(t, server, after)
		t.Setenv("AZURE_STORAGE_CONNECTION_STRING", connection(c.URL))
		return c
	})
}

// gcsEmulator starts an emulator of Google Cloud Storage in Python, with the bucket logs.
func gcsEmulator(t *testing.T) (server string) {
	t.Helper()
	packages, err := python.Packages(t.Context(), "gcs-emulator", []string{"gcp-storage-emulator==2026.7.19", "google-crc32c==1.9.0"})
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED, not passed: %v; in CI this fails", err)
	}
	port := freePort(t)
	cmd := exec.Command("python3", "-m", "gcp_storage_emulator", "start", "--host", "127.0.0.1", "--port", port, "--default-bucket", "logs", "--in-memory", "--quiet")
	cmd.Env, cmd.Dir, cmd.Stderr = append(os.Environ(), "PYTHONPATH="+packages), t.TempDir(), os.Stderr
	return started(t, cmd, port, "Google's emulator")
}

func TestLogsOfGoogle(t *testing.T) {
	server := gcsEmulator(t)
	alone(t)
	t.Setenv("STORAGE_EMULATOR_HOST", server)
	put := func(key string, data []byte) {
		if len(data) == 0 { // the emulator takes no empty object
			data = []byte("\n")
		}
		answer, err := http.Post(server+"/upload/storage/v1/b/logs/o?"+url.Values{"uploadType": {"media"}, "name": {key}}.Encode(), "application/octet-stream", bytes.NewReader(data))
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer, err)
		}
		answer.Body.Close()
	}
	aStore(t, "gs://logs", put, func(after int64) *cutting {
		c := newCutting(t, server, after)
		t.Setenv("STORAGE_EMULATOR_HOST", c.URL)
		return c
	})
}
