package eventlog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// endless is a stream that begins with some bytes, then repeats one, then ends with others.
type endless struct {
	head, tail string
	repeat     byte
	n          int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.head != "" {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	if e.n > 0 {
		n := int(min(int64(len(p)), e.n))
		for i := range n {
			p[i] = e.repeat
		}
		e.n -= int64(n)
		return n, nil
	}
	if e.tail != "" {
		n := copy(p, e.tail)
		e.tail = e.tail[n:]
		return n, nil
	}
	return 0, io.EOF
}

// heap is the most memory that was in use while something ran, as far as the progress shows it. Garbage is collected as usual, whatever
// make test asks for.
func heap(t *testing.T, most *uint64) func(int64, int64) {
	percent := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	debug.FreeOSMemory()
	var m runtime.MemStats
	calls := 0
	return func(int64, int64) {
		if calls++; calls%16 == 0 {
			runtime.ReadMemStats(&m)
			*most = max(*most, m.Sys-m.HeapReleased)
		}
	}
}

// TestAVeryLongLineIsSkipped: 200 MB of one line take no memory, and what stands around it is read.
func TestAVeryLongLineIsSkipped(t *testing.T) {
	data := small(t)
	cut := bytes.IndexByte(data, '\n') + 1
	e := &endless{head: string(data[:cut]) + `{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate","x":"`, repeat: 'x', n: 200 << 20, tail: "\"}\n" + string(data[cut:])}
	var most uint64
	got, err := Read(t.Context(), "-", e, heap(t, &most))
	if err != nil {
		t.Fatal(err)
	}
	if r := got.Reading; r.Complete || len(r.Incomplete) != 1 || !strings.Contains(r.Incomplete[0], "events longer than 32 MiB were skipped: 1 of SparkListenerSQLAdaptiveExecutionUpdate") || got.Run.Tasks.Succeeded != 40 {
		t.Errorf("%+v", r)
	}
	if most > 200<<20 {
		t.Errorf("%d MiB in use", most>>20)
	}
	e = &endless{head: "{", repeat: '{', n: 200 << 20}
	if _, err := Read(t.Context(), "-", e, nil); err == nil || !strings.Contains(err.Error(), "standard input") {
		t.Error(err)
	}
}

// TestABombIsRefused: a file that becomes gigabytes is no log.
func TestABombIsRefused(t *testing.T) {
	bomb := pack(t, "gzip", []byte(`{"Event":"SparkListenerLogStart","x":"`))
	for member := pack(t, "gzip", bytes.Repeat([]byte("x"), 16<<20)); len(bomb)*1000 < 11*ratioAfter/10; {
		bomb = append(bomb, member...)
	}
	if _, err := read(t, bomb); err == nil || !strings.Contains(err.Error(), "times larger") {
		t.Error(err)
	}
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, &endless{head: `{"Event":"SparkListenerLogStart","x":"`, repeat: 'x', n: ratioAfter + 10<<20}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, b.Bytes()); err == nil || !strings.Contains(err.Error(), "times larger") {
		t.Error(err)
	}
}

// TestALargeWindowIsRefused: what zstd has to remember is bounded, and the error says what to do.
func TestALargeWindowIsRefused(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(128<<20))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat(small(t), 40)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, b.Bytes()); err == nil || !strings.Contains(err.Error(), "window is larger than 32 MiB") {
		t.Error(err)
	}
}

func TestACanceledReadingEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	_, err := Read(ctx, "-", &endless{head: string(small(t)), repeat: '\n', n: 1 << 50}, func(int64, int64) { cancel(gone) })
	if !errors.Is(err, gone) {
		t.Error(err)
	}
}

// failing is a file that breaks.
type failing struct{ left []byte }

func (f *failing) Read(p []byte) (int, error) {
	if len(f.left) == 0 {
		return 0, errors.New("input/output error")
	}
	n := copy(p, f.left)
	f.left = f.left[n:]
	return n, nil
}

// TestAFileThatCannotBeReadIsAnError, and no log that ends there.
func TestAFileThatCannotBeReadIsAnError(t *testing.T) {
	for _, codec := range packers {
		data := pack(t, codec, small(t))
		if _, err := Read(t.Context(), "-", &failing{data[:len(data)-20]}, nil); err == nil || !strings.Contains(err.Error(), "input/output error") {
			t.Errorf("%s: %v", codec, err)
		}
	}
}
