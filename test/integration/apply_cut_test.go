package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// forwarding is a server before the API server. each decides whether and when a request is forwarded.
func forwarding(t *testing.T, cp *controlplane.ControlPlane, each func(w http.ResponseWriter, r *http.Request, forward func(http.ResponseWriter))) string {
	t.Helper()
	target, err := url.Parse(cp.Config().Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		each(w, r, func(w http.ResponseWriter) { proxy.ServeHTTP(w, r) })
	}))
	t.Cleanup(server.Close)
	path, err := cp.WriteKubeconfig(filepath.Base(t.TempDir())+strings.ReplaceAll(t.Name(), "/", "-"), "default", &rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// writes says of a request that it writes an object for good.
func writes(r *http.Request) bool {
	return r.Method == http.MethodPatch && r.URL.Query().Get("dryRun") == ""
}

// TestAnApplyThatIsCutOffIsCompletedOrTakenBack, whichever of its writes it was, and whether or not the server had made it.
func TestAnApplyThatIsCutOffIsCompletedOrTakenBack(t *testing.T) {
	const objects = 3
	for _, made := range []bool{false, true} {
		for cut := range objects {
			for _, next := range []string{"complete", "rollback"} {
				t.Run(fmt.Sprintf("%s after write %d, made %v", next, cut+1, made), func(t *testing.T) {
					a := newApplied(t)
					specs := map[string]string{}
					for i := range objects {
						name := fmt.Sprintf("worker-%d", i)
						a.worker(name, "")
						specs[name] = a.get(sets, name, "spec")
					}
					count := 0
					direct := a.kubeconfig
					a.kubeconfig = forwarding(t, a.cp, func(w http.ResponseWriter, r *http.Request, forward func(http.ResponseWriter)) {
						if !writes(r) {
							forward(w)
							return
						}
						if count++; count <= cut {
							forward(w)
							return
						}
						if made {
							forward(httptest.NewRecorder())
						}
						panic(http.ErrAbortHandler)
					})
					record := recordFile(t)
					_, errs := a.run(plugin.ExitFailed, "tune", "--apply", "--record="+record)
					a.wants(errs, fmt.Sprintf("%d of %d objects", cut, objects), "run the command again to complete it, or take it back: kubectl spark tune --rollback ")
					a.kubeconfig = direct
					if next == "complete" {
						a.run(0, "tune", "--apply", "--record="+record)
						for name, spec := range specs {
							if now := a.get(sets, name, "spec"); !strings.Contains(now, `"memory":"2560Mi"`) || now == spec {
								t.Errorf("%s has not all of the change: %s", name, now)
							}
						}
						out, _ := a.run(0, "tune", "--apply", "--record="+record)
						a.wants(out, "nothing to do")
					}
					a.run(0, "tune", "--rollback", record)
					for name, spec := range specs {
						if now := a.get(sets, name, "spec"); now != spec {
							t.Errorf("%s is not what it was\n%s\n%s", name, spec, now)
						}
					}
				})
			}
		}
	}
}

// TestAnObjectThatChangesMeanwhile: a change of what people write stops the apply, one of the status does not.
func TestAnObjectThatChangesMeanwhile(t *testing.T) {
	for status, want := range map[bool]int{true: plugin.ExitDone, false: plugin.ExitFailed} {
		for before, is := range map[string]func(r *http.Request) bool{
			"the check":   func(r *http.Request) bool { return r.Method == http.MethodGet },
			"the dry run": func(r *http.Request) bool { return r.Method == http.MethodPatch },
			"the write":   writes,
		} {
			t.Run(fmt.Sprintf("status %v, before %s", status, before), func(t *testing.T) {
				a := newApplied(t)
				a.worker("spark-worker", "")
				changed := false
				a.kubeconfig = forwarding(t, a.cp, func(w http.ResponseWriter, r *http.Request, forward func(http.ResponseWriter)) {
					single := strings.HasSuffix(r.URL.Path, "/statefulsets/spark-worker")
					if !changed && single && is(r) {
						changed = true
						if status {
							a.patch(sets, "spark-worker/status", "kube-controller-manager", `{"status":{"replicas":0,"observedGeneration":1}}`)
						} else {
							a.patch(sets, "spark-worker", "kubectl-edit", `{"spec":{"replicas":7}}`)
						}
					}
					forward(w)
				})
				out, errs := a.run(want, "tune", "--apply", "--record="+recordFile(t))
				if !changed {
					t.Fatal("nothing was changed meanwhile")
				}
				if !status {
					a.wants(out+errs, "it was changed since it was read")
					if strings.Contains(a.get(sets, "spark-worker", "spec"), "2560Mi") {
						t.Error("it was written all the same")
					}
				}
			})
		}
	}
}

// TestWhatWasAppliedBeforeStaysWithTheNextApply: server-side apply would remove what a later one leaves out.
func TestWhatWasAppliedBeforeStaysWithTheNextApply(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	a.run(0, "fix", "statefulset/spark-worker", "SPK-S011", "--apply", "--record="+recordFile(t))
	if !strings.Contains(a.get(sets, "spark-worker", "spec"), `"seccompProfile"`) {
		t.Fatal("the first change is not there")
	}
	a.run(0, "tune", "statefulset/spark-worker", "--apply", "--record="+recordFile(t))
	var object struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
		Spec     json.RawMessage   `json:"spec"`
	}
	if err := yaml.Unmarshal([]byte(a.get(sets, "spark-worker")), &object); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(object.Spec, []byte(`"seccompProfile"`)) || !bytes.Contains(object.Spec, []byte("2560Mi")) {
		t.Errorf("%s", object.Spec)
	}
	operations := map[metav1.ManagedFieldsOperationType]int{}
	for _, entry := range object.Metadata.ManagedFields {
		if entry.Manager == "kubectl-spark" {
			operations[entry.Operation]++
		}
	}
	if operations[metav1.ManagedFieldsOperationApply] != 1 {
		t.Errorf("not by server-side apply: %v", operations)
	}
}
