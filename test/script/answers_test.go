package script

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// said is what one run of a command gave.
type said struct {
	code      int
	out, errs string
}

// sharedRules makes the rulebook once: a set is read by many at a time.
var sharedRules = sync.OnceValues(rulebook.New)

// command runs one command of the plugin.
func command(in string, args ...string) said {
	var out, errs bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(in), Out: &out, ErrOut: &errs}, sharedRules, "v0.0.0-test")
	root.SetArgs(args)
	code := plugin.Execute(context.Background(), root)
	return said{code, out.String(), errs.String()}
}

// bench is a folder in which commands run on one file: it has the same name each time, as reports name it.
type bench struct{ path string }

func benchFor(folder, name string) bench { return bench{filepath.Join(folder, filepath.Base(name))} }

// on runs a command on a text, and gives the file afterwards.
func (b bench) on(text []byte, args ...string) (s said, after []byte, err error) {
	return b.with(text, "", args...)
}

// with is on for a command that asks.
func (b bench) with(text []byte, in string, args ...string) (s said, after []byte, err error) {
	if err = os.WriteFile(b.path, text, 0o600); err == nil {
		s = command(in, append(args, "-f", b.path)...)
		after, err = withCreated(b.path)
	}
	return s, after, err
}

// withCreated is a file with the objects that a command created in its folder, as one text; it takes these away.
func withCreated(path string) (text []byte, err error) {
	text, err = os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.yaml"))
	for _, name := range names {
		if name == path || err != nil {
			continue
		}
		var created []byte
		if created, err = os.ReadFile(name); err == nil {
			created = append([]byte("\n---\n"), created...)
			if bytes.Contains(text, []byte("\r\n")) { // the text keeps its line ends
				created = bytes.ReplaceAll(created, []byte("\n"), []byte("\r\n"))
			}
			text = append(text, created...)
			err = os.Remove(name)
		}
	}
	return text, err
}

// doctor gives the report of a text; ok is false where there is none.
func (b bench) doctor(text []byte) (r report.Report, s said, ok bool) {
	s, _, err := b.on(text, "doctor", "-o", "json", "--fail-on", "never")
	return r, s, err == nil && json.Unmarshal([]byte(s.out), &r) == nil
}

// tune makes the changes that tune recommends.
func (b bench) tune(text []byte, args ...string) (s said, tuned []byte, err error) {
	s, _, err = b.on(text, append([]string{"tune", "--node-shape=16x64Gi", "-o", "diff"}, args...)...)
	if err != nil || s.code != 0 {
		return s, text, err
	}
	after, err := withDiff(string(text), s.out)
	return s, []byte(after), err
}

// answers is what every command says of one input. It is made once, and asked by every law.
type answers struct {
	name  string
	text  []byte
	bench bench

	doctor   report.Report
	doctored said
	known    bool // doctor gave a report
	table    said

	fix, fixAgain said
	fixed         []byte
	afterFix      report.Report

	inject, injectAgain, uninject said
	injected, back                []byte
	afterInject                   report.Report

	tune, tuneTable said // as JSON, and as it is read
	tuned           map[string]*tunedText

	printed []followed // the commands that all of it tells
}

// tunedText is what one goal of tune makes of an input.
type tunedText struct {
	first, again said
	text         []byte
	after        report.Report
	tuneFixTune  said // tune again, of what fix made of the tuned text
	fixTuneFix   said // fix again, of what tune made of the fixed text
}

// goals are the ways in which tune may be asked.
func goals() map[string][]string {
	return map[string][]string{"keep": nil, "try": {"--try"}, "packing": {"--goal=packing"}}
}

// everyInput lists the files that the laws hold for: every fixture of manifests and configurations, and every case.
func everyInput() (all []string, err error) {
	files, err := fixtures.Manifests()
	for _, m := range files {
		all = append(all, "../../"+m.Path)
	}
	return all, err
}

// everyRun runs every command on every input, many at a time.
var everyRun = sync.OnceValues(func() ([]*answers, error) {
	folder, err := os.MkdirTemp("", "laws")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	names, err := everyInput()
	if err != nil {
		return nil, err
	}
	all, errs := make([]*answers, len(names)), make([]error, len(names))
	var wait sync.WaitGroup
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, name := range names {
		wait.Add(1)
		places <- struct{}{}
		go func() {
			defer func() { <-places; wait.Done() }()
			own, err := os.MkdirTemp(folder, "one")
			if err != nil {
				errs[i] = err
				return
			}
			text, err := os.ReadFile(name)
			if err != nil {
				errs[i] = err
				return
			}
			if all[i], errs[i] = runAll(own, name, text); errs[i] == nil {
				errs[i] = all[i].runPrinted()
			}
		}()
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
})

func runAll(folder, name string, text []byte) (*answers, error) {
	b := benchFor(folder, name)
	r := &answers{name: name, text: text, bench: b, tuned: map[string]*tunedText{}}
	var all error
	keep := func(err error) {
		if all == nil {
			all = err
		}
	}
	var err error
	r.doctor, r.doctored, r.known = b.doctor(text)
	r.table, _, err = b.on(text, "doctor", "--fail-on", "never")
	keep(err)
	r.fix, r.fixed, err = b.on(text, "fix", "--all", "--write")
	keep(err)
	r.fixAgain, _, err = b.on(r.fixed, "fix", "--all")
	keep(err)
	r.afterFix, _, _ = b.doctor(r.fixed)
	r.inject, _, err = b.on(text, "inject")
	keep(err)
	r.injected = []byte(r.inject.out)
	r.injectAgain, _, err = b.on(r.injected, "inject")
	keep(err)
	r.uninject, _, err = b.on(r.injected, "uninject")
	keep(err)
	r.back = []byte(r.uninject.out)
	r.afterInject, _, _ = b.doctor(r.injected)
	r.tune, _, err = b.on(text, "tune", "--node-shape=16x64Gi", "-o", "json")
	keep(err)
	r.tuneTable, _, err = b.on(text, "tune", "--node-shape=16x64Gi")
	keep(err)
	for goal, args := range goals() {
		if goal != "keep" && !strings.Contains(name, "/cases/") && !strings.Contains(name, "/faulty/") {
			continue
		}
		one := &tunedText{}
		one.first, one.text, err = b.tune(text, args...)
		keep(err)
		if one.first.code == 0 {
			one.again, _, err = b.tune(one.text, args...)
			keep(err)
			one.after, _, _ = b.doctor(one.text)
			_, fixed, err := b.on(one.text, "fix", "--all", "--write")
			keep(err)
			one.tuneFixTune, _, err = b.tune(fixed, args...)
			keep(err)
			_, fixedTuned, err := b.tune(r.fixed, args...)
			keep(err)
			one.fixTuneFix, _, err = b.on(fixedTuned, "fix", "--all")
			keep(err)
		}
		r.tuned[goal] = one
	}
	return r, all
}

// inputs gives every input with what was said of it.
func inputs(t *testing.T) []*answers {
	t.Helper()
	all, err := everyRun()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 130 {
		t.Fatalf("%d inputs", len(all))
	}
	return all
}
