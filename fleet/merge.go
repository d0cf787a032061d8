package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/report"
)

// Merger puts the results of shares together again.
type Merger struct {
	Files eventlog.Files
	// Want says which results are of the same question. Its Run is the Job's; "" takes the one that was written last. Its Shards may be 0
	// where only the results say how many there are.
	Want Part
	// Right and Reasons keep what they keep of a Reader. Results have the reasons.
	Right, Reasons bool
	// Flags end the command that shows the recommendation of one application.
	Flags []string
	// Failed says why a share has no result, where that is known.
	Failed map[int]string
	// Begin says what is done now, and returns what ends it. Progress says how much of it is done.
	Begin    func(what string) (end func())
	Progress func(done, of int)
}

// ErrNoResult is the error of a folder without a result that can be used.
var ErrNoResult = errors.New("it holds no result")

// otherError is the error of a result that answers another question.
type otherError struct{ flags string }

func (e *otherError) Error() string {
	return fmt.Sprintf("the results were made with other flags or of another folder (%s): give the flags of the Job, or another --job-name", e.flags)
}

// errRun is the error of a result of another Job.
var errRun = errors.New("its result is of another Job")

// Read reads the results in a folder. What is ranked of them is what Reader.Read gives of all logs, except for the shares that NotRead
// names. Others may write where results lie: one that no share of the Job writes is not used, and named. notes say what a user should know
// about the results.
func (m *Merger) Read(ctx context.Context, folder string) (out *report.Fleet, notes []string, err error) {
	entries, err := m.Files.List(ctx, folder)
	if err != nil {
		return nil, nil, err
	}
	defer m.Begin("reading the results of pods")()
	entries = slices.DeleteFunc(entries, func(e eventlog.Entry) bool { return e.Dir || shardOf(e.Name) < 0 })
	slices.SortFunc(entries, func(a, b eventlog.Entry) int { return cmp.Compare(shardOf(a.Name), shardOf(b.Name)) })
	want, unread := m.Want, map[int]error{}
	if want.Run == "" || want.Shards == 0 {
		last, err := m.last(ctx, entries, unread)
		if err != nil {
			return nil, nil, err
		}
		want.Run, want.Shards = last.Run, last.Shards
	}
	out = &report.Fleet{Folder: m.Want.Folder, MinRuns: m.Want.MinRuns}
	has := map[int]*result{}
	read := &decoder{accept: want.refuse, left: longestResults, keep: func(one *report.FleetApplication) {
		one.Show = show(one.Read, m.Flags)
		shorten(one, m.Right, m.Reasons)
	}}
	for i, e := range entries {
		m.Progress(i, len(entries))
		r, err := m.one(ctx, e, read)
		switch {
		case ctx.Err() != nil:
			return nil, nil, context.Cause(ctx)
		case err != nil:
			unread[shardOf(e.Name)] = err
			continue
		}
		out.Applications, out.NotUsed, out.Unread = append(out.Applications, r.applications...), append(out.NotUsed, r.notUsed...), append(out.Unread, r.unread...)
		r.applications, r.notUsed, r.unread, r.names = nil, nil, nil, nil
		has[r.Shard] = r
	}
	if len(has) == 0 && len(m.Failed) == 0 {
		return nil, nil, noResult(unread)
	}
	for i := range want.Shards {
		if has[i] == nil {
			out.NotRead = append(out.NotRead, report.NotChecked{Object: fmt.Sprintf("index %d", i), Reason: fmt.Sprintf("index %d of %d, and its applications: %s", i, want.Shards, m.why(i, unread[i]))})
		}
	}
	for _, i := range slices.Sorted(maps.Keys(unread)) {
		switch {
		case i < want.Shards:
		case m.Want.Run == "": // which Job is asked for is not certain
			out.NotRead = append(out.NotRead, report.NotChecked{Object: fmt.Sprintf("index %d", i), Reason: fmt.Sprintf("index %d, and the Job read has %d: %v", i, want.Shards, unread[i])})
		case len(notes) < mostNotes:
			notes = append(notes, fmt.Sprintf("index %d, and the Job has %d: %v", i, want.Shards, unread[i]))
		}
	}
	return out, append(notes, versions(has, want.Version)...), nil
}

// mostNotes bounds what is said of files, and of versions.
const mostNotes = 5

// why is why a share has no result.
func (m *Merger) why(share int, err error) string {
	switch text := m.Failed[share]; {
	case text != "":
		return text
	case err != nil:
		return err.Error()
	}
	return "it has no result"
}

// last is the part that was written last of those that answer the question. What cannot be read is noted.
func (m *Merger) last(ctx context.Context, entries []eventlog.Entry, unread map[int]error) (last *Part, err error) {
	first := errors.New("the first line is read")
	var other error
	for _, e := range entries {
		var p Part
		question := m.Want
		_, err := m.one(ctx, e, &decoder{left: longestResult, accept: func(of *Part) error {
			p = *of
			if question.Run == "" {
				question.Run = of.Run
			}
			question.Shards = of.Shards
			return cmp.Or(question.refuse(of), first)
		}})
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.As(err, new(*otherError)):
			other = err
		case !errors.Is(err, first):
			unread[shardOf(e.Name)] = err
		case last == nil || p.Written.After(last.Written):
			last = &p
		}
	}
	switch {
	case last == nil && other != nil:
		return nil, other
	case last == nil:
		return nil, noResult(unread)
	}
	return last, nil
}

// refuse says why a part does not belong to the wanted one.
func (p *Part) refuse(of *Part) error {
	switch {
	case of.Run != p.Run:
		return errRun
	case of.Folder != p.Folder || of.Shards != p.Shards || of.MinRuns != p.MinRuns || !slices.Equal(of.Flags, p.Flags):
		return &otherError{of.words()}
	}
	return nil
}

// noResult is the error where no result can be used; the reason of one stands for all.
func noResult(unread map[int]error) error {
	var other *otherError
	for _, i := range slices.Sorted(maps.Keys(unread)) {
		if errors.As(unread[i], &other) {
			return other
		}
	}
	for _, i := range slices.Sorted(maps.Keys(unread)) {
		return fmt.Errorf("%w that can be used: %w", ErrNoResult, unread[i])
	}
	return ErrNoResult
}

// versions say that results were written by another version of the plugin than this one.
func versions(all map[int]*result, ours string) (notes []string) {
	others := map[string]bool{}
	for _, r := range all {
		if r.Version != ours && len(others) < mostNotes {
			others[r.Version[:min(len(r.Version), 100)]] = true
		}
	}
	for _, other := range slices.Sorted(maps.Keys(others)) {
		notes = append(notes, fmt.Sprintf("results were written by version %s of the plugin, and this is %s: local results may differ", other, ours))
	}
	return notes
}

// words are the folder and the flags of a result; cut to a bound.
func (p *Part) words() string {
	text := fmt.Sprint(append([]string{"--fleet=" + p.Folder}, p.Flags...))
	return strings.ToValidUTF8(text[:min(len(text), 1000)], "")
}

// one reads one result. Its error names the file.
func (m *Merger) one(ctx context.Context, e eventlog.Entry, d *decoder) (*result, error) {
	file, err := m.Files.Open(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", e.Path, err)
	}
	defer file.Close()
	accept := d.accept
	named := *d
	named.accept = func(p *Part) error {
		switch now := time.Now(); {
		case p.Shard != shardOf(e.Name) || p.Shards < 1 || p.Shards > mostShards || p.Shard >= p.Shards:
			return fmt.Errorf("line 1: share %d of %d does not belong into this file", p.Shard, p.Shards)
		case p.Written.After(now.Add(ahead)):
			return fmt.Errorf("line 1: it was written at %s, and now it is %s", p.Written.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
		}
		return accept(p)
	}
	r, err := named.decode(file)
	d.left = named.left
	if err != nil && !errors.Is(err, errRun) && !errors.As(err, new(*otherError)) {
		err = fmt.Errorf("%s cannot be read: %w", e.Path, err)
	}
	return r, err
}
