package webhook_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// TestAReviewThatTakesTooLongIsAdmittedAsItIs: a rule that takes its time is not interrupted, and none runs after it. Nor does one
// after the sender has gone.
func TestAReviewThatTakesTooLongIsAdmittedAsItIs(t *testing.T) {
	for name, during := range map[string]func(gone func()){
		"late": func(func()) { time.Sleep(600 * time.Millisecond) },
		"gone": func(gone func()) { gone() },
	} {
		ran := ""
		ctx, gone := context.WithCancel(t.Context())
		one := func(code string, during func(gone func())) *rule.Rule {
			return &rule.Rule{Code: code, Name: "rule-" + strings.ToLower(code[4:]), Level: rule.Warning, Area: rule.Security, Admit: true,
				Doc:   rule.Doc{Title: "t", Why: "w", Remedy: "r", Since: "0", Sources: []string{"s"}},
				Parts: []rule.Part{{Profile: rule.Safe, State: "s", Says: "s"}},
				Ensure: rule.Pod(func(p *rule.PodPass) {
					ran += code
					during(gone)
					p.Fill("", patch.Path{"spec", "schedulerName"}, code)
				})}
		}
		set, err := rule.NewSet("1", one("SPK-S901", during), one("SPK-S902", func(func()) {}))
		if err != nil {
			t.Fatal(err)
		}
		r := post(t, handler(t, webhook.HandlerOptions{Set: set}), request(captured(t, "native/4.3.0/executor")).WithContext(ctx))
		if r.Patch != nil || r.Result == nil || !strings.Contains(r.Result.Message, "took too long") || ran != "SPK-S901" {
			t.Errorf("%s: ran %s, answered %+v", name, ran, r)
		}
		gone()
	}
}
