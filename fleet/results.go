package fleet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
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
	Unread      *report.NotChecked       `json:"unread,omitempty"`
	End         *int                     `json:"end,omitempty"` // how many lines stand before it
}

// resultKind says in the first line what the file is, and by which rules it is written.
const resultKind = report.APIVersion + " FleetPart"

// Bounds of a result, which lies where others can write.
const (
	longestLine    = 4 << 20
	longestResult  = 512 << 20
	longestResults = 2 << 30 // of all shares together
	longestText    = 8 << 10 // of the reason for what was not read
	longestName    = 1 << 10 // of an application
	mostShards     = 10_000
	mostLogs       = 100_000 // of a folder: a store lists no more
	mostLines      = 3 * mostLogs
	mostNumber     = 1e12 // seconds, or GiB hours, of a run
	// ahead is how far the clock of a pod may be ahead of this machine's.
	ahead = 24 * time.Hour
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
	for i := range r.Unread {
		lines = append(lines, line{Unread: &r.Unread[i]})
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
		switch {
		case out.Len()-before > longestLine:
			return nil, fmt.Errorf("the result of %s is longer than %d MiB", lines[i].what(), longestLine>>20)
		case out.Len() > longestResult:
			return nil, fmt.Errorf("the result is longer than %d MiB: divide the applications into more shares (--completions)", longestResult>>20)
		}
	}
	return out.Bytes(), nil
}

// what names what a line is about.
func (l *line) what() string {
	switch {
	case l.Application != nil:
		return "application " + l.Application.Name
	case l.Unread != nil:
		return "application " + l.Unread.Object
	case l.NotUsed != nil:
		return "log " + l.NotUsed.Object
	}
	return "the share"
}

// result is what was read of a share.
type result struct {
	Part
	applications    []report.FleetApplication
	notUsed, unread []report.NotChecked
	names           map[string]bool // of applications
}

// decoder reads results that others may have written.
type decoder struct {
	accept func(*Part) error              // says of the first line why the rest is not read
	keep   func(*report.FleetApplication) // shortens an application
	left   int64                          // bytes that may still be read
}

// decode reads a result. What is cut off, of another kind, or says what no share says, is an error that names the line.
func (d *decoder) decode(from io.Reader) (*result, error) {
	most := min(d.left, longestResult)
	limited := &io.LimitedReader{R: from, N: most}
	defer func() { d.left -= most - limited.N }()
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, longestLine+1)
	r := &result{names: map[string]bool{}}
	for n := 0; lines.Scan(); n++ {
		if n > mostLines {
			return nil, fmt.Errorf("it has more than %d lines, and a folder has fewer logs", mostLines)
		}
		var l line
		err := json.Unmarshal(lines.Bytes(), &l)
		switch {
		case err != nil && limited.N == 0: // cut at a bound
			err = tooLong(most)
		case err != nil:
		case n == 0 && (l.Kind != resultKind || l.Part == nil):
			err = fmt.Errorf("it is not a result of this kind (%s)", resultKind)
		case n == 0:
			r.Part = *l.Part
			if err := d.accept(&r.Part); err != nil {
				return nil, err
			}
		case l.Application != nil:
			l.Application.Read = l.Read
			err = r.add(l.Application, d.keep)
		case l.NotUsed != nil:
			r.notUsed, err = append(r.notUsed, *l.NotUsed), short(l.NotUsed)
		case l.Unread != nil:
			r.unread, err = append(r.unread, *l.Unread), short(l.Unread)
		case l.End != nil && *l.End == n:
			return r, nil
		default:
			err = errors.New("it is neither an application nor a log")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("a line is longer than %d MiB", longestLine>>20)
	case err != nil:
		return nil, err
	case limited.N == 0:
		return nil, tooLong(most)
	}
	return nil, errors.New("it has no end")
}

// tooLong is the error of a result that is longer than what may be read of it.
func tooLong(most int64) error {
	if most < longestResult {
		return fmt.Errorf("all results together are longer than %d MiB", longestResults>>20)
	}
	return fmt.Errorf("it is longer than %d MiB", longestResult>>20)
}

// short refuses texts that fill a screen.
func short(n *report.NotChecked) error {
	if len(n.Object) > longestText || len(n.Reason) > longestText {
		return fmt.Errorf("a text is longer than %d KiB", longestText>>10)
	}
	return nil
}

// add adds an application that could be the share's.
func (r *result) add(one *report.FleetApplication, keep func(*report.FleetApplication)) error {
	if err := r.fits(one); err != nil {
		return fmt.Errorf("application %.100q: %w", one.Name, err)
	}
	r.names[one.Name] = true
	one.SavedGiBHours, one.Running, one.Targets = 0, nil, nil // nothing of a log
	keep(one)
	r.applications = append(r.applications, *one)
	return nil
}

// fits is the error of an application that no share writes.
func (r *result) fits(one *report.FleetApplication) error {
	switch {
	case len(one.Name) > longestName:
		return fmt.Errorf("its name is longer than %d bytes", longestName)
	case !Shard{r.Shard, r.Shards}.has(one.Name):
		return errors.New("it belongs to another share")
	case r.names[one.Name]:
		return errors.New("it is there twice")
	case one.Logs < 1 || one.Logs > mostLogs:
		return fmt.Errorf("it has %d logs", one.Logs)
	case len(one.Read) < 1 || len(one.Read) > min(one.Logs, lookedAt(r.MinRuns)):
		return fmt.Errorf("it goes by %d of %d logs", len(one.Read), one.Logs)
	case one.Runs < 0 || one.UnusedRuns < 0 || one.WholeRuns < 0 || one.WholeRuns > one.Runs || one.Runs > len(one.Read) || one.UnusedRuns > len(one.Read):
		return fmt.Errorf("%d of its %d runs are whole", one.WholeRuns, one.Runs)
	case one.Now == nil && one.Next != nil:
		return errors.New("its next run is there, and its last one is not")
	case !slices.Contains(model.Outcomes(), one.LastOutcome):
		return fmt.Errorf("its last run ended as %.40q", one.LastOutcome)
	}
	for _, name := range one.Read {
		if !below(r.Folder, name) {
			return fmt.Errorf("its log %.100q is not in the folder", name)
		}
	}
	for _, run := range []*report.FleetRun{one.Now, one.Next} {
		if run == nil {
			continue
		}
		for _, x := range []float64{run.Seconds, run.Low, run.High, run.MemoryGiBHours} {
			if x < 0 || x > mostNumber {
				return fmt.Errorf("no run takes %.3g s and %.3g GiB·h", run.Seconds, run.MemoryGiBHours)
			}
		}
	}
	return nil
}

// below says that a log lies in a folder, or further down.
func below(folder, log string) bool {
	folder, log = path.Clean(filepath.ToSlash(folder)), path.Clean(filepath.ToSlash(log))
	if folder == "." {
		return !path.IsAbs(log) && log != ".." && !strings.HasPrefix(log, "../") && !strings.Contains(log, ":/")
	}
	return strings.HasPrefix(log, strings.TrimSuffix(folder, "/")+"/")
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
