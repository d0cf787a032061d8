package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// asPlugin makes the test binary the plugin.
const asPlugin = "TEST_AS_KUBECTL_SPARK"

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		main()
	}
	os.Exit(m.Run())
}

// run is the plugin, to be started, with what it writes.
func run(t *testing.T, args ...string) (cmd *exec.Cmd, out, errs *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asPlugin+"=1")
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, errs
	return cmd, out, errs
}

// endWithin waits for a program that has been started, and gives its exit code.
func endWithin(t *testing.T, cmd *exec.Cmd, most time.Duration) int {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(most):
		_ = cmd.Process.Kill()
		<-ended
		t.Errorf("%v has not ended after %v", cmd.Args[1:], most)
	}
	return cmd.ProcessState.ExitCode()
}

// waits is how long a program is given to begin to wait for its input.
const waits = time.Second

func pipe(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

const sparkPod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {spark-role: driver, spark-app-selector: s}}\nspec: {containers: [{name: spark-kubernetes-driver, image: apache/spark:4.1.1}]}\n"

// TestAPipeOrADeviceInAFolderIsNamedAndNotRead: it may never end.
func TestAPipeOrADeviceInAFolderIsNamedAndNotRead(t *testing.T) {
	folder := t.TempDir()
	pipe(t, filepath.Join(folder, "pipe.yaml"))
	for name, target := range map[string]string{"device.yaml": "/dev/zero", "folder.yaml": folder, "nothing.yaml": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"pod.yaml": sparkPod, "pod.real": sparkPod} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, words := range [][]string{{"doctor"}, {"fix", "--all"}, {"tune"}, {"inject"}} {
		cmd, out, errs := run(t, append(words, "-R", "-f", folder)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		code := endWithin(t, cmd, 20*time.Second)
		said := out.String() + errs.String()
		for _, want := range []string{"pipe.yaml", "named pipes are not read", "device.yaml", "devices are not read", "folder.yaml", "links to folders are not read", "nothing.yaml"} {
			if !strings.Contains(strings.Join(strings.Fields(said), " "), want) {
				t.Errorf("%v does not say %q:\n%s", words, want, said)
			}
		}
		if code != 2 || out.Len() == 0 {
			t.Errorf("%v: exit code %d, and of the file beside them\n%s", words, code, out)
		}
	}
}

// TestASignalEndsEveryCommandThatWaitsForItsInput: a pipe that nobody writes to, and a standard input that gives nothing.
func TestASignalEndsEveryCommandThatWaitsForItsInput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.yaml")
	pipe(t, path)
	for i, words := range [][]string{{"doctor"}, {"fix"}, {"fix", "-o", "yaml"}, {"tune"}, {"inject"}, {"uninject"}, {"explain", "memory"}, {"inject", "--namespace-file", path, "-f", "x"}} {
		for name, signal := range map[string]syscall.Signal{"130": syscall.SIGINT, "143": syscall.SIGTERM, "129": syscall.SIGHUP} {
			t.Run(fmt.Sprint(words, name), func(t *testing.T) {
				t.Parallel()
				input := []string{"-", path}[i%2]
				cmd, out, errs := run(t, append(words, "-f", input)...)
				open, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(waits)
				start := time.Now()
				if err := cmd.Process.Signal(signal); err != nil {
					t.Errorf("%v %s: has ended before: %s", words, input, errs)
				}
				code := endWithin(t, cmd, 10*time.Second)
				if took := time.Since(start); fmt.Sprint(code) != name || out.Len() > 0 || errs.String() != "error: interrupted\n" || took > grace {
					t.Errorf("%v %s: %v gives exit code %d after %v\n%s\n%s", words, input, signal, code, took, out, errs)
				}
				open.Close()
			})
		}
	}
}

// TestControlCEndsWhatWaitsAtATerminal: the terminal itself sends the signal.
func TestControlCEndsWhatWaitsAtATerminal(t *testing.T) {
	near, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	var unlock, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, near.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	far, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd, _, _ := run(t, "doctor", "-f", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = far, far, far
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	far.Close()
	said := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(near)
		said <- string(all)
	}()
	time.Sleep(waits)
	if _, err := near.WriteString("kind: Pod\n\x03"); err != nil {
		t.Fatal(err)
	}
	code := endWithin(t, cmd, 10*time.Second)
	near.SetReadDeadline(time.Now().Add(time.Second))
	if text := <-said; code != 130 || !strings.HasSuffix(text, "error: interrupted\r\n") {
		t.Errorf("exit code %d, %q", code, text)
	}
}

// TestASignalLeavesAllFilesOrNoneWritten, whenever it comes, and no temporary file.
func TestASignalLeavesAllFilesOrNoneWritten(t *testing.T) {
	const files = 200
	written := 0
	for round := range 4 {
		folder := t.TempDir()
		for i := range files {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%03d.yaml", i)), []byte(strings.Replace(sparkPod, "name: a,", fmt.Sprintf("name: a%d,", i), 1)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd, out, errs := run(t, "fix", "--all", "--write", "-f", folder)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 2000 { // to where it begins to write
			if parts, _ := filepath.Glob(filepath.Join(folder, ".kubectl-spark-*")); len(parts) > round*files/4 || round == 3 { // the last is left alone
				break
			}
			time.Sleep(time.Millisecond)
		}
		if round < 3 {
			_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		}
		code := endWithin(t, cmd, 10*time.Second)
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		fixed := 0
		for _, e := range entries {
			if text, err := os.ReadFile(filepath.Join(folder, e.Name())); err != nil {
				t.Error(err)
			} else if strings.Contains(string(text), "runAsNonRoot") {
				fixed++
			}
		}
		written = fixed
		if len(entries) != files || fixed != 0 && fixed != files || code == 143 && strings.Contains(errs.String(), "fixed ") && fixed == 0 {
			t.Errorf("exit code %d: %d files, of which %d are fixed\n%.500s%.500s", code, len(entries), fixed, out, errs)
		}
	}
	if written != files {
		t.Errorf("without a signal %d of %d files are fixed", written, files)
	}
}
