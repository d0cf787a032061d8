package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	registrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// recorder is a webhook that allows every pod and keeps the requests as they came.
type recorder struct {
	server *httptest.Server
	mu     sync.Mutex
	bodies [][]byte
}

func (r *recorder) close() { r.server.Close() }

// take empties the recorder.
func (r *recorder) take() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.bodies
	r.bodies = nil
	return got
}

// find is the first recorded pod that the predicate accepts.
func (r *recorder) find(accept func(*corev1.Pod) bool) ([]byte, *corev1.Pod) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, body := range r.bodies {
		if pod, err := podOf(body); err == nil && accept(pod) {
			return body, pod
		}
	}
	return nil, nil
}

func podOf(body []byte) (*corev1.Pod, error) {
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(body, &review); err != nil || review.Request == nil {
		return nil, fmt.Errorf("no admission request: %w", err)
	}
	pod := new(corev1.Pod)
	return pod, json.Unmarshal(review.Request.Object.Raw, pod)
}

func (r *recorder) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var review admissionv1.AdmissionReview
	if err == nil {
		err = json.Unmarshal(body, &review)
	}
	if err != nil || review.Request == nil {
		http.Error(w, fmt.Sprintf("no admission request: %v", err), http.StatusBadRequest)
		return
	}
	if review.Request.Namespace == namespace {
		r.mu.Lock()
		r.bodies = append(r.bodies, body)
		r.mu.Unlock()
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	review.Request = nil
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(review) // a lost connection shows as a pod that is not recorded twice
}

// newRecorder serves on 127.0.0.1, registers itself for pods, and returns when the API server calls it.
func newRecorder(ctx context.Context, cp *controlplane.ControlPlane) (*recorder, error) {
	r := &recorder{}
	r.server = httptest.NewTLSServer(http.HandlerFunc(r.serve))
	url, none, ignore, never, seconds := r.server.URL, registrationv1.SideEffectClassNone, registrationv1.Ignore, registrationv1.NeverReinvocationPolicy, int32(5)
	hook := &registrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "capture"}, Webhooks: []registrationv1.MutatingWebhook{{
		Name: "capture.example.com", SideEffects: &none, FailurePolicy: &ignore, ReinvocationPolicy: &never, TimeoutSeconds: &seconds,
		AdmissionReviewVersions: []string{"v1"},
		ClientConfig: registrationv1.WebhookClientConfig{URL: &url,
			CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.server.Certificate().Raw})},
		Rules: []registrationv1.RuleWithOperations{{Operations: []registrationv1.OperationType{registrationv1.Create},
			Rule: registrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}}}},
	}}}
	if _, err := cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Create(ctx, hook, metav1.CreateOptions{}); err != nil {
		return nil, fmt.Errorf("register the recorder: %w", err)
	}
	if err := cp.EnsureNamespace(ctx, namespace); err != nil {
		return nil, err
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "spark"}}
	if _, err := cp.Client().CoreV1().ServiceAccounts(namespace).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		return nil, fmt.Errorf("service account for Spark: %w", err)
	}
	probe := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "probe"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "none"}}}}
	for range 100 {
		_, err := cp.Client().CoreV1().Pods(namespace).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && len(r.take()) > 0 {
			return r, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, fmt.Errorf("the API server did not call the recorder within 10 s of its registration")
}
