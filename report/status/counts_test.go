package status

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/report"
)

// TestStatusCountsEveryResult but for the pods that install and status try themselves.
func TestStatusCountsEveryResult(t *testing.T) {
	s := installation.Status{Counts: map[string]int64{}}
	var want []string
	for i, result := range manifests.Results() {
		s.Counts[string(result)] = int64(i + 10)
		if result != manifests.Probed {
			want = append(want, fmt.Sprintf("%d %s", i+10, result))
		}
	}
	var out bytes.Buffer
	w := &Writer{Lines: report.Lines{Out: &out}}
	w.counts(&s)
	if text := strings.Join(strings.Fields(out.String()), " "); !strings.Contains(text, "reviews "+strings.Join(want, ", ")+" (since") {
		t.Errorf("got %s", text)
	}
}
