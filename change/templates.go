package change

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/change/write"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// templateMark is the first line of a pod template file that inject wrote, and may replace.
const templateMark = "# Written by kubectl spark inject, which replaces this file."

// StaleTemplates lists the pod template files that are to be written. A file of that name that inject did not write is
// an error.
func (in *Injection) StaleTemplates() (names []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(in.templates)) {
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("--pod-templates: %q is not a regular file; nothing was written: name another folder", name)
		}
		old, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("--pod-templates: %w", scene.Unreadable(name, err))
		case bytes.Equal(old, in.templates[name]):
			continue
		case !bytes.HasPrefix(old, []byte(templateMark)):
			return nil, fmt.Errorf("--pod-templates: %q is there, and inject did not write it; nothing was written: name another folder, or move the file", name)
		}
		names = append(names, name)
	}
	return names, nil
}

// WriteTemplates writes pod template files, each whole or not at all.
func (in *Injection) WriteTemplates(names []string, wrote func(name string)) error {
	parts := map[string]string{}
	defer func() {
		for _, part := range parts {
			_ = os.Remove(part) // what took its file's place is no longer there
		}
	}()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("--pod-templates: %w", err)
		}
		part, err := write.Beside(name, in.templates[name], write.NewMode)
		if part != "" {
			parts[name] = part
		}
		if err != nil {
			return fmt.Errorf("--pod-templates: cannot write %q: %w", name, err)
		}
	}
	for _, name := range names {
		if err := os.Rename(parts[name], name); err != nil {
			return fmt.Errorf("--pod-templates: cannot write %q: %w", name, err)
		}
		wrote(name)
	}
	return nil
}
