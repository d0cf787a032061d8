package plugin

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

func newExplainPod(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "pod NAME",
		Short: "Explain why a pod was injected or not",
		Long: `Explains why a pod was injected or not: its Spark role, whether the API server sends it to the webhook, and which edits the
rules make or refuse. It only reads.`,
		Example: `  kubectl spark explain pod etl-driver -n payments`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reader, err := e.reader()
			if err != nil {
				return err
			}
			set, err := e.set()
			if err != nil {
				return err
			}
			ns, err := e.namespace()
			if err != nil {
				return err
			}
			ns, name := podNamed(ns, args[0])
			story, err := installation.Tell(cmd.Context(), reader, set, ns, name)
			if err != nil {
				return err
			}
			x := &podWriter{e.writer()}
			return x.tell(story)
		},
	}
}

// podNamed takes NAME, pod/NAME or NAMESPACE/NAME apart.
func podNamed(namespace, arg string) (in, name string) {
	first, rest, parted := strings.Cut(arg, "/")
	switch {
	case !parted:
		return namespace, arg
	case slices.Contains([]string{"pod", "pods", "po"}, strings.ToLower(first)):
		return namespace, rest
	}
	return first, rest
}

// podWriter tells of one pod.
type podWriter struct{ *writer }

func (x *podWriter) tell(s *installation.Story) error {
	switch who := s.Who; {
	case who.Role == "":
		x.Line("✗", "%-9s it is not known as one of Spark's: neither labels nor commands name a role", "what")
	case !who.Certain:
		x.Line("✗", "%-9s a %s, not beyond doubt (%s): such a pod is left alone", "what", who.Role, who.Why)
	default:
		x.Line("√", "%-9s a %s of launcher %s", "what", who.Role, who.Launcher)
	}
	x.said(s)
	if !s.Have.Installed() {
		x.Line("✗", "%-9s the webhook is not installed: kubectl spark install", "sent")
		return x.Err
	}
	if s.Hidden {
		x.Line("‼", "%-9s the namespace may not be read (grant: get namespaces), so its labels are taken for none", "sent")
	}
	x.sent(s)
	if s.Would != nil {
		x.would(s)
	}
	return x.Err
}

// said tells what the pod's own report says.
func (x *podWriter) said(s *installation.Story) {
	if !s.Reported {
		x.Line("·", "%-9s the pod carries no report: it was not seen by the webhook, or there was nothing to say", "report")
		return
	}
	if s.Unreadable != nil {
		x.Line("‼", "%-9s the pod's report cannot be read: kubectl spark did not write it", "report")
		return
	}
	r := &s.Claims
	if len(r.False) > 0 {
		x.Line("‼", "%-9s it claims what the pod does not show, and is not believed there: %s", "report", report.Clean(strings.Join(r.False, ", ")))
	}
	if len(r.False) > 0 && len(r.Applied) == 0 {
		return
	}
	x.Line("√", "%-9s injected by rules %s in profile %s: %d edits, %d refused", "report", report.Clean(r.Revision), report.Clean(string(r.Profile)), len(r.Applied), len(r.Refused))
	for _, code := range r.Applied {
		x.Line("√", "          %s", code)
	}
	x.refusals(r.Refused)
}

func (x *podWriter) refusals(refused map[string]rule.Reason) {
	meaning := rule.Reasons()
	codes := make([]string, 0, len(refused))
	for code := range refused {
		codes = append(codes, code)
	}
	sort.Strings(codes)
	for _, code := range codes {
		why := string(refused[code])
		if m := meaning[refused[code]]; m != "" {
			why += ": " + m
		}
		x.Line("·", "          %s refused, %s", code, why)
	}
}

// sent tells whether the API server would send such a pod now.
func (x *podWriter) sent(s *installation.Story) {
	for _, one := range s.Sendings {
		if one.Sent {
			x.Line("√", "%-9s a pod like this one is sent to the webhook now, as %s", "sent", one.Webhook)
			if since := s.Have.ActiveSince(); !s.Pod.CreationTimestamp.After(since) {
				x.Line("·", "%-9s this one was made before the webhook was active (%s)", "", since.UTC().Format("2006-01-02 15:04 MST"))
			}
			return
		}
	}
	for _, one := range s.Sendings {
		x.Line(map[bool]string{true: "‼", false: "✗"}[one.Unknown], "%-9s not to %s: %s", "sent", one.Webhook, one.Why)
	}
}

// would tells what the rules do with the pod as it is now.
func (x *podWriter) would(s *installation.Story) {
	w := s.Would
	if w.Unknown != "" {
		x.Line("‼", "%-9s %s", "images", report.Clean(w.Unknown))
	}
	for _, problem := range w.Problems {
		x.Line("‼", "%-9s %s", "settings", problem)
	}
	if w.Err != nil {
		x.Line("✗", "%-9s the edits could not be verified, so it is left as it is: %v", "rules", w.Err)
		return
	}
	if s.Have.Options().Shadow {
		x.Line("‼", "%-9s shadow mode: nothing is changed", "rules")
	}
	if len(w.Codes) == 0 {
		x.Line("√", "%-9s nothing is left to add to it", "rules")
	} else {
		x.Line("·", "%-9s made again it would get %s", "rules", report.Clean(fmt.Sprint(w.Codes)))
	}
}
