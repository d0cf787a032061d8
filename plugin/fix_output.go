package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// show writes what would change, in the form that was asked for.
func (o *fixOptions) show(m *mending, changed []*workload.File) []byte {
	var b bytes.Buffer
	p := o.printer(len(o.names) > 0, o.showSecrets)
	for i, f := range changed {
		switch o.output {
		case "diff":
			b.WriteString(p.diff(f.Name, f.Raw, f.Bytes()))
		case "yaml":
			text := p.file(f)
			if i > 0 && !bytes.HasPrefix(text, []byte("---")) {
				b.WriteString("---\n")
			}
			b.Write(text)
			if out := b.Bytes(); len(out) > 0 && out[len(out)-1] != '\n' {
				b.WriteByte('\n')
			}
		}
	}
	submits := m.submits
	if o.output == "conf" {
		submits = m.changes
	}
	for _, s := range submits {
		switch {
		case m.isLeft(s.file):
			continue
		case s.file == nil:
			fmt.Fprintf(&b, "# %s: for what submits it\n", report.Clean(s.workload))
		default:
			fmt.Fprintf(&b, "# %s: in %s\n", report.Clean(s.workload), report.Clean(s.file.Name))
		}
		for _, c := range s.changes {
			if c.Unset {
				fmt.Fprintf(&b, "# leave out %s\n", report.Clean(c.Key))
			}
		}
		for _, line := range submit.Args(p.changes(s.changes)) {
			b.WriteString(p.text(line) + "\n")
		}
	}
	if p.masked {
		fmt.Fprintln(o.ErrOut, "note: "+maskedNote)
	}
	return b.Bytes()
}

// writeFiles writes all files or, after an error, none: everything is written beside its file first, and takes its
// place only when all of it is there. A file that was changed since it was read is an error.
func writeFiles(files []*workload.File) (err error) {
	var parts []string
	defer func() {
		for _, part := range parts {
			_ = os.Remove(part) // what took its file's place is no longer there
		}
	}()
	targets := make([]string, len(files))
	for i, f := range files {
		target, err := filepath.EvalSymlinks(filepath.FromSlash(f.Name))
		if err != nil {
			return unreadable(f.Name, err)
		}
		now, err := os.ReadFile(target)
		if err != nil {
			return unreadable(f.Name, err)
		}
		if !bytes.Equal(now, f.Raw) {
			return fmt.Errorf("%s was changed since it was read; nothing was written: try again", f.Name)
		}
		part, err := writeBeside(target, f.Bytes())
		if part != "" {
			parts = append(parts, part)
		}
		if err != nil {
			return fmt.Errorf("cannot write %q: %w; nothing was written", f.Name, err)
		}
		targets[i] = target
	}
	for i, part := range parts {
		if err := os.Rename(part, targets[i]); err != nil {
			return errors.Join(fmt.Errorf("cannot write %q: %w; the %d files before it were written", files[i].Name, err, i))
		}
	}
	return nil
}

// writeBeside writes what is to take a file's place, with the mode of that file, or that of a new one.
func writeBeside(target string, text []byte) (part string, err error) {
	mode := fs.FileMode(0o644)
	switch info, err := os.Stat(target); {
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".kubectl-spark-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	return f.Name(), err
}
