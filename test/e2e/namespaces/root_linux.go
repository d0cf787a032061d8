package namespaces

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// enter makes the root of the mount namespace: a copy-on-write view of Options.Root with what a machine has mounted.
func (o Options) enter() error {
	root := filepath.Join(o.Work, "root")
	upper, scratch := filepath.Join(o.Work, "upper"), filepath.Join(o.Work, "scratch")
	for _, dir := range []string{root, upper, scratch, filepath.Join(o.Work, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	mounts := []struct {
		source, target, kind string
		flags                uintptr
		data                 string
	}{
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE, ""}, // nothing that is mounted here is seen outside
		{"overlay", root, "overlay", 0, "lowerdir=" + o.Root + ",upperdir=" + upper + ",workdir=" + scratch},
		{"proc", root + "/proc", "proc", 0, ""},
		{"sysfs", root + "/sys", "sysfs", 0, ""}, // of this network namespace
		{"/sys/fs/cgroup", root + "/sys/fs/cgroup", "", syscall.MS_BIND | syscall.MS_REC, ""},
		{"/dev", root + "/dev", "", syscall.MS_BIND | syscall.MS_REC, ""},
		{"tmpfs", root + "/run", "tmpfs", 0, "mode=755"},
		{filepath.Join(o.Work, "tmp"), root + "/tmp", "", syscall.MS_BIND, ""},
	}
	for _, dir := range append([]string{o.Work}, o.Shared...) {
		mounts = append(mounts, mounts[0])
		mounts[len(mounts)-1].source, mounts[len(mounts)-1].target, mounts[len(mounts)-1].flags = dir, root+dir, syscall.MS_BIND
	}
	for _, m := range mounts {
		if err := os.MkdirAll(m.target, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mount %s on %s: %w", m.source, m.target, err)
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := syscall.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root to %s: %w", root, err)
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil { // the old root lies on the new one
		return fmt.Errorf("unmount the old root: %w", err)
	}
	// A container's mounts are to reach the kubelet, and the kubelet's the containers.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, ""); err != nil {
		return fmt.Errorf("share mounts: %w", err)
	}
	return os.Chmod("/tmp", 0o1777)
}
