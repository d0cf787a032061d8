// Package restart tells of live pods whether all that is wrong in them is that they are older than the template which made them. Start with [Of].
package restart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// Older is what pods show that are older than the template which made them: in the template it is right already.
type Older struct {
	Title   string   // of the workload
	Codes   []string // of the findings
	Restart string   // the command that makes the pods anew
}

// String says so, and what to do.
func (o *Older) String() string {
	return fmt.Sprintf("%s: %s: restart them: %s", o.Title, o.Says(), o.Restart)
}

// Says says so.
func (o *Older) Says() string {
	return fmt.Sprintf("these pods are older than their template, in which %s right", o.are())
}

func (o *Older) are() string {
	if len(o.Codes) == 1 {
		return o.Codes[0] + " is"
	}
	return strings.Join(o.Codes[:len(o.Codes)-1], ", ") + " and " + o.Codes[len(o.Codes)-1] + " are"
}

// Add adds the code of a finding.
func (o *Older) Add(code string) {
	if !slices.Contains(o.Codes, code) {
		o.Codes = append(o.Codes, code)
		slices.Sort(o.Codes)
	}
}

// restarted are the kinds whose pods kubectl rollout restart makes anew.
var restarted = []string{"DaemonSet", "Deployment", "StatefulSet"}

// Of gives of a finding in live pods the command that makes them anew, where the template of their owner is right already; else "".
func Of(s *scene.Subject, want scene.Wanted) func(rule.Finding) string {
	owner := s.Owner()
	if !s.Live || s.File != "" || owner == nil || !slices.Contains(restarted, owner.Doc.Kind) {
		return func(rule.Finding) string { return "" }
	}
	var right map[string]bool // codes of rules that judged the template and found nothing
	return func(f rule.Finding) string {
		if f.OfConf || f.Happened || f.Creates() {
			return ""
		}
		if right == nil {
			right = map[string]bool{}
			of := owner.Judge(want)
			for _, code := range of.Checked {
				right[code] = true
			}
			for _, found := range of.Findings {
				right[found.Code] = false
			}
			for _, one := range of.Suppressed {
				right[one.Code] = false
			}
			for _, skip := range of.Skipped {
				right[skip.Code] = false
			}
		}
		if !right[f.Code] {
			return ""
		}
		return fmt.Sprintf("kubectl rollout restart %s.apps/%s -n %s", strings.ToLower(owner.Doc.Kind), owner.Doc.Name, owner.Doc.Namespace)
	}
}
