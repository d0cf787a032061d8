package rule

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/members"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// UndoAs gives the operations that take back what the report of an injected template says was done to it, and an edit of the
// rules would have done: see ReadClaims. raw is the template: an object with metadata and spec. Without a report there are
// none. An edit whose place has changed since (the value is gone, the text is no longer at its end), or that the rules do not
// make there, is left alone and named in kept.
func (s *Set) UndoAs(who spark.Identity, raw []byte) (ops []patch.Op, kept []string, err error) {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, nil, fmt.Errorf("read the template: %w", err)
	}
	metadata, _ := tree["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if _, had := annotations[ReportAnnotation].(string); !had {
		return nil, nil, nil
	}
	report, _, err := s.ReadClaims(who, raw, nil)
	if err != nil {
		return nil, nil, err
	}
	kept = report.False
	back, err := undo.New(raw, members.Ours)
	if err != nil {
		return nil, nil, fmt.Errorf("read the template: %w", err)
	}
	own := ownUndo()
	// The report was written last, so its annotation goes first; its entry says whether it made the map.
	mine := own
	for _, entry := range report.Undo {
		if undo.Bare(entry) == own {
			mine = entry
		}
	}
	back.Take(mine)
	for i := len(report.Undo) - 1; i >= 0; i-- {
		if entry := report.Undo[i]; undo.Bare(entry) != own && !takeBack(back, who.Role, undo.Expand(tree, entry, report.Container)) {
			kept = append(kept, entry)
		}
	}
	return back.Ops, kept, nil
}

// takeBack takes an edit back, as Take does. A variable that was made for an option of the JVM is left alone where others stand beside it.
func takeBack(back *undo.Back, role spark.Role, entry string) bool {
	if at := back.Find(entry).At; len(at) > 4 && members.OfContainer(at) && at[3] == "env" && !strings.Contains(entry, " ") {
		name, _ := back.Text(at[:5].With("name"))
		text, _ := back.Text(at[:5].With("value"))
		if channel := spark.Channel(role); channel != "" && strings.HasPrefix(name, channel) && strings.Contains(text, " ") {
			return false
		}
	}
	return back.Take(entry)
}
