package source

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// bucket is a server of Google's protocol that does as it likes.
func bucket(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL)
}

// TestAListWithoutEndEnds: a server may send pages with nothing in them for ever.
func TestAListWithoutEndEnds(t *testing.T) {
	pages := 0
	bucket(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/o") {
			http.NotFound(w, r)
			return
		}
		pages++
		fmt.Fprintf(w, `{"nextPageToken":"%d"}`, pages)
	})
	start := time.Now()
	_, err := Read(t.Context(), "gs://logs/folder", Options{pause: time.Microsecond, listing: 100 * time.Millisecond}, nil)
	if err == nil || err.Error() != "gs://logs/folder: the folder was not listed in time: give a smaller one, or one log" {
		t.Error(err)
	}
	if took := time.Since(start); took > 10*time.Second || pages < 2 {
		t.Errorf("%d pages in %v", pages, took)
	}
}

// TestAStoreThatRedirectsIsLeft: no other host is asked, for it would be sent the credentials.
func TestAStoreThatRedirectsIsLeft(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	bucket(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	_, err := Read(t.Context(), "gs://logs/a", Options{pause: time.Microsecond}, nil)
	if err == nil || err.Error() != "gs://logs/a: the server answered 307, a redirect: no other host gets a request; give its own address" || asked > 0 {
		t.Errorf("%v; the other host was asked %d times", err, asked)
	}
}

// TestWhatIsBehindAnObjectIsNotRead: its size was said before.
func TestWhatIsBehindAnObjectIsNotRead(t *testing.T) {
	data := sample(t)
	sent := 0
	bucket(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("alt") != "media" {
			fmt.Fprintf(w, `{"name":"log","size":"%d","generation":"1"}`, len(data))
			return
		}
		w.Write(data)
		line := bytes.Repeat([]byte("x"), 1<<16)
		for sent < 1<<30 {
			n, err := w.Write(line)
			if sent += n; err != nil {
				return
			}
		}
	})
	log, err := Read(t.Context(), "gs://logs/log", Options{}, nil)
	if err != nil || !log.Reading.Complete || log.Reading.Bytes != int64(len(data)) {
		t.Fatalf("%v, %+v", err, log)
	}
	if sent > 64<<20 {
		t.Errorf("%d bytes were taken behind the object", sent)
	}
}

// zeros gives so many bytes that pack well.
type zeros struct{ left int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	return n, nil
}

// TestADownloadDoesNotFillTheDisk: the files of a rolling log lie there unpacked, and a small zip may hold large ones.
func TestADownloadDoesNotFillTheDisk(t *testing.T) {
	bomb := zipped(t, entry{"eventlog_v2_spark-1/events_1_spark-1", strings.Repeat("\x00", 8<<20)})
	server := httptest.NewServer(&historyServer{applications: applications, zips: map[string][]byte{"spark-1": bomb}})
	defer server.Close()
	_, err := ReadHistory(t.Context(), History{URL: server.URL + "/proxy", App: "spark-1", MaxBytes: 1 << 20}, Options{}, nil)
	if err == nil || err.Error() != "spark-1 from the History server: its files are larger than --max-download when they are unpacked: raise it" || len(bomb) > 1<<16 {
		t.Errorf("%v; %d bytes", err, len(bomb))
	}
	d := &download{left: 1000}
	defer d.remove()
	file := eventlog.Entry{Path: "a/b", Name: "b"}
	rest := &zeros{left: 1 << 30}
	if err := d.keep(file, rest); err == nil || rest.left < 1<<30-1<<20 {
		t.Errorf("%v, %d left", err, rest.left)
	}
	long := zipped(t, entry{strings.Repeat("x", 2000) + "/events_1_a", "{}"})
	server.Config.Handler = &historyServer{applications: applications, zips: map[string][]byte{"spark-1": long}}
	if _, err := ReadHistory(t.Context(), History{URL: server.URL + "/proxy", App: "spark-1", MaxBytes: 1 << 20}, Options{}, nil); err == nil || !strings.Contains(err.Error(), "the name of a file has 2011 bytes") {
		t.Error(err)
	}
}

// TestASignedURLIsNotShown in an error, nor asked for.
func TestASignedURLIsNotShown(t *testing.T) {
	for _, name := range []string{
		"https://acc.blob.core.windows.net/logs/a?sv=2024-11-04&se=2026-01-01&sig=s3cr3t%3D",
		"abfss://logs@acc.dfs.core.windows.net/a?sv=2024-11-04&sig=s3cr3t",
		"https://b.s3.amazonaws.com/a?X-Amz-Credential=AKIA&X-Amz-Signature=s3cr3t",
		"s3://b/a?AWSAccessKeyId=AKIA&Signature=s3cr3t&Expires=1",
		"https://storage.googleapis.com/b/a?X-Goog-Signature=s3cr3t",
		"https://host/a?access_token=s3cr3t",
		"s3://user:s3cr3t with blanks@bucket/a",
		"ftp://user:s3cr3t@host/a",
	} {
		_, _, _, err := Open(t.Context(), name, Options{})
		if err == nil || err.Error() != "the URL of a log holds credentials; remove them, for they come from the environment or from files" {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv("STORAGE_EMULATOR_HOST", "localhost:1")
	if _, path, _, err := Open(t.Context(), "gs://logs/a?b=c#d", Options{}); err != nil || path != "gs://logs/a?b=c#d" {
		t.Errorf("%s, %v", path, err)
	}
}
