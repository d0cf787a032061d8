// Package webhook is the admission server: AdmissionReview in, AdmissionReview out, with its certificates,
// readiness and metrics. It is given the rules; it never rejects a pod, and on the request path it calls nobody.
package webhook
