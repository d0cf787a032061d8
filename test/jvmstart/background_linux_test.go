package jvmstart

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/spark/daemon"
)

// shown is what a process has printed so far.
type shown struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *shown) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *shown) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// TestAServerInTheBackgroundIsOutlivedUntilItIsFixed starts a History server that ends at once, as its folder of logs is not there: by
// a script that SPK-M027 finds, and by what fix makes of it.
func TestAServerInTheBackgroundIsOutlivedUntilItIsFixed(t *testing.T) {
	const started = "Started daemon with process name"
	each(t, func(t *testing.T, version, home string) {
		const text = "$SPARK_HOME/sbin/start-history-server.sh && sleep infinity"
		after, found := fixed(t, "SPK-M027", `{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"history","image":"apache/spark:`+version+`","command":["bash","-c","`+text+`"]}]}}`)
		if len(found) != 1 {
			t.Fatalf("%d findings", len(found))
		}
		run := func(words []string, env ...string) (cmd *exec.Cmd, out *shown, logs string) {
			folder := t.TempDir()
			cmd, out = exec.CommandContext(t.Context(), words[0], words[1:]...), &shown{}
			cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = folder, out, out, &syscall.SysProcAttr{Setpgid: true}
			cmd.Env = append(os.Environ(), append(env, "SPARK_HOME="+home, "SPARK_LOCAL_IP=127.0.0.1", "SPARK_PID_DIR="+folder, "SPARK_LOG_DIR="+folder,
				"SPARK_DAEMON_MEMORY=256m", "SPARK_HISTORY_OPTS=-Dspark.history.fs.logDirectory=file:"+folder+"/nowhere")...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
			return cmd, out, folder
		}

		cmd, out, logs := run([]string{"bash", "-c", text})
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for log := ""; !strings.Contains(log, "Exception"); time.Sleep(100 * time.Millisecond) {
			if files, _ := filepath.Glob(filepath.Join(logs, "*.out")); len(files) == 1 {
				raw, _ := os.ReadFile(files[0])
				log = string(raw)
			}
			if t.Context().Err() != nil {
				t.Fatalf("no log: %s", out)
			}
		}
		select {
		case err := <-ended:
			t.Errorf("the command ended with its server: %v", err)
		case <-time.After(12 * time.Second): // spark-daemon.sh looks after the server for seven
		}
		if strings.Contains(out.String(), started) {
			t.Errorf("the server's log is in the output:\n%s", out)
		}

		env := []string{}
		for _, e := range after.Env {
			env = append(env, e.Name+"="+e.Value)
		}
		cmd, out, logs = run(append(after.Command, after.Args...), env...)
		if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), started) {
			t.Errorf("%v\n%s", err, out)
		}
		if files, _ := filepath.Glob(filepath.Join(logs, "*.out")); len(files) > 0 {
			t.Errorf("the log is in %v", files)
		}
		if script := daemon.Forks(&after); script != "" {
			t.Errorf("SPK-P055 finds %s in the fixed container", script)
		}
	})
}
