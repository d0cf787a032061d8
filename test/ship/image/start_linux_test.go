package main

import (
	"archive/tar"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// starts unpacks the image and runs its program there as the image's user, with nothing else to be seen.
func starts(t *testing.T, program string, img v1.Image) {
	if os.Getuid() != 0 {
		const missing = "no right to change the root, which starting the image's program takes: run the test as root"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing + "; in CI this fails")
	}
	root, err := os.MkdirTemp("", "kubectl-spark-image-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	eachFile(t, img, func(h *tar.Header, data []byte) {
		file := filepath.Join(root, h.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, data, os.FileMode(h.Mode))); err != nil {
			t.Fatal(err)
		}
	})
	command := map[string][]string{webhook: {"--help"}, plugin: {"tune", "--help"}}[program]
	says := map[string]string{webhook: "metrics-listen", plugin: "--event-log"}[program]
	cmd := exec.Command("/"+program, command...)
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), says) {
		t.Errorf("%v: %s", err, out)
	}
}
