package jvm

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a Java process in a pod.
type Process struct {
	PID       int
	Pod       string // the pod's UID
	Arguments []string
	Env       map[string]string
	// Flags are the options of the JVM that are not at their defaults, as the JVM itself says; empty where it did not answer.
	Flags []string
	Log   string // where the JVM says that it logs to, with Flags

	// What the kernel holds the process to.
	UID             int
	Capabilities    uint64 // that it can ever get
	NoNewPrivileges bool
	Seccomp         bool // a filter of system calls
}

// Launcher says whether this is Spark's launcher: a JVM of a second that prints the command line of the JVM that is to run.
func (p Process) Launcher() bool {
	return slices.Contains(p.Arguments, "org.apache.spark.launcher.Main")
}

// ofPod finds the pod's UID in the path of a control group, which has dashes or, below systemd, underscores.
var ofPod = regexp.MustCompile(`pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})`)

// List are the Java processes of pods that run now. A process that ends meanwhile is left out.
func List() (all []Process) {
	folders, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, folder := range folders {
		name, err := os.ReadFile(filepath.Join(folder, "comm"))
		if err != nil || string(name) != "java\n" {
			continue
		}
		groups, err1 := os.ReadFile(filepath.Join(folder, "cgroup"))
		command, err2 := os.ReadFile(filepath.Join(folder, "cmdline"))
		env, err3 := os.ReadFile(filepath.Join(folder, "environ"))
		pod := ofPod.FindSubmatch(groups)
		pid, err4 := strconv.Atoi(filepath.Base(folder))
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil || pod == nil || len(command) == 0 {
			continue
		}
		p := Process{PID: pid, Pod: strings.ReplaceAll(string(pod[1]), "_", "-"), Env: map[string]string{}}
		if !p.held() {
			continue
		}
		for part := range bytes.SplitSeq(bytes.TrimRight(command, "\x00"), []byte{0}) {
			p.Arguments = append(p.Arguments, string(part))
		}
		for part := range bytes.SplitSeq(env, []byte{0}) {
			if key, value, ok := strings.Cut(string(part), "="); ok {
				p.Env[key] = value
			}
		}
		all = append(all, p)
	}
	return all
}

// held reads what the kernel holds the process to, and says whether it could.
func (p *Process) held() bool {
	values := map[string]uint64{}
	for name, base := range map[string]int{"Uid:": 10, "CapBnd:": 16, "NoNewPrivs:": 10, "Seccomp:": 10} {
		words, err := statusLine(p.PID, name)
		if err != nil || len(words) == 0 {
			return false
		}
		if values[name], err = strconv.ParseUint(words[0], base, 64); err != nil {
			return false
		}
	}
	p.UID, p.Capabilities, p.NoNewPrivileges, p.Seccomp = int(values["Uid:"]), values["CapBnd:"], values["NoNewPrivs:"] == 1, values["Seccomp:"] == 2
	return true
}

// Watch lists again and again until stop is closed. It gives each process once, with what it said of its flags. Each is asked beside the
// listing: one that is slow to answer hides no other.
func Watch(stop <-chan struct{}) []Process {
	var asking sync.WaitGroup
	var mu sync.Mutex
	seen := map[int]Process{}
	for {
		for _, p := range List() {
			mu.Lock()
			_, known := seen[p.PID]
			if !known {
				seen[p.PID] = p
			}
			mu.Unlock()
			if known || p.Launcher() {
				continue
			}
			asking.Go(func() {
				for p.Ask(); len(p.Flags) == 0 && p.lives(); p.Ask() { // it may not listen yet
					select {
					case <-stop:
						return
					case <-time.After(200 * time.Millisecond):
					}
				}
				mu.Lock()
				seen[p.PID] = p
				mu.Unlock()
			})
		}
		select {
		case <-stop:
			asking.Wait()
			return slices.SortedFunc(maps.Values(seen), func(a, b Process) int { return a.PID - b.PID })
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (p *Process) lives() bool { return syscall.Kill(p.PID, 0) == nil }
