package manifests

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Sending says whether the API server sends a new pod to one webhook of a configuration.
type Sending struct {
	Webhook string
	Sent    bool
	Why     string // the first thing that keeps it from being sent; "" where it is sent
	Unknown bool   // a condition of somebody else's, which cannot be evaluated here, decides
}

// Sends evaluates a live configuration as the API server does, for a pod in a namespace with these labels. Conditions
// are recognised by their text: those that install writes are known, any other leaves it open.
func Sends(c *admissionv1.MutatingWebhookConfiguration, pod *corev1.Pod, namespace map[string]string) []Sending {
	space := map[string]string{corev1.LabelMetadataName: pod.Namespace} // the API server sets it on every namespace
	for key, value := range namespace {
		space[key] = value
	}
	known := conditions()
	var out []Sending
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		s := Sending{Webhook: w.Name}
		switch {
		case !createsPods(w.Rules):
			s.Why = "its rules do not name the creation of pods"
		default:
			if s.Why = mismatch("the namespace", w.NamespaceSelector, space); s.Why == "" {
				s.Why = mismatch("the pod", w.ObjectSelector, pod.Labels)
			}
		}
		for _, m := range w.MatchConditions {
			if s.Why != "" {
				break
			}
			holds, ok := known[m.Expression]
			switch {
			case !ok:
				s.Unknown = true
			case !holds(pod):
				s.Why, s.Unknown = fmt.Sprintf("its condition %s does not hold", m.Name), false
			}
		}
		s.Sent = s.Why == "" && !s.Unknown
		if s.Why == "" && s.Unknown {
			s.Why = "it has a condition that cannot be evaluated here"
		}
		out = append(out, s)
	}
	return out
}

func createsPods(rules []admissionv1.RuleWithOperations) bool {
	for _, r := range rules {
		if (slices.Contains(r.Resources, "pods") || slices.Contains(r.Resources, "*")) && (slices.Contains(r.Operations, admissionv1.Create) || slices.Contains(r.Operations, admissionv1.OperationAll)) {
			return true
		}
	}
	return false
}

// mismatch names the first requirement that labels do not meet; "" where they meet all.
func mismatch(whose string, selector *metav1.LabelSelector, has map[string]string) string {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return fmt.Sprintf("its selector of %s cannot be read", whose)
	}
	requirements, selectable := parsed.Requirements()
	if selector != nil && !selectable {
		return fmt.Sprintf("its selector of %s matches nothing", whose)
	}
	for _, r := range requirements {
		if !r.Matches(labels.Set(has)) {
			return fmt.Sprintf("%s does not meet %q", whose, r.String())
		}
	}
	return ""
}

// conditions are the conditions that install writes, by their text.
func conditions() map[string]func(*corev1.Pod) bool {
	c := &admissionv1.MutatingWebhookConfiguration{}
	must(webhookYAML, c)
	own := map[string]func(*corev1.Pod) bool{"paused": func(*corev1.Pod) bool { return false }, "not-mirror": notMirror, "looks-like-spark": looksLikeSpark}
	out := map[string]func(*corev1.Pod) bool{paused().Expression: own["paused"]}
	for i := range c.Webhooks {
		for _, m := range c.Webhooks[i].MatchConditions {
			out[m.Expression] = own[m.Name]
		}
	}
	return out
}

func notMirror(p *corev1.Pod) bool {
	_, mirror := p.Annotations[corev1.MirrorPodAnnotationKey]
	return !mirror
}

func looksLikeSpark(p *corev1.Pod) bool {
	for _, label := range []string{"spark-app-selector", "spark.operator/spark-cluster-name", "sparkoperator.k8s.io/launched-by-spark-operator", "kubectl-spark.io/role"} {
		if _, has := p.Labels[label]; has {
			return true
		}
	}
	names := func(word string) bool {
		return strings.Contains(word, "org.apache.spark.") || strings.Contains(word, "/sbin/start-")
	}
	return slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool {
			return slices.Contains([]string{"SPARK_MODE", "SPARK_NO_DAEMONIZE", "SPARK_DAEMON_JAVA_OPTS"}, e.Name)
		}) || slices.ContainsFunc(c.Command, names) || slices.ContainsFunc(c.Args, names)
	})
}
