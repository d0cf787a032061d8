package attack

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// apart gives the servers one half of the processors, and the other half to this process and to what it starts from now on, as where
// the API server runs on another node. With one processor it does nothing.
func apart(t *testing.T, servers ...*server) {
	t.Helper()
	var all, here, there unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	for cpu, left := 0, all.Count(); left > 0; cpu++ {
		if !all.IsSet(cpu) {
			continue
		}
		if left--; here.Count() < all.Count()/2 {
			here.Set(cpu)
		} else {
			there.Set(cpu)
		}
	}
	if here.Count() == 0 {
		t.Log("one processor: the API server and the webhook share it")
		return
	}
	for _, s := range servers {
		s.on = &there
		s.keepWith(t, s.pid)
	}
	pin(t, os.Getpid(), &here)
	t.Cleanup(func() { pin(t, os.Getpid(), &all) })
}

// keepWith lets a process run on the server's processors.
func (s *server) keepWith(t *testing.T, pid int) {
	t.Helper()
	if s.on != nil {
		pin(t, pid, s.on)
	}
}

// pin lets the threads of a process run on these processors; threads to come do as the one that starts them.
func pin(t *testing.T, pid int, on *unix.CPUSet) {
	t.Helper()
	for range 2 { // a thread may have started meanwhile
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			tid, err := strconv.Atoi(thread.Name())
			if err == nil {
				_ = unix.SchedSetaffinity(tid, on) // it may have ended
			}
		}
	}
}
