package fleet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Beginnings is where the pods of a Job write down what the beginnings of logs say, so that each is read about once, and not once by every
// pod: which application a log is of is not known before. What is not written there, or cannot be read, a pod reads itself.
type Beginnings struct {
	Run string // the uid of the Job: what an earlier one wrote is not used
	Get func(ctx context.Context, name string) (io.ReadCloser, error)
	Put func(ctx context.Context, name string, data []byte) error
}

// mostParts bounds into how many parts the logs are divided for this: each pod looks for every part.
const mostParts = 256

// longestBegun bounds what is read of a part: some 400 bytes of a log, and a folder has 100,000 at most.
const longestBegun = 64 << 20

// begun is a line about the beginning of one log.
type begun struct {
	Name    string            `json:"name"`
	Size    int64             `json:"size"`
	Version string            `json:"version,omitempty"`
	Of      model.Application `json:"application"`
	Reason  string            `json:"reason,omitempty"` // why it has none
}

// begunKind is the first line, and End of the last one is how many stand before it.
const begunKind = report.APIVersion + " FleetBeginnings"

type begunLine struct {
	Kind string `json:"kind,omitempty"`
	Run  string `json:"run,omitempty"`
	Log  *begun `json:"log,omitempty"`
	End  *int   `json:"end,omitempty"`
}

func begunName(part int) string { return fmt.Sprintf("begun-%05d.jsonl", part) }

// read are the beginnings of a part, by the name of the log; none where another run wrote it, or it is not whole.
func (b *Beginnings) read(ctx context.Context, part int) map[string]begun {
	file, err := b.Get(ctx, begunName(part))
	if err != nil {
		return nil
	}
	defer file.Close()
	all := map[string]begun{}
	lines := bufio.NewScanner(io.LimitReader(file, longestBegun))
	lines.Buffer(nil, longestLine)
	for n := 0; lines.Scan(); n++ {
		var l begunLine
		switch err := json.Unmarshal(lines.Bytes(), &l); {
		case err != nil, n == 0 && (l.Kind != begunKind || l.Run != b.Run):
			return nil
		case n == 0:
		case l.Log != nil && n <= mostLogs:
			if len(l.Log.Reason) > longestText || len(nameOf(l.Log.Of)) > longestName {
				return nil
			}
			all[l.Log.Name] = *l.Log
		case l.End != nil && *l.End == n:
			return all
		default:
			return nil
		}
	}
	return nil
}

func (b *Beginnings) write(ctx context.Context, part int, all []begun) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	n := len(all) + 1
	err := e.Encode(begunLine{Kind: begunKind, Run: b.Run})
	for i := range all {
		err = errors.Join(err, e.Encode(begunLine{Log: &all[i]}))
	}
	if err = errors.Join(err, e.Encode(begunLine{End: &n})); err != nil {
		return err
	}
	return b.Put(ctx, begunName(part), out.Bytes())
}

// together reads the beginnings of logs with the other pods of the Job: part by part, its own first and the others in an order that is
// another for each pod. Of a part that is written down it reads only the logs that changed since.
func (r *Reader) together(ctx context.Context, entries []eventlog.Entry, all []beginning) error {
	parts := make([][]int, min(r.Shard.Of, mostParts))
	for i, e := range entries {
		n := index(e.Name, len(parts))
		parts[n] = append(parts[n], i)
	}
	own := r.Shard.Index % len(parts)
	order := []int{own}
	for _, n := range rand.New(rand.NewPCG(uint64(r.Shard.Index), 1)).Perm(len(parts)) {
		if n != own {
			order = append(order, n)
		}
	}
	done := 0
	for _, n := range order {
		known := r.Begun.read(ctx, n)
		var missing []int
		for _, i := range parts[n] {
			b, is := known[entries[i].Name]
			switch {
			case !is || b.Size != entries[i].Size || b.Version != entries[i].Version:
				missing = append(missing, i)
			case b.Reason != "":
				all[i].err = errors.New(b.Reason)
			default:
				all[i].app = b.Of
			}
		}
		done += len(parts[n]) - len(missing)
		if err := r.begin(ctx, entries, missing, all, done); err != nil {
			return err
		}
		done += len(missing)
		if len(missing) == 0 {
			continue
		}
		var found []begun
		for _, i := range parts[n] {
			b := begun{Name: entries[i].Name, Size: entries[i].Size, Version: entries[i].Version, Of: all[i].app}
			if all[i].err != nil {
				b.Reason = mask.Message(all[i].err.Error())
			}
			found = append(found, b)
		}
		if err := r.Begun.write(ctx, n, found); err != nil {
			return err
		}
	}
	return nil
}
