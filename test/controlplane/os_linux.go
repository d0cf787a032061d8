package controlplane

import "syscall"

// attributes: the kernel kills the child when the thread that started it ends, so not even a panic or kill -9 of the tests leaves it behind.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
