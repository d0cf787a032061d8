package eventlog

import (
	"context"
	"strings"
)

// Folder reads each log that lies in a folder: a file, or the folder of a rolling log. Names that begin with a dot are left out.
// visit gets each log, or the error of one that cannot be read; progress is told how many of how many entries are read. The error is
// that of the folder, or of a context that ended.
func Folder(ctx context.Context, files Files, dir string, progress func(done, of int), visit func(name string, log *Log, err error)) error {
	entries, err := files.List(ctx, dir)
	if err != nil {
		return bare(err)
	}
	for i, entry := range entries {
		if strings.HasPrefix(entry.Name, ".") {
			continue
		}
		progress(i, len(entries))
		log, err := ReadFrom(ctx, files, entry.Path, nil)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		visit(entry.Name, log, err)
	}
	return nil
}
