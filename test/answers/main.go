// Command answers sends every captured review and generated pods to the webhook's handler, each as it is, once more as it was
// injected, and broken, and prints one SHA-256 of all answers. A change that is to make the webhook faster and nothing else leaves it
// what it was: -against runs this program on another commit, and fails where that answers anything else.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	admissionv1 "k8s.io/api/admission/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/settings"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/test/generator"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

func main() {
	pods := flag.Uint64("pods", 18_000, "pods that are generated")
	against := flag.String("against", "", "commit that must answer the same")
	write := flag.String("write", "", "file: write each answer there, one a line")
	flag.Parse()
	err := func() error {
		sum, n, err := digest(*pods, *write)
		if err != nil {
			return err
		}
		fmt.Printf("%s  %d answers\n", sum, n)
		if *against == "" {
			return nil
		}
		other, err := of(*against, *pods)
		if err != nil {
			return err
		}
		fmt.Printf("%s  of %s\n", other, *against)
		if other != sum {
			return errors.New("they differ; -write tells where")
		}
		return nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "answers:", err)
		os.Exit(1)
	}
}

// of is the digest of another commit's answers.
func of(commit string, pods uint64) (sum string, err error) {
	dir, err := os.MkdirTemp("", "kubectl-spark-answers-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	tree := filepath.Join(dir, "tree")
	if out, err := exec.Command("git", "worktree", "add", "--detach", tree, commit).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	defer func() { _ = exec.Command("git", "worktree", "remove", "--force", tree).Run() }()
	source, err := os.ReadFile(filepath.Join("test", "answers", "main.go"))
	if err != nil {
		return "", fmt.Errorf("run it at the top of the project: %w", err)
	}
	to := filepath.Join(tree, "test", "answers")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(to, "main.go"), source, 0o644); err != nil {
		return "", err
	}
	run := exec.Command("go", "run", "./test/answers", fmt.Sprint("-pods=", pods))
	run.Dir, run.Stderr = tree, os.Stderr
	out, err := run.Output()
	sum, _, _ = strings.Cut(string(out), " ")
	return sum, err
}

// asker sends reviews to handlers of several kinds and gathers what they answer.
type asker struct {
	handlers []http.Handler
	sum      hash.Hash
	out      io.Writer
	n        int
}

// marks are those of namespaces, by name: each profile has one, with settings of its own.
type marks struct{}

func (marks) Marks(namespace string) (rule.Marks, bool) {
	profile, want, _ := strings.Cut(namespace, "-")
	if _, ok := rule.ParseProfile(profile); !ok {
		return rule.Marks{}, false
	}
	m := rule.Marks{Annotations: map[string]string{rule.ProfileAnnotation: profile}}
	if want != "" {
		m.Annotations[rule.WantAnnotation] = "SPK-M022,SPK-M025,SPK-S011/readOnlyRoot,SPK-P053"
		m.Annotations[rule.SkipAnnotation] = "SPK-P017"
	}
	return m, true
}

func digest(pods uint64, write string) (sum string, n int, err error) {
	set, err := rulebook.New()
	if err != nil {
		return "", 0, err
	}
	images, err := catalogue.Parse([]byte(`[{"match":"ghcr.io/team/*","uid":185,"java":17,"entrypoint":"spark","libc":"glibc"}]`))
	if err != nil {
		return "", 0, err
	}
	var own settings.Settings
	own.Images = images
	a := asker{sum: sha256.New(), out: io.Discard, handlers: []http.Handler{
		webhook.NewHandler(webhook.HandlerOptions{Set: set, Namespaces: marks{}}),
		webhook.NewHandler(webhook.HandlerOptions{Set: set, Namespaces: marks{}, Limits: webhook.NoLimits{}, Settings: own}),
	}}
	if write != "" {
		file, err := os.Create(write)
		if err != nil {
			return "", 0, err
		}
		defer file.Close()
		a.out = file
	}
	if err := a.captured(); err != nil {
		return "", 0, err
	}
	for seed := range pods {
		raw, profile := generator.Pod(seed)
		namespace := string(profile)
		if seed%3 == 0 {
			namespace += "-wanting"
		}
		if err := a.ask(seed, reviewOf(raw, namespace)); err != nil {
			return "", 0, fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return hex.EncodeToString(a.sum.Sum(nil)), a.n, nil
}

// captured sends the reviews and pods of the fixtures, and the real-shaped ones of test/bench.
func (a *asker) captured() error {
	written, err := fixtures.All()
	if err != nil {
		return err
	}
	injected, err := fixtures.Injected()
	if err != nil {
		return err
	}
	operator, err := fixtures.Kubeflow()
	if err != nil {
		return err
	}
	var bodies [][]byte
	for _, one := range append(written, injected...) {
		bodies = append(bodies, one.Review)
		var review admissionv1.AdmissionReview
		if err := json.Unmarshal(one.Review, &review); err != nil {
			return err
		}
		for _, profile := range rule.Profiles() {
			bodies = append(bodies, reviewOf(review.Request.Object.Raw, string(profile)), reviewOf(review.Request.Object.Raw, string(profile)+"-wanting"))
		}
	}
	for _, one := range operator {
		bodies = append(bodies, reviewOf(one.Pod, string(rule.Standard)), reviewOf(one.Pod, string(rule.Restricted)+"-wanting"))
	}
	for i, body := range bodies {
		if err := a.ask(uint64(i), body); err != nil {
			return fmt.Errorf("fixture %d: %w", i, err)
		}
	}
	return nil
}

// reviewOf is the review of a pod in a namespace.
func reviewOf(pod []byte, namespace string) []byte {
	b := fmt.Appendf(nil, `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"0b5a7f0e-0000-4000-8000-000000000001","kind":{"group":"","version":"v1","kind":"Pod"},`+
		`"resource":{"group":"","version":"v1","resource":"pods"},"namespace":%q,"operation":"CREATE","userInfo":{"username":"u"},"object":`, namespace)
	return append(append(b, pod...), `,"oldObject":null,"dryRun":false,"options":null}}`...)
}

// ask sends a review, what its answer makes of it, and broken ones.
func (a *asker) ask(seed uint64, body []byte) error {
	g := rand.New(rand.NewPCG(seed, 10))
	for _, h := range a.handlers {
		answer, err := a.send(h, body)
		if err != nil {
			return err
		}
		again, err := applied(body, answer)
		if err != nil {
			return err
		}
		if again != nil {
			if _, err := a.send(h, again); err != nil {
				return err
			}
		}
	}
	for range 2 {
		if _, err := a.send(a.handlers[0], broken(g, body)); err != nil {
			return err
		}
	}
	return nil
}

// broken is a review of which a byte is another one, or is missing, or in which a piece stands twice.
func broken(g *rand.Rand, body []byte) []byte {
	const bytesOfJSON = "{}[]:,\"\\ 0n1-etx\xff\x00"
	at := g.IntN(len(body))
	out := append([]byte(nil), body...)
	switch g.IntN(4) {
	case 0:
		out[at] = bytesOfJSON[g.IntN(len(bytesOfJSON))]
	case 1:
		out = append(out[:at], out[at+1:]...)
	case 2:
		out = out[:at]
	default:
		end := min(len(body), at+g.IntN(200))
		out = append(append(out[:end:end], body[at:end]...), body[end:]...)
	}
	return out
}

// applied is the review with the pod as the answer makes it; nil where that changes nothing.
func applied(body, answer []byte) ([]byte, error) {
	var before struct {
		Request struct {
			Namespace string
			Object    json.RawMessage
		}
	}
	var review admissionv1.AdmissionReview
	if err := errors.Join(json.Unmarshal(body, &before), json.Unmarshal(answer, &review)); err != nil {
		return nil, err
	}
	if len(review.Response.Patch) == 0 {
		return nil, nil
	}
	ops, err := jsonpatch.DecodePatch(review.Response.Patch)
	if err != nil {
		return nil, err
	}
	pod, err := ops.Apply(before.Request.Object)
	if err != nil {
		return nil, err
	}
	return reviewOf(pod, before.Request.Namespace), nil
}

// send notes an answer.
func (a *asker) send(h http.Handler, body []byte) ([]byte, error) {
	req := httptest.NewRequest(http.MethodPost, "/mutate", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	answer := w.Body.Bytes()
	a.n++
	fmt.Fprintf(a.sum, "%d %d %v\n%s", w.Code, len(answer), w.Header(), answer)
	_, err := a.out.Write(answer)
	return answer, err
}
