package shipping

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the kubelet does with a container's log by default (containerLogMaxSize, containerLogMaxFiles, containerLogMonitorInterval), and how
// much of a line containerd writes at once.
const (
	maxLogSize = 10 << 20
	maxLogs    = 5
	monitored  = 10 * time.Second
	maxPart    = 16 << 10
)

// line is a line that a container has written.
type line struct {
	at   int64 // nanoseconds
	text string
}

// container is the log of a container on a node, in the folder and the form of containerd and the kubelet (pkg/kubelet/logs).
type container struct {
	pod, file string

	mu      sync.Mutex // of what follows; a line is written as a whole
	out     *os.File
	last    time.Time
	written []line
	rotated int
}

// newContainer is the first container of a pod, which has just started.
func newContainer(t *testing.T, pods, namespace, pod, uid, name string) *container {
	t.Helper()
	c := &container{pod: filepath.Join(pods, namespace+"_"+pod+"_"+uid)}
	c.file = filepath.Join(c.pod, name, "0.log")
	if err := os.MkdirAll(filepath.Dir(c.file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := c.reopen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.out.Close() })
	return c
}

func (c *container) reopen() error {
	out, err := os.OpenFile(c.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out != nil {
		c.out.Close()
	}
	c.out = out
	return nil
}

// write adds a line of standard error, where Spark logs. A long one is cut into parts.
func (c *container) write(t *testing.T, text string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now().UTC(); now.After(c.last) {
		c.last = now
	} else {
		c.last = c.last.Add(time.Nanosecond)
	}
	c.written = append(c.written, line{c.last.UnixNano(), text})
	var parts bytes.Buffer
	for at, tag, rest := c.last.Format(time.RFC3339Nano), "P", text; tag == "P"; {
		part := rest[:min(len(rest), maxPart)]
		if rest = rest[len(part):]; rest == "" {
			tag = "F"
		}
		fmt.Fprintf(&parts, "%s stderr %s %s\n", at, tag, part)
	}
	if _, err := c.out.Write(parts.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// watch rotates the log whenever it has become too large. The function ends that.
func (c *container) watch(t *testing.T) (end func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-over:
				return
			case <-time.After(monitored):
			}
			if info, err := os.Stat(c.file); err == nil && info.Size() >= maxLogSize {
				c.rotate(t)
			}
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}

// rotate removes what is too much, compresses what an earlier rotation has renamed, renames the log, and tells the runtime to open a new
// one. Until it has done so it writes into the renamed file.
func (c *container) rotate(t *testing.T) {
	old, err := filepath.Glob(c.file + ".*")
	if err != nil {
		t.Error(err)
	}
	slices.Sort(old)
	for len(old) > maxLogs-2 {
		if err := os.Remove(old[0]); err != nil {
			t.Error(err)
		}
		old = old[1:]
	}
	for _, name := range old {
		if !strings.HasSuffix(name, ".gz") {
			if err := compress(name); err != nil {
				t.Error(err)
			}
		}
	}
	if err := os.Rename(c.file, c.file+"."+time.Now().Format("20060102-150405")); err != nil {
		t.Error(err)
	}
	time.Sleep(50 * time.Millisecond)
	if err := c.reopen(); err != nil {
		t.Error(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rotated++
}

func compress(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(name + ".tmp")
	if err != nil {
		return err
	}
	defer out.Close()
	w := gzip.NewWriter(out)
	if _, err := io.Copy(w, in); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := os.Rename(name+".tmp", name+".gz"); err != nil {
		return err
	}
	return os.Remove(name)
}

// remove is the end of the pod: the kubelet deletes its folder.
func (c *container) remove(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(c.pod); err != nil {
		t.Fatal(err)
	}
}
