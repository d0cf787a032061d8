package applying

import (
	"context"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
)

// maxTried bounds the objects that are read once more to say what --apply would do with them.
const maxTried = 50

// Next is the command that applies changes which were shown: the same command with --apply, and with --allow-restart where a change
// restarts something. It is "" where nothing would be written. note is what a reader should know of it, or why there is none.
func (o *Options) Next(ctx context.Context, s *session.Session, edits []change.Edited, command string) (next, note string, err error) {
	if command += " --apply"; len(edits) > maxTried {
		return command, "", nil
	}
	reader, err := s.Reader()
	if err != nil {
		return "", "", err
	}
	how := o.how(false)
	how.Restart, how.Offline = true, true
	end := s.Progress.Begin("checking the changes")
	plan, err := apply.Prepare(ctx, reader, edits, how, s.Progress.Count)
	end()
	if err != nil {
		return "", "", err
	}
	written := plan.Written()
	if left, stopped := plan.Unwritten(); len(left) > 0 && (stopped || len(written) == 0) {
		return "", fmt.Sprintf("--apply would write nothing: %s: %s; %s", clean.Text(left[0].Name()), masked(left[0].Skipped.Why), left[0].Skipped.Remedy), nil
	}
	if right, err := missing(ctx, reader, written); right != nil || err != nil {
		return "", fmt.Sprintf("--apply needs a right that is missing: %s", right), err
	}
	var restarts []*apply.Object
	for _, one := range written {
		if one.Impact.Disrupts() {
			restarts = append(restarts, one)
		}
	}
	if n := len(restarts); n > 0 {
		command += " --allow-restart"
		note = fmt.Sprintf("--allow-restart: %s: %s", clean.Text(restarts[0].Name()), restarts[0].Impact.Text)
		if n > 1 {
			note += "; and " + report.Count(n-1, "more object", "more objects")
		}
	}
	if len(written) == 0 {
		command = ""
	}
	return command, note, nil
}

// missing is a right to write one of the objects that this account lacks; nil where it has all.
func missing(ctx context.Context, reader *cluster.Reader, written []*apply.Object) (*cluster.Right, error) {
	asked := map[cluster.Right]bool{}
	for _, o := range written {
		right := cluster.RightTo(o.Verb(), o.APIVersion, o.Kind, o.Namespace, "")
		if asked[right] {
			continue
		}
		asked[right] = true
		if may, err := reader.May(ctx, right); err != nil || !may {
			return &right, err
		}
	}
	return nil, nil
}
