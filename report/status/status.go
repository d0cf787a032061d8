// Package status writes what the cluster has of the webhook, as the lines of status, install and explain pod. Start reading at
// [Writer.Status].
package status

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/report"
)

// Writer writes the lines. Command is a command of ours that reaches the same server.
type Writer struct {
	report.Lines
	Command func(words string) string
}

// certificates says who makes them and how long they are good for; serving is the end of what is served, where known.
func (w *Writer) certificates(have *installation.Live, serving *time.Time) {
	c := have.Certificates()
	what := map[string]string{"self": "self-managed", "cert-manager": "by cert-manager", "given": "of the given authority"}[c.Source]
	if c.Authority == nil {
		w.Line("‼", "%-15s %s; the webhook configuration holds no CA bundle yet", "certificates", what)
		return
	}
	text := fmt.Sprintf("%s, CA until %s", what, c.Authority.Format(time.DateOnly))
	if c.Source == "self" {
		text += ", leaf renewed every 3 days"
	}
	if serving != nil {
		text += ", certificate until " + serving.Format(time.DateOnly)
	}
	w.Line("√", "%-15s %s", "certificates", text)
}

// server says where the server is, and how many of it are ready. replicas is what they say of themselves.
func (w *Writer) server(have *installation.Live, replicas map[string]manifests.Replica) {
	o := have.Options()
	versions := map[string]bool{}
	for _, r := range replicas {
		versions[r.Version+", rules "+r.Revision] = true
	}
	text := ""
	if len(versions) > 0 {
		text = " · version " + strings.Join(slices.Sorted(maps.Keys(versions)), " and ")
	}
	switch {
	case o.URL != "":
		w.Line("√", "%-15s outside of the cluster, %s%s", "server", o.URL, text)
	case have.Deployment == nil:
		w.Line("✗", "%-15s there is no Deployment/%s", "server", manifests.ServiceName)
	default:
		want := int32(1)
		if have.Deployment.Spec.Replicas != nil {
			want = *have.Deployment.Spec.Replicas
		}
		sign := "√"
		if have.Deployment.Status.ReadyReplicas == 0 {
			sign = "✗"
		} else if have.Deployment.Status.ReadyReplicas < want {
			sign = "‼"
		}
		w.Line(sign, "%-15s %d/%d ready, %s%s", "server", have.Deployment.Status.ReadyReplicas, want, o.Image, text)
	}
}

// settings says how many replicas go by the ConfigMap as it is now, and which are not ready.
func (w *Writer) settings(s *installation.Status) {
	if s.Settings.Revision == "" || len(s.Server.Replicas) == 0 {
		return
	}
	current := 0
	for _, r := range s.Server.Replicas {
		if r.Settings == s.Settings.Revision {
			current++
		}
	}
	sign := "√"
	if current < len(s.Server.Replicas) {
		sign = "‼"
	}
	w.Line(sign, "%-15s revision %s serves on %d of %d replicas", "settings", s.Settings.Revision, current, len(s.Server.Replicas))
	for _, name := range slices.Sorted(maps.Keys(s.Server.Replicas)) {
		if r := s.Server.Replicas[name]; !r.Ready {
			w.Line("‼", "%-15s replica %s: %s", "not ready", name, r.NotReady)
		}
	}
}

// network says who may connect to a server in the cluster.
func (w *Writer) network(have *installation.Live) {
	o := have.Options()
	if o.URL != "" || have.Deployment == nil {
		return
	}
	if have.NetworkPolicy == nil {
		w.Line("‼", "%-15s no NetworkPolicy/%s: any pod may connect; %s", "network", manifests.ServiceName, w.Command("install"))
		return
	}
	metrics := "pods of Prometheus and the like"
	if o.ScrapeFrom != nil {
		metrics = "pods of " + installation.FirstNames(o.ScrapeFrom)
	}
	switch {
	case o.APIServer != nil:
		w.Line("√", "%-15s %s may call the webhook, %s may read the metrics", "network", installation.FirstNames(o.APIServer), metrics)
	case o.APIServerGiven:
		w.Line("√", "%-15s any address may call the webhook, as set; %s may read the metrics", "network", metrics)
	default:
		w.Line("‼", "%-15s any address may call the webhook: the API server's are not known, set --api-server-cidr; %s may read the metrics", "network", metrics)
	}
}

func (w *Writer) scope(have *installation.Live) {
	o := have.Options()
	where := "anywhere"
	if o.Scope == manifests.ScopeLabelled {
		where = "in namespaces labelled kubectl-spark.io/inject=enabled"
		w.Line("√", "%-15s pods of Spark, with or without its labels, %s", "scope", where)
		return
	}
	w.Line("√", "%-15s pods with spark-role %s; standalone and servers in namespaces labelled kubectl-spark.io/inject=enabled", "scope", where)
}

// Proof says what a test pod has shown.
func (w *Writer) Proof(have *installation.Live, p *installation.Proof) {
	o := have.Options()
	switch {
	case p.Gap != "":
		w.Line("‼", "%-15s not proved: %s", "webhook", p.Gap)
		return
	case o.Paused && !p.Reached:
		w.Line("‼", "%-15s paused: no pod is sent to it, as a test driver pod in namespace %s shows; %s", "webhook", p.Namespace, w.Command("install --resume"))
		return
	case !p.Reached:
		w.Line("✗", "%-15s %s", "webhook", p.NotReached())
		return
	}
	w.Line("√", "%-15s the API server trusts and reaches it: a test driver pod in namespace %s was answered in %.0f ms", "webhook", p.Namespace, p.Millis)
	switch r := p.Replica; {
	case r == nil:
		w.Line("√", "%-15s a sample driver pod would be injected", "dry run")
	case r.Trouble != "":
		w.Line("✗", "%-15s a sample driver pod was left as it is: %s", "dry run", r.Trouble)
	case r.Mode == manifests.ModeShadow:
		w.Line("‼", "%-15s shadow mode, nothing is changed: a sample driver pod would get %d edits (profile %s); to begin: %s", "dry run", r.Edits, r.Profile, w.Command("install --shadow=false"))
	default:
		w.Line("√", "%-15s a sample driver pod would be injected: %d edits (profile %s)", "dry run", r.Edits, r.Profile)
	}
}

// Status says what an inspection found.
func (w *Writer) Status(l *installation.Inspection) error {
	s := &l.Status
	if s.Unknown {
		return w.unknown(l)
	}
	if s.Half != nil {
		for i, line := range w.Half(s) {
			w.Line([]string{"✗", "·"}[min(i, 1)], "%s", line)
		}
	} else if !s.Installed {
		w.Line("✗", "%s", NotInstalled(w.Command))
	}
	if !s.Installed {
		for _, m := range s.Missing {
			w.Line("", "Not seen: %s", missing(m))
		}
		return w.Err
	}
	w.certificates(l.Have, s.Certificates.Serving)
	w.server(l.Have, s.Server.Replicas)
	w.network(l.Have)
	w.settings(s)
	w.Proof(l.Have, s.Proof)
	w.scope(l.Have)
	w.pods(s.Pods)
	w.counts(s)
	for _, m := range s.Missing {
		w.Line("", "Not seen: %s", missing(m))
	}
	for _, p := range s.Problems {
		if s.Proof.Reached || p != s.Proof.NotReached() { // else it was said
			w.Line("✗", "%s", p)
		}
	}
	switch {
	case len(s.Problems) > 0:
		w.Line("✗", "The webhook does not do what it is set to.")
	case s.Mode == "paused":
		w.Line("‼", "The webhook is paused: no pod is changed.")
	case s.Mode == manifests.ModeShadow:
		w.Line("‼", "The webhook watches and changes nothing.")
	default:
		w.Line("√", "The webhook works.")
	}
	return w.Err
}

// unknown says what an account sees that may not read the webhook configuration.
func (w *Writer) unknown(l *installation.Inspection) error {
	s := &l.Status
	if l.Have.Deployment != nil {
		w.server(l.Have, s.Server.Replicas)
	}
	w.counts(s)
	for _, p := range s.Problems {
		w.Line("✗", "%s", p)
	}
	for _, m := range s.Missing {
		w.Line("", "Not seen: %s", missing(m))
	}
	w.Line("‼", "It is unknown whether the webhook works.")
	return w.Err
}

func (w *Writer) pods(c *installation.PodCounts) {
	if c == nil {
		return
	}
	words := []string{fmt.Sprintf("%d injected, %d needed nothing, %d missed", c.Injected, c.Unchanged, c.Missed)}
	for _, more := range []struct {
		n    int
		what string
	}{{c.CreatedBefore, "created before the webhook began to change pods"}, {c.OptedOut, "opted out"}, {c.OutOfScope, "out of scope"}} {
		if more.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", more.n, more.what))
		}
	}
	sign := "√"
	if c.Missed > 0 {
		sign = "✗"
	}
	w.Line(sign, "%-15s %s", "pods now", strings.Join(words, ", "))
	if len(c.Refused) > 0 {
		refused := make([]string, 0, len(c.Refused))
		for what, n := range c.Refused {
			refused = append(refused, fmt.Sprintf("%s (%d)", what, n))
		}
		sort.Slice(refused, func(i, j int) bool {
			a, b := c.Refused[refused[i][:strings.LastIndex(refused[i], " (")]], c.Refused[refused[j][:strings.LastIndex(refused[j], " (")]]
			return a > b || a == b && refused[i] < refused[j]
		})
		text := installation.FirstNames(refused)
		if w.Wide {
			text = strings.Join(refused, ", ")
		}
		w.Line("·", "%-15s %s", "edits refused", text)
	}
	if len(c.Mixed) > 0 {
		w.Line("‼", "%-15s pods of one application were created under different rules: %s; those of the next run are alike", "revisions", installation.FirstNames(c.Mixed))
	}
}

// counts tells what the replicas say they did since they started.
func (w *Writer) counts(s *installation.Status) {
	if len(s.Counts) > 0 {
		var words []string
		for _, result := range manifests.Results() {
			if n := s.Counts[string(result)]; n > 0 && result != manifests.Probed { // pods that install and status tried are none of the cluster's
				words = append(words, fmt.Sprintf("%d %s", n, result))
			}
		}
		if len(words) > 0 {
			w.Line("·", "%-15s %s (since the replicas started)", "reviews", strings.Join(words, ", "))
		}
	}
	if len(s.Shadowed) > 0 {
		codes := make([]string, 0, len(s.Shadowed))
		for code := range s.Shadowed {
			codes = append(codes, code)
		}
		sort.Slice(codes, func(i, j int) bool {
			return s.Shadowed[codes[i]] > s.Shadowed[codes[j]] || s.Shadowed[codes[i]] == s.Shadowed[codes[j]] && codes[i] < codes[j]
		})
		for i, code := range codes {
			codes[i] = fmt.Sprintf("%s (%d)", code, s.Shadowed[code])
		}
		w.Line("·", "%-15s %s", "would change", installation.FirstNames(codes))
	}
}
