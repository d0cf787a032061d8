package source

import (
	"archive/zip"
	"bufio"
	"bytes"
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

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// entry is a file of a zip.
type entry struct{ name, text string }

// zipped is a zip as a History server streams it: deflated, with what is known of a file behind it.
func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(f, e.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// historyServer answers with a list of applications and with zips, if a request has the header that it wants.
type historyServer struct {
	applications string
	zips         map[string][]byte // by ID or ID/ATTEMPT
	want         string            // of Authorization
	asked        []string
}

const historyAPI = "/proxy/api/v1/"

func (h *historyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked = append(h.asked, r.URL.String())
	path, is := strings.CutPrefix(r.URL.Path, historyAPI)
	if h.want != "" && r.Header.Get("Authorization") != h.want {
		http.Error(w, "log in", http.StatusUnauthorized)
		return
	}
	switch app, log := strings.CutSuffix(strings.TrimPrefix(path, "applications/"), "/logs"); {
	case !is:
		http.NotFound(w, r)
	case path == "applications":
		io.WriteString(w, "["+h.applications+"]")
	case log && h.zips[app] != nil:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write(h.zips[app])
	case !log && !strings.Contains(app, "/") && strings.Contains(h.applications, `"id":"`+app+`"`):
		at := strings.Index(h.applications, `{"id":"`+app+`"`)
		text, _, _ := strings.Cut(h.applications[at:], "\n")
		io.WriteString(w, strings.TrimSuffix(text, ","))
	default:
		http.NotFound(w, r)
	}
}

const applications = `{"id":"spark-1","name":"orders","attempts":[{"startTimeEpoch":1000,"completed":true}]},
{"id":"spark-2","name":"orders","attempts":[{"startTimeEpoch":3000,"completed":true}]},
{"id":"spark-3","name":"daily","attempts":[{"attemptId":"2","startTimeEpoch":2000,"completed":true},{"attemptId":"1","startTimeEpoch":1500,"completed":true}]}
`

func serveHistory(t *testing.T, h *historyServer) History {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return History{URL: server.URL + "/proxy/", MaxBytes: 1 << 30}
}

// TestALogComesFromAHistoryServer: single and rolling, by id, attempt and name; it says what the same files on a disk say.
func TestALogComesFromAHistoryServer(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	data := string(sample(t))
	want, err := eventlog.Read(t.Context(), "-", strings.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	// The files come in no order, and of twelve the tenth stands before the first.
	lines := strings.SplitAfter(data, "\n")
	rolling := []entry{{"eventlog_v2_spark-2/", ""}}
	for _, i := range []int{10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9} {
		rolling = append(rolling, entry{fmt.Sprintf("eventlog_v2_spark-2/events_%d_spark-2", i), strings.Join(lines[len(lines)*(i-1)/12:len(lines)*i/12], "")})
	}
	rolling = append(rolling, entry{"eventlog_v2_spark-2/appstatus_spark-2", ""})
	h := &historyServer{applications: applications, zips: map[string][]byte{"spark-1": zipped(t, entry{"spark-1", data}), "spark-2": zipped(t, rolling...), "spark-3/2": zipped(t, entry{"spark-3_2", data}), "spark-3/1": zipped(t, entry{"spark-3_1", data})}}
	where := serveHistory(t, h)
	for _, c := range []struct {
		app, note, name string
		files           int
	}{
		{"spark-1", "", "spark-1", 1},
		{"spark-2", "", "spark-2", 12},
		{"orders", "2 runs are named orders; the newest is read, spark-2: --app=ID chooses another", "spark-2", 12},
		{"daily", "spark-3 has 2 attempts; the newest is read, 2: --app=spark-3/ATTEMPT chooses another", "spark-3", 1},
		{"spark-3/1", "", "spark-3", 1},
	} {
		t.Run(c.app, func(t *testing.T) {
			said, told := "", int64(0)
			where.App = c.app
			got, err := ReadHistory(t.Context(), where, Options{Say: func(note string) { said += note }}, func(n, _ int64) { told = n })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Run, got.Run); diff != "" {
				t.Error(diff)
			}
			if r := got.Reading; !r.Complete || r.Name != c.name || r.Files != c.files || r.Events != want.Reading.Events || said != c.note || told == 0 {
				t.Errorf("%+v, said %q, %d bytes told", r, said, told)
			}
		})
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
	where.App = "spark-3/1"
	if _, err := ReadHistory(t.Context(), where, Options{}, nil); err != nil {
		t.Error(err)
	}
	if last := h.asked[len(h.asked)-1]; last != historyAPI+"applications/spark-3/1/logs" {
		t.Errorf("asked for %s", last)
	}
}

// TestWhatAHistoryServerLacksIsSaid in one line, with what to do.
func TestWhatAHistoryServerLacksIsSaid(t *testing.T) {
	data := string(sample(t))
	whole := zipped(t, entry{"spark-1", data})
	h := &historyServer{applications: applications, zips: map[string][]byte{"spark-1": whole, "spark-2": []byte("<html>no zip"), "spark-3/1": zipped(t), "spark-3/2": whole[:len(whole)/2]}}
	where := serveHistory(t, h)
	at := strings.TrimSuffix(where.URL, "/")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	moved := httptest.NewServer(http.RedirectHandler("http://localhost:1/login?token=s3cr3t", http.StatusFound))
	defer moved.Close()
	for _, c := range []struct{ url, app, want string }{
		{at, "", "the History server at " + at + " has 3 applications: give one with --app; the newest are spark-2 (orders), spark-3 (daily), spark-1 (orders)"},
		{at, "none", "the History server at " + at + ` has no application with the id or name "none"; the newest are spark-2 (orders), spark-3 (daily), spark-1 (orders)`},
		{at, "spark-3/7", `spark-3 has no attempt "7": it has 2, 1`},
		{at, "spark-1/7", `spark-1 has no attempt "7": it has no numbered ones`},
		{at, "spark-2", "spark-2 from the History server: the server sent no zip that can be read: a file begins with 0x6d74683c"},
		{at, "spark-3/1", "spark-3 from the History server: the server sent no zip that can be read: it holds no file"},
		{at, "spark-3/2", "from the History server: the download broke off after "},
		{other.URL, "a", "the server at " + other.URL + " is not a History server of Spark: it has no /api/v1/applications"},
		{moved.URL, "a", "the server redirects to another host, which gets no request"},
		{"localhost:18080", "a", "not the URL of a History server: write http://HOST:18080, or https://HOST with the path before /api"},
		{"http://me:s3cr3t@host", "a", "the URL of the History server holds a name or password: give an Authorization header in a file or in " + HistoryHeaders},
	} {
		_, err := ReadHistory(t.Context(), History{URL: c.url, App: c.app, MaxBytes: 1 << 30}, Options{}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %s: %v", c.url, c.app, err)
		}
	}
	where.App, where.MaxBytes = "spark-1", 1000
	if _, err := ReadHistory(t.Context(), where, Options{}, nil); err == nil || !strings.Contains(err.Error(), "the download is larger than 0 MiB: raise --max-download") {
		t.Error(err)
	}
}

// TestHeadersOfAHistoryServer come from a file or the environment, and their values are in no error.
func TestHeadersOfAHistoryServer(t *testing.T) {
	data := string(sample(t))
	h := &historyServer{applications: applications, zips: map[string][]byte{"spark-1": zipped(t, entry{"spark-1", data})}, want: "Bearer s3cr3t"}
	where := serveHistory(t, h)
	where.App = "spark-1"
	file := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(file, []byte("# a login\nAuthorization: Bearer s3cr3t\nX-Team: a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := ReadHistory(t.Context(), where, Options{}, nil)
	if err == nil || !strings.Contains(err.Error(), "access denied (401); credentials: none: give headers with --history-server-headers or "+HistoryHeaders) {
		t.Error(err)
	}
	t.Setenv(HistoryHeaders, "Authorization: Bearer other-s3cr3t")
	_, err = ReadHistory(t.Context(), where, Options{}, nil)
	if err == nil || !strings.Contains(err.Error(), "access denied (401); credentials: the headers of "+HistoryHeaders) || strings.Contains(err.Error(), "s3cr3t") {
		t.Error(err)
	}
	where.HeaderFile = file
	if _, err := ReadHistory(t.Context(), where, Options{}, nil); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"Authorization Bearer s3cr3t", ": s3cr3t", "A B: s3cr3t", "X:", "X: s3cr3t\x01"} {
		if _, err := parseHeaders("# none\n" + bad); err == nil || !strings.HasPrefix(err.Error(), "line 2 is not a header") || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestAZipIsReadAsItComes: with sizes before or behind the data, large ones, folders, and no byte of it lost.
func TestAZipIsReadAsItComes(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	text := strings.Repeat("the same line again\n", 5000)
	for _, h := range []*zip.FileHeader{{Name: "a", Method: zip.Deflate}, {Name: "folder/"}, {Name: "folder/b", Method: zip.Deflate}, {Name: "empty", Method: zip.Deflate}} {
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if h.Method == zip.Deflate && h.Name != "empty" {
			io.WriteString(f, text+h.Name)
		}
	}
	raw, err := w.CreateRaw(&zip.FileHeader{Name: "stored", Method: zip.Store, CRC32: 0x352441c2, CompressedSize64: 3, UncompressedSize64: 3})
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(raw, "abc")
	w.Close()
	z := &zipStream{in: bufio.NewReader(bytes.NewReader(b.Bytes()))}
	got := map[string]int{}
	for {
		name, data, err := z.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got[name] = len(all); len(all) > 3 && string(all) != text+name {
			t.Errorf("%s has other bytes", name)
		}
	}
	if diff := cmp.Diff(map[string]int{"a": len(text) + 1, "folder/": 0, "folder/b": len(text) + 8, "empty": 0, "stored": 3}, got); diff != "" {
		t.Error(diff)
	}
	// A file that is not read is passed over, a damaged one is noticed, and so is every cut.
	broken := bytes.Clone(b.Bytes())
	broken[60] ^= 1
	for name, in := range map[string][]byte{"damaged": broken, "cut": b.Bytes()[:200]} {
		z := &zipStream{in: bufio.NewReader(bytes.NewReader(in))}
		var err error
		for n := 0; err == nil && n < 10; n++ {
			_, _, err = z.next()
		}
		if err == io.EOF || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzZip reads any bytes as a zip: it ends, and gives no more than deflate can make of them.
func FuzzZip(f *testing.F) {
	f.Add(zipped(f, entry{"a", "text"}, entry{"b/c", "more"}))
	f.Fuzz(func(t *testing.T, in []byte) {
		z := &zipStream{in: bufio.NewReader(bytes.NewReader(in))}
		total := int64(0)
		for {
			_, data, err := z.next()
			if err != nil {
				break
			}
			n, err := io.Copy(io.Discard, data)
			total += n
			if err != nil {
				break
			}
		}
		if total > int64(len(in))*1100 {
			t.Errorf("%d bytes of %d", total, len(in))
		}
	})
}

// TestADownloadThatStandsStillIsAnError.
func TestADownloadThatStandsStillIsAnError(t *testing.T) {
	whole := zipped(t, entry{"spark-1", string(sample(t))})
	h := &historyServer{applications: applications}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/logs") {
			r.URL.Path = strings.Replace(r.URL.Path, "/api/v1/", historyAPI, 1)
			h.ServeHTTP(w, r)
			return
		}
		w.Write(whole[:1000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	_, err := ReadHistory(t.Context(), History{URL: server.URL, App: "spark-1", MaxBytes: 1 << 30}, Options{idle: 50 * time.Millisecond}, nil)
	if !errors.Is(err, errSilent) {
		t.Error(err)
	}
}
