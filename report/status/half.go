package status

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/installation"
)

// Half says of an installation that did not come to its end what stands and what is missing, and what to do.
func (w *Writer) Half(s *installation.Status) []string {
	lines := []string{"the webhook is half installed: no pod is sent to it", "missing: " + strings.Join(s.Half.Absent, ", "), "there: " + strings.Join(s.Half.Standing, ", ")}
	image := "IMAGE"
	if s.Server.Image != "" {
		image = s.Server.Image
		lines = append(lines, fmt.Sprintf("%d of %d replicas ready, %s; to see why: kubectl describe pods -n %s", s.Server.Ready, s.Server.Wanted, s.Server.Image, s.Namespace))
	}
	return append(lines, fmt.Sprintf("to go on: %s; to remove it: %s", w.Command("install --image="+image+" -n "+s.Namespace), w.Command("uninstall -n "+s.Namespace)))
}
