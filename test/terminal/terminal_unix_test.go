//go:build unix

package terminal

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const faulty = "../../examples/faulty/"

// commands are those whose tables take the width, each on files with findings.
func commands() [][]string {
	return [][]string{
		{"doctor", "-f", faulty + "kubeflow.yaml"},
		{"doctor", "-f", faulty + "kubeflow.yaml", "--all"},
		{"doctor", "-f", faulty},
		{"doctor", "-f", faulty, "--by=workload"},
		{"tune", "-f", faulty + "kubeflow.yaml"},
		{"tune", "-f", faulty + "kubeflow.yaml", "--all", "--node-shape=16x64Gi"},
		{"explain", "memory", "-f", faulty + "kubeflow.yaml"},
	}
}

// log is an event log of real Spark.
const log = "../../examples/logs/skew.zstd"

// pages are further texts that take the width.
func pages() [][]string {
	return [][]string{
		{"explain"},
		{"explain", "injection"},
		{"explain", "SPK-S011"},
		{"explain", "SPK-P006"},
		{"tune", "--event-log=" + log},
		{"tune", "--event-log=" + log, "--executors=1,2,4"},
		{"tune", "--event-log=" + log, "-f", "../../examples/skew.conf"},
		{"tune", "--fleet=../../examples/logs"},
	}
}

// withDiff are the commands, and fix, of which the lines of the difference have the width of the file.
func withDiff() [][]string {
	return append(commands(), []string{"fix", "--all", "-f", faulty + "kubeflow.yaml"})
}

// breakable says of a line that is too long that it could have been broken: it is no note, no command and no long word.
func breakable(line string, width int) bool {
	long := slices.ContainsFunc(strings.Fields(line), func(word string) bool { return len([]rune(word)) > width-16 })
	return !long && !strings.Contains(line, "kubectl spark ") && !strings.HasPrefix(line, "note: ")
}

// breaksNoLine waits for the command, and compares what it wrote with the screen.
func (s *session) breaksNoLine(args []string) {
	s.t.Helper()
	if code := s.end(); code > 1 {
		s.t.Fatalf("%q: exit code %d: %s", args, code, s.text())
	}
	written, shown := s.lines(), s.screen()
	broken := 0
	for _, line := range written {
		if cells := len([]rune(line)); cells > s.width {
			if breakable(line, s.width) {
				s.t.Errorf("%q in %d columns: a line of %d: %q", args, s.width, cells, line)
			}
			broken += (cells - 1) / s.width
		}
	}
	if len(shown) != len(written)+broken {
		s.t.Errorf("%q in %d columns: %d lines were written, %d are shown:\n%s", args, s.width, len(written), len(shown), strings.Join(shown, "\n"))
	}
}

// TestATerminalBreaksNoLine: the screen has the lines that were written, at every width. A command or a word that is longer
// than the line is all that goes on below.
func TestATerminalBreaksNoLine(t *testing.T) {
	for _, width := range []int{60, 80, 120, 200} {
		for _, args := range append(commands(), pages()...) {
			s := start(t, width, nil, args...)
			s.breaksNoLine(args)
			if !strings.Contains(s.text(), "\x1b[") && (args[0] != "explain" || slices.Contains(args, "memory")) { // a page is plain text
				t.Errorf("%q: no colours on a terminal", args)
			}
		}
	}
}

// TestWiderTerminalsNeedNoMoreLines, and COLUMNS says another width than the terminal does.
func TestWiderTerminalsNeedNoMoreLines(t *testing.T) {
	for _, args := range commands() {
		if slices.Contains(args, "memory") { // its bars are as many
			continue
		}
		var last int
		for _, width := range []int{200, 120, 60} {
			s := start(t, width, nil, args...)
			s.end()
			if n := len(s.lines()); n < last {
				t.Errorf("%q: %d lines in %d columns, %d in the next wider", args, n, width, last)
			} else {
				last = n
			}
		}
		s := start(t, 200, []string{"COLUMNS=60"}, args...)
		s.end()
		if n := len(s.lines()); n != last {
			t.Errorf("%q: %d lines with COLUMNS=60, %d in a terminal of 60 columns", args, n, last)
		}
	}
}

// TestATerminalWithoutAWidthHas80Columns.
func TestATerminalWithoutAWidthHas80Columns(t *testing.T) {
	for _, args := range withDiff() {
		none, usual := start(t, 0, nil, args...), start(t, 80, nil, args...)
		none.end()
		usual.end()
		if !slices.Equal(none.lines(), usual.lines()) {
			t.Errorf("%q: without a width\n%q\nwith 80 columns\n%q", args, none.lines(), usual.lines())
		}
	}
}

// TestPlainTerminalsGetNoEscapes: where colours are not wanted, and where the terminal has none.
func TestPlainTerminalsGetNoEscapes(t *testing.T) {
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		for _, args := range withDiff() {
			s := start(t, 80, []string{env}, args...)
			s.end()
			text := strings.ReplaceAll(s.text(), "\r\x1b[K", "") // of work that took a second
			if strings.Contains(text, "\x1b") {
				t.Errorf("%s %q: %q", env, args, text)
			}
		}
	}
}

// TestALocaleWithoutUTF8GetsASCII, which is that of C too where nothing names one, and never a line that is too long.
func TestALocaleWithoutUTF8GetsASCII(t *testing.T) {
	for _, env := range [][]string{{"LANG=C"}, {"LANG=en_US.UTF-8", "LC_ALL=C"}, {"LANG=de_DE.ISO-8859-1"}, {"LANG="}} {
		if env[0] == "LANG=" && runtime.GOOS == "darwin" { // its terminals show UTF-8 all the same
			continue
		}
		for _, args := range withDiff() {
			s := start(t, 80, env, args...)
			s.end()
			if i := strings.IndexFunc(s.text(), func(c rune) bool { return c > 0x7e }); i >= 0 {
				t.Errorf("%q %q: not ASCII: %q", env, args, s.text()[i:min(len(s.text()), i+40)])
			}
			for _, line := range s.lines() {
				if len(line) > 80 && breakable(line, 80) && args[0] != "fix" { // a file's lines are as long as they are
					t.Errorf("%q %q: a line of %d: %q", env, args, len(line), line)
				}
			}
		}
	}
}

// TestAPipeThatIsClosedEarlyEndsTheCommandQuietly, as `| head -1` does.
func TestAPipeThatIsClosedEarlyEndsTheCommandQuietly(t *testing.T) {
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"doctor -f ../fixtures -R --by=workload --all", "doctor -f ../fixtures -R -o json", "fix -f ../fixtures/handmade", "tune -f ../fixtures/handmade -o json", "explain memory -f ../fixtures/handmade"} {
		cmd := exec.Command("bash", "-c", name+" "+command+" 2>errors | head -1; echo ${PIPESTATUS[0]}")
		folder := t.TempDir()
		cmd.Args[2] = strings.ReplaceAll(cmd.Args[2], "2>errors", "2>"+filepath.Join(folder, "errors"))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		errs, err := os.ReadFile(filepath.Join(folder, "errors"))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"error", "pipe", "panic", "goroutine"} {
			for _, line := range strings.Split(string(errs), "\n") {
				if strings.Contains(line, word) && !strings.HasPrefix(line, "note: ") && (word != "error" || strings.Contains(line, "write")) {
					t.Errorf("%s | head -1: %s", command, line)
				}
			}
		}
		if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); len(lines) != 2 || !slices.Contains([]string{"0", "1", "141"}, lines[1]) { // 141 is SIGPIPE's
			t.Errorf("%s | head -1: %q", command, out)
		}
	}
}

// silent is the kubeconfig of a server that takes connections and never answers.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			if _, err := listener.Accept(); err != nil {
				return
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: \"http://" + listener.Addr().String() + "\"}}]\n" +
		"contexts: [{name: c, context: {cluster: c, user: u}}]\ncurrent-context: c\nusers: [{name: u, user: {}}]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCtrlCEndsTheCommandAndClearsTheLine, in the middle of reading a cluster.
func TestCtrlCEndsTheCommandAndClearsTheLine(t *testing.T) {
	for _, args := range [][]string{{"doctor", "-A"}, {"fix", "-n", "a"}, {"tune", "a"}, {"explain", "memory", "a"}} {
		s := start(t, 80, []string{"KUBECONFIG=" + silent(t)}, args...)
		s.await("reading the cluster")
		if _, err := s.near.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		if code := s.end(); code != 130 {
			t.Errorf("%q: exit code %d", args, code)
		}
		if shown := strings.TrimPrefix(strings.Join(s.screen(), "\n"), "^C"); shown != "error: interrupted" {
			t.Errorf("%q: the screen is %q", args, shown)
		}
	}
}

// TestProgressIsShownOnATerminalOnly, and on a dumb one as a line.
func TestProgressIsShownOnATerminalOnly(t *testing.T) {
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	config := "KUBECONFIG=" + silent(t)
	s := start(t, 80, []string{config}, "doctor", "--request-timeout=3s")
	s.await("reading the cluster, 1 s")
	s.await("reading the cluster, 2 s")
	if code := s.end(); code != 2 || !strings.HasPrefix(strings.Join(s.screen(), "\n"), "error: ") {
		t.Errorf("exit code %d: %q", code, s.screen())
	}
	s = start(t, 80, []string{config, "TERM=dumb"}, "doctor", "--request-timeout=3s")
	if s.end(); strings.Count(s.text(), "reading the cluster\r\n") != 1 || strings.Contains(s.text(), "\x1b") {
		t.Errorf("on a dumb terminal: %q", s.text())
	}
	s = start(t, 80, []string{config, "LANG=C"}, "doctor", "--request-timeout=3s")
	if s.end(); !strings.Contains(s.text(), "| reading the cluster") {
		t.Errorf("in the C locale: %q", s.text())
	}
	// It goes to standard error, beside a result that goes into a file, and tells nothing of work that is done within a second.
	result := filepath.Join(t.TempDir(), "result")
	s = startCommand(t, 80, []string{config}, exec.Command("bash", "-c", name+" doctor --request-timeout=3s >"+result))
	s.await("reading the cluster, 1 s")
	s.end()
	if text, err := os.ReadFile(result); err != nil || len(text) > 0 {
		t.Errorf("standard output is %q, %v", text, err)
	}
	began := time.Now()
	s = start(t, 80, nil, "doctor", "-f", faulty+"kubeflow.yaml")
	if s.end(); time.Since(began) < time.Second && strings.Contains(s.text(), "\r\x1b[K") {
		t.Errorf("work of %v shows progress: %q", time.Since(began), s.text())
	}
	cmd := exec.Command(name, "doctor", "--request-timeout=2s")
	cmd.Env = []string{config, "TERM=xterm"}
	out, _ := cmd.CombinedOutput()
	if !strings.HasPrefix(string(out), "error: ") || strings.ContainsAny(string(out), "\x1b\r") {
		t.Errorf("without a terminal: %q", out)
	}
}
