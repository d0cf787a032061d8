package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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

// Read reads the results in a folder. What is ranked of them is what Reader.Read gives of all logs, except for the shares that NotRead
// names. notes say what a user should know about the results.
func (m *Merger) Read(ctx context.Context, folder string) (out *report.Fleet, notes []string, err error) {
	entries, err := m.Files.List(ctx, folder)
	if err != nil {
		return nil, nil, err
	}
	defer m.Begin("reading the results of pods")()
	entries = slices.DeleteFunc(entries, func(e eventlog.Entry) bool { return e.Dir || shardOf(e.Name) < 0 })
	var all []*result
	unread := map[int]string{}
	for i, e := range entries {
		m.Progress(i, len(entries))
		r, err := m.one(ctx, e)
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if err != nil {
			unread[shardOf(e.Name)] = fmt.Sprintf("%s cannot be read: %v", e.Path, err)
			continue
		}
		all = append(all, r)
	}
	want := m.Want
	if want.Run == "" || want.Shards == 0 {
		var last *result
		for _, r := range all {
			if (want.Run == "" || r.Run == want.Run) && (last == nil || r.Written.After(last.Written)) {
				last = r
			}
		}
		if last == nil {
			return nil, nil, noResult(unread)
		}
		want.Run, want.Shards = last.Run, last.Shards
	}
	out = &report.Fleet{Folder: m.Want.Folder, MinRuns: m.Want.MinRuns}
	has := map[int]*result{}
	for _, r := range all {
		switch {
		case r.Run != want.Run:
			unread[r.Shard] = "its result is of an earlier Job"
		case r.Folder != want.Folder || r.Shards != want.Shards || r.MinRuns != want.MinRuns || !slices.Equal(r.Flags, want.Flags):
			return nil, nil, fmt.Errorf("the results were made with other flags or of another folder (%s): give the flags of the Job, or another --job-name", r.words())
		default:
			has[r.Shard] = r
			for i := range r.applications {
				one := &r.applications[i]
				one.Show = show(one.Read, m.Flags)
				shorten(one, m.Right, m.Reasons)
			}
			out.Applications, out.NotUsed = append(out.Applications, r.applications...), append(out.NotUsed, r.notUsed...)
		}
	}
	for i := range want.Shards {
		if has[i] != nil {
			continue
		}
		why := "it has no result"
		if text := unread[i]; text != "" {
			why = text
		}
		if text := m.Failed[i]; text != "" {
			why = text
		}
		out.NotRead = append(out.NotRead, report.NotChecked{Object: fmt.Sprintf("index %d", i), Reason: fmt.Sprintf("index %d of %d, and its applications: %s", i, want.Shards, why)})
	}
	if len(has) == 0 && len(m.Failed) == 0 {
		return nil, nil, noResult(unread)
	}
	return out, versions(has, want.Version), nil
}

// noResult is the error where no result can be used; the reason of one stands for all.
func noResult(unread map[int]string) error {
	for _, i := range slices.Sorted(maps.Keys(unread)) {
		return fmt.Errorf("%w that can be used: %s", ErrNoResult, unread[i])
	}
	return ErrNoResult
}

// versions say that results were written by another version of the plugin than this one.
func versions(all map[int]*result, ours string) (notes []string) {
	others := map[string]bool{}
	for _, r := range all {
		if r.Version != ours {
			others[r.Version] = true
		}
	}
	for _, other := range slices.Sorted(maps.Keys(others)) {
		notes = append(notes, fmt.Sprintf("results were written by version %s of the plugin, and this is %s: local results may differ", other, ours))
	}
	return notes
}

// words are the folder and the flags of a result.
func (p *Part) words() string {
	return fmt.Sprint(append([]string{"--fleet=" + p.Folder}, p.Flags...))
}

func (m *Merger) one(ctx context.Context, e eventlog.Entry) (r *result, err error) {
	file, err := m.Files.Open(ctx, e)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if r, err = decode(file); err != nil {
		return nil, err
	}
	if r.Shard != shardOf(e.Name) || r.Shards < 1 || r.Shards > mostShards || r.Shard >= r.Shards {
		return nil, fmt.Errorf("line 1: share %d of %d does not belong into this file", r.Shard, r.Shards)
	}
	return r, nil
}
