package status

import (
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
		w.Line("", "Pods that run now are untouched. To watch before anything is changed: %s, then %s", w.Command("install --shadow"), w.Command("status"))
		w.Line("", "To stop every edit at once: %s", w.Command("install --pause"))
	default:
		w.Line("", "Changed: %s. %d objects were as they should be; pods that run now are untouched.", installation.Some(in.Changed), in.Same)
	}
	if in.Foreign && !in.Have.Installed() {
		w.Line("", "Namespace %s was there before and is left as it is; uninstall will keep it.", in.Want.Namespace)
	}
	return w.Err
}
