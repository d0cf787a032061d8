package generator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

var pods = flag.Uint64("pods", 20_000, "pods that are generated")

// TestInjectionOfGeneratedPods: inject is never refused, its patch is valid, twice equals once, what is taken back is what
// was there, and Kubernetes' own validation lets the injected pod in wherever it lets the original in.
func TestInjectionOfGeneratedPods(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	check := buildCheck(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	var certain, edited, valid uint64
	var failed atomic.Int32
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		all.Go(func() {
			c := start(t, check)
			var own struct{ certain, edited, valid uint64 }
			for seed := w; seed < *pods && failed.Load() < 5; seed += workers {
				raw, profile := Pod(seed)
				injected, certain, problem := inject(set, raw, profile)
				if problem == "" && certain {
					own.certain++
					if !bytes.Equal(raw, injected) {
						own.edited++
						switch before, after, err := c.both(raw, injected); {
						case err != nil:
							problem = err.Error()
						case before == "" && after != "":
							problem = "Kubernetes lets it in, and does not once it is injected: " + after
						case before == "":
							own.valid++
						}
					}
				}
				if problem != "" {
					failed.Add(1)
					t.Errorf("seed %d, profile %s: %s\n%s\n%s", seed, profile, problem, raw, injected)
				}
			}
			mu.Lock()
			certain, edited, valid = certain+own.certain, edited+own.edited, valid+own.valid
			mu.Unlock()
		})
	}
	all.Wait()
	t.Logf("%d pods: %d certain, %d edited, %d of them valid before and after", *pods, certain, edited, valid)
	if certain < *pods/2 || edited < *pods/2 || valid < *pods/10 {
		t.Error("too few of them tell anything")
	}
}

// TestSeedsThatFailedOnce are beyond those of every run.
func TestSeedsThatFailedOnce(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range []uint64{159411} { // a variable that stands twice, whose first value is what another rule would set
		raw, profile := Pod(seed)
		if injected, _, problem := inject(set, raw, profile); problem != "" {
			t.Errorf("seed %d, profile %s: %s\n%s\n%s", seed, profile, problem, raw, injected)
		}
	}
}

// inject gives the injected pod; problem is the law that it breaks.
func inject(set *rule.Set, raw []byte, profile rule.Profile) (injected []byte, certain bool, problem string) {
	out, certain, err := admit(set, raw, profile)
	if err != nil {
		return nil, certain, "refused: " + err.Error()
	}
	for _, op := range out.Ops {
		if op.Op != patch.Add && op.Op != patch.Replace {
			return nil, certain, "an answer holds " + op.Op
		}
	}
	if injected, err = patchjson.Apply(raw, out.Ops); err != nil {
		return nil, certain, err.Error()
	}
	if len(out.Ops) == 0 {
		return injected, certain, ""
	}
	ops, err := json.Marshal(out.Ops)
	if err != nil {
		return injected, certain, err.Error()
	}
	library, err := jsonpatch.DecodePatch(ops)
	if err != nil {
		return injected, certain, err.Error()
	}
	if other, err := library.Apply(raw); err != nil {
		return injected, certain, "the API server cannot apply the patch: " + err.Error()
	} else if same, err := patch.SameJSON(other, injected); err != nil || !same {
		return injected, certain, "the API server's patch gives something else"
	}
	again, _, err := admit(set, injected, profile)
	if err != nil {
		return injected, certain, "refused the second time: " + err.Error()
	}
	if len(again.Ops) > 0 {
		return injected, certain, fmt.Sprintf("twice is not once: %s %s %s", again.Ops[0].Op, again.Ops[0].Path, again.Ops[0].Value)
	}
	back, kept, err := undo(set, injected)
	if err != nil || len(kept) > 0 {
		return injected, certain, fmt.Sprintf("not taken back: %v %v", kept, err)
	}
	restored, err := patchjson.Apply(injected, back)
	if err != nil {
		return injected, certain, err.Error()
	}
	if !bytes.Equal(restored, raw) {
		return injected, certain, "uninject(inject(x)) is not x: " + string(restored)
	}
	return injected, certain, ""
}

func admit(set *rule.Set, raw []byte, profile rule.Profile) (rule.Admitted, bool, error) {
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(raw, &template); err != nil {
		return rule.Admitted{}, false, err
	}
	in, _ := rule.Subject(raw, &template, rule.Marks{}, rule.Options{Profile: profile})
	out, err := set.Admit(in)
	return out, in.Identity.Certain, err
}

// undo takes back as uninject does.
func undo(set *rule.Set, raw []byte) (ops []patch.Op, kept []string, err error) {
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(raw, &template); err != nil {
		return nil, nil, err
	}
	return set.UndoAs(spark.Identify(&template.ObjectMeta, &template.Spec), raw)
}

var programs string // the folder of the programs that tests build

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "kubectl-spark-generator-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(code)
}

// podcheck is the program that asks Kubernetes' own validation, built once for all tests.
var podcheck = sync.OnceValues(func() (path string, err error) {
	path = filepath.Join(programs, "podcheck")
	build := exec.Command("go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, "./podcheck")
	build.Dir = filepath.Join("..", "tools", "k8s")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func buildCheck(t *testing.T) string {
	t.Helper()
	path, err := podcheck()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

type checker struct {
	in  io.Writer
	out *bufio.Reader
}

func start(t *testing.T, path string) *checker {
	cmd := exec.Command(path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Error(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	return &checker{in: in, out: bufio.NewReader(out)}
}

// both is what Kubernetes holds against two pods.
func (c *checker) both(one, other []byte) (first, second string, err error) {
	lines := bytes.Join([][]byte{one, other, nil}, []byte("\n"))
	if _, err := c.in.Write(lines); err != nil {
		return "", "", err
	}
	for _, into := range []*string{&first, &second} {
		line, err := c.out.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		*into = strings.TrimSuffix(line, "\n")
	}
	return first, second, nil
}
