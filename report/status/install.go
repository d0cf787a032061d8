package status

import (
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/installation"
)

// Installed says what install did, and what the cluster has now.
func (w *Writer) Installed(in *installation.Run, p *installation.Proof, now *installation.Live) error {
	var serving *time.Time
	if p.Replica != nil && !p.Replica.Certificate.IsZero() {
		serving = &p.Replica.Certificate
	}
	w.certificates(now, serving)
	w.server(now, nil)
	w.network(now)
	w.Proof(now, p)
	w.scope(now)
	switch {
	case len(in.Changed) == 0:
		w.Line("", "Nothing was changed: all %d objects are as they should be.", in.Same)
	case !in.Have.Installed():
		w.next(in, p)
	default:
		w.Line("", "Changed: %s. %d objects were as they should be; pods that run now are untouched.", installation.FirstNames(in.Changed), in.Same)
	}
	if in.Foreign && !in.Have.Installed() {
		w.Line("", "Namespace %s was there before and is left as it is; uninstall will keep it.", in.Want.Namespace)
	}
	return w.Err
}

// next says what can be done after a first install, in the mode that it is in.
func (w *Writer) next(in *installation.Run, p *installation.Proof) {
	switch apart := in.Want.URL != "" && (p.Replica == nil || p.Replica.Settings == ""); {
	case in.Want.Paused:
		w.Line("", "No pod is changed while it is paused. To begin: %s", w.Command("install --resume"))
		return
	case in.Want.Shadow:
		w.Line("", "No pod is changed in shadow mode. What would change: %s. To begin: %s", w.Command("status"), w.Command("install --shadow=false"))
	case apart:
		w.Line("", "Pods that run now are untouched.")
	default:
		w.Line("", "Pods that run now are untouched. To watch before anything is changed: %s, then %s", w.Command("install --shadow"), w.Command("status"))
	}
	w.Line("", "To stop every edit at once: %s", w.Command("install --pause"))
}

// Switched says that a pause began or ended, and what shows it.
func (w *Writer) Switched(in *installation.Run, p *installation.Proof, now *installation.Live, changed bool, took time.Duration) error {
	switch {
	case in.Want.Paused && p.Gap != "":
		w.Line("‼", "%-15s no pod is sent to the webhook from now on; not proved: %s", "paused", p.Gap)
	case in.Want.Paused:
		w.Line("√", "%-15s no pod is sent to the webhook any more; a test driver pod was not changed after %v", "paused", took.Round(time.Millisecond))
	case !p.Reached && p.Gap == "":
		w.Line("‼", "%-15s pods are sent again, and the server does not answer: %s", "resumed", w.Command("status"))
	default:
		w.Line("√", "%-15s pods are sent to the webhook again, as before", "resumed")
		w.Proof(now, p)
	}
	switch {
	case !changed && in.Want.Paused:
		w.Line("", "Nothing was changed: it was paused already.")
	case !changed:
		w.Line("", "Nothing was changed: it was not paused.")
	case in.Want.Paused:
		w.Line("", "Pods that have edits keep them. To go on: %s", w.Command("install --resume"))
	}
	return w.Err
}

// NotInstalled says so, with the command that installs. There is no default image.
func NotInstalled(command func(words string) string, flags ...string) string {
	return "the webhook is not installed; to install it: " + InstallCommand(command, flags...) + " (make image builds the image)"
}

// InstallCommand is the command that installs the webhook.
func InstallCommand(command func(words string) string, flags ...string) string {
	return command(strings.Join(append([]string{"install --image=IMAGE"}, flags...), " "))
}
