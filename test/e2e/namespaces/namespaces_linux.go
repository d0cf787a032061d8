// Package namespaces runs this program again in network, mount, PID, IPC and UTS namespaces of its own, on a root folder of its own. Mounts,
// interfaces, sockets and processes that it makes end with it, however it ends.
//
// Three processes: the caller; the keeper, which waits for the end and removes what is left on disk, even when the caller was killed;
// and the first process of the namespaces, with which the kernel ends all others.
package namespaces

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

// Options say what the program sees inside.
type Options struct {
	Root   string   // folder that is the root; it stays as it is, what is written to it goes into Work
	Work   string   // folder for what is written; removed in the end
	Shared []string // folders that are seen inside under the same path, and can be written
	Cgroup string   // name of a control group below the root of each hierarchy; made first, removed in the end
}

const (
	roleEnv    = "KUBECTL_SPARK_E2E_ROLE"
	optionsEnv = "KUBECTL_SPARK_E2E_NAMESPACES"

	keeper = "keeper"
	first  = "first"
	inside = "inside"
)

// Inside says whether this process was started by Run, inside the namespaces.
func Inside() bool { return os.Getenv(roleEnv) == inside }

// Serve must be called first in main: where this process is one of Run's helpers, it does its work and ends the process.
func Serve() {
	var o Options
	role := os.Getenv(roleEnv)
	if role != keeper && role != first {
		return
	}
	err := json.Unmarshal([]byte(os.Getenv(optionsEnv)), &o)
	code := 1
	if err == nil && role == keeper {
		code, err = o.keep()
	} else if err == nil {
		code, err = o.begin()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "namespaces: %s: %v\n", role, err)
	}
	os.Exit(code)
}

// Run starts this program again with its arguments inside the namespaces, waits for it and gives its exit code.
func Run(o Options) (int, error) {
	self := filepath.Join(o.Work, "program") // its own path is not seen inside
	if err := copyProgram(self); err != nil {
		return 1, fmt.Errorf("copy this program: %w", err)
	}
	text, err := json.Marshal(o)
	if err != nil {
		return 1, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), roleEnv+"="+keeper, optionsEnv+"="+string(text))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a signal to the caller's group must not end the keeper
	if _, err := cmd.StdinPipe(); err != nil {           // closed by the kernel when this process ends
		return 1, err
	}
	return exitCode(cmd, cmd.Run())
}

func copyProgram(to string) error {
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

func exitCode(cmd *exec.Cmd, err error) (int, error) {
	if cmd.ProcessState == nil {
		return 1, err
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return code, nil
	}
	return 1, err // ended by a signal
}

// keep is the keeper: it starts the first process and outlives it.
func (o Options) keep() (int, error) {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer o.clean()
	if err := makeCgroup(o.Cgroup); err != nil {
		return 1, err
	}
	runtime.LockOSThread() // the first process is killed when the thread that started it ends
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), roleEnv+"="+first)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("new namespaces: %w", err)
	}
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1)) // returns when the caller has ended
		_ = cmd.Process.Kill()                // and with it everything in its PID namespace
	}()
	return exitCode(cmd, cmd.Wait())
}

// clean removes what the kernel does not.
func (o Options) clean() {
	removeCgroup(o.Cgroup)
	if err := os.RemoveAll(o.Work); err != nil {
		fmt.Fprintf(os.Stderr, "namespaces: %v\n", err)
	}
}

// begin is the first process of the namespaces: it makes the root, starts the program and waits for every process whose parent has ended.
func (o Options) begin() (int, error) {
	dir, err := os.Getwd()
	if err != nil {
		return 1, err
	}
	if err := o.enter(); err != nil {
		return 1, err
	}
	if err := os.Chdir(dir); err != nil {
		return 1, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 1, err
	}
	if err := os.Setenv(roleEnv, inside); err != nil {
		return 1, err
	}
	pid, err := syscall.ForkExec(os.Args[0], os.Args, &syscall.ProcAttr{Dir: dir, Env: os.Environ(), Files: []uintptr{null.Fd(), 1, 2}})
	if err != nil {
		return 1, fmt.Errorf("start %s: %w", os.Args[0], err)
	}
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 1, err
		case ended == pid && status.Exited():
			return status.ExitStatus(), nil
		case ended == pid:
			return 1, fmt.Errorf("ended by signal %v", status.Signal())
		}
	}
}
