package integration

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// TestTuneNamesTheCommandThatApplies: of workloads of the cluster it is the last line, and it does that.
func TestTuneNamesTheCommandThatApplies(t *testing.T) {
	a := newApplied(t)
	a.worker("one-worker", "")
	a.worker("other-worker", "")
	for _, args := range [][]string{{"tune", "statefulset/one-worker"}, {"tune", "statefulset/other-worker", "-o", "diff"}} {
		out, errs := a.run(0, args...)
		lines := strings.Split(strings.TrimSpace(out+errs), "\n")
		next, printed := strings.CutPrefix(strings.TrimSpace(lines[len(lines)-1]), "next: kubectl spark ")
		if !printed || !strings.HasSuffix(next, " --apply") {
			t.Fatalf("%q: the last line is %q", args, lines[len(lines)-1])
		}
		code, out, errs := runPlugin(t, a.kubeconfig, append(strings.Fields(next), "--record="+recordFile(t))...)
		if code != plugin.ExitDone {
			t.Fatalf("%s: exit code %d\n%s%s", next, code, out, errs)
		}
		a.wants(out, strings.TrimPrefix(args[1], "statefulset/")+" in namespace "+a.ns+": applied")
	}
	a.worker("third-worker", "")
	out, _ := a.run(0, "tune")
	a.wants(out, "third-worker", "in 3 workloads")
}
