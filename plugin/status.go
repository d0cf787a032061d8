package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// webhookStatus is what status prints as JSON and YAML.
type webhookStatus struct {
	APIVersion   string           `json:"apiVersion"`
	Kind         string           `json:"kind"`
	Installed    bool             `json:"installed"`
	Healthy      bool             `json:"healthy"`
	Problems     []string         `json:"problems,omitempty"`
	Mode         string           `json:"mode,omitempty"` // inject, shadow or paused
	Profile      string           `json:"profile,omitempty"`
	Scope        string           `json:"scope,omitempty"`
	Namespace    string           `json:"namespace,omitempty"`
	Certificates certificates     `json:"certificates"`
	Server       server           `json:"server"`
	Proof        *proof           `json:"proof,omitempty"`
	Pods         *podCounts       `json:"pods,omitempty"`
	Plugin       string           `json:"pluginVersion"`
	Missing      []missing        `json:"missing,omitempty"` // what could not be read
	Counts       map[string]int64 `json:"counts,omitempty"`  // reviews of all replicas since their start, by result
	Shadowed     map[string]int64 `json:"shadowed,omitempty"`
}

type certificates struct {
	Source    string     `json:"source,omitempty"`    // self, cert-manager or given
	Authority *time.Time `json:"authority,omitempty"` // end of the last authority in the bundle
	Serving   *time.Time `json:"serving,omitempty"`   // end of the serving certificate that ends first
}

type server struct {
	URL      string                       `json:"url,omitempty"`
	Image    string                       `json:"image,omitempty"`
	Ready    int32                        `json:"ready"`
	Wanted   int32                        `json:"wanted"`
	Replicas map[string]manifests.Replica `json:"replicas,omitempty"`
}

type missing struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
	Grant  string `json:"grant,omitempty"`
}

type statusOptions struct {
	*env
	output string
}

func newStatus(e *env) *cobra.Command {
	o := &statusOptions{env: e}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Prove that the webhook works, and count what it did",
		Long: `Proves that the API server trusts and reaches the webhook, by a driver pod that it is asked to try and does not keep, and
counts the Spark pods that were injected, refused an edit, or missed. It changes nothing.
Exit codes: 0 the webhook does what it is set to, paused or in shadow mode included; 1 it does not, or is not installed;
2 nothing can be told.`,
		Example: `  kubectl spark status
  kubectl spark status -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("output", o.output, "", "json", "yaml"); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "json or yaml")
	return cmd
}

func (o *statusOptions) run(ctx context.Context) error {
	reader, err := o.reader()
	if err != nil {
		return err
	}
	l := &inspection{statusOptions: o, reader: reader, have: &live{}, now: time.Now(),
		status: webhookStatus{APIVersion: "kubectl-spark.io/v1alpha1", Kind: "WebhookStatus", Plugin: o.version}}
	if err := l.look(ctx); err != nil {
		return err
	}
	s := &l.status
	s.Healthy = s.Installed && len(s.Problems) == 0
	switch o.output {
	case "json":
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s\n", text)
	case "yaml":
		text, err := yaml.Marshal(s)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s", text)
	default:
		if err := l.print(); err != nil {
			return err
		}
	}
	if !s.Healthy {
		return exit(ExitFound)
	}
	return nil
}

// inspection is one look at the webhook.
type inspection struct {
	*statusOptions
	reader *cluster.Reader
	have   *live
	now    time.Time
	status webhookStatus
}

// missed records a right, or an answer, that is missing. Only a server that cannot be talked to is an error.
func (l *inspection) missed(err error, verb, resource, namespace string) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return err
	}
	gap := cluster.Gap{Verb: verb, Resource: resource, Namespace: namespace, Err: err}
	l.gap(&gap)
	return nil
}

func (l *inspection) gap(g *cluster.Gap) {
	l.status.Missing = append(l.status.Missing, missing{What: g.Verb + " " + g.Resource, Reason: g.Reason(), Grant: g.Grant()})
}

func (l *inspection) problem(format string, args ...any) {
	l.status.Problems = append(l.status.Problems, fmt.Sprintf(format, args...))
}

func (l *inspection) look(ctx context.Context) error {
	have, err := readLive(ctx, l.reader)
	l.have = have
	s := &l.status
	if err != nil {
		if have.webhook == nil {
			return err // whether it is installed cannot be told
		}
		if err := l.missed(err, "get", "configmaps and deployments", have.namespace()); err != nil {
			return err
		}
	}
	if s.Installed = have.installed(); !s.Installed {
		return nil
	}
	o := have.options()
	s.Namespace, s.Scope, s.Profile, s.Mode = o.Namespace, string(o.Scope), o.Profile, manifests.ModeInject
	switch {
	case o.Paused:
		s.Mode = "paused"
	case o.Shadow:
		s.Mode = manifests.ModeShadow
	}
	s.Certificates = certificatesOf(have)
	if err := l.server(ctx, o); err != nil {
		return err
	}
	p, err := prove(ctx, l.reader, o)
	if err != nil {
		return err
	}
	s.Proof = &p
	l.judge(o, &p)
	return l.countPods(ctx, o, &p)
}

// server reads how many replicas are ready, and what each says of itself.
func (l *inspection) server(ctx context.Context, o manifests.Options) error {
	s := &l.status.Server
	s.URL = o.URL
	if d := l.have.deployment; d != nil && o.URL == "" {
		s.Image, s.Ready, s.Wanted = o.Image, d.Status.ReadyReplicas, 1
		if d.Spec.Replicas != nil {
			s.Wanted = *d.Spec.Replicas
		}
	}
	var told corev1.ConfigMap
	if _, err := l.reader.Get(ctx, cluster.Path("v1", "ConfigMap", o.Namespace), manifests.StatusName, &told); err != nil {
		return l.missed(err, "get", "configmaps", o.Namespace)
	}
	for name, text := range told.Data {
		var r manifests.Replica
		if err := json.Unmarshal([]byte(text), &r); err != nil || l.now.Sub(r.Seen) > 5*time.Minute {
			continue // gone, or not ours
		}
		if s.Replicas == nil {
			s.Replicas, l.status.Counts = map[string]manifests.Replica{}, map[string]int64{}
		}
		s.Replicas[name] = r
		for result, n := range r.Results {
			l.status.Counts[result] += n
		}
		for code, n := range r.ShadowEdits {
			if l.status.Shadowed == nil {
				l.status.Shadowed = map[string]int64{}
			}
			l.status.Shadowed[code] += n
		}
		l.serving(r.Certificate)
		if r.Config != "" {
			l.problem("replica %s cannot take its settings from ConfigMap/%s and goes by its former settings: %s", name, manifests.ConfigName, r.Config)
		}
	}
	return nil
}

func (l *inspection) serving(end time.Time) {
	c := &l.status.Certificates
	if !end.IsZero() && (c.Serving == nil || end.Before(*c.Serving)) {
		c.Serving = &end
	}
}

// judge says what is wrong.
func (l *inspection) judge(o manifests.Options, p *proof) {
	s := &l.status
	if p.Replica != nil {
		l.serving(p.Replica.Certificate)
	}
	c := &s.Certificates
	if c.Authority == nil {
		l.problem("the webhook configuration holds no CA bundle: the API server does not trust the server")
	} else if l.now.After(*c.Authority) {
		l.problem("the authority in the CA bundle ended %s: the API server does not trust the server", c.Authority.Format(time.DateOnly))
	}
	if c.Serving != nil && c.Serving.Sub(l.now) < 48*time.Hour {
		l.problem("the serving certificate ends %s and was not renewed", c.Serving.Format(time.RFC3339))
	}
	if d := l.have.deployment; o.URL == "" {
		switch {
		case d == nil && len(s.Missing) == 0:
			l.problem("Deployment/%s is not there: nobody answers", manifests.ServiceName)
		case d != nil && s.Server.Ready == 0:
			l.problem("none of %d replicas is ready: nobody answers", s.Server.Wanted)
		}
	}
	switch {
	case p.Gap != "":
		s.Missing = append(s.Missing, missing{What: "the proof by a pod", Reason: p.Gap})
	case o.Paused && p.Reached:
		l.problem("it is paused, and a pod that was tried was sent to the webhook all the same")
	case o.Paused:
	case !p.Reached:
		l.problem("a driver pod that was tried in namespace %s came back untouched: the API server does not reach the webhook, or does not trust it", p.Namespace)
	case p.Replica != nil && p.Replica.Trouble != "":
		l.problem("the server answers, and left a driver pod that was tried in namespace %s as it is: %s", p.Namespace, p.Replica.Trouble)
	case p.Replica != nil && p.Replica.Mode == manifests.ModeShadow && p.Annotated:
		l.problem("it is in shadow mode, and a pod that was tried was changed")
	case p.Replica != nil && l.have.config != nil && (p.Replica.Mode == manifests.ModeShadow) != o.Shadow:
		l.problem("the server that answered is in mode %s, and is set to another", p.Replica.Mode)
	}
	revisions := map[string]bool{}
	for _, r := range s.Server.Replicas {
		revisions[r.Version+" "+r.Revision] = true
	}
	if len(revisions) > 1 {
		names := make([]string, 0, len(revisions))
		for name := range revisions {
			names = append(names, name)
		}
		sort.Strings(names)
		l.problem("replicas differ in version: %s", some(names))
	}
}
