package attack

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// TestWorkIsProportionalToThePod: eight times as much of anything takes some eight times as long; were each element looked up
// from the start, it would be 64. What counts is processor time, the least of several runs.
func TestWorkIsProportionalToThePod(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what is collected, and when, is no work of the pod's
	h := webhook.NewHandler(webhook.HandlerOptions{Set: set})
	options := func(n int) string {
		return `{"name":"SPARK_JAVA_OPT_0","value":"` + strings.Repeat("-a ", n) + `"},{"name":"JAVA_TOOL_OPTIONS","value":"` + strings.Repeat("-a ", n) + `"},`
	}
	for name, c := range map[string]struct {
		at   string
		many func(n int) string
		n    int
	}{
		"containers":        {`"containers":[`, func(n int) string { return strings.Repeat("{},", n) }, 2000},
		"volumes":           {`"volumes":[`, func(n int) string { return strings.Repeat("{},", n) }, 2000},
		"mounts":            {`"volumeMounts":[`, func(n int) string { return strings.Repeat("{},", n) }, 2000},
		"numbered options":  {`"env":[`, variables, 2000},
		"options in a text": {`"env":[`, options, 2500},
		"labels":            {`"labels":{`, members, 2000},
	} {
		few, many := with(t, c.at, c.many(c.n)), with(t, c.at, c.many(8*c.n))
		least := func(body []byte) time.Duration {
			var best time.Duration
			for range 9 {
				runtime.GC()
				req := httptest.NewRequest(http.MethodPost, "/mutate", bytes.NewReader(body))
				req.Header.Set("Content-Type", "application/json")
				w, began := httptest.NewRecorder(), worked(t)
				h.ServeHTTP(w, req)
				took := worked(t) - began
				if strings.Contains(w.Body.String(), "took too long") {
					continue // the machine was busy with others
				}
				if strings.Contains(w.Body.String(), "left as it is") {
					t.Fatalf("%s: %s", name, w.Body)
				}
				if best == 0 || took < best {
					best = took
				}
			}
			return best
		}
		small, large := least(few), least(many)
		t.Logf("%s: %v, eight times as many %v", name, small, large)
		if small == 0 || large == 0 {
			t.Errorf("%s: no review was looked at in time", name)
			continue
		}
		if ratio := float64(large) / float64(small); ratio > 24 {
			t.Errorf("%s: %v, eight times as many %v: %.1f times as long", name, small, large, ratio)
		}
	}
}

// worked is the processor time that this process has taken.
func worked(t *testing.T) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
