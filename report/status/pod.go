package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Pod says why one pod was injected or not.
func (w *Writer) Pod(s *installation.PodExplanation) error {
	switch who := s.Who; {
	case who.Role == "":
		w.Line("✗", "%-9s not recognised as a Spark pod: neither labels nor commands name a role", "what")
	case !who.Certain:
		w.Line("✗", "%-9s probably %s (%s): only pods whose role is certain are changed", "what", roleText(who.Role), who.Why)
	default:
		w.Line("√", "%-9s %s of launcher %s", "what", roleText(who.Role), who.Launcher)
	}
	w.said(s)
	if s.Unseen != nil {
		w.Line("‼", "%-9s unknown: %s %s %s (grant: %s)", "sent", s.Unseen.Verb, s.Unseen.Resource, s.Unseen.Reason(), s.Unseen.Grant())
		return w.Err
	}
	if !s.Have.Installed() {
		w.Line("✗", "%-9s %s", "sent", NotInstalled(w.Command))
		return w.Err
	}
	if s.Hidden {
		w.Line("‼", "%-9s the namespace may not be read (grant: get namespaces), so its labels are taken for none", "sent")
	}
	w.sent(s)
	if s.Preview != nil {
		w.would(s)
	}
	return w.Err
}

// roleText names a pod by its role.
func roleText(role spark.Role) string {
	text := "Spark " + string(role)
	if slices.Contains([]spark.Role{spark.History, spark.Connect, spark.Thrift}, role) {
		text += " server"
	}
	return text
}

// said tells what the pod's own report says.
func (w *Writer) said(s *installation.PodExplanation) {
	if !s.Reported {
		w.Line("·", "%-9s the pod carries no report: it was not seen by the webhook, or there was nothing to say", "report")
		return
	}
	if s.Unreadable != nil {
		w.Line("‼", "%-9s the pod's report cannot be read: kubectl spark did not write it", "report")
		return
	}
	r := &s.Claims
	if len(r.False) > 0 {
		w.Line("‼", "%-9s it claims what the pod does not show, and is not believed there: %s", "report", clean.Text(strings.Join(r.False, ", ")))
	}
	if len(r.False) > 0 && len(r.Applied) == 0 {
		return
	}
	w.Line("√", "%-9s injected by rules %s in profile %s: %d edits, %d refused", "report", clean.Text(r.Revision), clean.Text(string(r.Profile)), len(r.Applied), len(r.Refused))
	for _, code := range r.Applied {
		w.Line("√", "          %s", code)
	}
	w.refusals(r.Refused)
}

func (w *Writer) refusals(refused map[string]rule.Reason) {
	meaning := rule.Reasons()
	for _, code := range slices.Sorted(maps.Keys(refused)) {
		why := string(refused[code])
		if m := meaning[refused[code]]; m != "" {
			why += ": " + m
		}
		w.Line("·", "          %s refused, %s", code, why)
	}
}

// sent tells whether the API server would send such a pod now.
func (w *Writer) sent(s *installation.PodExplanation) {
	for _, one := range s.SentBy {
		if one.Sent {
			w.Line("√", "%-9s a pod like this one is sent to the webhook now, as %s", "sent", one.Webhook)
			// One that was injected met an earlier registration.
			if since := s.Have.ActiveSince(); !s.Reported && !s.Pod.CreationTimestamp.After(since) {
				w.Line("·", "%-9s this one was made before the webhook was active (%s)", "", since.UTC().Format("2006-01-02 15:04 MST"))
			}
			return
		}
	}
	for _, one := range s.SentBy {
		w.Line(map[bool]string{true: "‼", false: "✗"}[one.Unknown], "%-9s not to %s: %s", "sent", one.Webhook, one.Why)
	}
}

// would tells what the rules do with the pod as it is now.
func (w *Writer) would(s *installation.PodExplanation) {
	now := s.Preview
	if now.Unknown != nil {
		w.Line("‼", "%-9s %s", "images", clean.Text(now.Unknown.Error()))
	}
	for _, problem := range now.Problems {
		w.Line("‼", "%-9s %s", "settings", problem)
	}
	if now.Err != nil {
		w.Line("✗", "%-9s the edits could not be verified, so it is left as it is: %v", "rules", now.Err)
		return
	}
	if s.Have.Options().Shadow {
		w.Line("‼", "%-9s shadow mode: nothing is changed", "rules")
	}
	if len(now.Codes) == 0 {
		w.Line("√", "%-9s nothing is left to add to it", "rules")
	} else {
		w.Line("·", "%-9s a new pod would get %s", "rules", clean.Text(fmt.Sprint(now.Codes)))
	}
}
