package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// eventLog measures tune --event-log: of a log that is not compressed, on one processor, against reading it and counting its lines;
// of a log in zstd, on all processors, against decompressing it alone; then the memory that 10 GiB of events take.
func eventLog(out io.Writer, binary string, mib int) error {
	dir, err := os.MkdirTemp("", "kubectl-spark-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// A process begins with the peak of the memory of the one that starts it.
	if output, err := exec.Command(self, "-log", fmt.Sprint(mib), "-write-logs", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	plain, packed, large := filepath.Join(dir, "plain"), filepath.Join(dir, "zstd"), filepath.Join(dir, "large")
	one := func(name string, args ...string) command {
		return command{name: name, args: append([]string{"env", "GOMAXPROCS=1"}, args...)}
	}
	commands := []command{
		one("tune --event-log, one processor", binary, "tune", "-o", "name", "--event-log", plain), one("counting its lines", self, "-count", plain),
		{name: "tune --event-log, zstd", args: []string{binary, "tune", "-o", "name", "--event-log", packed}}, {name: "decompressing it", args: []string{self, "-decompress", packed}},
	}
	fmt.Fprintf(out, "\nevent log of %d MiB, in turns, %d times%s\n%-34s %10s %10s %8s\n", mib, rounds, load(), "", "median", "processor", "MiB")
	took, err := inTurns(commands...)
	if err != nil {
		return err
	}
	for i, c := range commands {
		took[i].print(out, c.name)
	}
	budget(out, "not compressed, by counting lines", took[0].took.Seconds()/took[1].took.Seconds(), 5, 8)
	budget(out, "zstd, by decompressing", took[2].took.Seconds()/took[3].took.Seconds(), 1.5, 2.2)
	most := command{name: "tune --event-log, 10 GiB in zstd", args: []string{binary, "tune", "-o", "name", "--event-log", large}}
	alone, err := inTurnsFor(1, most)
	if err != nil {
		return err
	}
	alone[0].print(out, most.name)
	budget(out, "10 GiB of events, MiB", float64(alone[0].peak)/1024, 100, 100)
	return generated(out, binary, 10)
}

// generated measures the memory that a log of some GiB takes which lies nowhere: it is written into the command's standard input, each of
// its tasks another one.
func generated(out io.Writer, binary string, gib int) error {
	// Some 2,450 bytes are a task with 12 accumulators.
	shape := events.Shape{Executors: 40, Stages: 100 * gib, Tasks: 4400, Accumulators: 12}
	var n counted
	c := command{name: fmt.Sprintf("tune --event-log -, %d GiB generated", gib), args: []string{binary, "tune", "-o", "name", "--event-log", "-"}, feed: func(w io.Writer) error {
		return events.Write(io.MultiWriter(w, &n), shape)
	}}
	alone, err := inTurnsFor(1, c)
	if err != nil {
		return err
	}
	alone[0].print(out, c.name)
	fmt.Fprintf(out, "%-52s %5.2f\n", "GiB that were written", float64(n.Load())/(1<<30))
	budget(out, fmt.Sprintf("%d GiB generated, MiB", gib), float64(alone[0].peak)/1024, 100, 100)
	return nil
}

// counted counts what is written to it.
type counted struct{ atomic.Int64 }

func (c *counted) Write(p []byte) (int, error) {
	c.Add(int64(len(p)))
	return len(p), nil
}

// writeLogs writes a log of some MiB, the same in zstd, and one of 10 GiB of events in which the same stages come again and again.
func writeLogs(dir string, mib int) error {
	var log bytes.Buffer
	shape := events.Shape{Executors: 40, Stages: 10, Tasks: 100, Accumulators: 12}
	if err := events.Write(&log, shape); err != nil {
		return err
	}
	shape.Tasks = int(int64(mib) << 20 / int64(log.Len()) * int64(shape.Tasks))
	log.Reset()
	if err := events.Write(&log, shape); err != nil {
		return err
	}
	whole := log.Bytes()
	if err := os.WriteFile(filepath.Join(dir, "plain"), whole, 0o600); err != nil {
		return err
	}
	var z bytes.Buffer
	w, err := zstd.NewWriter(&z, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
	if err != nil {
		return err
	}
	if _, err := w.Write(whole); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "zstd"), z.Bytes(), 0o600); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		return err
	}
	defer f.Close()
	for n := int64(0); n < 10<<30; n += int64(len(whole)) {
		if _, err := f.Write(z.Bytes()); err != nil {
			return err
		}
	}
	return f.Close()
}

// countLines reads a file and counts its lines.
func countLines(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	buffer, lines := make([]byte, 256<<10), 0
	for {
		n, err := f.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte("\n"))
		if err == io.EOF {
			_, err = fmt.Println(lines)
			return err
		}
		if err != nil {
			return err
		}
	}
}

// decompress decompresses a file, and does nothing with it.
func decompress(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := zstd.NewReader(f)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}
