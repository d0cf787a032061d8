// Command bench measures one admission of an executor pod over TLS against its floor: a handler on the same machine
// that decodes the review with encoding/json and allows. Then the start of
// kubectl spark version against that of the real kubectl version --client. It prints tables.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

func main() {
	pods := flag.Int("pods", 2000, "distinct pods")
	rounds := flag.Int("rounds", 5, "times that each pod is sent to each handler")
	bin := flag.String("bin", "bin", "folder of the built kubectl-spark")
	flag.Parse()
	err := run(os.Stdout, *pods, *rounds)
	if err == nil {
		err = start(os.Stdout, filepath.Join(*bin, "kubectl-spark"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(out io.Writer, pods, rounds int) error {
	bodies, err := reviews(pods)
	if err != nil {
		return err
	}
	set, err := rulebook.New()
	if err != nil {
		return err
	}
	ours := webhook.NewHandler(webhook.HandlerOptions{Set: set, Log: slog.New(slog.DiscardHandler)})
	handlers := []http.Handler{http.HandlerFunc(floor), ours}
	var targets []target
	for _, h := range handlers {
		server := httptest.NewUnstartedServer(h)
		server.StartTLS()
		defer server.Close()
		targets = append(targets, target{url: server.URL + "/mutate", client: server.Client()})
	}
	times := make([][]time.Duration, len(targets))
	for round := range rounds + 1 {
		for _, body := range bodies {
			for i := range targets {
				took, err := targets[i].send(body)
				if err != nil {
					return err
				}
				if round > 0 { // the first round warms up
					times[i] = append(times[i], took)
				}
			}
		}
	}
	fmt.Fprintf(out, "admission of a 60-variable executor pod (%d bytes of review), TLS, HTTP/1.1, one at a time, %d pods x %d\n", len(bodies[0]), pods, rounds)
	fmt.Fprintf(out, "%-10s %10s %10s %10s %8s %12s\n", "", "median", "p95", "p99", "allocs", "bytes")
	for i, name := range []string{"floor", "webhook"} {
		slices.Sort(times[i])
		allocs, size := allocations(handlers[i], bodies)
		at := func(q float64) string {
			return times[i][int(q*float64(len(times[i])-1))].Round(100 * time.Nanosecond).String()
		}
		fmt.Fprintf(out, "%-10s %10s %10s %10s %8d %12d\n", name, at(.5), at(.95), at(.99), allocs, size)
	}
	mid := len(times[0]) / 2
	fmt.Fprintf(out, "ratio of medians %.2f (target: at most 1.5)\n", float64(times[1][mid])/float64(times[0][mid]))
	return nil
}

type target struct {
	url    string
	client *http.Client
}

func (t *target) send(body []byte) (time.Duration, error) {
	start := time.Now()
	resp, err := t.client.Post(t.url, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return time.Since(start), err
}

// floor is the least that a webhook in Go does: decode the envelope, allow.
func floor(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(body, &review); err != nil {
		return
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	review.Request = nil
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(&review)
}

// reviews makes distinct reviews of the shape that Spark makes, from one that was captured.
func reviews(n int) ([][]byte, error) {
	all, err := fixtures.All()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(f fixtures.Fixture) bool { return f.Name == "native/4.3.0/executor" })
	if at < 0 {
		return nil, fmt.Errorf("no captured executor")
	}
	var out [][]byte
	for i := range n {
		var review admissionv1.AdmissionReview
		if err := json.Unmarshal(all[at].Review, &review); err != nil {
			return nil, err
		}
		var pod corev1.Pod
		if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
			return nil, err
		}
		pod.Name = fmt.Sprintf("etl-%06x-exec-%d", i*7919, i%200+1)
		pod.Labels["spark-exec-id"] = fmt.Sprint(i%200 + 1)
		pod.Labels["spark-app-selector"] = fmt.Sprintf("spark-%032x", i/200)
		c := &pod.Spec.Containers[0]
		for j := len(c.Env); j < 60; j++ {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("TEAM_SETTING_%02d", j), Value: fmt.Sprintf("value-%d-of-%d", j, i)})
		}
		if review.Request.Object.Raw, err = json.Marshal(&pod); err != nil {
			return nil, err
		}
		review.Request.UID = types.UID(fmt.Sprintf("0b5a7f0e-0000-4000-8000-%012x", i))
		body, err := json.Marshal(&review)
		if err != nil {
			return nil, err
		}
		out = append(out, body)
	}
	return out, nil
}

// allocations counts what the handler alone allocates for one review.
func allocations(h http.Handler, bodies [][]byte) (count, size uint64) {
	var before, after runtime.MemStats
	requests := make([]*http.Request, len(bodies))
	for i, body := range bodies {
		requests[i] = httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/mutate", bytes.NewReader(body))
		requests[i].Header.Set("Content-Type", "application/json")
	}
	w := &discard{header: http.Header{}}
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, req := range requests {
		h.ServeHTTP(w, req)
	}
	runtime.ReadMemStats(&after)
	n := uint64(len(bodies))
	return (after.Mallocs - before.Mallocs) / n, (after.TotalAlloc - before.TotalAlloc) / n
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
