package namespaces

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

const cgroupMount = "/sys/fs/cgroup"

// hierarchies are the folders of the control groups: one of version 2, or of version 1 one for each controller.
func hierarchies() []string {
	if _, err := os.Stat(filepath.Join(cgroupMount, "cgroup.controllers")); err == nil {
		return []string{cgroupMount}
	}
	found, _ := filepath.Glob(cgroupMount + "/*/cgroup.procs") // the pattern is well formed
	for i, file := range found {
		found[i] = filepath.Dir(file)
	}
	return found
}

func makeCgroup(name string) error {
	if name == "" || strings.Contains(name, "/") {
		return fmt.Errorf("control group %q: must be one name", name)
	}
	all := hierarchies()
	if len(all) == 0 {
		return fmt.Errorf("no control groups are mounted below %s", cgroupMount)
	}
	for _, hierarchy := range all {
		if err := os.Mkdir(filepath.Join(hierarchy, name), 0o755); err != nil {
			return err
		}
		// As a node's pods do, it weighs as much as the machine has CPUs: on a busy machine all pods would else have the time of one process.
		shares := filepath.Join(hierarchy, name, "cpu.shares")
		if _, err := os.Stat(shares); err == nil {
			if err := os.WriteFile(shares, fmt.Append(nil, 1024*runtime.NumCPU()), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeCgroup removes the control group and those below it; what still has a process stays.
func removeCgroup(name string) {
	for _, hierarchy := range hierarchies() {
		var folders []string
		_ = filepath.WalkDir(filepath.Join(hierarchy, name), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				folders = append(folders, path)
			}
			return nil
		})
		for _, folder := range slices.Backward(folders) {
			_ = syscall.Rmdir(folder)
		}
	}
}
