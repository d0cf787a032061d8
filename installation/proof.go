package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Proof is what a driver pod that the API server was asked to try told of the webhook.
type Proof struct {
	Namespace string           `json:"namespace,omitempty"` // where it was tried
	Reached   bool             `json:"reached"`             // the webhook answered, so the API server trusts it
	Annotated bool             `json:"annotated"`           // the pod carries its report
	Replica   *manifests.Probe `json:"replica,omitempty"`   // who answered
	Millis    float64          `json:"milliseconds,omitempty"`
	Gap       string           `json:"gap,omitempty"` // why nothing can be told
}

// NotReached is what the test pod shows where the server was not called.
func (p *Proof) NotReached() string {
	return fmt.Sprintf("a test driver pod in namespace %s was not changed: the API server does not reach the webhook, or does not trust it", p.Namespace)
}

// sample is a driver as spark-submit makes it. The strict one passes Pod Security restricted.
func sample(strict bool) *corev1.Pod {
	size := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("1408Mi")}
	p := &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{GenerateName: "kubectl-spark-probe-", Annotations: map[string]string{manifests.ProbeAnnotation: "true"},
			Labels: map[string]string{"spark-role": "driver", "spark-app-selector": "kubectl-spark-probe", "spark-version": "4.0.1"}},
		Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{
			Name: "spark-kubernetes-driver", Image: "apache/spark:4.0.1", Resources: corev1.ResourceRequirements{Requests: size, Limits: size},
			Args: []string{"driver", "--properties-file", "/opt/spark/conf/spark.properties", "--class", "org.apache.spark.examples.SparkPi", "local:///opt/spark/examples/jars/spark-examples.jar"},
		}}},
	}
	if strict {
		yes, no := true, false
		p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
	}
	return p
}

// Prove tries a driver pod, which is not kept, in a namespace of the scope.
func Prove(ctx context.Context, reader *cluster.Reader, o manifests.Options) (Proof, error) {
	ns, err := placeOfProof(ctx, reader, o)
	if err != nil || ns == "" {
		gap := "there is no namespace to try a pod in"
		if o.Scope == manifests.ScopeLabelled {
			gap = "no namespace is labelled " + rule.InjectLabel + "=enabled, so no pod is sent to the webhook"
		}
		return Proof{Gap: gap}, err
	}
	p := Proof{Namespace: ns}
	for _, strict := range []bool{false, true} {
		body, err := json.Marshal(sample(strict))
		if err != nil {
			return p, err
		}
		began := time.Now()
		raw, warnings, err := reader.DryCreate(ctx, cluster.Path("v1", "Pod", ns), body)
		p.Millis = float64(time.Since(began).Microseconds()) / 1000
		p.addWarnings(warnings)
		if err != nil && !strict && apierrors.IsForbidden(err) && strings.Contains(err.Error(), "PodSecurity") {
			continue
		}
		var status apierrors.APIStatus
		switch {
		case errors.As(err, &status) && !p.Reached:
			p.Gap = fmt.Sprintf("a pod could not be tried in namespace %s: %v", ns, err)
		case err != nil && !p.Reached:
			return p, err
		case err == nil:
			var pod metav1.PartialObjectMetadata
			if err := json.Unmarshal(raw, &pod); err != nil {
				return p, fmt.Errorf("read the test pod: %w", err)
			}
			p.Annotated = pod.Annotations[rule.ReportAnnotation] != ""
			p.Reached = p.Reached || p.Annotated
		}
		return p, nil
	}
	return p, nil
}

// addWarnings takes what the webhook said of itself out of the warnings. A replica of another version may say less.
func (p *Proof) addWarnings(warnings []string) {
	for _, w := range warnings {
		text, ok := strings.CutPrefix(w, manifests.ProbeWarning)
		if !ok {
			continue
		}
		p.Reached = true
		var said manifests.Probe
		if err := json.Unmarshal([]byte(text), &said); err == nil {
			p.Replica = &said
		}
	}
}

// maxPlaces is how many namespaces are looked at for one to try a pod in.
const maxPlaces = 500

// placeOfProof is a namespace whose drivers the webhook gets as its selectors stand: one that asked for it, else
// default, else the first of all but Kubernetes' own; "" where none is known.
func placeOfProof(ctx context.Context, reader *cluster.Reader, o manifests.Options) (string, error) {
	var c admissionv1.MutatingWebhookConfiguration
	if found, err := reader.Get(ctx, configurations(), manifests.WebhookName, &c); err != nil || !found {
		return "", err
	}
	found, err := firstPlace(ctx, reader, &c, o.Namespace, rule.InjectLabel+"=enabled")
	if found != "" || err != nil || o.Scope == manifests.ScopeLabelled {
		return found, err
	}
	var ns metav1.PartialObjectMetadata
	there, err := reader.Get(ctx, cluster.Path("v1", "Namespace", ""), metav1.NamespaceDefault, &ns)
	switch {
	case apierrors.IsForbidden(err) && o.Namespace != metav1.NamespaceDefault:
		return metav1.NamespaceDefault, nil // what its labels are cannot be known
	case err != nil && !apierrors.IsForbidden(err):
		return "", err
	case there && takes(&c, &ns, o.Namespace):
		return ns.Name, nil
	}
	return firstPlace(ctx, reader, &c, o.Namespace, "")
}

// firstPlace is the first namespace of a selector whose drivers the webhook gets.
func firstPlace(ctx context.Context, reader *cluster.Reader, c *admissionv1.MutatingWebhookConfiguration, server, selector string) (found string, err error) {
	seen := 0
	_, err = reader.List(ctx, "v1", "Namespace", cluster.Scope{Selector: selector}, func(raw []byte) error {
		var ns metav1.PartialObjectMetadata
		if err := json.Unmarshal(raw, &ns); err != nil {
			return err
		}
		reserved := selector == "" && strings.HasPrefix(ns.Name, "kube-") // Kubernetes keeps those names for itself
		if !reserved && takes(c, &ns, server) {
			found = ns.Name
		}
		if seen++; found != "" || seen >= maxPlaces {
			return cluster.ErrEnough
		}
		return nil
	})
	return found, err
}

// takes says whether the webhook gets a sample driver of a namespace, were it not paused.
func takes(c *admissionv1.MutatingWebhookConfiguration, ns *metav1.PartialObjectMetadata, server string) bool {
	if ns.Name == server || ns.DeletionTimestamp != nil {
		return false
	}
	open := c.DeepCopy()
	for i := range open.Webhooks {
		open.Webhooks[i].MatchConditions = nil // they are about the pod, and the pause is one of them
	}
	pod := sample(false)
	pod.Namespace = ns.Name
	return slices.ContainsFunc(manifests.Sends(open, pod, ns.Labels), func(s manifests.Sending) bool { return s.Sent })
}
