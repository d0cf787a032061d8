package webhook

import (
	"encoding/json"
	"time"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/settings"
)

// Who is what a server says of itself.
type Who struct {
	Replica  string // the pod's name, or the host's
	UID      string // the pod's; "" outside of the cluster
	Version  string
	Revision string // of the rules
	Started  time.Time
	NotAfter func() time.Time // end of the serving certificate; nil: not known
}

func (w *Who) notAfter() time.Time {
	if w.NotAfter == nil {
		return time.Time{}
	}
	return w.NotAfter().UTC()
}

func mode(shadow bool) string {
	if shadow {
		return manifests.ModeShadow
	}
	return manifests.ModeInject
}

// probe is the warning for a pod of a dry run that asks who is there. trouble is why the pod was left as it is.
func (w *Who) probe(a *rule.Admitted, profile rule.Profile, s *settings.Settings, trouble string) string {
	text, err := json.Marshal(manifests.Probe{Replica: w.Replica, Version: w.Version, Revision: w.Revision, Profile: string(profile), Mode: mode(s.Shadow), Settings: s.Revision,
		Edits: len(a.Edits), Refused: len(a.Refusals), Certificate: w.notAfter(), Trouble: trouble})
	if err != nil {
		return ""
	}
	return manifests.ProbeWarning + string(text)
}
