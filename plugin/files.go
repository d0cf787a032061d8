package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// standardInput is what messages call it.
const standardInput = "standard input"

// fetchTimeout bounds the wait for a manifest's URL.
const fetchTimeout = 30 * time.Second

// input is what -f and -R say.
type input struct {
	names     []string
	recursive bool
}

func (in *input) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringSliceVarP(&in.names, "filename", "f", nil, "files, directories, URLs, or - for standard input")
	cmd.Flags().BoolVarP(&in.recursive, "recursive", "R", false, "descend into the directories given with -f")
}

// each reads the files that the names stand for, one after the other, and hands them to visit. One that cannot be read, or
// of which visit says what is wrong, is left out. Nothing but a URL opens a connection.
func (in *input) each(ctx context.Context, stdin io.Reader, visit func(*workload.File) error) (*leftOut, error) {
	left := &leftOut{}
	for _, name := range in.names {
		paths, unread, err := in.expand(name)
		left.given += len(paths) + len(unread)
		for _, at := range unread {
			left.add(at.Path, unreadable(at.Path, at))
		}
		if err != nil {
			left.given++
			left.add(name, err)
		}
		for _, path := range paths {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			raw, shown, err := read(ctx, stdin, path)
			var file *workload.File
			if err == nil {
				file, err = workload.Open(shown, raw)
			}
			if err == nil {
				err = visit(file)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				left.add(shown, err)
			}
		}
	}
	return left, nil
}

func isURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// expand lists the files that a name stands for, and the folders among them that cannot be read.
func (in *input) expand(name string) (paths []string, unread []*fs.PathError, err error) {
	if name == "-" || isURL(name) {
		return []string{name}, nil, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, unreadable(name, err)
	}
	if !info.IsDir() {
		return []string{name}, nil, nil
	}
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path != name:
			unread = append(unread, &fs.PathError{Op: "read", Path: path, Err: err})
			return nil
		case err != nil:
			return err
		case entry.IsDir():
			if path != name && !in.recursive {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".yaml", ".yml", ".json", ".conf", ".properties":
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, nil, unreadable(name, err)
	}
	if paths == nil && unread == nil {
		hint := ""
		if !in.recursive {
			hint = "; subdirectories are read with -R"
		}
		return nil, nil, fmt.Errorf("directory %q holds no .yaml, .yml, .json, .conf or .properties file%s", name, hint)
	}
	return paths, unread, nil
}

func unreadable(name string, err error) error {
	for at := (*fs.PathError)(nil); errors.As(err, &at); {
		err = at.Err
	}
	return fmt.Errorf("cannot read %q: %w", name, err)
}

func read(ctx context.Context, stdin io.Reader, name string) (raw []byte, shown string, err error) {
	switch {
	case name == "-":
		raw, err = bounded(stdin)
		return raw, standardInput, err
	case isURL(name):
		raw, err = fetch(ctx, name)
		return raw, name, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, name, unreadable(name, err)
	}
	defer f.Close()
	if raw, err = bounded(f); err != nil {
		return nil, name, unreadable(name, err)
	}
	return raw, filepath.ToSlash(name), nil
}

// bounded reads one byte more than workload.Open takes, so that it can say so.
func bounded(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, workload.MaxFile+1)) }

func fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", url, err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", url, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cannot read %q: the server answered %s", url, answer.Status)
	}
	return bounded(answer.Body)
}

// namespaceMarks reads the Namespace manifest that stands in for the cluster's.
func namespaceMarks(name string) (rule.Marks, error) {
	if name == "" {
		return rule.Marks{}, nil
	}
	raw, _, err := read(context.Background(), nil, name)
	if err != nil {
		return rule.Marks{}, err
	}
	file, err := workload.Open(name, raw)
	if err != nil {
		return rule.Marks{}, err
	}
	if len(file.Docs) != 1 || file.Docs[0].Kind != "Namespace" {
		return rule.Marks{}, fmt.Errorf("--namespace-file=%q: must hold one Namespace and nothing else", name)
	}
	return rule.Marks{Labels: file.Docs[0].Meta.Labels, Annotations: file.Docs[0].Meta.Annotations}, nil
}

// oneLine makes text safe for a terminal, on one line.
func oneLine(s string) string { return report.Clean(strings.TrimSpace(s)) }
