package webhook

import (
	"encoding/base64"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// answer is the response of a review. It always allows; there is no way to say otherwise.
type answer struct {
	uid      string
	ops      []patch.Op
	profile  string
	applied  string
	shadow   bool // applied would have been, and was not
	message  string
	warnings []string
	probe    string // a warning of its own, not cut
}

const maxWarning = 200 // bytes; the API server cuts longer ones and drops all beyond 4 KiB together

// encode writes the AdmissionReview into spare.answer.
func (a *answer) encode(spare *buffers) {
	b := append(spare.answer[:0], `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":`...)
	b = quoted(b, a.uid)
	b = append(b, `,"allowed":true`...)
	if a.message != "" {
		b = append(b, `,"status":{"metadata":{},"message":`...)
		b = append(quoted(b, a.message), '}')
	}
	if len(a.ops) > 0 {
		b = append(b, `,"patch":"`...)
		spare.ops = appendOps(spare.ops[:0], a.ops)
		b = base64.StdEncoding.AppendEncode(b, spare.ops)
		b = append(b, `","patchType":"JSONPatch"`...)
	}
	if a.profile != "" {
		b = append(b, `,"auditAnnotations":{"profile":`...)
		b = quoted(b, a.profile)
		switch {
		case a.applied == "":
		case a.shadow:
			b = quoted(append(b, `,"shadow":`...), a.applied)
		default:
			b = quoted(append(b, `,"applied":`...), a.applied)
		}
		b = append(b, '}')
	}
	open := false
	warn := func(w string) {
		b = append(b, map[bool]string{false: `,"warnings":[`, true: ","}[open]...)
		b, open = quoted(b, w), true
	}
	if a.probe != "" {
		warn(a.probe)
	}
	for _, w := range a.warnings {
		if len(w) > maxWarning {
			w = w[:maxWarning] + "..."
		}
		warn(w)
	}
	if open {
		b = append(b, ']')
	}
	spare.answer = append(b, "}}\n"...)
}

func appendOps(b []byte, ops []patch.Op) []byte {
	b = append(b, '[')
	for i, op := range ops {
		if i > 0 {
			b = append(b, ',')
		}
		b = quoted(append(b, `{"op":`...), op.Op)
		b = quoted(append(b, `,"path":`...), op.Path)
		if op.Op != patch.Remove {
			b = append(append(b, `,"value":`...), op.Value...)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// quoted appends a JSON string. Bad UTF-8 is replaced, so it cannot fail.
func quoted(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
