package webhook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// TestAReviewThatTakesTooLongIsAdmittedAsItIs: a rule that takes its time is not interrupted, and none runs after it.
func TestAReviewThatTakesTooLongIsAdmittedAsItIs(t *testing.T) {
	ran := ""
	slow := func(code string, took time.Duration) *rule.Rule {
		return &rule.Rule{Code: code, Name: "rule-" + strings.ToLower(code[4:]), Level: rule.Warning, Area: rule.Security, Admit: true,
			Doc:   rule.Doc{Title: "t", Why: "w", Remedy: "r", Since: "0", Sources: []string{"s"}},
			Parts: []rule.Part{{Profile: rule.Safe, State: "s", Says: "s"}},
			Ensure: rule.Pod(func(p *rule.PodPass) {
				ran += code
				time.Sleep(took)
				p.Fill("", patch.Path{"spec", "schedulerName"}, code)
			})}
	}
	set, err := rule.NewSet("1", slow("SPK-S901", 600*time.Millisecond), slow("SPK-S902", 0))
	if err != nil {
		t.Fatal(err)
	}
	r := post(t, handler(t, webhook.HandlerOptions{Set: set}), request(captured(t, "native/4.3.0/executor")))
	if r.Patch != nil || r.Result == nil || !strings.Contains(r.Result.Message, "took too long") || ran != "SPK-S901" {
		t.Errorf("ran %s, answered %+v", ran, r)
	}
}
