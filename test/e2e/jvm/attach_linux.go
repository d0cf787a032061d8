package jvm

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Ask fills in what the JVM says of itself; both or neither, as long as it does not listen yet.
func (p *Process) Ask() {
	flags, err := question(p.PID, "VM.flags")
	if err != nil {
		return
	}
	if log, err := question(p.PID, "VM.log list"); err == nil {
		p.Flags, p.Log = strings.Fields(flags), log
	}
}

// question asks a JVM as jcmd does: a file and a signal make it listen, a socket takes the question.
// The files are those of the process's own root, under the number that it has in its container.
func question(pid int, command string) (string, error) {
	inner, err := innerPID(pid)
	if err != nil {
		return "", err
	}
	tmp := fmt.Sprintf("/proc/%d/root/tmp", pid)
	socket := filepath.Join(tmp, ".java_pid"+inner)
	if _, err := os.Stat(socket); err != nil {
		if !catchesQuit(pid) { // a JVM that has just begun would end of the signal
			return "", fmt.Errorf("process %d does not yet take a question", pid)
		}
		request := filepath.Join(tmp, ".attach_pid"+inner)
		if err := os.WriteFile(request, nil, 0o600); err != nil {
			return "", err
		}
		defer os.Remove(request)
		// The JVM looks at the file's owner.
		if info, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
			owner := info.Sys().(*syscall.Stat_t)
			_ = os.Chown(request, int(owner.Uid), int(owner.Gid))
		}
		if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
			return "", err
		}
		for range 20 {
			if _, err = os.Stat(socket); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if err != nil {
			return "", err
		}
	}
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := conn.Write([]byte("1\x00jcmd\x00" + command + "\x00\x00\x00")); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	code, text, _ := strings.Cut(string(answer), "\n")
	if err != nil || code != "0" {
		return "", fmt.Errorf("process %d answers %q: %v", pid, answer, err)
	}
	return text, nil
}

// innerPID is the number of the process in its own PID namespace.
func innerPID(pid int) (string, error) {
	line, err := statusLine(pid, "NSpid:")
	if err != nil || len(line) == 0 {
		return "", fmt.Errorf("number of process %d in its container: %v", pid, err)
	}
	return line[len(line)-1], nil
}

// catchesQuit says whether the process has a handler for SIGQUIT.
func catchesQuit(pid int) bool {
	line, err := statusLine(pid, "SigCgt:")
	var mask uint64
	if err != nil || len(line) != 1 {
		return false
	}
	_, err = fmt.Sscanf(line[0], "%x", &mask)
	return err == nil && mask&(1<<(uint(syscall.SIGQUIT)-1)) != 0
}

func statusLine(pid int, name string) ([]string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.Fields(rest), nil
		}
	}
	return nil, fmt.Errorf("no line %s", name)
}
