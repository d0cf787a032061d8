package controlplane

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// process is one running program, its output in a file.
type process struct {
	name string
	log  string
	proc *os.Process
	done chan struct{} // closed when the program has ended
	err  error         // how it ended; read after done
}

// launch starts a program with variables beside this process's own, and with its output in dir/name.log.
func launch(dir, name, path string, env []string, args ...string) (*process, error) {
	p := &process{name: name, done: make(chan struct{})}
	p.log = filepath.Join(dir, p.name+".log")
	log, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", p.name, err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, log, log, append(os.Environ(), env...)
	own(cmd)
	started := make(chan error)
	go func() {
		// The kernel ties the child's end to the thread that started it, so this thread stays for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer log.Close()
		err := cmd.Start()
		p.proc = cmd.Process
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	return p, nil
}

// ended says whether the program has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// failure describes a program that did not come up, with the end of its log.
func (p *process) failure() error {
	state := "still running"
	if p.ended() {
		state = fmt.Sprintf("ended: %v", p.err)
	}
	data, _ := os.ReadFile(p.log) // an unreadable log only shortens the message
	return fmt.Errorf("%s is not ready (%s); last lines of %s:\n%s", p.name, state, p.log, tail(data, 15))
}

// stop ends programs together: a polite signal, then the hard one for whoever is left after grace. It returns when all have ended.
func stop(grace time.Duration, processes ...*process) error {
	for _, p := range processes {
		if !p.ended() {
			_ = p.proc.Signal(syscall.SIGTERM) // it may have ended meanwhile: done tells
		}
	}
	timeout := time.After(grace)
	var failed error
	for _, p := range processes {
		select {
		case <-p.done:
		case <-timeout:
			timeout = time.After(0) // grace is for all of them together
			_ = signalGroup(p.proc, syscall.SIGKILL)
			<-p.done
			failed = fmt.Errorf("%s did not end within %s of a request to stop and was killed", p.name, grace)
		}
	}
	return failed
}
