package scene

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene/kustomization"
	"github.com/kubectl-spark/kubectl-spark/scene/stream"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// StandardInput is what messages call it.
const StandardInput = "standard input"

// rendered begins the name of what kustomize makes of a folder: the command that prints it.
const rendered = "kubectl kustomize "

// Kustomized is the name of the objects that kustomize makes of a folder, among the names of an Input.
func Kustomized(folder string) string { return rendered + filepath.ToSlash(folder) }

// KustomizedFrom is the folder that objects were made of by kustomize, and whether they were.
func KustomizedFrom(name string) (folder string, is bool) { return strings.CutPrefix(name, rendered) }

// Input says which files to read.
type Input struct {
	Names     []string // files, folders, URLs, - for Stdin
	Recursive bool     // descend into folders
	Stdin     io.Reader
	// Edit keeps the files that hold Spark, so that they can be edited.
	Edit bool
	// Namespace are the marks of every namespace that is not among the files; it stands in for the cluster's. nil: they are not known.
	Namespace *rule.Marks
	// Nodes are shapes of nodes that somebody means to have; they stand in for the cluster's.
	Nodes []shapes.Node

	counts counts
	below  []string // notes on folders: those in folders that were not read, and kustomizations that were not built
}

// counts says of an object, by the kind that its list gives it and its text, that it is counted and need not be read: it looks at
// several at a time, and what it gives says so in their turn.
type counts func(kind string, raw []byte) func() bool

// Each reads the files that the names stand for, one after the other, and hands them to visit. One that cannot be read, or
// of which visit says what is wrong, is left out. Nothing but a URL opens a connection.
func (in *Input) Each(ctx context.Context, visit func(*source.File) error) (*LeftOut, error) {
	left := &LeftOut{named: map[string]bool{}}
	var listed patches
	if err := in.checkKustomization(); err != nil {
		return nil, err
	}
	for _, name := range in.matched() {
		paths, unread, err := in.expand(name)
		left.Given += len(paths) + len(unread)
		for _, at := range unread {
			left.Add(at.Path, Unreadable(at.Path, at))
		}
		if err != nil {
			left.Given++
			left.Add(name, err)
		}
		for _, path := range paths {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			left.named[filepath.ToSlash(path)] = path == name && slices.Contains(in.Names, name)
			shown, err := read(ctx, in.Stdin, path, listed.folder(path), in.counts, visit)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				left.Add(shown, err)
			}
		}
	}
	return left, nil
}

// InPlace says that every name is a file or folder, which can be written in place.
func (in *Input) InPlace() bool {
	for _, name := range in.Names {
		if _, made := KustomizedFrom(name); made || stream.IsURL(name) || readOnce(name) {
			return false
		}
	}
	return true
}

// Once says that one of the names can be read only once, as standard input or a pipe: no later command finds it.
func (in *Input) Once() bool { return slices.ContainsFunc(in.Names, readOnce) }

// readOnce says that a name is standard input, or a pipe such as the shell's <(...).
func readOnce(name string) bool {
	info, err := os.Stat(name)
	return name == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// checkKustomization is an error where a kustomization stands among others: kubectl reads one by itself, too.
func (in *Input) checkKustomization() error {
	for _, name := range in.Names {
		folder, made := KustomizedFrom(name)
		switch {
		case made && len(in.Names) > 1:
			return fmt.Errorf("-k %s is read by itself: give either -k with one folder, or files", folder)
		case made && in.Recursive:
			return fmt.Errorf("-R goes with -f: what -k %s reads, its kustomization says", folder)
		}
	}
	return nil
}

// expand lists the files that a name stands for, and the folders among them that cannot be read.
func (in *Input) expand(name string) (paths []string, unread []*fs.PathError, err error) {
	if _, made := KustomizedFrom(name); made || name == "-" || stream.IsURL(name) {
		return []string{name}, nil, nil
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) && stream.IsPattern(name) {
		return nil, nil, fmt.Errorf("no file matches %q: check the pattern", name)
	}
	if err != nil {
		return nil, nil, Unreadable(name, err)
	}
	if !info.IsDir() {
		return []string{name}, nil, nil
	}
	deeper := 0
	var built []string // folders with a kustomization
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path != name:
			unread = append(unread, &fs.PathError{Op: "read", Path: path, Err: err})
			return nil
		case err != nil:
			return err
		case entry.IsDir():
			if path != name && !in.Recursive {
				if !strings.HasPrefix(entry.Name(), ".") {
					deeper++
				}
				return filepath.SkipDir
			}
			return nil
		}
		if slices.Contains(document.KustomizationFiles(), entry.Name()) {
			built = append(built, filepath.ToSlash(filepath.Dir(path)))
		}
		if stream.InFolder(entry.Name()) {
			if err := stream.Regular(path, entry.Type()); err != nil {
				unread = append(unread, &fs.PathError{Op: "read", Path: path, Err: err})
				return nil
			}
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, nil, Unreadable(name, err)
	}
	switch len(built) {
	case 0:
	case 1:
		in.below = append(in.below, fmt.Sprintf("%s holds a kustomization that was not built: -k %[1]s reads what it builds", built[0]))
	default:
		in.below = append(in.below, fmt.Sprintf("%d folders in %s hold a kustomization that was not built: -k reads what one builds, as -k %s", len(built), name, built[0]))
	}
	switch {
	case deeper == 1:
		in.below = append(in.below, fmt.Sprintf("1 folder in %s was not read: add -R", name))
	case deeper > 1:
		in.below = append(in.below, fmt.Sprintf("%d folders in %s were not read: add -R", deeper, name))
	}
	if paths == nil && unread == nil {
		hint := ": give another one"
		if deeper > 0 {
			hint = "; subdirectories are read with -R"
		}
		return nil, nil, fmt.Errorf("directory %q holds no .yaml, .yml, .json, .conf, .properties or .sh file, and no Dockerfile%s", name, hint)
	}
	return paths, unread, nil
}

// Unreadable words why a file could not be read, and what to do.
func Unreadable(name string, err error) error {
	for at := (*fs.PathError)(nil); errors.As(err, &at); {
		err = at.Err
	}
	remedy := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		remedy = ": check the path"
		if near := Near(filepath.Base(name), filesIn(filepath.Dir(name))); len(near) > 0 {
			remedy = "; did you mean " + strings.Join(near, " or ") + "?"
		}
	case errors.Is(err, fs.ErrPermission):
		remedy = ": check its permissions"
	}
	return fmt.Errorf("cannot read %q: %w%s", name, err, remedy)
}

// maxListed bounds the names of a folder that one which does not exist is compared with.
const maxListed = 1000

// filesIn are the names in a folder, at most maxListed of them; none where it cannot be read.
func filesIn(folder string) []string {
	dir, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(maxListed) // they only make an error better
	return names
}

// read reads a file and hands it to visit, or the pieces of a large one as they come. Folder is that of the kustomization
// that lists it as a patch.
func read(ctx context.Context, stdin io.Reader, name, folder string, known counts, visit func(*source.File) error) (shown string, err error) {
	if name == "-" {
		return StandardInput, source.Stream(StandardInput, stream.Until(ctx, stdin), known, visit)
	}
	if from, made := KustomizedFrom(name); made {
		text, err := kustomization.Build(ctx, filepath.FromSlash(from), source.MaxFile)
		if err != nil {
			return name, err
		}
		return name, source.Stream(name, bytes.NewReader(text), known, visit)
	}
	shown, in, err := opened(ctx, name)
	if err != nil {
		return shown, err
	}
	defer in.Close()
	if folder != "" {
		raw, err := io.ReadAll(io.LimitReader(in, source.MaxFile))
		if err != nil {
			return shown, Unreadable(name, err)
		}
		return shown, visit(source.Patch(shown, raw, filepath.ToSlash(folder)))
	}
	if err = source.Stream(shown, in, known, visit); errors.As(err, new(*fs.PathError)) {
		err = Unreadable(name, err)
	}
	return shown, err
}

// opened is an open file or URL, and what messages call it.
func opened(ctx context.Context, name string) (shown string, in io.ReadCloser, err error) {
	shown = name
	if in, err = stream.Open(ctx, name); !stream.IsURL(name) {
		if errors.As(err, new(*fs.PathError)) {
			return name, nil, Unreadable(name, err)
		}
		shown = filepath.ToSlash(name)
	}
	return shown, in, err
}

// Read reads a small file or URL.
func Read(ctx context.Context, name string) ([]byte, error) {
	_, in, err := opened(ctx, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, source.MaxFile))
}

// NamespaceMarks reads the Namespace manifest that stands in for the cluster's. "" has none. It is not one of the files to read.
func (in *Input) NamespaceMarks(ctx context.Context, name string) (*rule.Marks, error) {
	switch {
	case name == "":
		return nil, nil
	case name == "-" && slices.Contains(in.Names, "-"):
		return nil, errors.New("--namespace-file=-: standard input is already read for -f -: give the Namespace as a file")
	}
	var file *source.File
	_, err := read(ctx, in.Stdin, name, "", nil, func(f *source.File) error {
		file = f
		return f.Editable()
	})
	if err != nil {
		return nil, err
	}
	if file == nil || len(file.Docs) != 1 || file.Docs[0].Kind != "Namespace" {
		return nil, fmt.Errorf("--namespace-file=%q: must hold one Namespace and nothing else", name)
	}
	return &rule.Marks{Labels: file.Docs[0].Meta.Labels, Annotations: file.Docs[0].Meta.Annotations}, nil
}
