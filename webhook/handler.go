package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/settings"
)

// Namespaces knows the labels and annotations of namespaces without asking anybody.
type Namespaces interface {
	// Marks gives what is known of the namespace; ok is false where it is not known, or not yet.
	Marks(namespace string) (marks rule.Marks, ok bool)
}

// HandlerOptions is what a Handler needs.
type HandlerOptions struct {
	Set        *rule.Set
	Settings   settings.Settings // to begin with; Use changes them
	Who        *Who              // what it says of itself to a probe; nil: nothing
	Namespaces Namespaces        // nil: no marks of namespaces
	Limits     Limits            // nil: nothing bounds new pods
	Metrics    *Metrics          // nil: own ones that nobody reads
	Log        *slog.Logger      // nil: silent
}

const (
	maxDrain   = 32 << 20               // bytes read beyond a body that is too long, so that the sender gets to reading the answer
	keepSpare  = 128 << 10              // larger buffers are not kept for the next request
	maxWaiting = 500 * time.Millisecond // for room among others; the API server waits 2 s in all
	maxWork    = 500 * time.Millisecond // of the rules on one review, before the pod is left as it is
)

// Handler answers reviews of pods that are created. Whatever comes, the answer is 200 with a well-formed review
// that allows the request.
type Handler struct {
	o        HandlerOptions
	settings atomic.Pointer[settings.Settings]
	how      json.Options // how bodies are read
	plans    plans
	buffers  sync.Pool // of *buffers
	gate     *gate
}

// buffers are kept from one request to the next.
type buffers struct {
	body    bytes.Buffer
	index   patch.Index       // of body
	decoder *jsontext.Decoder // it knows short texts of the reviews before
	answer  []byte
	ops     []byte
}

func newBuffers() any { return &buffers{decoder: new(jsontext.Decoder)} }

// namespace is that of the review in the body, whose beginning is enough: the API server writes it in front of the object.
func (b *buffers) namespace() string { return namespaceOf(b.decoder, b.body.Bytes()) }

// NewHandler makes a Handler.
func NewHandler(o HandlerOptions) *Handler {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(o.Set)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{o: o, how: lenient(), plans: newPlans(), buffers: sync.Pool{New: newBuffers}, gate: newGate()}
	h.Use(o.Settings)
	return h
}

// Use makes the handler go by other settings, from the next request on.
func (h *Handler) Use(s settings.Settings) { h.settings.Store(&s) }

// outcome is what the metrics tell of a request.
type outcome struct {
	in     rule.Input
	result Result
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	start := time.Now()
	h.o.Metrics.inFlight.Inc()
	spare := h.buffers.Get().(*buffers)
	spare.body.Reset()
	var ans answer
	out := outcome{result: Malformed}
	leave := func() {}
	func() {
		var r review
		defer func() {
			if p := recover(); p != nil {
				// The value of a panic may hold what came in; its type and where it happened do not.
				h.o.Log.Error("admitted without edits: panic", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				ans, out.result = answer{uid: r.uid, message: "kubectl-spark: internal error, the pod is left as it is"}, Failed
				spare.decoder = new(jsontext.Decoder) // the other may have stopped half way
			}
		}()
		var message string
		if message, out.result = h.receive(spare, req, start, &r, &leave); message != "" {
			ans = answer{uid: r.uid, message: "kubectl-spark: " + message}
			return
		}
		ans, out = h.admit(req.Context(), &r, time.Now().Add(maxWork))
	}()
	defer func() { leave() }()
	header := w.Header()
	header["Content-Type"] = contentJSON
	ans.encode(spare)
	header["Content-Length"] = []string{strconv.Itoa(len(spare.answer))} // else a longer one goes out in chunks
	if _, err := w.Write(spare.answer); err != nil {
		h.o.Log.Debug("answer was not taken", "error", err)
	}
	if spare.body.Cap() <= keepSpare {
		h.buffers.Put(spare)
	}
	h.o.Metrics.inFlight.Dec()
	h.o.Metrics.request(out.in.Identity.Role, out.in.Identity.Launcher, out.result, time.Since(start))
}

var contentJSON = []string{"application/json"}

// receive reads the review, and says what keeps it from being answered with edits; "" is nothing. leave is set to what
// gives back the room that the review takes.
func (h *Handler) receive(spare *buffers, req *http.Request, start time.Time, r *review, leave *func()) (message string, result Result) {
	const untouched = ", the pod is left as it is"
	ctx, until := req.Context(), start.Add(maxWaiting)
	release, err := h.gate.read(ctx, until, spare, req.Body)
	*leave = release
	body := spare.body.Bytes()
	if errors.Is(err, errLong) || errors.Is(err, errBusy) {
		_ = r.read(spare.decoder, body, h.how, envelopeOnly)
		_, _ = io.CopyN(io.Discard, req.Body, maxDrain)
		return err.Error() + untouched, map[bool]Result{true: TooLarge, false: Busy}[errors.Is(err, errLong)]
	}
	objects, plain := spare.index.Read(body, &plainBounds)
	holds := size{len(body), objects}
	if !plain {
		if holds, err = measure(body); err != nil {
			_ = r.read(spare.decoder, body, h.how, envelopeOnly)
			return "the review holds " + err.Error() + untouched, TooLarge
		}
	}
	leaveRoom, busy := h.gate.enter(ctx, until, spare, holds.cost())
	if busy != nil {
		_ = r.read(spare.decoder, body, h.how, envelopeOnly)
		return busy.Error() + untouched, Busy
	}
	*leave = func() { leaveRoom(); release() }
	if !plain || !r.take(&spare.index, &h.plans, body) {
		*r = review{}
		err = errors.Join(err, r.read(spare.decoder, body, h.how, withPod))
	}
	if err != nil {
		return "the review cannot be read", Malformed
	}
	switch {
	case req.Method != http.MethodPost:
		message = "reviews are posted"
	case !isJSON(req.Header.Get("Content-Type")):
		message = "the content type is not application/json"
	case r.kind != "AdmissionReview" || r.apiVersion != "admission.k8s.io/v1":
		message = "not an AdmissionReview of admission.k8s.io/v1"
	case r.uid == "":
		message = "the review has no uid"
	case !r.ours() || !r.decoded:
		message = "only pods that are created are looked at"
	}
	return message, Malformed
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// admit runs the rules until the deadline, or until nobody waits for the answer any more.
func (h *Handler) admit(ctx context.Context, r *review, deadline time.Time) (answer, outcome) {
	var marks rule.Marks
	if h.o.Namespaces != nil {
		marks, _ = h.o.Namespaces.Marks(r.namespace)
	}
	settings := h.settings.Load()
	in, problems := rule.Subject(r.raw, &r.template, marks, settings.Options)
	in.Index = r.index
	ans, out := answer{uid: r.uid}, outcome{in: in}
	if !in.Identity.Certain {
		out.result = Unrecognised
		return ans, out
	}
	_, asked := r.template.Annotations[manifests.ProbeAnnotation]
	asked = asked && r.dryRun && h.o.Who != nil
	if in.Disabled {
		out.result = Disabled
		if asked {
			ans.probe, out.result = h.o.Who.probe(&rule.Admitted{}, in.Profile, settings, "pods are opted out there"), Probed
		}
		return ans, out
	}
	ans.profile = string(in.Profile)
	for _, p := range problems {
		ans.warnings = append(ans.warnings, "kubectl-spark: "+p)
	}
	if h.o.Limits != nil {
		rule.Put(&in.Facts, neighbour.FactBounds, h.o.Limits.Of(r.namespace))
	}
	in.Late = func() bool { return ctx.Err() != nil || time.Now().After(deadline) }
	admitted, err := h.o.Set.Admit(in)
	if errors.Is(err, rule.ErrLate) {
		ans.message, out.result = "kubectl-spark: the review took too long, the pod is left as it is", Late
		return ans, out
	}
	if err != nil {
		// The error names rules and paths, never values of the pod.
		h.o.Log.Error("admitted without edits: a rule failed", "namespace", r.namespace, "uid", r.uid, "error", err)
		ans.message, out.result = "kubectl-spark: the edits could not be verified, the pod is left as it is", Failed
		if asked {
			ans.probe = h.o.Who.probe(&rule.Admitted{}, in.Profile, settings, "its edits could not be verified; the server's log names the rule")
		}
		return ans, out
	}
	if !fits(r.raw, admitted.Ops) {
		ans.message, out.result = "kubectl-spark: with edits the pod could be larger than etcd takes, the pod is left as it is", TooLarge
		return ans, out
	}
	ans.applied, ans.shadow = applied(admitted.Edits), settings.Shadow
	if !settings.Shadow {
		ans.ops = admitted.Ops
	}
	if asked {
		ans.probe, out.result = h.o.Who.probe(&admitted, in.Profile, settings, ""), Probed
		return ans, out
	}
	h.o.Metrics.admitted(&admitted, settings.Shadow)
	switch {
	case len(admitted.Edits)+admitted.Back == 0:
		out.result = Unchanged
	case settings.Shadow:
		out.result = Shadowed
		h.o.Log.Info("would be edited", "namespace", r.namespace, "pod", r.pod(), "role", string(in.Identity.Role), "edits", ans.applied)
	default:
		out.result = Injected
	}
	return ans, out
}

// applied lists the codes of the edits, each once.
func applied(edits []rule.Edit) string {
	var b strings.Builder
	for i := range edits {
		e := &edits[i]
		if i > 0 && e.Code == edits[i-1].Code && e.Part == edits[i-1].Part {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(e.Code)
		if e.Part != "" {
			b.WriteByte('/')
			b.WriteString(e.Part)
		}
	}
	return b.String()
}
