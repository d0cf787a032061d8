package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/status"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// late gives the end of the waiting its exit code.
func late(s *session.Session, err error) error {
	var late *installation.LateError
	if !errors.As(err, &late) {
		return err
	}
	fmt.Fprintf(s.ErrOut, "error: %s; applied objects stay: see %s\n", clean.Text(late.Error()), s.Command("status"))
	return session.Waited
}

func (o *installOptions) tellDryRun(in *installation.Run) error {
	note := "dry run: the API server accepts it; nothing was kept"
	if in.Absent {
		note += fmt.Sprintf(". Namespace %s is not there yet, so what is to stand in it was not checked", in.Want.Namespace)
	}
	if o.output == "yaml" {
		fmt.Fprintln(o.ErrOut, note)
		for i, answer := range in.Answers {
			text, err := yaml.JSONToYAML(answer)
			if err != nil {
				return err
			}
			if i > 0 {
				text = append([]byte("---\n"), text...)
			}
			if _, err := o.Out.Write(text); err != nil {
				return err
			}
		}
		return nil
	}
	for _, object := range in.Objects {
		fmt.Fprintln(o.Out, manifests.Reference(object))
	}
	_, err := fmt.Fprintln(o.Out, note)
	return err
}

// toggle pauses or resumes, and proves it.
func (o *installOptions) toggle(ctx context.Context, in *installation.Run) error {
	began := time.Now()
	changed, err := in.SwitchPause(ctx, o.pause)
	if err != nil {
		return err
	}
	word := map[bool]string{true: "paused", false: "resumed"}[o.pause]
	if in.DryRun {
		_, err := fmt.Fprintf(o.Out, "dry run: the API server accepts it; it would be %s\n", word)
		return err
	}
	now, err := installation.ReadAllowed(ctx, in.Reader)
	if err != nil {
		return err
	}
	if now.Installed() && !o.pause && manifests.Paused(now.Webhook) {
		return errors.New("--resume: it stays paused, because another field manager holds the condition paused of MutatingWebhookConfiguration/" + manifests.WebhookName + "; remove it where that is applied from")
	}
	in.Want.Paused = o.pause
	p, err := in.Await(ctx, began)
	if err != nil {
		return late(o.Session, err)
	}
	return Writer(o.Session).Switched(in, &p, now, changed, time.Since(began))
}

// Writer writes what the cluster has of the webhook.
func Writer(s *session.Session) *status.Writer {
	return &status.Writer{Lines: report.Lines{Out: s.Out, Options: s.Display("table")}, Command: s.Command}
}

// ToInstall is the command that installs the webhook, with the codes of what it edits; "" where it is installed, or that cannot be
// seen.
func ToInstall(ctx context.Context, s *session.Session, set *rule.Set) (command string, codes map[string]bool) {
	reader, err := s.Reader()
	if err != nil {
		return "", nil
	}
	if have, err := installation.ReadWebhook(ctx, reader); err != nil || have.Installed() {
		return "", nil
	}
	codes = map[string]bool{}
	for _, r := range set.Rules() {
		codes[r.Code] = r.Admit
	}
	return status.InstallCommand(s.Command), codes
}
