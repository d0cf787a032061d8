package eventlog

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestAPartOfARollingLogSaysWhatIsMissing: one file of several, and a folder whose last files are gone.
func TestAPartOfARollingLogSaysWhatIsMissing(t *testing.T) {
	data := small(t)
	cut := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1 // before the application's end
	first, second := data[:cut], data[cut:]
	for _, c := range []struct {
		name       string
		files      map[string][]byte
		read       string
		incomplete string // of it nothing else is said
		unended    string
	}{
		{"one of two", map[string][]byte{"events_1_a": first, "events_2_a": second, "appstatus_a": nil}, "events_1_a",
			"events_1_a is file 1 of a rolling log, and the others next to it were not read: give the folder, ", "other files of the rolling log were not read"},
		{"alone, without a status", map[string][]byte{"events_1_a": first}, "events_1_a", "", "it still ran, its driver was killed, or files after number 1 are missing"},
		{"alone, ended", map[string][]byte{"events_1_a": first, "appstatus_a": nil}, "events_1_a", "", "files after number 1 are missing, for the log's appstatus file says that it ended"},
		{"alone, running", map[string][]byte{"events_1_a": first, "appstatus_a.inprogress": nil}, "events_1_a", "", "it still ran, or its driver was killed"},
		{"a folder, ended", map[string][]byte{"events_1_a": first, "appstatus_a": nil}, "", "", "files after number 1 are missing, for the log's appstatus file says that it ended"},
		{"a folder, running", map[string][]byte{"events_1_a": first, "appstatus_a.inprogress": nil}, "", "", "it still ran, or its driver was killed"},
		{"beside another's", map[string][]byte{"events_1_a": first, "events_1_b": second}, "events_1_a", "", "it still ran, its driver was killed, or later files of its rolling log are missing"},
		{"no rolling log", map[string][]byte{"a": first}, "a", "", "it still ran, or its driver was killed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := goodFile(t, filepath.Join(write(t, c.files), c.read))
			if said := strings.Join(got.Reading.Incomplete, "; "); !strings.HasPrefix(said, c.incomplete) || c.incomplete == "" && said != "" {
				t.Errorf("incomplete: %s", said)
			}
			if got.Reading.Complete || got.Run.Missing[0].What != "the end of the application: "+c.unended {
				t.Errorf("%+v", got.Run.Missing[0])
			}
		})
	}
	// A file that is the whole log is complete, however it is named.
	if got := goodFile(t, filepath.Join(write(t, map[string][]byte{"events_1_a": data, "appstatus_a": nil}), "events_1_a")); !got.Reading.Complete {
		t.Errorf("%+v", got.Reading)
	}
}

// TestTwoCodecsInOneFile: what follows in another codec is no log, and nothing of it is taken for one.
func TestTwoCodecsInOneFile(t *testing.T) {
	data := small(t)
	cut := bytes.IndexByte(data[len(data)/2:], '\n') + len(data)/2 + 1
	first := good(t, data[:cut]).Reading
	for _, one := range packers {
		for _, other := range packers {
			if one == other {
				continue
			}
			got := good(t, append(bytes.Clone(pack(t, one, data[:cut])), pack(t, other, data[cut:])...)).Reading
			if got.Complete || len(got.Incomplete) == 0 || got.Events > first.Events || got.Codec != one {
				t.Errorf("%s, then %s: %+v", one, other, got)
			}
		}
	}
}
