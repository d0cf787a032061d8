package report

import (
	"strings"
	"testing"
)

// TestEvidenceSaysNothingTwice: what the message or the fix says is no line of its own.
func TestEvidenceSaysNothingTwice(t *testing.T) {
	for _, c := range []struct{ message, observed, needed, fix, want string }{
		{"runAsUser is 0; the application's code runs as root", "0", "the image's user", "set runAsUser to 185, the image's user", ""},
		{"spark.driver.host is 127.0.0.1, which is each executor's own pod", "spark.driver.host=127.0.0.1", "an address that executors reach", "set spark.driver.host", "spark.driver.host=127.0.0.1 > an address that executors reach"},
		{"Spark 3.5 ignores a key, new in Spark 4.2", "Spark 3.5", "Spark 4.2", "remove it", ""},
		{"Spark 3.5.9 ignores a key", "Spark 3.5", "4.2", "upgrade to Spark 4.2", "Spark 3.5 > 4.2"},
		{"the driver failed with exit code 1", "exit code 1 after 4s, pod a", "", "read the log", "exit code 1 after 4s, pod a"},
		{"the driver failed with exit code 1", "exit code 1", "", "read the log", ""},
		{"the largest node, \"small\", offers 4Gi", "6758Mi memory", "at most 4Gi", "lower it to at most 4Gi, or add nodes", "6758Mi memory"},
		{"the limit is 768Mi", "limit 768Mi", "2458Mi", "raise it", "limit 768Mi > 2458Mi"},
		{"no token", "", "a token", "", "needs a token"},
	} {
		f := Finding{Message: c.message, Evidence: &Evidence{Observed: c.observed, Needed: c.needed}, Fix: &Fix{Summary: c.fix}}
		if got := strings.Join(f.seen(" > "), "; "); got != c.want {
			t.Errorf("%q of %q: %q, want %q", c.observed, c.message, got, c.want)
		}
	}
}

// TestWhyAFindingIsNotFixedIsALine behind the fix, once where it is so of all places, else with the roles.
func TestWhyAFindingIsNotFixedIsALine(t *testing.T) {
	const why = "Not fixed automatically: the Spark version is unknown"
	of := func(role, why string) Finding {
		return Finding{Code: "SPK-M023", Level: "error", Workload: "a/etl", Role: role, Message: "no metrics",
			Subject: Subject{Kind: "Pod", Name: "etl"}, Fix: &Fix{Kind: FixManual, Summary: "set it", NotFixed: why}}
	}
	for _, c := range []struct{ executor, line string }{{why, why}, {"", why + " (driver)"}} {
		r := &Report{Workloads: []Workload{{Name: "a/etl"}}, Findings: []Finding{of("driver", why), of("executor", c.executor)}}
		r.Finish(false)
		for format, want := range map[string]string{
			"table":    "fix: set it\n              " + c.line + "\n",
			"wide":     "fix: set it   " + c.line + "   ",
			"markdown": "| set it<br>" + c.line + " |",
			"json":     `"notFixed": "` + why + `"`,
		} {
			if out := text(t, r, Options{Format: format, Width: 100}); !strings.Contains(out, want) || len(r.Findings) != 1 {
				t.Errorf("%s: %q is not in %s", format, want, out)
			}
		}
	}
}
