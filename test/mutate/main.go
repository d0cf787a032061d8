// Command mutate deletes, one at a time, every effect of every rule, and runs the rulebook's tests on what is left: a
// deletion that no test notices is a rule that nobody holds to its word. It prints a table of the rules and exits 1 if any
// deletion survived. All deletions are compiled into one test program, which is told by a variable which of them holds.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// variable names the deletion that holds in a run of the test program.
const variable = "RULEBOOK_MUTANT"

// limit bounds one run: a deletion may leave a loop without an end.
const limit = 10 * time.Minute

func main() {
	only := flag.String("rule", "", "the codes of rules, with commas; empty: all")
	quick := flag.Bool("quick", false, "run the rule's own cases only, and no other tests")
	flag.Parse()
	if err := run(context.Background(), *only, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, quick bool) error {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	mutants, overlay, err := mutate("rulebook", dir)
	if err != nil {
		return err
	}
	program := filepath.Join(dir, "rulebook.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", program, "./rulebook").CombinedOutput(); err != nil {
		return fmt.Errorf("build the test program: %w\n%s", err, out)
	}
	all := "."
	if quick {
		all = everyCase
	}
	if out, ok := passes(ctx, program, "", all); !ok {
		return fmt.Errorf("the tests fail without any deletion:\n%s", out)
	}
	chosen := mutants[:0]
	for _, m := range mutants {
		if only == "" || slices.Contains(strings.Split(strings.ToUpper(only), ","), m.code) {
			chosen = append(chosen, m)
		}
	}
	judge(ctx, program, chosen, quick)
	return table(chosen)
}

// everyCase is the test of which each rule's cases are a subtest.
const everyCase = "^TestEveryRuleDoesWhatItsCasesSay$"

// judge runs the tests on each deletion: the rule's own cases first, then, where they notice nothing, all the others. What
// rules share has the cases of all rules for its own. Quick ones run nothing else.
func judge(ctx context.Context, program string, mutants []*mutant, quick bool) {
	todo := make(chan *mutant)
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for m := range todo {
				own := everyCase
				if strings.HasPrefix(m.code, "SPK-") {
					own += "/^" + m.code + "$"
				}
				_, survived := passes(ctx, program, m.id, own)
				m.by = "its cases"
				if survived && !quick {
					_, survived = passes(ctx, program, m.id, ".")
					m.by = "other tests"
				}
				if survived {
					m.by = ""
				}
			}
		}()
	}
	for _, m := range mutants {
		todo <- m
	}
	close(todo)
	workers.Wait()
}

// passes runs tests of the program with one deletion in force, or none.
func passes(ctx context.Context, program, id, tests string) (out string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-test.run", tests, "-test.failfast")
	cmd.Dir = "rulebook"
	cmd.Env = append(os.Environ(), variable+"="+id)
	text, err := cmd.CombinedOutput()
	return string(text), err == nil
}

func table(mutants []*mutant) error {
	type row struct{ all, cases, others int }
	rows := map[string]*row{}
	var codes, survivors []string
	for _, m := range mutants {
		r := rows[m.code]
		if r == nil {
			r = &row{}
			rows[m.code] = r
			codes = append(codes, m.code)
		}
		r.all++
		switch m.by {
		case "its cases":
			r.cases++
		case "other tests":
			r.others++
		default:
			survivors = append(survivors, fmt.Sprintf("%s survives: %s %s", m.where, m.code, m.call))
		}
	}
	sort.Strings(codes)
	var sum row
	fmt.Println("rule       deletions  noticed by its cases  by other tests  by none")
	for _, code := range codes {
		r := rows[code]
		fmt.Printf("%-10s %9d %21d %15d %8d\n", code, r.all, r.cases, r.others, r.all-r.cases-r.others)
		sum.all, sum.cases, sum.others = sum.all+r.all, sum.cases+r.cases, sum.others+r.others
	}
	fmt.Printf("%-10s %9d %21d %15d %8d\n", "all", sum.all, sum.cases, sum.others, len(survivors))
	for _, s := range survivors {
		fmt.Println(s)
	}
	switch {
	case len(survivors) > 0:
		return fmt.Errorf("%d of %d deletions are noticed by no test", len(survivors), len(mutants))
	case len(mutants) == 0:
		return fmt.Errorf("nothing to delete was found")
	}
	return nil
}

// writeOverlay tells the compiler which files to read in place of others.
func writeOverlay(dir string, replace map[string]string) (string, error) {
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}
