// Package law holds the tests of what all packages keep to: which imports which, how long they are, and the words of users.
package law

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kubectl-spark/kubectl-spark"

// mayKnow is the import law: which of our own packages a package may import directly. A package that is not listed
// may import none. Sub-packages belong to the package that they stand in, unless listed themselves.
var mayKnow = map[string][]string{
	"cmd/kubectl-spark":   {"plugin", "rulebook"},
	"cmd/spark-webhook":   {"webhook", "rulebook"},
	"plugin":              {"change/forms", "plugin/applying", "plugin/flags", "plugin/help", "plugin/image", "plugin/input", "plugin/safe", "plugin/session", "plugin/tune", "plugin/webhook", "diagnosis", "scene", "change", "installation", "rule", "tuner", "report", "spark/secret", "terminal"},
	"plugin/help":         {"plugin/flags", "report", "scene", "terminal"},
	"plugin/safe":         {"report", "spark/secret", "terminal"},
	"plugin/flags":        {"eventlog", "eventlog/source", "change", "manifests", "prediction", "rule", "scene", "tuner"},
	"plugin/session":      {"change", "cluster", "installation", "report", "rule", "scene", "spark/secret", "terminal"},
	"plugin/input":        {"plugin/flags", "plugin/session", "change", "report", "scene", "spark/secret"},
	"plugin/applying":     {"change/forms", "plugin/flags", "plugin/input", "plugin/safe", "plugin/session", "change", "cluster", "report", "scene", "spark/secret"},
	"plugin/tune":         {"plugin/applying", "plugin/flags", "plugin/input", "plugin/safe", "plugin/session", "fleet", "fleet/job", "manifests", "diagnosis", "scene", "change", "rule", "cluster", "tuner", "report", "spark/secret", "eventlog", "eventlog/source", "life/prometheus", "prediction"},
	"plugin/image":        {"plugin/flags", "plugin/session", "cluster", "image", "image/model", "installation", "life/model", "manifests", "report", "rule", "scene"},
	"plugin/webhook":      {"plugin/session", "plugin/flags", "plugin/image", "cluster", "installation", "manifests", "report", "rule", "scene", "spark/secret"},
	"diagnosis":           {"scene", "change", "rule", "cluster", "report"},
	"fleet":               {"scene", "change", "eventlog", "eventlog/model", "prediction", "report", "spark", "tuner"},
	"fleet/job":           {"manifests", "cluster", "life/model"},
	"scene":               {"eventlog/model", "image/model", "workload", "workload/crd", "life/model", "cluster", "rule", "spark", "patch", "neighbour", "tuner", "workload/dockerfile"},
	"change":              {"scene", "workload", "patch", "rule", "spark"},
	"change/helm":         {"patch"},
	"change/forms":        {"change", "change/helm", "patch", "scene"},
	"change/apply":        {"manifests/companions", "rule", "change", "cluster", "eventlog/model", "patch", "prediction", "scene", "spark"},
	"installation":        {"manifests", "settings", "cluster", "rule", "spark", "neighbour"},
	"settings":            {"manifests", "rule", "spark"},
	"webhook":             {"rule", "spark", "patch", "manifests", "neighbour", "settings"},
	"cluster":             {"life/model", "spark", "workload", "rule", "neighbour"},
	"neighbour":           {"rule", "spark", "patch"},
	"report":              {"rule", "spark", "patch", "tuner", "eventlog/model", "prediction"},
	"report/image":        {"report", "image/model", "installation", "manifests", "spark"},
	"report/status":       {"report", "installation", "manifests", "rule", "spark"},
	"image":               {"image/model", "spark"},
	"image/model":         {"rule", "spark"},
	"rulebook":            {"rule", "rulebook"},
	"rulebook/reading":    {"life/model", "neighbour", "rule", "spark"},
	"life/model":          {"rule", "spark", "spark/secret/mask"},
	"eventlog":            {"eventlog/model"},
	"eventlog/source":     {"eventlog"},
	"life/prometheus":     {"eventlog/model"},
	"eventlog/model":      {"rule", "spark/secret/mask"},
	"tuner":               {"spark", "spark/secret/mask", "eventlog/model", "prediction"},
	"prediction":          {"eventlog/model", "spark"},
	"spark/jvm":           {"spark"},
	"spark/secret":        {"spark"},
	"spark/secret/mask":   {"spark", "patch"},
	"workload":            {"spark", "patch", "workload/dockerfile"},
	"workload/pod":        {"workload", "spark", "patch"},
	"workload/launcher":   {"workload", "workload/pod", "spark", "patch"},
	"workload/source":     {"workload", "workload/launcher", "spark", "patch", "workload/dockerfile"},
	"workload/carry":      {"workload", "workload/pod", "workload/launcher", "workload/source", "spark", "patch"},
	"workload/crd":        {"rule", "spark", "patch"},
	"rule":                {"spark", "patch"},
	"patch/oracle":        {"patch"},
	"workload/dockerfile": {"rule", "patch"},

	"manifests/companions": {"rule"}, // the objects of manifests, which only rules complete

	// An area of the rulebook knows no other: what several read stands in reading.
	"rulebook/performance": {"life/model", "rule", "neighbour", "rulebook/reading", "spark", "workload/crd"},
	"rulebook/jvm":         {"rule", "neighbour", "rulebook/reading", "spark"},
	"rulebook/monitoring":  {"manifests/companions", "rule", "neighbour", "rulebook/reading", "spark"},
	"rulebook/history":     {"manifests/companions", "rule", "neighbour", "rulebook/reading", "spark", "spark/secret"},
	"rulebook/security":    {"manifests/companions", "rule", "neighbour", "rulebook/reading", "spark"},
	"rulebook/identity":    {"life/model", "manifests/companions", "rule", "neighbour", "rulebook/reading", "spark"},
	"rulebook/image":       {"image/model", "life/model", "neighbour", "rule", "rulebook/reading", "spark", "spark/secret", "workload/dockerfile"},
}

// pure packages import only the standard library without its windows to the world, Kubernetes' types and Pod Security checks, and text libraries.
var pure = map[string]bool{
	"rule": true, "spark": true, "spark/jvm": true, "spark/secret": true, "spark/secret/mask": true, "patch": true, "workload": true, "workload/dockerfile": true, "workload/pod": true, "workload/launcher": true, "workload/source": true, "workload/carry": true, "workload/crd": true, "tuner": true, "prediction": true, "neighbour": true, "manifests/companions": true,
	"life/model": true, "eventlog/model": true, "image/model": true,
	"rulebook": true, "rulebook/reading": true, "rulebook/performance": true, "rulebook/jvm": true, "rulebook/monitoring": true, "rulebook/history": true, "rulebook/security": true, "rulebook/identity": true, "rulebook/image": true,
}

var (
	notPure = []string{"net", "net/http", "os", "os/exec", "log", "log/slog", "math/rand", "math/rand/v2"}
	texts   = []string{"go.yaml.in/yaml/v3", "sigs.k8s.io/yaml", "github.com/aymanbagabas/go-udiff", "github.com/distribution/reference", "github.com/go-json-experiment/json", "github.com/robfig/cron/v3", "gomodules.xyz/jsonpatch/v2", "mvdan.cc/sh/v3/syntax",
		"github.com/moby/buildkit/frontend/dockerfile/instructions", "github.com/moby/buildkit/frontend/dockerfile/linter", "github.com/moby/buildkit/frontend/dockerfile/parser"}
	heavy = []string{"k8s.io/client-go", "k8s.io/cli-runtime", "sigs.k8s.io/controller-runtime"}
)

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// list reads the packages that match, with what they import. Tests' imports are not among them.
func list(t *testing.T, pattern ...string) []pkg {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, pattern...)...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room is the listed package that a package belongs to: the longest listed folder that it is or stands below.
func room(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	for at := path; at != ""; {
		if _, listed := mayKnow[at]; listed || pure[at] {
			return at
		}
		cut := strings.LastIndex(at, "/")
		if cut < 0 {
			return at
		}
		at = at[:cut]
	}
	return path
}

// TestTheLawNamesWhatThereIs: a package of another name would stand outside the law, and an allowance that nothing uses
// hides the next import that should not be.
func TestTheLawNamesWhatThereIs(t *testing.T) {
	all := list(t, module+"/...")
	there := func(room string) bool {
		return slices.ContainsFunc(all, func(p pkg) bool { return under(strings.TrimPrefix(p.ImportPath, module+"/"), []string{room}) })
	}
	for room := range pure {
		if !there(room) {
			t.Errorf("pure room %q has no package", room)
		}
	}
	for from, allowed := range mayKnow {
		if !there(from) {
			t.Errorf("room %q has no package", from)
		}
		for _, to := range allowed {
			if !slices.ContainsFunc(all, func(p pkg) bool {
				return room(p.ImportPath) == from && slices.ContainsFunc(p.Imports, func(imported string) bool {
					return strings.HasPrefix(imported, module) && under(room(imported), []string{to})
				})
			}) {
				t.Errorf("room %q may know %q, which it does not import", from, to)
			}
		}
	}
}

func under(path string, roots []string) bool {
	for _, r := range roots {
		if path == r || strings.HasPrefix(path, r+"/") {
			return true
		}
	}
	return false
}

func TestRoomsImportOnlyWhatTheLawAllows(t *testing.T) {
	for _, p := range list(t, module+"/...") {
		from := room(p.ImportPath)
		if from == "" || strings.HasPrefix(from, "test") {
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			to := room(imported)
			if to != from && !under(to, mayKnow[from]) {
				t.Errorf("%s imports %s: room %q may not know %q", p.ImportPath, imported, from, to)
			}
		}
	}
}

func TestPureRoomsStayPure(t *testing.T) {
	for _, p := range list(t, module+"/...") {
		if !pure[room(p.ImportPath)] {
			continue
		}
		for _, imported := range p.Imports {
			switch {
			case strings.HasPrefix(imported, module), under(imported, texts), imported == "net/netip" /* addresses as values: it opens nothing */, under(imported, []string{"k8s.io/api", "k8s.io/apimachinery/pkg", "k8s.io/pod-security-admission"}):
			case strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
				t.Errorf("%s imports %s, which is neither a Kubernetes type nor a text library", p.ImportPath, imported)
			case under(imported, notPure):
				t.Errorf("%s imports %s and is to be pure", p.ImportPath, imported)
			}
		}
		for _, dep := range p.Deps {
			if under(dep, heavy) {
				t.Errorf("%s links %s", p.ImportPath, dep)
			}
		}
	}
}

// TestOnlyImageReadsRegistries: the webhook and what judges know an image by its facts.
func TestOnlyImageReadsRegistries(t *testing.T) {
	for _, p := range list(t, module+"/...") {
		for _, imported := range p.Imports {
			if from := room(p.ImportPath); under(imported, []string{"github.com/google/go-containerregistry"}) && from != "image" && !strings.HasPrefix(from, "test") {
				t.Errorf("%s imports %s, which only image does", p.ImportPath, imported)
			}
		}
	}
}

// clients are modules that reach the stores of clouds.
var clients = []string{"github.com/minio/minio-go", "github.com/Azure", "golang.org/x/oauth2/google", "cloud.google.com/go"}

// TestOnlySourceLinksClients: where a log lies is known by eventlog/source alone. What reads a log, and the webhook, link no client of a
// cloud, and what reads a log links none of Kubernetes either.
func TestOnlySourceLinksClients(t *testing.T) {
	for _, p := range list(t, module+"/...") {
		from := room(p.ImportPath)
		for _, imported := range p.Imports {
			if under(imported, clients) && from != "eventlog/source" && !strings.HasPrefix(from, "test") {
				t.Errorf("%s imports %s, which only eventlog/source does", p.ImportPath, imported)
			}
		}
		if from != "eventlog" && from != "cmd/spark-webhook" && from != "webhook" && from != "prediction" && from != "report" {
			continue
		}
		for _, dep := range p.Deps {
			if under(dep, clients) || dep == module+"/eventlog/source" || from == "eventlog" && under(dep, heavy) {
				t.Errorf("%s links %s", p.ImportPath, dep)
			}
		}
	}
}

func TestTheWebhookLinksNoCommandLine(t *testing.T) {
	for _, p := range list(t, module+"/cmd/spark-webhook") {
		for _, dep := range p.Deps {
			if under(dep, []string{"github.com/spf13/cobra", "k8s.io/cli-runtime", "k8s.io/kubectl", module + "/plugin", module + "/cluster", module + "/report", "github.com/google/go-containerregistry", "github.com/CycloneDX"}) {
				t.Errorf("the webhook links %s", dep)
			}
		}
	}
}
