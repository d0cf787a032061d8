package fleet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// Results is the folder of a Job's results where none is named: below the folder of logs, in one whose name begins with a dot, which
// neither we nor Spark's History server take for a log.
func Results(folder, job string) string {
	return strings.TrimRight(folder, "/") + "/.kubectl-spark/" + job
}

// Part says what the result of a share is of: results are merged where all but Shard, Version and Written are the same.
type Part struct {
	Folder  string   `json:"folder"`
	Shard   int      `json:"shard"`
	Shards  int      `json:"shards"`
	MinRuns int      `json:"minRuns"`
	Flags   []string `json:"flags,omitempty"` // that the recommendations go by
	// Run is the uid of the Job, so that an earlier one's results are told apart.
	Run     string    `json:"run,omitempty"`
	Version string    `json:"version"` // of the plugin that wrote it
	Written time.Time `json:"written"`
}

// Name is the name of the result's file. A share that is read again replaces it.
func (p *Part) Name() string { return fmt.Sprintf("part-%05d.jsonl", p.Shard) }

var partName = regexp.MustCompile(`^part-([0-9]{5})\.jsonl$`)

// line is one line of a result: the first is the part, the last one the end, and what stands between is about an application or a log. The
// command of an application is not in it, but the logs that it is made of: what a user pastes comes from no file that others can write.
type line struct {
	Kind        string                   `json:"kind,omitempty"`
	Part        *Part                    `json:"part,omitempty"`
	Application *report.FleetApplication `json:"application,omitempty"`
	Read        []string                 `json:"read,omitempty"`
	NotUsed     *report.NotChecked       `json:"notUsed,omitempty"`
	End         *int                     `json:"end,omitempty"` // how many lines stand before it
}

// resultKind says in the first line what the file is, and by which rules it is written.
const resultKind = report.APIVersion + " FleetPart"

// Bounds of a result, which lies where others can write.
const (
	longestLine   = 4 << 20
	longestResult = 512 << 20
	mostShards    = 10_000
)

// Encode writes the result of a share as lines of JSON, without secrets. The fleet's strings are clean afterwards.
func (p *Part) Encode(r *report.Fleet) ([]byte, error) {
	r.Clean(false)
	lines := []line{{Kind: resultKind, Part: p}}
	for i := range r.Applications {
		one := r.Applications[i]
		one.Show = ""
		lines = append(lines, line{Application: &one, Read: one.Read})
	}
	for i := range r.NotUsed {
		lines = append(lines, line{NotUsed: &r.NotUsed[i]})
	}
	n := len(lines)
	lines = append(lines, line{End: &n})
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for i := range lines {
		before := out.Len()
		if err := e.Encode(&lines[i]); err != nil {
			return nil, err
		}
		if out.Len()-before > longestLine {
			return nil, fmt.Errorf("the result of %s is longer than %d MiB", lines[i].what(), longestLine>>20)
		}
	}
	return out.Bytes(), nil
}

// what names what a line is about.
func (l *line) what() string {
	switch {
	case l.Application != nil:
		return "application " + l.Application.Name
	case l.NotUsed != nil:
		return "log " + l.NotUsed.Object
	}
	return "the share"
}

// result is what was read of a share.
type result struct {
	Part
	applications []report.FleetApplication
	notUsed      []report.NotChecked
}

// decode reads a result. What is cut off, or of another kind, is an error.
func decode(from io.Reader) (*result, error) {
	lines := bufio.NewScanner(io.LimitReader(from, longestResult))
	lines.Buffer(nil, longestLine+1)
	r := &result{}
	for n := 0; lines.Scan(); n++ {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		switch {
		case n == 0 && (l.Kind != resultKind || l.Part == nil):
			return nil, fmt.Errorf("line 1: it is not a result of this kind (%s)", resultKind)
		case n == 0:
			r.Part = *l.Part
		case l.Application != nil:
			l.Application.Read = l.Read
			r.applications = append(r.applications, *l.Application)
		case l.NotUsed != nil:
			r.notUsed = append(r.notUsed, *l.NotUsed)
		case l.End != nil && *l.End == n:
			return r, nil
		default:
			return nil, fmt.Errorf("line %d: it is neither an application nor a log", n+1)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return nil, errors.New("it has no end")
}

// shardOf is the share that a file is named for; -1 for another file.
func shardOf(name string) int {
	m := partName.FindStringSubmatch(path.Base(name))
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1]) // five digits
	return n
}
