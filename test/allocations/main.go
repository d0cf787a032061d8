// Command allocations counts what each rule that runs at admission allocates by itself, its edits, their verification and its
// part of the report included, over pods that do not change, and fails above the budget. The counts do not depend on the
// machine, so a rule cannot grow unseen.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/generator"
)

//go:embed budget.txt
var budget []byte

const (
	pods     = 1000
	together = "together" // all rules in one run, which share what they read
)

func main() {
	update := flag.String("update", "", "write the budget anew, to test/allocations of this checkout")
	flag.Parse()
	counts, err := measure()
	if err == nil && *update != "" {
		err = write(filepath.Join(*update, "test", "allocations", "budget.txt"), counts)
	} else if err == nil {
		err = check(os.Stdout, counts, budget)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "allocations:", err)
		os.Exit(1)
	}
}

// count is what a rule allocates over all pods.
type count struct {
	code string
	n    uint64
}

// measure runs each rule by itself, and all of them together.
func measure() (counts []count, err error) {
	all, err := rulebook.New()
	if err != nil {
		return nil, err
	}
	none, err := rule.NewSet("1")
	if err != nil {
		return nil, err
	}
	floor, err := allocated(none)
	if err != nil {
		return nil, err
	}
	for _, r := range all.Rules() {
		if !r.Admit {
			continue
		}
		one, err := rule.NewSet("1", r)
		if err != nil {
			return nil, err
		}
		n, err := allocated(one)
		if err != nil {
			return nil, err
		}
		counts = append(counts, count{r.Code, n - floor})
	}
	n, err := allocated(all)
	return append(counts, count{together, n - floor}), err
}

// allocated is what the admission of all pods by a set allocates. A first round fills what is kept from one admission to the next.
func allocated(set *rule.Set) (n uint64, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for range 2 {
		inputs := make([]rule.Input, pods)
		for seed := range inputs {
			raw, profile := generator.Pod(uint64(seed))
			var template corev1.PodTemplateSpec
			if err := utiljson.Unmarshal(raw, &template); err != nil {
				return 0, err
			}
			inputs[seed], _ = rule.Subject(raw, &template, rule.Marks{}, rule.Options{Profile: profile})
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range inputs {
			if _, err := set.Admit(inputs[i]); err != nil {
				return 0, err
			}
		}
		runtime.ReadMemStats(&after)
		n = after.Mallocs - before.Mallocs
		inputs = nil
		runtime.GC()
	}
	return n, nil
}

// check prints the counts beside the budget and fails for each that is above it, and for a rule that has none.
func check(out io.Writer, counts []count, budget []byte) error {
	most := map[string]uint64{}
	for lines := bufio.NewScanner(bytes.NewReader(budget)); lines.Scan(); {
		var code string
		var n uint64
		if _, err := fmt.Sscan(lines.Text(), &code, &n); err != nil {
			return fmt.Errorf("budget.txt: %q: %w", lines.Text(), err)
		}
		most[code] = n
	}
	fmt.Fprintf(out, "allocations over %d generated pods\n%-10s %9s %9s\n", pods, "", "", "at most")
	var above []string
	for _, c := range counts {
		fmt.Fprintf(out, "%-10s %9d %9d\n", c.code, c.n, most[c.code])
		if c.n > most[c.code] {
			above = append(above, c.code)
		}
	}
	if above != nil {
		return fmt.Errorf("above the budget: %v; make the rule cheaper, or raise its line of test/allocations/budget.txt and say why", above)
	}
	return nil
}

// write gives each rule one part in twenty more than it needs: versions of Go differ by a little.
func write(path string, counts []count) error {
	var b bytes.Buffer
	for _, c := range counts {
		fmt.Fprintf(&b, "%s %d\n", c.code, c.n+c.n/20+20)
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
