package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// capped ends a download that is too large.
type capped struct {
	from       io.Reader
	left, most int64
	n          int64
	progress   func(int64)
	err        error
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.err = fmt.Errorf("the download is larger than %d MiB: raise --max-download", c.most>>20)
		return 0, c.err
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.n, c.left = c.n+int64(n), c.left-int64(n)
	if c.progress != nil {
		c.progress(c.n)
	}
	if err != nil && err != io.EOF {
		c.err = fmt.Errorf("the download broke off after %d bytes: %w: run it again", c.n, bareURL(err))
		err = c.err
	}
	return n, err
}

// why is an error, or that of the download where it is the reason.
func (c *capped) why(err error) error {
	switch {
	case c.err != nil:
		return c.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the download broke off after %d bytes: run it again", c.n)
	}
	return err
}

// download is the files of a log that a server sends. A single file is read as it comes.
type download struct {
	zip    *zipStream
	name   string
	root   string // the path of the log
	single io.Reader
	files  []eventlog.Entry
	folder string            // a temporary one
	kept   map[string]string // where files lie in it, by path
	left   int64             // how many bytes may still be kept
}

// begin reads up to the data of a single file, or the whole of a rolling log.
func (d *download) begin() error {
	for {
		name, data, err := d.zip.next()
		switch {
		case err == io.EOF && len(d.files) == 0:
			return errZip("it holds no file")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case strings.HasSuffix(name, "/"):
			continue
		}
		base := path.Base(name)
		if !strings.Contains(strings.Trim(name, "/"), "/") { // Spark puts the files of a rolling log into a folder
			d.root, d.single = base, data
			d.files = []eventlog.Entry{{Path: base, Name: base}}
			return nil
		}
		d.root = path.Dir(name)
		if err := d.keep(eventlog.Entry{Path: name, Name: base, In: d.root}, data); err != nil {
			return err
		}
	}
}

// mostFiles bounds how many files of a rolling log are kept.
const mostFiles = 10_000

func (d *download) keep(e eventlog.Entry, data io.Reader) (err error) {
	if d.folder == "" {
		if d.folder, err = os.MkdirTemp("", "kubectl-spark-"); err != nil {
			return err
		}
		d.kept = map[string]string{}
	}
	if len(d.files) == mostFiles || d.kept[e.Path] != "" {
		return errZip("it holds more than %d files, or one twice", mostFiles)
	}
	f, err := os.CreateTemp(d.folder, "part-") // a name of the zip is no name here
	if err != nil {
		return err
	}
	e.Size, err = io.Copy(f, io.LimitReader(data, d.left+1))
	if d.left -= e.Size; err == nil && d.left < 0 {
		err = errors.New("its files are larger than --max-download when they are unpacked: raise it")
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	d.files = append(d.files, e)
	d.kept[e.Path] = f.Name()
	return err
}

func (d *download) remove() {
	if d.folder != "" {
		os.RemoveAll(d.folder)
	}
}

func (d *download) Look(context.Context, string) (eventlog.Entry, error) {
	if d.single != nil {
		return d.files[0], nil
	}
	return eventlog.Entry{Path: d.root, Name: path.Base(d.root), Dir: true}, nil
}

func (d *download) List(context.Context, string) ([]eventlog.Entry, error) { return d.files, nil }

func (d *download) Open(_ context.Context, file eventlog.Entry) (io.ReadCloser, error) {
	if d.single != nil {
		return io.NopCloser(d.single), nil
	}
	return os.Open(d.kept[file.Path])
}
