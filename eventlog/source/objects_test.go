package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// sample is the log of a small application.
func sample(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := events.Write(&b, events.Shape{Executors: 2, Stages: 2, Tasks: 20, Accumulators: 5}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// memory is a store whose connections break after some bytes, and whose server may fail.
type memory struct {
	data    map[string]string
	version string
	breaks  int // after so many bytes of a connection; 0: never
	fails   []error
	opened  int
	on      func(opened int) // called before an object is opened
}

func (m *memory) fail() error {
	if len(m.fails) == 0 {
		return nil
	}
	err := m.fails[0]
	m.fails = m.fails[1:]
	return err
}

func (m *memory) look(_ context.Context, key string) (object, error) {
	if err := m.fail(); err != nil {
		return object{}, err
	}
	text, is := m.data[key]
	if !is {
		return object{}, errNone
	}
	return object{key, int64(len(text)), m.version}, nil
}

func (m *memory) list(_ context.Context, prefix string, visit func(object) bool) error {
	if err := m.fail(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for key, text := range m.data {
		rest, is := strings.CutPrefix(key, prefix)
		if !is {
			continue
		}
		folder, _, deeper := strings.Cut(rest, "/")
		switch {
		case !deeper:
			if !visit(object{key, int64(len(text)), m.version}) {
				return nil
			}
		case !seen[folder]:
			seen[folder] = true
			if !visit(object{key: prefix + folder + "/"}) {
				return nil
			}
		}
	}
	return nil
}

type breaking struct {
	io.Reader
	err error
}

func (b breaking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func (m *memory) open(_ context.Context, o object, from int64) (io.ReadCloser, error) {
	if m.opened++; m.on != nil {
		m.on(m.opened)
	}
	if err := m.fail(); err != nil {
		return nil, err
	}
	if o.version != m.version {
		return nil, errChanged
	}
	text := m.data[o.key][from:]
	if m.breaks == 0 || len(text) <= m.breaks {
		return io.NopCloser(strings.NewReader(text)), nil
	}
	return io.NopCloser(breaking{strings.NewReader(text[:m.breaks]), errors.New("connection reset by peer")}), nil
}

func (m *memory) files() *objects {
	return newObjects(m, "s3://b", &Options{pause: time.Microsecond})
}

// TestABrokenConnectionIsContinued from the byte at which it broke, and what is read is the same.
func TestABrokenConnectionIsContinued(t *testing.T) {
	data := sample(t)
	whole, err := eventlog.Read(t.Context(), "-", bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, breaks := range []int{1000, 7777, 65536, len(data) - 1} {
		m := &memory{data: map[string]string{"a/log": string(data)}, version: "1", breaks: breaks}
		got, err := eventlog.ReadFrom(t.Context(), m.files(), "s3://b/a/log", nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := (len(data) + breaks - 1) / breaks; m.opened != want || got.Reading.Events != whole.Reading.Events || !got.Reading.Complete {
			t.Errorf("breaks after %d: %d connections, not %d; %+v", breaks, m.opened, want, got.Reading)
		}
	}
}

// TestAConnectionThatKeepsBreakingIsAnError, and one that fails for a moment is none.
func TestAConnectionThatKeepsBreakingIsAnError(t *testing.T) {
	busy := tryAgain{errors.New("the server answered 503")}
	m := &memory{data: map[string]string{"log": string(sample(t))}, fails: slices.Repeat([]error{busy}, tries-1)}
	if _, err := eventlog.ReadFrom(t.Context(), m.files(), "s3://b/log", nil); err != nil {
		t.Error(err)
	}
	m.fails = slices.Repeat([]error{busy}, tries)
	if _, err := eventlog.ReadFrom(t.Context(), m.files(), "s3://b/log", nil); err == nil || err.Error() != "s3://b/log: the server answered 503 (after 5 tries)" {
		t.Error(err)
	}
	m = &memory{data: map[string]string{"log": string(sample(t))}}
	m.on = func(opened int) {
		if opened > 1 {
			m.fails = []error{errors.New("no")}
		}
	}
	m.breaks = 1000
	if _, err := eventlog.ReadFrom(t.Context(), m.files(), "s3://b/log", nil); err == nil || !strings.HasSuffix(err.Error(), "s3://b/log: no") {
		t.Error(err)
	}
}

// TestAnObjectThatChangesIsNotJoined with what was read of it before.
func TestAnObjectThatChangesIsNotJoined(t *testing.T) {
	m := &memory{data: map[string]string{"log": string(sample(t))}, version: "1", breaks: 5000}
	m.on = func(opened int) {
		if opened == 2 {
			m.version = "2"
		}
	}
	if _, err := eventlog.ReadFrom(t.Context(), m.files(), "s3://b/log", nil); err == nil || !strings.Contains(err.Error(), "was written anew while it was read") {
		t.Error(err)
	}
}

// TestFoldersOfAStore: a rolling log, one in a folder, and a path at which nothing lies.
func TestFoldersOfAStore(t *testing.T) {
	data := string(sample(t))
	cut := strings.LastIndexByte(data[:len(data)-1], '\n') + 1
	m := &memory{data: map[string]string{
		"logs/eventlog_v2_a/": "", "logs/eventlog_v2_a/appstatus_a": "", "logs/eventlog_v2_a/events_1_a": data[:cut], "logs/eventlog_v2_a/events_2_a": data[cut:],
		"one/log": data, "one/.crc": "x", "logs-and-more": "x",
	}}
	for _, path := range []string{"s3://b/logs/eventlog_v2_a", "s3://b/logs/eventlog_v2_a/", "s3://b/logs", "s3://b/one", "s3://b/one/log"} {
		got, err := eventlog.ReadFrom(t.Context(), m.files(), path, nil)
		if err != nil || !got.Reading.Complete || got.Reading.Rolling != strings.Contains(path, "logs") {
			t.Errorf("%s: %v, %+v", path, err, got)
		}
	}
	for _, path := range []string{"s3://b/log", "s3://b/none/", "s3://b/one/log/x"} {
		if _, err := eventlog.ReadFrom(t.Context(), m.files(), path, nil); err == nil || err.Error() != path+": no such object or folder" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := eventlog.ReadFrom(t.Context(), m.files(), "s3://b", nil); err == nil || !strings.HasPrefix(err.Error(), "s3://b/logs-and-more is not an event log of Spark") {
		t.Error(err)
	}
	got, err := eventlog.ReadFrom(t.Context(), m.files(), "s3://b/logs/eventlog_v2_a/events_1_a", nil)
	if err != nil || len(got.Reading.Incomplete) != 1 || !strings.Contains(got.Reading.Incomplete[0], "give the folder, s3://b/logs/eventlog_v2_a") {
		t.Errorf("%v, %+v", err, got)
	}
}

// TestASilentServerIsLeft: what sends nothing for too long is asked again, and an error says so at last.
func TestASilentServerIsLeft(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("abc"))
		w.(http.Flusher).Flush()
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(stop)
	o := &Options{idle: 20 * time.Millisecond}
	answer, err := (&http.Client{Transport: o.transport()}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); string(text) != "abc" || !errors.Is(err, errSilent) {
		t.Errorf("%q, %v", text, err)
	}
}

// TestAReadingEndsWithItsContext, while the server is silent too.
func TestAReadingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	m := &memory{data: map[string]string{"log": string(sample(t))}, breaks: 1000}
	m.on = func(opened int) {
		if opened == 3 {
			cancel(gone)
		}
	}
	if _, err := eventlog.ReadFrom(ctx, m.files(), "s3://b/log", nil); !errors.Is(err, gone) && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestAnUnknownSchemeIsOneError that lists the known ones, and no URL with a password is shown.
func TestAnUnknownSchemeIsOneError(t *testing.T) {
	for name, want := range map[string]string{
		"hdfs://nn/logs/a":         `hdfs://nn/logs/a: unknown scheme "hdfs": give a file, a folder, or a URL that begins with s3://, s3a://, gs://, abfss://, wasbs://, pvc://`,
		"https://host/log":         `https://host/log: unknown scheme "https": give a file, a folder, or a URL that begins with s3://, s3a://, gs://, abfss://, wasbs://, pvc://`,
		"s3://key:s3cr3t@bucket/a": "the URL of a log holds credentials; remove them, for they come from the environment or from files",
		"s3:///a":                  "s3:///a: no bucket is named: write s3://BUCKET/PATH",
		"gs:///a":                  "gs:///a: no bucket is named: write gs://BUCKET/PATH",
		"abfss://account/a":        "abfss://account/a: no container or account is named: write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
		"wasbs://c@evil.example/a": "wasbs://c@evil.example/a: evil.example is not a domain of Azure, and gets no credentials: set AZURE_STORAGE_CONNECTION_STRING for it",
		"pvc://ns/claim/a":         "pvc://ns/claim/a: a pod has to mount the claim, and no image is named for it: give one with --pvc-image, as the image of the Spark jobs",
		"pvc://ns":                 "pvc://ns: no namespace or claim is named: write pvc://NAMESPACE/CLAIM/PATH",
		"s3://bucket name/a":       "s3://bucket name/a: not a URL: invalid character \" \" in host name",
	} {
		if _, _, _, err := Open(t.Context(), name, Options{}); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"log", "./a://b", "-", "C:\\logs", "a/b://c"} {
		if files, path, _, err := Open(t.Context(), name, Options{}); err != nil || files != (eventlog.Disk{}) || path != name {
			t.Errorf("%s: %v %v %v", name, files, path, err)
		}
	}
}
