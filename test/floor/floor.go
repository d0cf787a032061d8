// Package floor is the least that a webhook in Go does, over HTTP/1.1 and TLS: it decodes the envelope of the review and allows. What the
// webhook costs is said in multiples of it, and what is late on a busy machine is late for it, too.
package floor

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	admissionv1 "k8s.io/api/admission/v1"
)

// Serve serves at /mutate, and with a patch that sets a label at /patch. It writes its address and its CA to out, as one line of
// JSON. It does not return without an error.
func Serve(out io.Writer) error {
	paths := http.NewServeMux()
	paths.HandleFunc("/mutate", func(w http.ResponseWriter, req *http.Request) { answer(w, req, nil) })
	paths.HandleFunc("/patch", func(w http.ResponseWriter, req *http.Request) {
		answer(w, req, []byte(`[{"op":"add","path":"/metadata/labels/bench","value":"floor"}]`))
	})
	server := httptest.NewUnstartedServer(paths)
	server.StartTLS() // HTTP/2 is off unless it is asked for
	ca, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "{\"address\":%q,\"ca\":%s}\n", server.Listener.Addr(), ca)
	select {}
}

// answer decodes the envelope and allows, with a patch where there is one.
func answer(w http.ResponseWriter, req *http.Request, patch []byte) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(body, &review); err != nil {
		return
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	if patch != nil {
		kind := admissionv1.PatchTypeJSONPatch
		review.Response.Patch, review.Response.PatchType = patch, &kind
	}
	review.Request = nil
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(&review)
}
