package generator

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// second is what became of a pod at a second call.
type second struct {
	problem, about string // the law that it breaks, and what another webhook did to it
	tried          bool   // it tells something
	back           int    // edits that were taken back
	before, after  []byte // Kubernetes lets in the latter wherever it lets in the former
}

// secondCalls makes the pods of seeds, each in the profiles that are given for it.
func secondCalls(t *testing.T, seeds uint64, profiles func(seed uint64) []rule.Profile, try func(*rule.Set, rule.Profile, uint64) second) {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	check := buildCheck(t)
	var all sync.WaitGroup
	var tried, back, valid atomic.Uint64
	var failed atomic.Int32
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		all.Go(func() {
			c := start(t, check)
			for seed := w; seed < seeds && failed.Load() < 5; seed += workers {
				for _, profile := range profiles(seed) {
					s := try(set, profile, seed)
					if s.problem == "" && s.tried {
						tried.Add(1)
						if s.back > 0 {
							back.Add(1)
						}
						switch before, after, err := c.both(s.before, s.after); {
						case err != nil:
							s.problem = err.Error()
						case before == "" && after != "":
							s.problem = "Kubernetes lets it in, and does not after the second call: " + after
						case before == "":
							valid.Add(1)
						}
					}
					if s.problem != "" {
						failed.Add(1)
						t.Errorf("seed %d, profile %s: %s\nby the other webhook %s\nback %d", seed, profile, s.problem, s.about, s.back)
					}
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d pods: of %d edits are taken back, %d are valid", tried.Load(), back.Load(), valid.Load())
	if tried.Load() < seeds/2 || back.Load() < seeds/20 || valid.Load() < seeds*4/25 {
		t.Error("too few of them tell anything")
	}
}
