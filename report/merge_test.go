package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// twoRoles is one fault in driver and executor, with values of their own and further places, and another fault of the code.
func twoRoles() *Report {
	at := func(line int) *Location { return &Location{File: "jobs.yaml", Line: line, Column: 5} }
	fault := func(role, message, path string, line int, level rule.Level) Finding {
		return Finding{Code: "SPK-P012", Level: level, Area: rule.Performance, Workload: "a/etl", Role: role, Path: path, Message: message, Fault: "the %s asks",
			Subject: Subject{Kind: "Pod", Name: "etl-" + role}, Evidence: &Evidence{Observed: "limit of " + role}, Fix: &Fix{Summary: "raise " + role}, Location: at(line)}
	}
	driver, executor := fault("driver", "the driver asks", "spec.driver", 3, rule.Warning), fault("executor", "the executor asks", "spec.executor", 9, rule.Error)
	driver.Places = []Place{Noted("spec.driver.more", at(4), "spec.driver.more holds a limit")}
	driver.Note = "spec.driver holds a limit"
	other := driver
	other.Fault, other.Message, other.Places, other.CausedBy = "another", "another fault", nil, "SPK-P002"
	other.Note = ""
	return &Report{Workloads: []Workload{{Name: "a/etl"}}, Findings: []Finding{driver, executor, other}}
}

// TestTheSameFaultOfAWorkloadIsOneFindingWithAllItsPlaces in every format, and loses nothing that is only of one place.
func TestTheSameFaultOfAWorkloadIsOneFindingWithAllItsPlaces(t *testing.T) {
	r := twoRoles()
	r.Finish(false)
	if len(r.Findings) != 2 || r.Summary.Error != 1 || r.Summary.Warning != 1 {
		t.Fatalf("%+v, %+v", r.Findings, r.Summary)
	}
	f := r.Findings[0]
	if f.Level != rule.Error || f.Role != "executor" || f.Count != 2 || len(f.Places) != 3 || f.CausedBy != "" || r.Findings[1].Places != nil {
		t.Errorf("%+v", r.Findings)
	}
	raw, err := json.Marshal(f.Places)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"role":"executor"`, `"level":"warning"`, `"path":"spec.driver.more"`, `"message":"spec.driver.more holds a limit"`, `"message":"the driver asks"`,
		`"observed":"limit of driver"`, `"summary":"raise driver"`, `"name":"etl-driver"`, `"line":4,"column":5`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is not in %s", want, raw)
		}
	}
	for format, wanted := range map[string][]string{
		"table":    {"the executor asks (executor)", "the driver asks (driver)", "jobs.yaml:9, jobs.yaml:3, jobs.yaml:4", "limit of executor; limit of driver", "fix: raise executor; raise driver", "another fault (driver); goes away with SPK-P002"},
		"wide":     {"pod/etl-executor spec.executor, pod/etl-driver spec.driver, pod/etl-driver spec.driver.more\n"},
		"name":     {"pod/etl-executor\npod/etl-driver\n"},
		"markdown": {"the executor asks (executor); the driver asks (driver) (jobs.yaml:9, jobs.yaml:3, jobs.yaml:4)", "raise executor; raise driver", "goes away with SPK-P002"},
		"json":     {`"places": [`, `"causedBy": "SPK-P002"`},
		"yaml":     {"places:", "causedBy: SPK-P002", "column: 5"},
		"jsonpath={.findings[0].places[*].location.line}": {"9 3 4"},
	} {
		out := text(t, r, Options{Format: format, Width: 100})
		for _, want := range wanted {
			if !strings.Contains(out, want) {
				t.Errorf("%s lacks %q:\n%s", format, want, out)
			}
		}
		if strings.Contains(out, "jobs.yaml:9:5") {
			t.Errorf("%s shows a column", format)
		}
	}
}

// TestFaultsOfPartsAreOneAcrossRolesOnly: of one role two findings without a form of words are two.
func TestFaultsOfPartsAreOneAcrossRolesOnly(t *testing.T) {
	r := twoRoles()
	for i := range r.Findings {
		r.Findings[i].Fault, r.Findings[i].Level = "", rule.Warning
	}
	r.Finish(false)
	if len(r.Findings) != 2 || len(r.Findings[0].Places) != 3 || r.Findings[1].Message != "another fault" {
		t.Errorf("%+v", r.Findings)
	}
}

// TestARemedyThatAnotherSaysIsSaidOnce: of two roles that lack fields, one some more than the other.
func TestARemedyThatAnotherSaysIsSaidOnce(t *testing.T) {
	f := Finding{Places: []Place{{Fix: &Fix{Summary: "set b, c in d"}}, {Fix: &Fix{Summary: "set a, b, c in d"}}, {Fix: &Fix{Summary: "remove c in d"}}}}
	if got := f.summaries(); !slices.Equal(got, []string{"set a, b, c in d", "remove c in d"}) {
		t.Errorf("%q", got)
	}
}

// TestSecretsOfPlacesAreMasked as those of findings.
func TestSecretsOfPlacesAreMasked(t *testing.T) {
	r := twoRoles()
	r.Findings[0].Places[0] = Noted("sparkConf.spark.ssl.keyPassword", nil, "stood: -Ddb.password=hunter2")
	r.Findings[0].Evidence = &Evidence{Observed: "hunter2", Needed: "hunter2"}
	r.Findings[0].Path = "sparkConf.spark.ssl.keyPassword"
	r.Finish(false)
	if out := text(t, r, Options{Format: "json"}); strings.Contains(out, "hunter2") {
		t.Error(out)
	}
}
