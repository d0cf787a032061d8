package source

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

// TestTheRealHistoryServer: of each kept log, the real History server of the version that wrote it sends what is read as the file itself.
func TestTheRealHistoryServer(t *testing.T) {
	const kept = "../../test/e2e/testdata/eventlogs"
	for version, home := range distribution.Tried(t) {
		folders, err := filepath.Glob(filepath.Join(kept, version, "*"))
		if err != nil || len(folders) == 0 {
			continue // no logs are kept of it
		}
		t.Run(version, func(t *testing.T) {
			dir, want := t.TempDir(), map[string]*eventlog.Log{}
			for _, folder := range folders {
				logs, err := filepath.Glob(filepath.Join(folder, "*spark-*"))
				if err != nil || len(logs) != 1 {
					t.Fatal(logs, err)
				}
				log, err := eventlog.Read(t.Context(), logs[0], nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				to := filepath.Join(dir, filepath.Base(logs[0]))
				info, err := os.Stat(logs[0])
				if err == nil && info.IsDir() {
					err = os.CopyFS(to, os.DirFS(logs[0]))
				} else if err == nil {
					var data []byte
					if data, err = os.ReadFile(logs[0]); err == nil {
						err = os.WriteFile(to, data, 0o600)
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				want[log.Run.Application.ID] = log
			}
			url := startHistory(t, filepath.Join(home, "deps"), dir, len(want))
			for id, log := range want {
				got, err := ReadHistory(t.Context(), History{URL: url, App: id, MaxBytes: 1 << 30}, Options{}, nil)
				if err != nil {
					t.Errorf("%s: %v", id, err)
					continue
				}
				if diff := cmp.Diff(log.Run, got.Run); diff != "" || got.Reading.Events != log.Reading.Events || got.Reading.Codec != log.Reading.Codec || got.Reading.Rolling != log.Reading.Rolling {
					t.Errorf("%s: %+v, not %+v\n%s", id, got.Reading, log.Reading, diff)
				}
			}
			t.Logf("%d logs", len(want))
		})
	}
}

// startHistory starts a History server over a folder, and waits until it has so many applications.
func startHistory(t *testing.T, home, dir string, applications int) (at string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	cmd := exec.Command(filepath.Join(home, "bin", "spark-class"), "org.apache.spark.deploy.history.HistoryServer")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "SPARK_HOME="+home, "SPARK_LOCAL_IP=127.0.0.1", "SPARK_DAEMON_MEMORY=512m", "SPARK_LOG_DIR="+cmd.Dir,
		fmt.Sprintf("SPARK_HISTORY_OPTS=-Dspark.history.fs.logDirectory=file://%s -Dspark.history.ui.port=%d -Dspark.history.fs.update.interval=2s", dir, port))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	at = fmt.Sprintf("http://127.0.0.1:%d", port)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	s, err := newServer(History{URL: at}, &Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		var all []application
		if err := s.read(ctx, &all, nil, "applications"); err == nil && len(all) >= applications {
			return at
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			t.Fatalf("the History server shows %d of %d applications", len(all), applications)
		}
	}
}
