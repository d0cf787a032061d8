package eventlog

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// part is one file of a log.
type part struct {
	name    string
	size    int64 // 0 where it is not known
	open    func() (io.ReadCloser, error)
	info    fs.FileInfo
	index   int // of a rolling log
	compact bool
}

// source is a log as it lies.
type source struct {
	parts   []part
	rolling bool
	notes   []string // what makes it incomplete before a byte was read
	unended string   // why the application's end may be missing, where the files tell
}

const (
	rolledPrefix = "eventlog_v2_"
	filePrefix   = "events_"
	statusPrefix = "appstatus_"
	compacted    = ".compact"
	inProgress   = ".inprogress"
)

// find finds the files of a log: a file, the folder of a rolling log, or a folder that holds one log and nothing else. "-" is
// standard input.
func find(name string, stdin io.Reader) (*source, error) {
	if name == "-" {
		return &source{parts: []part{{name: "standard input", open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }}}}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, short(name, err)
	}
	if !info.IsDir() {
		return alone(name, info), nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, short(name, err)
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
	if s, err := rolled(name, entries); s != nil || err != nil {
		return s, err
	}
	var logs []string
	for _, e := range entries {
		if e.Type().IsRegular() || e.IsDir() && strings.HasPrefix(e.Name(), rolledPrefix) {
			logs = append(logs, e.Name())
		}
	}
	switch {
	case len(logs) == 0:
		return nil, fmt.Errorf("%s: the folder holds no event log: give a file, or a folder %s*", name, rolledPrefix)
	case len(logs) > 1:
		some := strings.Join(logs[:min(len(logs), 3)], ", ")
		if len(logs) > 3 {
			some += ", ..."
		}
		return nil, fmt.Errorf("%s: the folder holds %d files that may be event logs; give one of them: %s", name, len(logs), some)
	}
	return find(filepath.Join(name, logs[0]), stdin)
}

// alone is one file. Of a rolling log it is a part, which is said where others are beside it.
func alone(name string, info fs.FileInfo) *source {
	s := &source{parts: []part{file(name, info)}}
	index, _, is := numbered(filepath.Base(name))
	if !is {
		return s
	}
	folder := filepath.Dir(name)
	s.unended = "it still ran, its driver was killed, or later files of its rolling log are missing"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return s
	}
	all, err := rolled(folder, entries)
	if err != nil || all == nil {
		return s
	}
	if n := len(all.parts); n > 1 || !os.SameFile(info, all.parts[0].info) {
		s.notes = []string{fmt.Sprintf("%s is file %d of a rolling log, and the others next to it were not read: give the folder, %s", filepath.Base(name), index, folder)}
		s.unended = "other files of the rolling log were not read"
		return s
	}
	s.unended = all.unended
	return s
}

// numbered are the number and the application of a file of a rolling log.
func numbered(name string) (index int, application string, is bool) {
	rest, is := strings.CutPrefix(name, filePrefix)
	number, application, cut := strings.Cut(rest, "_")
	index, err := strconv.Atoi(number)
	return index, application, is && cut && err == nil && index >= 0
}

func file(name string, info fs.FileInfo) part {
	p := part{name: name, info: info, open: func() (io.ReadCloser, error) { return os.Open(name) }}
	if info.Mode().IsRegular() {
		p.size = info.Size()
	}
	return p
}

// rolled is the rolling log of a folder; nil where it holds none. Files before the last compacted one are in that.
func rolled(folder string, entries []fs.DirEntry) (*source, error) {
	s := &source{rolling: true}
	applications := map[string]bool{}
	status := ""
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), statusPrefix) {
			status = e.Name()
		}
		index, application, is := numbered(e.Name())
		if !is || e.IsDir() || strings.HasSuffix(application, compacted+inProgress) { // Spark still writes such a file, and its events are in others
			continue
		}
		info, err := os.Stat(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, short(filepath.Join(folder, e.Name()), err)
		}
		p := file(filepath.Join(folder, e.Name()), info)
		p.index, p.compact = index, strings.HasSuffix(application, compacted)
		application = strings.TrimSuffix(application, compacted)
		for _, ending := range []string{".zstd", ".lz4", ".snappy", ".lzf", ".gz", ".zst"} {
			application = strings.TrimSuffix(application, ending)
		}
		applications[application] = true
		s.parts = append(s.parts, p)
	}
	if len(s.parts) == 0 {
		return nil, nil
	}
	if len(applications) > 1 {
		return nil, fmt.Errorf("%s: the folder holds files of %d applications; give the folder of one", folder, len(applications))
	}
	slices.SortFunc(s.parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(flag(a.compact), flag(b.compact)), cmp.Compare(a.name, b.name))
	})
	expected := 1
	for i, p := range slices.Backward(s.parts) {
		if p.compact {
			s.parts = s.parts[i:]
			s.notes = append(s.notes, "compacted: events of jobs that had ended and of executors that were removed are not in it, nor their tasks in any sum")
			expected = p.index
			break
		}
	}
	for i, p := range s.parts {
		if i > 0 && p.index == s.parts[i-1].index && !s.parts[i-1].compact {
			return nil, fmt.Errorf("%s: the folder holds file %d twice: %s and %s", folder, p.index, filepath.Base(s.parts[i-1].name), filepath.Base(p.name))
		}
		if p.index > expected {
			s.notes = append(s.notes, fmt.Sprintf("%s%d_* and up to %d are missing", filePrefix, expected, p.index-1))
		}
		expected = p.index + 1
	}
	switch last := s.parts[len(s.parts)-1].index; {
	case status == "":
		s.unended = "it still ran, its driver was killed, or files after number " + strconv.Itoa(last) + " are missing"
	case !strings.HasSuffix(status, inProgress):
		s.unended = "files after number " + strconv.Itoa(last) + " are missing, for the log's appstatus file says that it ended"
	}
	return s, nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// short is an error of the system without the name of the call.
func short(name string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// size is that of all parts; 0 where it is not known.
func (s *source) size() (n int64) {
	for _, p := range s.parts {
		if p.size == 0 && len(s.parts) == 1 {
			return 0
		}
		n += p.size
	}
	return n
}
