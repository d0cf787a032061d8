package eventlog

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// counting counts what is read of files.
type counting struct {
	Disk
	n int64
}

func (c *counting) Open(ctx context.Context, file Entry) (io.ReadCloser, error) {
	f, err := c.Disk.Open(ctx, file)
	return struct {
		io.Reader
		io.Closer
	}{readerFunc(func(p []byte) (int, error) {
		n, err := f.Read(p)
		c.n += int64(n)
		return n, err
	}), f}, err
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestTheApplicationOfALogIsKnownFromItsBeginning, whatever its form: a large log is not read to its end.
func TestTheApplicationOfALogIsKnownFromItsBeginning(t *testing.T) {
	data := sample(t, events.Shape{ID: "spark-1", Executors: 4, Stages: 4, Tasks: 4000, Accumulators: 4})
	for _, codec := range packers {
		t.Run(codec, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "log")
			packed := pack(t, codec, data)
			if err := os.WriteFile(name, packed, 0o600); err != nil {
				t.Fatal(err)
			}
			files := &counting{}
			app, err := Whose(t.Context(), files, name)
			if err != nil || app.ID != "spark-1" || app.Name != "orders" || app.Started.UnixMilli() != events.Start {
				t.Errorf("%v, %+v", err, app)
			}
			if most := int64(8 * blockSize); files.n > most || files.n >= int64(len(packed)) && len(packed) > blockSize {
				t.Errorf("%d of %d bytes were read", files.n, len(packed))
			}
		})
	}
}

// TestALogWithoutAStartIsNotReadToItsEnd.
func TestALogWithoutAStartIsNotReadToItsEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	line := []byte(`{"Event":"SparkListenerJobEnd","Job ID":0,"Completion Time":1,"Job Result":{"Result":"JobSucceeded"}}` + "\n")
	if err := os.WriteFile(name, bytes.Repeat(line, 200_000), 0o600); err != nil {
		t.Fatal(err)
	}
	files := &counting{}
	_, err := Whose(t.Context(), files, name)
	if err == nil || !strings.Contains(err.Error(), "none of 10000 events is the application's start") {
		t.Errorf("%v", err)
	}
	if files.n > 16*blockSize {
		t.Errorf("%d bytes were read", files.n)
	}
}

// TestALogThatIsCutBeforeItsStart has its first event, so its end is what is missing.
func TestALogThatIsCutBeforeItsStart(t *testing.T) {
	_, err := Read(t.Context(), "-", strings.NewReader(`{"Event":"SparkListenerLogStart","Spark Version":"4.3.0"}`+"\n"+`{"Event":"x"}`+"\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "the log ends after 2 events, before the application's start") {
		t.Error(err)
	}
}
