package eventlog

import (
	"context"
	"slices"
	"strings"
)

// Logs are the logs that lie in a folder, read or not: files, and the folders of rolling logs. Names that begin with a dot are left out.
func Logs(ctx context.Context, files Files, dir string) ([]Entry, error) {
	entries, err := files.List(ctx, dir)
	if err != nil {
		return nil, bare(err)
	}
	return slices.DeleteFunc(entries, func(e Entry) bool { return strings.HasPrefix(e.Name, ".") }), nil
}

// Folder reads each log that lies in a folder. visit gets each log, or the error of one that cannot be read; progress is told how many of
// how many are read. The error is that of the folder, or of a context that ended.
func Folder(ctx context.Context, files Files, dir string, progress func(done, of int), visit func(name string, log *Log, err error)) error {
	all, err := Logs(ctx, files, dir)
	if err != nil {
		return err
	}
	for i, entry := range all {
		progress(i, len(all))
		log, err := ReadFrom(ctx, files, entry.Path, nil)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		visit(entry.Name, log, err)
	}
	return nil
}
