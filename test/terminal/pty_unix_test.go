//go:build unix

// Package terminal runs the plugin in a pseudo-terminal and reads the screen as a terminal shows it.
package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// binary is the built plugin.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "kubectl-spark")
	if err != nil {
		return "", err
	}
	name := filepath.Join(folder, "kubectl-spark")
	out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", name, "../../cmd/kubectl-spark").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return name, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if name, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(code)
}

// rows is the height of the terminals: no test scrolls.
const rows = 3000

// session is a command in a terminal.
type session struct {
	t        *testing.T
	cmd      *exec.Cmd
	near     *os.File
	width    int
	mu       sync.Mutex
	written  bytes.Buffer // everything, with its escapes
	finished chan struct{}
}

// start runs the plugin in a terminal of a width, with variables beside those of a usual one.
func start(t *testing.T, width int, env []string, args ...string) *session {
	t.Helper()
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return startCommand(t, width, env, exec.Command(name, args...))
}

func startCommand(t *testing.T, width int, env []string, cmd *exec.Cmd) *session {
	t.Helper()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm-256color", "LANG=en_US.UTF-8", "KUBECONFIG=/nonexistent", "GOGC=" + os.Getenv("GOGC")}, env...)
	near, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: uint16(width)})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, cmd: cmd, near: near, width: width, finished: make(chan struct{})}
	go func() {
		defer close(s.finished)
		buffer := make([]byte, 1<<16)
		for {
			n, err := near.Read(buffer)
			s.mu.Lock()
			s.written.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil { // EIO once the command has ended
				return
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		near.Close()
	})
	return s
}

// text is what was written until now.
func (s *session) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.String()
}

// await waits until something has been written.
func (s *session) await(what string) {
	s.t.Helper()
	s.awaitTimes(what, 1)
}

// awaitTimes waits until something has been written so many times.
func (s *session) awaitTimes(what string, times int) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); strings.Count(s.text(), what) < times; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%q was not written %d times: %q", what, times, s.text())
		}
	}
}

// end waits for the command and gives its exit code.
func (s *session) end() int {
	s.t.Helper()
	late := time.AfterFunc(2*time.Minute, func() { s.cmd.Process.Kill() })
	defer late.Stop()
	err := s.cmd.Wait()
	select {
	case <-s.finished:
	case <-time.After(10 * time.Second):
	}
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended) && ended.Sys().(syscall.WaitStatus).Signaled():
		return 128 + int(ended.Sys().(syscall.WaitStatus).Signal())
	case errors.As(err, &ended):
		return ended.ExitCode()
	case err != nil:
		s.t.Fatal(err)
	}
	return 0
}

// screen is what the terminal shows in the end, a string a row, without the empty ones at the end.
func (s *session) screen() []string {
	width := s.width
	if width == 0 {
		width = 80
	}
	emulator := vt.NewEmulator(width, rows)
	go io.Copy(io.Discard, emulator) // what a terminal answers
	emulator.WriteString(s.text())
	shown := strings.Split(emulator.String(), "\n")
	emulator.Close()
	for i := range shown {
		shown[i] = strings.TrimRight(shown[i], " \r")
	}
	for len(shown) > 0 && shown[len(shown)-1] == "" {
		shown = shown[:len(shown)-1]
	}
	return shown
}

// escapes are what a terminal does not show as text.
var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]")

// lines are the lines as the command wrote them, without those that it cleared again.
func (s *session) lines() []string {
	all := strings.Split(strings.TrimRight(strings.ReplaceAll(s.text(), "\r\n", "\n"), "\n"), "\n")
	for i, line := range all {
		all[i] = escapes.ReplaceAllString(line[strings.LastIndex(line, "\r")+1:], "")
	}
	return all
}
