package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Status is what status prints as JSON and YAML.
type Status struct {
	APIVersion   string           `json:"apiVersion"`
	Kind         string           `json:"kind"`
	Installed    bool             `json:"installed"`
	Healthy      bool             `json:"healthy"`
	Unknown      bool             `json:"unknown,omitempty"` // whether it is installed: the configuration may not be read
	Half         *Half            `json:"half,omitempty"`    // where an installation did not come to its end
	Problems     []string         `json:"problems,omitempty"`
	Mode         string           `json:"mode,omitempty"` // inject, shadow or paused
	Profile      string           `json:"profile,omitempty"`
	Scope        string           `json:"scope,omitempty"`
	Namespace    string           `json:"namespace,omitempty"`
	Certificates Certificates     `json:"certificates"`
	Server       Server           `json:"server"`
	Settings     Settings         `json:"settings"`
	Proof        *Proof           `json:"proof,omitempty"`
	Pods         *PodCounts       `json:"pods,omitempty"`
	Plugin       string           `json:"pluginVersion"`
	Missing      []Missing        `json:"missing,omitempty"` // what could not be read
	Counts       map[string]int64 `json:"counts,omitempty"`  // reviews of all replicas since their start, by result
	Shadowed     map[string]int64 `json:"shadowed,omitempty"`
}

// Certificates are those that the webhook serves, and that the API server trusts.
type Certificates struct {
	Source    string     `json:"source,omitempty"`    // self, cert-manager or given
	Authority *time.Time `json:"authority,omitempty"` // end of the last authority in the bundle
	Serving   *time.Time `json:"serving,omitempty"`   // end of the serving certificate that ends first
}

// Server is what answers the API server.
type Server struct {
	URL      string                       `json:"url,omitempty"`
	Image    string                       `json:"image,omitempty"`
	Ready    int32                        `json:"ready"`
	Wanted   int32                        `json:"wanted"`
	Replicas map[string]manifests.Replica `json:"replicas,omitempty"`
}

// Missing is what could not be read, and the right that it takes.
type Missing struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
	Grant  string `json:"grant,omitempty"`
}

// Inspection is one look at the webhook.
type Inspection struct {
	Reader *cluster.Reader
	Rules  *rule.Set // of this build
	Now    time.Time
	// Command is a command of ours that reaches the same server.
	Command func(words string) string
	Have    *Live
	Status  Status
}

// missed records a right, or an answer, that is missing. Only a server that cannot be talked to is an error.
func (l *Inspection) missed(err error, verb, resource, namespace string) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return err
	}
	gap := cluster.Gap{Verb: verb, Resource: resource, Namespace: namespace, Err: err}
	l.gap(&gap)
	return nil
}

func (l *Inspection) gap(g *cluster.Gap) {
	l.Status.Missing = append(l.Status.Missing, Missing{What: g.Verb + " " + g.Resource, Reason: g.Reason(), Grant: g.Grant()})
}

func (l *Inspection) problem(format string, args ...any) {
	l.Status.Problems = append(l.Status.Problems, fmt.Sprintf(format, args...))
}

// Look reads what there is, tries a pod, and counts pods. An error means that nothing can be told.
func (l *Inspection) Look(ctx context.Context) error {
	have, err := Read(ctx, l.Reader)
	l.Have = have
	s := &l.Status
	if err != nil {
		if have.Webhook == nil {
			if apierrors.IsForbidden(err) && l.unseen(ctx, err) == nil {
				return nil
			}
			return err
		}
		if err := l.missed(err, "get", "configmaps, deployments and networkpolicies", have.Namespace()); err != nil {
			return err
		}
	}
	if s.Installed = have.Installed(); !s.Installed {
		return l.half(ctx)
	}
	o := have.Options()
	s.Namespace, s.Scope, s.Profile, s.Mode = o.Namespace, string(o.Scope), o.Profile, manifests.ModeInject
	switch {
	case o.Paused:
		s.Mode = "paused"
	case o.Shadow:
		s.Mode = manifests.ModeShadow
	}
	s.Certificates = have.Certificates()
	if err := l.server(ctx, o); err != nil {
		return err
	}
	l.settings()
	if err := l.reach(ctx, o); err != nil {
		return err
	}
	p, err := Prove(ctx, l.Reader, o)
	if err != nil {
		return err
	}
	s.Proof = &p
	if r := p.Replica; o.URL != "" && r != nil && r.Settings == "" && r.Profile != "" {
		s.Profile = r.Profile // it reads none of the cluster's
	}
	l.judge(o, &p)
	if err := l.countPods(ctx, o, &p); err != nil {
		return err
	}
	s.Healthy = len(s.Problems) == 0
	return nil
}

// unseenConfiguration is the right to read the webhook configuration, which this account lacks.
func unseenConfiguration(err error) cluster.Gap {
	return cluster.Gap{Verb: "get", Group: "admissionregistration.k8s.io", Resource: "mutatingwebhookconfigurations", Err: err}
}

// unseen reads what is left to an account that may not read the webhook configuration: the server, where it usually is, and
// what its replicas say of themselves. An error means that not even that may be read.
func (l *Inspection) unseen(ctx context.Context, why error) error {
	deployment := &appsv1.Deployment{}
	found, err := l.Reader.Get(ctx, cluster.Path("apps/v1", "Deployment", l.Have.Namespace()), manifests.ServiceName, deployment)
	if err != nil {
		return err
	}
	if found {
		l.Have.Deployment = deployment
	}
	gap := unseenConfiguration(why)
	l.gap(&gap)
	l.Status.Unknown = true
	return l.server(ctx, l.Have.Options())
}

// server reads how many replicas are ready, and what each says of itself.
func (l *Inspection) server(ctx context.Context, o manifests.Options) error {
	s := &l.Status.Server
	s.URL = o.URL
	if d := l.Have.Deployment; d != nil && o.URL == "" {
		s.Image, s.Ready, s.Wanted = o.Image, d.Status.ReadyReplicas, 1
		if d.Spec.Replicas != nil {
			s.Wanted = *d.Spec.Replicas
		}
	}
	var status corev1.ConfigMap
	if _, err := l.Reader.Get(ctx, cluster.Path("v1", "ConfigMap", o.Namespace), manifests.StatusName, &status); err != nil {
		return l.missed(err, "get", "configmaps", o.Namespace)
	}
	for name, text := range status.Data {
		var r manifests.Replica
		if err := json.Unmarshal([]byte(text), &r); err != nil || l.Now.Sub(r.Seen) > 5*time.Minute {
			continue // gone, or not ours
		}
		if s.Replicas == nil {
			s.Replicas, l.Status.Counts = map[string]manifests.Replica{}, map[string]int64{}
		}
		s.Replicas[name] = r
		for result, n := range r.Results {
			l.Status.Counts[result] += n
		}
		for code, n := range r.ShadowEdits {
			if l.Status.Shadowed == nil {
				l.Status.Shadowed = map[string]int64{}
			}
			l.Status.Shadowed[code] += n
		}
		l.serving(r.Certificate)
		if r.Config != "" {
			what := "goes by its former settings, " + r.Settings
			if !r.Ready && r.Settings == "" {
				what = "has none and is not ready"
			}
			l.problem("replica %s cannot take its settings from ConfigMap/%s and %s: %s", name, manifests.ConfigName, what, r.Config)
		}
		if r.Limits != "" {
			l.problem("replica %s cannot read ResourceQuotas and LimitRanges, so it sets no resources (%s grants the rights): %s", name, l.Command("install"), r.Limits)
		}
	}
	return nil
}

func (l *Inspection) serving(end time.Time) {
	c := &l.Status.Certificates
	if !end.IsZero() && (c.Serving == nil || end.Before(*c.Serving)) {
		c.Serving = &end
	}
}

// mode says that a server is not in the mode that the ConfigMap sets.
func (l *Inspection) mode(o manifests.Options, r *manifests.Probe) {
	if o.URL != "" && r.Settings == "" {
		in := Run{Want: o}
		l.problem("the mode is %s: %s", r.Mode, in.outsideServer())
		return
	}
	l.problem("the server that answered is in mode %s, and is set to another", r.Mode)
}

// judge says what is wrong.
func (l *Inspection) judge(o manifests.Options, p *Proof) {
	s := &l.Status
	if p.Replica != nil {
		l.serving(p.Replica.Certificate)
	}
	c := &s.Certificates
	if c.Authority == nil {
		l.problem("the webhook configuration holds no CA bundle: the API server does not trust the server")
	} else if l.Now.After(*c.Authority) {
		l.problem("the authority in the CA bundle ended %s: the API server does not trust the server", c.Authority.Format(time.DateOnly))
	}
	if c.Serving != nil && c.Serving.Sub(l.Now) < 48*time.Hour {
		l.problem("the serving certificate ends %s and was not renewed", c.Serving.Format(time.RFC3339))
	}
	if d := l.Have.Deployment; o.URL == "" {
		switch {
		case d == nil && len(s.Missing) == 0:
			l.problem("Deployment/%s does not exist: no server answers", manifests.ServiceName)
		case d != nil && s.Server.Ready == 0:
			l.problem("none of %d replicas is ready: no server answers", s.Server.Wanted)
		}
	}
	switch {
	case p.Gap != "":
		s.Missing = append(s.Missing, Missing{What: "the result of a test pod", Reason: p.Gap})
	case o.Paused && p.Reached:
		l.problem("it is paused, and a test pod was sent to the webhook all the same")
	case o.Paused:
	case !p.Reached:
		l.problem("%s", p.NotReached())
	case p.Replica != nil && p.Replica.Trouble != "":
		l.problem("the server answers, and left a test driver pod in namespace %s as it is: %s", p.Namespace, p.Replica.Trouble)
	case p.Replica != nil && p.Replica.Mode == manifests.ModeShadow && p.Annotated:
		l.problem("it is in shadow mode, and a test pod was changed")
	case p.Replica != nil && l.Have.Config != nil && (p.Replica.Mode == manifests.ModeShadow) != o.Shadow:
		l.mode(o, p.Replica)
	}
	revisions := map[string]bool{}
	for _, r := range s.Server.Replicas {
		revisions[r.Version+" "+r.Revision] = true
	}
	if len(revisions) > 1 {
		l.problem("replicas differ in version: %s", FirstNames(slices.Sorted(maps.Keys(revisions))))
	}
}
