package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestExplainPodTellsNoSecret: law 4 over every line that quotes the pod, its annotations or an error.
func TestExplainPodTellsNoSecret(t *testing.T) {
	const planted = "password=P2v9QxWm"
	var out bytes.Buffer
	x := &Writer{Lines: report.Lines{Out: &out}, Command: func(words string) string { return words }}
	s := &installation.PodExplanation{Have: &installation.Live{}, Who: spark.Identity{Role: spark.Driver, Why: planted},
		Reported: true, Claims: rule.Claims{Report: rule.Report{Revision: planted, Profile: planted, Applied: []string{planted}, Refused: map[string]rule.Reason{planted: planted}}, False: []string{planted}},
		SentBy:  []manifests.Sending{{Webhook: "labelled", Why: planted}},
		Preview: &installation.Preview{Unknown: errors.New(planted), Problems: []string{planted}, Codes: []string{planted}}}
	if err := x.Pod(s); err != nil {
		t.Fatal(err)
	}
	x.sent(s)
	x.would(s)
	s.Preview.Err = errors.New(planted)
	x.would(s)
	if text := out.String(); strings.Contains(text, "P2v9QxWm") || strings.Count(text, "password=") < 9 {
		t.Errorf("it tells\n%s", text)
	}
}

// TestStatusTellsNoSecret: law 4 in every format.
func TestStatusTellsNoSecret(t *testing.T) {
	const planted = "password=P2v9QxWm"
	s := &installation.Status{Problems: []string{planted}, Missing: []installation.Missing{{What: "get pods", Reason: planted}},
		Server: installation.Server{Replicas: map[string]manifests.Replica{"a": {Config: planted}}},
		Proof:  &installation.Proof{Gap: planted, Replica: &manifests.Probe{Trouble: planted}}}
	Mask(s)
	text, err := json.Marshal(s)
	if err != nil || bytes.Contains(text, []byte("P2v9QxWm")) || bytes.Count(text, []byte("password=")) != 5 {
		t.Errorf("%v: %s", err, text)
	}
}
