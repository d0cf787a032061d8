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

// open reads every file that the names stand for. Nothing but a URL opens a connection.
func (in *input) open(ctx context.Context, stdin io.Reader) ([]*workload.File, error) {
	var files []*workload.File
	for _, name := range in.names {
		paths, err := in.expand(name)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			raw, shown, err := read(ctx, stdin, path)
			if err != nil {
				return nil, err
			}
			file, err := workload.Open(shown, raw)
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
	}
	return files, nil
}

func isURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

func (in *input) expand(name string) ([]string, error) {
	if name == "-" || isURL(name) {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var paths []string
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
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
		return nil, unreadable(name, err)
	}
	if paths == nil {
		hint := ""
		if !in.recursive {
			hint = "; subdirectories are read with -R"
		}
		return nil, fmt.Errorf("directory %q holds no .yaml, .yml, .json, .conf or .properties file%s", name, hint)
	}
	return paths, nil
}

func unreadable(name string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
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
