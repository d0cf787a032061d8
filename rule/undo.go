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
	back, err := undo.New(raw, ours)
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
	name, text, is := variable(back, entry)
	if channel := spark.Channel(role); is && channel != "" && strings.HasPrefix(name, channel) && strings.Contains(text, " ") && !strings.Contains(entry, " ") {
		return false
	}
	return back.Take(entry)
}

// variable is that of a container in which the place of an entry is, where it has a text.
func variable(back *undo.Back, entry string) (name, text string, is bool) {
	at := back.Find(entry).At
	if len(at) < 5 || !members.OfContainer(at) || at[3] != "env" {
		return "", "", false
	}
	name, _ = back.Text(at[:5].With("name"))
	text, is = back.Text(at[:5].With("value"))
	return name, text, is
}

// ours says whether a place is one that injection edits: a field of a container, the pod's security context,
// volumes or service links, an annotation. A report that names another place was not written by us.
func ours(place patch.Path) bool {
	switch {
	case len(place) == 3 && place[0] == "metadata":
		return place[1] == "annotations"
	case members.OfContainer(place):
		return true
	case len(place) == 2 && place[0] == "spec":
		return place[1] == "enableServiceLinks"
	case len(place) > 2 && place[0] == "spec":
		return place[1] == "securityContext" || place[1] == "volumes"
	}
	return false
}
