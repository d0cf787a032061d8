package webhook

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// review is what the handler needs of an AdmissionReview. Everything else in it is skipped unread.
type review struct {
	apiVersion  string
	kind        string
	uid         string
	object      gvk
	subresource string
	operation   string
	namespace   string
	name        string
	dryRun      bool   // nothing of the request is kept
	raw         []byte // request.object as it stands in the body
	template    corev1.PodTemplateSpec
	index       *patch.Index // of raw, where there is one already
	decoded     bool         // template was read from raw
	skim        bool         // the object is not wanted
}

// How much of a review is read.
const (
	withPod      = false
	envelopeOnly = true
)

type gvk struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

// lenient reads JSON as encoding/json does: the last of two equal keys counts, and bad UTF-8 is replaced.
// The API server sends neither; whoever else does must not be able to make us fail.
func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

var (
	leniently = lenient()

	errFound = errors.New("nothing more is asked")
	errShape = errors.New("not an object where an AdmissionReview has one")
	errMore  = errors.New("something follows the AdmissionReview")
)

// read fills the review from a body. On an error it holds what had been read by then, so that the uid can be echoed.
func (r *review) read(d *jsontext.Decoder, body []byte, how json.Options, skim bool) error {
	r.skim = skim
	d.Reset(bytes.NewBuffer(body), how)
	err := members(d, func(name []byte) error {
		switch string(name) {
		case "apiVersion":
			return text(d, &r.apiVersion)
		case "kind":
			return text(d, &r.kind)
		case "request":
			return members(d, func(name []byte) error { return r.member(d, body, name) })
		}
		return skip(d)
	})
	if err == nil && len(bytes.TrimLeft(body[d.InputOffset():], " \t\r\n")) > 0 {
		err = errMore
	}
	if err != nil || r.skim || r.decoded || r.raw == nil || !r.ours() {
		return err
	}
	r.decoded = true
	d.Reset(bytes.NewBuffer(r.raw), how)
	return r.decode(d)
}

// namespaceOf is the namespace of a review, as far as it has arrived.
func namespaceOf(d *jsontext.Decoder, body []byte) (namespace string) {
	d.Reset(bytes.NewBuffer(body), leniently)
	_ = members(d, func(name []byte) error { // it ends where the namespace is found, or the body
		if string(name) != "request" {
			return skip(d)
		}
		return members(d, func(name []byte) error {
			switch string(name) {
			case "namespace":
				return errors.Join(text(d, &namespace), errFound)
			case "object":
				return errFound // as a rule it comes behind
			}
			return skip(d)
		})
	})
	return namespace
}

func (r *review) member(d *jsontext.Decoder, body, name []byte) error {
	switch string(name) {
	case "uid":
		return text(d, &r.uid)
	case "kind":
		return json.UnmarshalDecode(d, &r.object)
	case "subResource":
		return text(d, &r.subresource)
	case "operation":
		return text(d, &r.operation)
	case "namespace":
		return text(d, &r.namespace)
	case "name":
		return text(d, &r.name)
	case "dryRun":
		r.dryRun = d.PeekKind() == 't'
	case "object":
		from := d.InputOffset()
		var err error
		if r.decoded = !r.skim && r.ours() && r.raw == nil; r.decoded {
			// The API server writes the object behind what tells whether we want it, so it is read once.
			err = r.decode(d)
		} else {
			r.template = corev1.PodTemplateSpec{}
			err = skip(d)
		}
		r.raw = bytes.TrimLeft(body[from:d.InputOffset()], ": \t\r\n")
		return err
	}
	return skip(d)
}

// ours says whether the request creates a pod.
func (r *review) ours() bool {
	return r.object == gvk{Version: "v1", Kind: "Pod"} && r.operation == "CREATE" && r.subresource == ""
}

// pod is the pod's name, or the beginning of the name that it is going to get.
func (r *review) pod() string {
	if r.template.Name != "" {
		return r.template.Name
	}
	return r.template.GenerateName
}

// members calls f for each member of the object that comes next; f reads the value, and has the name until then.
func members(d *jsontext.Decoder, f func(name []byte) error) error {
	if d.PeekKind() != '{' {
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		return errShape
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		quoted, err := d.ReadValue()
		if err != nil {
			return err
		}
		name := quoted[1 : len(quoted)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name, _ = jsontext.AppendUnquote(nil, quoted) // bad UTF-8 is replaced
		}
		if err := f(name); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func text(d *jsontext.Decoder, into *string) error {
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case '"':
		*into = token.String()
	case 'n':
	default:
		return errShape
	}
	return nil
}

// skip reads over a value in one go: SkipValue goes from token to token, which takes three times as long.
func skip(d *jsontext.Decoder) error {
	_, err := d.ReadValue()
	return err
}
