package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// server is a process that answers reviews.
type server struct {
	name string
	url  string
	ca   []byte
	cmd  *exec.Cmd
}

// servers starts the floor and the webhook.
func servers(binary string) (both [2]*server, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return both, nil, err
	}
	dir, err := os.MkdirTemp("", "kubectl-spark-bench-")
	if err != nil {
		return both, nil, err
	}
	stop = func() {
		for _, s := range both {
			if s != nil && s.cmd.ProcessState == nil {
				_, _ = s.stop()
			}
		}
		_ = os.RemoveAll(dir)
	}
	ca := filepath.Join(dir, "ca.crt")
	commands := [2]*exec.Cmd{exec.Command(self, "-floor"), exec.Command(binary, "--cluster=false", "--listen=127.0.0.1:0", "--metrics-listen=",
		"--drain=0s", "--names=localhost,127.0.0.1", "--write-ca="+ca)}
	for i, name := range [2]string{"floor", "webhook"} {
		if both[i], err = serve(name, commands[i]); err != nil {
			stop()
			return both, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if both[1].ca, err = os.ReadFile(ca); err != nil {
		stop()
		return both, nil, err
	}
	return both, stop, nil
}

var (
	served  = regexp.MustCompile(`"address":"([^"]+)"`)
	servedC = regexp.MustCompile(`"ca":("[^"]+")`)
)

// serve starts a process and waits for the line of its log that holds its address.
func serve(name string, cmd *exec.Cmd) (*server, error) {
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		m := served.FindSubmatch(lines.Bytes())
		if m == nil {
			continue
		}
		s := &server{name: name, url: "https://" + string(m[1]) + "/mutate", cmd: cmd}
		if c := servedC.FindSubmatch(lines.Bytes()); c != nil {
			var text string
			if err := json.Unmarshal(c[1], &text); err != nil {
				return nil, err
			}
			s.ca = []byte(text)
		}
		go func() { _, _ = io.Copy(io.Discard, log) }()
		return s, nil
	}
	return nil, fmt.Errorf("it ended before it served: %w", cmd.Wait())
}

// stop ends the process and says what processor time it has taken.
func (s *server) stop() (time.Duration, error) {
	if err := s.cmd.Process.Kill(); err != nil {
		return 0, err
	}
	_ = s.cmd.Wait() // it was killed
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime(), nil
}

func (s *server) client(connections int) *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: connections}}
}
