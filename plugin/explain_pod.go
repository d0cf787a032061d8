package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func newExplainPod(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "pod NAME",
		Short: "Tell why a pod was injected or not",
		Long: `Tells why a pod was injected or not: what Spark it is, whether the API server sends such a pod to the webhook by the live
webhook configuration, and what the rules do with it. It changes nothing.`,
		Example: `  kubectl spark explain pod etl-driver -n payments`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reader, err := e.reader()
			if err != nil {
				return err
			}
			ns, _, err := e.flags.ToRawKubeConfigLoader().Namespace()
			if err != nil {
				return fmt.Errorf("read the kubeconfig: %w", err)
			}
			x := &podStory{env: e, reader: reader, writer: e.writer()}
			return x.tell(cmd.Context(), ns, args[0])
		},
	}
}

// podStory tells of one pod.
type podStory struct {
	*env
	*writer
	reader *cluster.Reader
}

func (x *podStory) tell(ctx context.Context, namespace, name string) error {
	var raw json.RawMessage
	if found, err := x.reader.Get(ctx, cluster.Path("v1", "Pod", namespace), name, &raw); err != nil {
		return err
	} else if !found {
		return fmt.Errorf("there is no pod %q in namespace %q", name, namespace)
	}
	var p corev1.Pod
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("read pod %q: %w", name, err)
	}
	who := spark.Identify(&p.ObjectMeta, &p.Spec)
	switch {
	case who.Role == "":
		x.line("✗", "%-9s it is not known as one of Spark's: neither labels nor commands name a role", "what")
	case !who.Certain:
		x.line("✗", "%-9s a %s, not beyond doubt (%s): such a pod is left alone", "what", who.Role, who.Why)
	default:
		x.line("√", "%-9s a %s of launcher %s", "what", who.Role, who.Launcher)
	}
	x.said(&p)
	have, err := readLive(ctx, x.reader)
	var refused apierrors.APIStatus
	if err != nil && (have.webhook == nil || !errors.As(err, &refused)) {
		return err
	}
	if !have.installed() {
		x.line("✗", "%-9s the webhook is not installed: kubectl spark install", "sent")
		return x.err
	}
	var ns metav1.PartialObjectMetadata
	if _, err := x.reader.Get(ctx, cluster.Path("v1", "Namespace", ""), namespace, &ns); err != nil {
		if !errors.As(err, &refused) {
			return err
		}
		x.line("‼", "%-9s the namespace may not be read (grant: get namespaces), so its labels are taken for none", "sent")
	}
	sent := x.sent(have, &p, ns.Labels)
	if sent && who.Certain {
		return x.would(raw, &p, &ns, have)
	}
	return x.err
}

// said tells what the pod's own report says.
func (x *podStory) said(p *corev1.Pod) {
	text, has := p.Annotations[rule.ReportAnnotation]
	if !has {
		x.line("·", "%-9s the pod carries no report: it was not seen by the webhook, or there was nothing to say", "report")
		return
	}
	r, err := rule.ReadReport(text)
	if err != nil {
		x.line("‼", "%-9s the pod's report cannot be read: somebody else wrote it", "report")
		return
	}
	x.line("√", "%-9s injected by rules %s in profile %s: %d edits, %d refused", "report", r.Revision, r.Profile, len(r.Applied), len(r.Refused))
	for _, code := range r.Applied {
		x.line("√", "          %s", code)
	}
	x.refusals(r.Refused)
}

func (x *podStory) refusals(refused map[string]rule.Reason) {
	meaning := rule.Reasons()
	codes := make([]string, 0, len(refused))
	for code := range refused {
		codes = append(codes, code)
	}
	sort.Strings(codes)
	for _, code := range codes {
		why := string(refused[code])
		if m := meaning[refused[code]]; m != "" {
			why += ": " + m
		}
		x.line("·", "          %s refused, %s", code, why)
	}
}

// sent tells whether the API server would send such a pod now.
func (x *podStory) sent(have *live, p *corev1.Pod, labels map[string]string) bool {
	open := false
	all := manifests.Sends(have.webhook, p, labels)
	for _, s := range all {
		if s.Sent {
			x.line("√", "%-9s a pod like this one is sent to the webhook now, as %s", "sent", s.Webhook)
			if !p.CreationTimestamp.After(have.activeSince()) {
				x.line("·", "%-9s this one was made before the webhook was active (%s)", "", have.activeSince().UTC().Format("2006-01-02 15:04 MST"))
			}
			return true
		}
		open = open || s.Unknown
	}
	for _, s := range all {
		x.line(map[bool]string{true: "‼", false: "✗"}[s.Unknown], "%-9s not to %s: %s", "sent", s.Webhook, s.Why)
	}
	return open
}

// would tells what the rules do with the pod as it is now.
func (x *podStory) would(raw []byte, p *corev1.Pod, ns *metav1.PartialObjectMetadata, have *live) error {
	set, err := x.set()
	if err != nil {
		return err
	}
	o := have.options()
	template := &corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}
	options, unknown := have.rules()
	if unknown != "" {
		x.line("‼", "%-9s %s", "images", report.Clean(unknown))
	}
	admitted, problems, err := set.AdmitPod(raw, template, rule.Marks{Labels: ns.Labels, Annotations: ns.Annotations}, options)
	for _, problem := range problems {
		x.line("‼", "%-9s %s", "settings", problem)
	}
	if err != nil {
		x.line("✗", "%-9s the edits could not be verified, so it is left as it is: %v", "rules", err)
		return x.writer.err
	}
	codes := map[string]bool{}
	for _, edit := range admitted.Edits {
		code := edit.Code
		if edit.Part != "" {
			code += "/" + edit.Part
		}
		codes[code] = true
	}
	if o.Shadow {
		x.line("‼", "%-9s shadow mode: nothing is changed", "rules")
	}
	if len(codes) == 0 {
		x.line("√", "%-9s nothing is left to add to it", "rules")
	} else {
		x.line("·", "%-9s made again it would get %s", "rules", report.Clean(fmt.Sprint(sorted(codes))))
	}
	return x.writer.err
}
