package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// part is one file of a log.
type part struct {
	file    Entry
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

// find finds the files of a log: a file, the folder of a rolling log, or a folder that holds one log and nothing else.
func find(ctx context.Context, files Files, name string) (*source, error) {
	e, err := files.Look(ctx, name)
	if err != nil {
		return nil, short(name, err)
	}
	if !e.Dir {
		return alone(ctx, files, e), nil
	}
	entries, err := files.List(ctx, e.Path)
	if err != nil {
		return nil, short(name, err)
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return strings.HasPrefix(e.Name, ".") })
	if s, err := rolled(name, entries); s != nil || err != nil {
		return s, err
	}
	logs := slices.DeleteFunc(entries, func(e Entry) bool { return e.Dir && !strings.HasPrefix(e.Name, rolledPrefix) })
	switch {
	case len(logs) == 0:
		return nil, fmt.Errorf("%s: the folder holds no event log: give a file, or a folder %s*", name, rolledPrefix)
	case len(logs) > 1:
		var some []string
		for _, e := range logs[:min(len(logs), 3)] {
			some = append(some, e.Name)
		}
		if len(logs) > 3 {
			some = append(some, "...")
		}
		return nil, fmt.Errorf("%s: the folder holds %d files that may be event logs; give one of them: %s", name, len(logs), strings.Join(some, ", "))
	}
	return find(ctx, files, logs[0].Path)
}

// alone is one file. Of a rolling log it is a part, which is said where others are beside it.
func alone(ctx context.Context, files Files, e Entry) *source {
	s := &source{parts: []part{{file: e}}}
	index, _, is := numbered(e.Name)
	if !is {
		return s
	}
	s.unended = "it still ran, its driver was killed, or later files of its rolling log are missing"
	entries, err := files.List(ctx, e.In)
	if err != nil {
		return s
	}
	all, err := rolled(e.In, entries)
	if err != nil || all == nil {
		return s
	}
	if n := len(all.parts); n > 1 || e.Name != all.parts[0].file.Name {
		s.notes = []string{fmt.Sprintf("%s is file %d of a rolling log, and the others next to it were not read: give the folder, %s", e.Name, index, e.In)}
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

// rolled is the rolling log of a folder; nil where it holds none. Files before the last compacted one are in that.
func rolled(folder string, entries []Entry) (*source, error) {
	s := &source{rolling: true}
	applications := map[string]bool{}
	status := ""
	for _, e := range entries {
		if strings.HasPrefix(e.Name, statusPrefix) {
			status = e.Name
		}
		index, application, is := numbered(e.Name)
		if !is || e.Dir || strings.HasSuffix(application, compacted+inProgress) { // Spark still writes such a file, and its events are in others
			continue
		}
		p := part{file: e, index: index, compact: strings.HasSuffix(application, compacted)}
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
		return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(flag(a.compact), flag(b.compact)), cmp.Compare(a.file.Name, b.file.Name))
	})
	expected := 1
	for i, p := range slices.Backward(s.parts) {
		if p.compact {
			s.parts = s.parts[i:]
			s.notes = append(s.notes, "compacted: it lacks the events of ended jobs and removed executors, and no sum has their tasks")
			expected = p.index
			break
		}
	}
	for i, p := range s.parts {
		if i > 0 && p.index == s.parts[i-1].index && !s.parts[i-1].compact {
			return nil, fmt.Errorf("%s: the folder holds file %d twice: %s and %s", folder, p.index, s.parts[i-1].file.Name, p.file.Name)
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

// size is that of all parts; 0 where it is not known.
func (s *source) size() (n int64) {
	for _, p := range s.parts {
		if p.file.Size == 0 && len(s.parts) == 1 {
			return 0
		}
		n += p.file.Size
	}
	return n
}
