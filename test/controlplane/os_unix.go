//go:build unix

package controlplane

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// tryLock takes an exclusive lock on a file, or says that another process has it. The lock ends with the returned function or the process.
func tryLock(path string) (unlock func(), ok bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, false, nil
		}
		return nil, false, err
	}
	return func() { f.Close() }, true, nil
}

// lockFile waits for the lock; waiting is called once if another process has it.
func lockFile(ctx context.Context, path string, waiting func()) (func(), error) {
	for first := true; ; first = false {
		unlock, ok, err := tryLock(path)
		if err != nil || ok {
			return unlock, err
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// signalGroup signals a process that own prepared, and its children.
func signalGroup(p *os.Process, sig os.Signal) error {
	return syscall.Kill(-p.Pid, sig.(syscall.Signal))
}

// own makes a command the leader of a process group, which ends with this process where the kernel can do that.
func own(cmd *exec.Cmd) { cmd.SysProcAttr = attributes() }
