package namespaces

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const callerEnv = "NAMESPACES_TEST_WORK" // makes this program a caller of Run, with that folder for its work

func TestMain(m *testing.M) {
	Serve()
	work := os.Getenv(callerEnv)
	switch {
	case len(os.Args) > 1 && os.Args[1] == "sleep":
		time.Sleep(time.Hour)
	case Inside():
		fmt.Println(inhabit())
		time.Sleep(time.Hour)
	case work != "":
		code, err := Run(Options{Root: filepath.Join(filepath.Dir(work), "root"), Work: work, Cgroup: filepath.Base(work)})
		fmt.Println("ended", code, err)
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// inhabit mounts a folder, makes a control group with a process in it that no parent waits for, and says "ready".
func inhabit() string {
	if err := os.Mkdir("/mounted", 0o755); err != nil {
		return err.Error()
	}
	if err := syscall.Mount("tmpfs", "/mounted", "tmpfs", 0, ""); err != nil {
		return err.Error()
	}
	child := exec.Command("/proc/self/exe", "sleep")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return err.Error()
	}
	for _, hierarchy := range hierarchies() {
		group := filepath.Join(hierarchy, filepath.Base(os.Getenv(callerEnv)), "below")
		if err := os.Mkdir(group, 0o755); err != nil {
			return err.Error()
		}
		if strings.Contains(hierarchy, "cpuset") { // it takes no process before it has a CPU
			continue
		}
		if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), fmt.Append(nil, child.Process.Pid), 0o644); err != nil {
			return err.Error()
		}
	}
	return "ready"
}

// left lists what names the folder or its control group: processes, mounts that any process sees, control groups, the folder itself.
func left(t *testing.T, work string) (all []string) {
	t.Helper()
	for what, pattern := range map[string]string{
		"process": "/proc/[0-9]*/cmdline", "environment": "/proc/[0-9]*/environ", "mount": "/proc/[0-9]*/mountinfo", "group": "/proc/[0-9]*/cgroup"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err == nil && bytes.Contains(data, []byte(filepath.Base(work))) {
				all = append(all, what+" "+file)
			}
		}
	}
	for _, folder := range append(hierarchies(), filepath.Dir(work)) {
		if _, err := os.Stat(filepath.Join(folder, filepath.Base(work))); err == nil {
			all = append(all, folder)
		}
	}
	return all
}

// TestKillingTheCallerLeavesNothing kills it as nothing can be caught, in the midst of its work.
func TestKillingTheCallerLeavesNothing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, which makes namespaces; as root, as in CI, it runs")
	}
	dir, err := os.MkdirTemp("", "kubectl-spark-e2e-") // a name that nothing else has
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	work := filepath.Join(dir, filepath.Base(dir)+"-work")
	for _, folder := range []string{work, filepath.Join(dir, "root")} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// The tests of the namespaces change into the folder that they were started in.
	caller := exec.Command(os.Args[0])
	caller.Dir, caller.Env = "/", append(os.Environ(), callerEnv+"="+work)
	caller.Stderr = os.Stderr
	out, err := caller.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	if said != "ready\n" {
		_ = caller.Process.Kill()
		t.Fatalf("inside said %q, %v", said, err)
	}
	if before := left(t, work); len(before) < 6 {
		t.Fatalf("what this test looks for was not there: %v", before)
	}
	if err := caller.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = caller.Wait() // killed
	for range 100 {
		if len(left(t, work)) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("10 seconds after the caller was killed there still are %v", left(t, work))
}
