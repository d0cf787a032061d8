// Package eventlog reads the event logs that Spark 3.3 to 4.3 writes, in one pass and bounded memory: single files and rolling
// folders, not compressed or in any of Spark's codecs, told by their content. A log that still grows, or that was cut, is read as
// far as it goes, and what was not read is said. What a log says of the run is in package model. Start reading at Read.
package eventlog

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// Log is an event log that was read.
type Log struct {
	Reading model.Reading
	Run     model.Run
}

const (
	blockSize = 256 << 10
	inFlight  = 3 // blocks that are read ahead of the lines
	// A log becomes a hundred times larger at most. A file made to become very large does more, in gzip a thousand times; in lz4,
	// snappy and lzf none can.
	maxRatio   = 500
	ratioAfter = 1 << 30
)

// Read reads the log of a file or folder of this machine, or for "-" of stdin. Progress is told how many bytes of the files were
// read, and of how many (0 where that is not known); it may be nil. The error says why nothing can be said of a run.
func Read(ctx context.Context, name string, stdin io.Reader, progress func(read, total int64)) (*Log, error) {
	if name == "-" {
		return ReadFrom(ctx, stream{stdin}, "standard input", progress)
	}
	return ReadFrom(ctx, Disk{}, name, progress)
}

// stream is one file of a name that is not asked for.
type stream struct{ io.Reader }

func (s stream) Look(_ context.Context, name string) (Entry, error) {
	return Entry{Path: name, Name: name}, nil
}

func (s stream) List(context.Context, string) ([]Entry, error) { return nil, nil }

func (s stream) Open(context.Context, Entry) (io.ReadCloser, error) {
	return io.NopCloser(s.Reader), nil
}

// ReadFrom is Read of a file or folder that lies elsewhere.
func ReadFrom(ctx context.Context, files Files, name string, progress func(read, total int64)) (*Log, error) {
	src, err := find(ctx, files, name)
	if err != nil {
		return nil, err
	}
	r := &reader{recorder: model.NewRecorder(), files: files, progress: progress, total: src.size()}
	r.out.Name, r.out.Rolling, r.out.Files = src.parts[0].file.Path, src.rolling, len(src.parts)
	if src.rolling {
		r.out.Name = name
	}
	r.out.Incomplete = src.notes
	r.recorder.Unended(src.unended)
	for i, p := range src.parts {
		if err := r.part(ctx, p.file, i == len(src.parts)-1); err != nil {
			return nil, err
		}
	}
	return r.log()
}

// reader is one reading of a log.
type reader struct {
	recorder *model.Recorder
	files    Files
	out      model.Reading
	progress func(read, total int64)
	total    int64
	codecs   []string
	before   int64 // bytes of the parts that were read
	file     string
	line     int64
	broken   int64
	first    string // where the first broken line stands
	long     map[string]int64
	refused  map[string]*refused // by event and field
	// beginning says that no more is read than to the application's start.
	beginning bool
}

// block is what was read ahead.
type block struct {
	data []byte
	// good are the bytes of the file that became data up to the end of this block, and taken those that were read for it.
	good, taken int64
	err         error
	failed      bool // the file could not be read
}

func (r *reader) part(ctx context.Context, p Entry, last bool) error {
	r.file, r.line = p.Path, 0
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f, err := r.files.Open(ctx, p)
	if err != nil {
		return short(p.Path, err)
	}
	in := bufio.NewReaderSize(f, 64<<10)
	head, err := in.Peek(longestMagic)
	if len(head) == 0 {
		f.Close()
		if err != io.EOF {
			return short(p.Path, err)
		}
		if r.out.Files == 1 {
			return fmt.Errorf("%s is empty: Spark has written no event yet, or was stopped before it did", p.Path)
		}
		if !last {
			r.incomplete("%s is empty, and a later file is not: events are missing", p.Path)
		}
		return nil
	}
	found, ok := detect(head)
	if !ok {
		f.Close()
		return fmt.Errorf("%s is not an event log of Spark: it begins with %q, which is neither JSON nor zstd, lz4, snappy, lzf or gzip as Spark writes them", p.Path, head)
	}
	name := "none"
	if found != nil {
		name = found.name
	}
	if !slices.Contains(r.codecs, name) {
		r.codecs = append(r.codecs, name)
	}
	blocks, free := make(chan block, inFlight), make(chan []byte, inFlight)
	for range inFlight {
		free <- nil
	}
	go pump(ctx, f, &counter{r: in}, found, blocks, free)
	return r.lines(ctx, p, found != nil, last, blocks, free)
}

// pump decompresses a file ahead of whoever takes the blocks.
func pump(ctx context.Context, f io.Closer, c *counter, found *codec, blocks chan<- block, free <-chan []byte) {
	defer f.Close()
	var from io.Reader = c
	var err error
	if found != nil {
		from, err = found.open(c)
	}
	if closer, is := from.(io.Closer); is {
		defer closer.Close()
	}
	for b := (block{}); ; {
		select {
		case b.data = <-free:
		case <-ctx.Done():
			return
		}
		if b.data == nil {
			b.data = make([]byte, blockSize)
		}
		n := 0
		for err == nil && n < len(b.data) {
			var k int
			if k, err = from.Read(b.data[n:]); k > 0 {
				n, b.good = n+k, c.n
			}
		}
		b.data, b.taken, b.err, b.failed = b.data[:n], c.n, err, c.failed
		select {
		case blocks <- b:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// lines records the lines of one file.
func (r *reader) lines(ctx context.Context, p Entry, packed, last bool, blocks <-chan block, free chan<- []byte) error {
	l := &lines{each: r.record, skip: r.skip}
	var size int64
	for {
		var b block
		select {
		case b = <-blocks:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		size += int64(len(b.data))
		r.out.EventBytes += int64(len(b.data))
		if packed && size > ratioAfter && size/max(b.taken, 1) > maxRatio {
			return fmt.Errorf("%s becomes more than %d times larger when it is decompressed: not an event log of Spark", p.Path, maxRatio)
		}
		if err := l.feed(b.data); err != nil {
			return err
		}
		if r.progress != nil {
			r.progress(r.before+b.taken, r.total)
		}
		if b.err == nil {
			free <- b.data[:blockSize]
			continue
		}
		r.before += b.taken
		r.out.Bytes += b.taken
		if b.failed {
			return short(p.Path, b.err)
		}
		return r.tail(p, l, b, packed, last)
	}
}

// tail says what stands at the end of a file that nothing could be made of.
func (r *reader) tail(p Entry, l *lines, b block, packed, last bool) error {
	whole := b.taken
	if p.Size > whole {
		r.out.Bytes += p.Size - whole
		r.before += p.Size - whole
		whole = p.Size
	}
	if b.err != io.EOF {
		if r.out.Events == 0 {
			return fmt.Errorf("%s: %s", p.Path, because(b))
		}
		r.out.Unread += whole - b.good
		r.incomplete("%s: %s; %d of its %d bytes were not read", p.Path, because(b), whole-b.good, whole)
	}
	if len(l.carry) == 0 {
		return nil
	}
	if json.Valid(l.carry) {
		return r.record(l.carry)
	}
	r.line++
	if r.out.Events == 0 {
		return notALog(p.Path, l.carry)
	}
	if b.err == io.EOF && !packed {
		r.out.Unread += int64(len(l.carry))
	}
	if b.err == io.EOF {
		r.incomplete("%s:%d: the last event breaks off after %d bytes: the log was cut, or Spark still writes it", p.Path, r.line, len(l.carry))
	}
	return nil
}

// because says why a file could not be decompressed to its end.
func because(b block) string {
	switch {
	case errors.Is(b.err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("it ends within compressed data, at byte %d: it was cut, or Spark still writes it", b.taken)
	case errors.Is(b.err, zstd.ErrWindowSizeExceeded):
		return fmt.Sprintf("its zstd window is larger than %d MiB, as of levels 21 and 22: write the log with a lower level", maxWindow>>20)
	}
	text := b.err.Error()
	if !strings.HasPrefix(text, "damaged") {
		text = "damaged: " + text
	}
	return fmt.Sprintf("%s (at byte %d)", text, b.good)
}

func (r *reader) incomplete(format string, args ...any) {
	if len(r.out.Incomplete) < 20 {
		r.out.Incomplete = append(r.out.Incomplete, fmt.Sprintf(format, args...))
	}
}

// record reads a line.
func (r *reader) record(line []byte) error {
	r.line++
	if len(line) == 0 {
		return nil
	}
	err := r.recorder.Record(line)
	if err == nil {
		r.out.Events++
		switch {
		case !r.beginning:
		case r.recorder.Started():
			return errStarted
		case r.out.Events >= mostBefore:
			return r.noStart(r.file)
		}
		return nil
	}
	var mixed model.MixedError
	var number *model.NumberError
	switch {
	case errors.As(err, &number):
		r.refuse(number)
		return nil
	case errors.As(err, &mixed):
		return fmt.Errorf("%s:%d: the log %w", r.file, r.line, err)
	case len(strings.TrimSpace(string(line[:min(len(line), 64)]))) == 0:
		return nil
	case r.out.Events == 0:
		return notALog(r.file, line)
	}
	if r.broken++; r.broken == 1 {
		r.first = fmt.Sprintf("%s:%d: %v", r.file, r.line, err)
	}
	return nil
}

func notALog(name string, line []byte) error {
	return fmt.Errorf("%s is not an event log of Spark: its first line begins with %q, and not with the name of an event", name, line[:min(len(line), 40)])
}

// skip counts a line that is too long by the event that it would be.
func (r *reader) skip(head []byte) {
	r.line++
	kind := "unknown"
	if rest, is := strings.CutPrefix(string(head[:min(len(head), 200)]), `{"Event":"`); is {
		if name, _, is := strings.Cut(rest, `"`); is {
			kind = name[strings.LastIndexByte(name, '.')+1:]
		}
	}
	if r.long == nil {
		r.long = map[string]int64{}
	}
	if r.long[kind] > 0 || len(r.long) < 20 {
		r.long[kind]++
	}
}

func total(counts map[string]int64) (n int64) {
	for _, one := range counts {
		n += one
	}
	return n
}

// log ends the reading.
func (r *reader) log() (*Log, error) {
	if !r.recorder.Started() {
		switch long := total(r.long); {
		case r.out.Events == 0 && long > 0:
			return nil, fmt.Errorf("%s holds no event that can be read: longer than %d MiB: %d", r.out.Name, maxLine>>20, long)
		case r.out.Events == 0 && len(r.refused) == 0:
			return nil, fmt.Errorf("%s holds no event", r.out.Name)
		}
		return nil, r.noStart(r.out.Name)
	}
	r.out.Codec = strings.Join(r.codecs, ", ")
	r.out.LastEvent, r.out.LastTime = r.recorder.Last(), r.recorder.Latest()
	kinds := make([]string, 0, len(r.long))
	for kind := range r.long {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		r.incomplete("events longer than %d MiB were skipped: %d of %s", maxLine>>20, r.long[kind], kind)
	}
	r.tellRefused()
	if r.broken > 0 {
		r.incomplete("lines that are not events: %d; the first is %s", r.broken, r.first)
	}
	r.out.Complete = len(r.out.Incomplete) == 0 && r.recorder.Ended()
	return &Log{r.out, r.recorder.Run()}, nil
}
