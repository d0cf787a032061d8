// Package webhook is the admission server: AdmissionReview in, AdmissionReview out, with its certificates,
// readiness and metrics. It is given the rules; it never rejects a pod, and on the request path it calls nobody.
//
// Handler answers a review; read it first. controller-runtime's webhook server holds its mux and its standard metrics. The
// mux is served by an http.Server of ours and not by its Start, which has no limit of connections, no time limit for
// reading, headers of 1 MiB, HTTP/2 by default, and a context that ends before the reviews under way have been answered.
//
// What a tenant sends is bounded before it is decoded: see bounds.go, gate.go and connections.go. Who waits gets in by turns of
// the namespaces (fair.go). An ordinary review is read once, into an index (take.go). What is unusual about any other the
// library reads (review.go).
package webhook
