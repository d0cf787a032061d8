package webhook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

const canary = "c4n4ry"

// leaves calls f with each place of a value that holds no others.
func leaves(v any, at patch.Path, f func(patch.Path)) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			leaves(v[key], at.With(key), f)
		}
	case []any:
		for i := range v {
			leaves(v[i], at.With(strconv.Itoa(i)), f)
		}
	default:
		f(at)
	}
}

// planted is the tree with the canary in the value at a place: behind a text, in the place of anything else.
func planted(v any, at patch.Path) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		out[at[0]] = planted(v[at[0]], at[1:])
		return out
	case []any:
		out := slices.Clone(v)
		i, _ := strconv.Atoi(at[0])
		out[i] = planted(v[i], at[1:])
		return out
	case string:
		return v + canary
	}
	return canary
}

// reported is what a patch has for the report's annotation.
func reported(t *testing.T, text []byte) string {
	var ops []struct {
		Path  string
		Value any
	}
	if err := json.Unmarshal(text, &ops); text != nil && err != nil {
		t.Fatal(err)
	}
	for _, op := range ops {
		switch value := op.Value.(type) {
		case string:
			if strings.HasSuffix(op.Path, strings.ReplaceAll(rule.ReportAnnotation, "/", "~1")) {
				return value
			}
		case map[string]any:
			if report, ok := value[rule.ReportAnnotation].(string); ok {
				return report
			}
		}
	}
	return ""
}

// TestNoValueOfAPodComesIntoALog plants a canary in every field of a pod, one after the other, and has rules fail in every way.
func TestNoValueOfAPodComesIntoALog(t *testing.T) {
	failing := func(do func(*rule.PodPass)) *rule.Set {
		set, err := rule.NewSet("1", &rule.Rule{Code: "SPK-S901", Name: "fails", Level: rule.Warning, Area: rule.Security, Admit: true,
			Doc:   rule.Doc{Title: "t", Why: "w", Remedy: "r", Since: "0", Sources: []string{"s"}},
			Parts: []rule.Part{{Profile: rule.Safe, State: "s", Says: "s"}}, Ensure: rule.Pod(do)})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	all := func(p *rule.PodPass) string { text, _ := json.Marshal(p.Template()); return string(text) }
	sets := map[string]*rule.Set{
		"the rules":             nil,
		"a panic with a text":   failing(func(p *rule.PodPass) { panic(all(p)) }),
		"a panic with an error": failing(func(p *rule.PodPass) { panic(errors.New(all(p))) }),
		"a panic of the language": failing(func(p *rule.PodPass) {
			_ = map[string]int{all(p): 1}[all(p)] / len(p.Main().Env[:0])
		}),
		"a value of the wrong type": failing(func(p *rule.PodPass) { p.Fill("", p.At("tty"), all(p)) }),
		"a place that is none":      failing(func(p *rule.PodPass) { p.Fill("", p.At("none"), all(p)) }),
		"an option that is refused": failing(func(p *rule.PodPass) { p.MergeTokens("", "-Xmx"+all(p)) }),
		"a copy that was changed": failing(func(p *rule.PodPass) {
			p.Fill("", p.At("workingDir"), all(p))
			p.Main().WorkingDir += "x"
			p.Main().Env = nil
		}),
	}
	var review map[string]any
	if err := json.Unmarshal(captured(t, "native/4.3.0/executor"), &review); err != nil {
		t.Fatal(err)
	}
	request0 := review["request"].(map[string]any)
	failed, tried := 0, 0
	for name, set := range sets {
		var log bytes.Buffer
		h := handler(t, webhook.HandlerOptions{Set: set, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		leaves(request0["object"], nil, func(at patch.Path) {
			if strings.HasPrefix(at.Pointer(), "/metadata/name") || strings.HasPrefix(at.Pointer(), "/metadata/generateName") {
				return // by which the log tells which pod it was
			}
			log.Reset()
			changed := maps.Clone(review)
			changed["request"] = planted(request0, append(patch.Path{"object"}, at...))
			body, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			r := post(t, h, request(body))
			tried++
			if log.Len() > 0 {
				failed++
			}
			message := ""
			if r.Result != nil {
				message = r.Result.Message
			}
			if strings.Contains(log.String()+message+fmt.Sprint(r.AuditAnnotations), canary) {
				t.Errorf("%s, %s: the canary is in the log or the message: %s %s", name, at.Pointer(), message, log.String())
			}
			if text := reported(t, r.Patch); at[len(at)-1] != "name" && strings.Contains(text, canary) { // names of containers and variables say what to undo
				t.Errorf("%s, %s: the canary is in the report: %s", name, at.Pointer(), text)
			}
		})
	}
	if tried < 300 || failed < 200 {
		t.Errorf("%d tried, %d of them logged: the test tells nothing", tried, failed)
	}
}
