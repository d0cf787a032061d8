package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// creations measures what floor and webhook add to the creation of an executor through a real API server: the same pods in four
// namespaces, in turns, of which one is sent to nobody and one to a floor that sets a label. The difference between the two floors
// is what the API server itself does with a patch, whatever that holds: it writes the pod as JSON, applies the patch, and decodes
// and defaults the result. That is about as much as the whole first floor adds, so the fair floor of a webhook that patches is
// the one that sets a label.
func creations(out io.Writer, binary string, bodies [][]byte) error {
	ctx := context.Background()
	cp, err := controlplane.Start(ctx, controlplane.Options{Output: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { _ = cp.Stop() }()
	both, stop, err := servers(binary)
	if err != nil {
		return err
	}
	defer stop()
	names := []string{"nobody", "floor", "label", "webhook"}
	for _, name := range names {
		if err := cp.EnsureNamespace(ctx, name); err != nil {
			return err
		}
	}
	floor, webhook := both[0], both[1]
	label := &server{name: "label", url: strings.TrimSuffix(floor.url, "/mutate") + "/patch", ca: floor.ca}
	for _, s := range []*server{floor, label, webhook} {
		c := manifests.WebhookConfiguration(manifests.Options{URL: s.url, CABundle: s.ca})
		c.Name = s.name
		for i := range c.Webhooks {
			c.Webhooks[i].NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: s.name}}
		}
		if _, err := cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Create(ctx, c, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	if err := wait(ctx, cp, bodies[0]); err != nil {
		return err
	}
	times := make([][]time.Duration, len(names))
	const warm, n = 100, 1000
	for i := range min(warm+n, len(bodies)) {
		for j, namespace := range names {
			pod, err := podOf(bodies[i])
			if err != nil {
				return err
			}
			began := time.Now()
			if _, err := cp.Client().CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}); err != nil {
				return err
			}
			if i >= warm {
				times[j] = append(times[j], time.Since(began))
			}
		}
	}
	fmt.Fprintf(out, "\ncreation through the API server, dry run, in turns\n%-10s %10s\n", "sent to", "median")
	median := make([]float64, len(names))
	for j, name := range names {
		slices.Sort(times[j])
		m := times[j][len(times[j])/2]
		fmt.Fprintf(out, "%-10s %10s\n", name, m.Round(time.Microsecond))
		median[j] = float64(m)
	}
	target(out, "added to a creation, by what the floor adds", (median[3]-median[0])/(median[1]-median[0]), 2)
	fmt.Fprintf(out, "%-52s %5.2f\n", "the same, by what the floor that sets a label adds", (median[3]-median[0])/(median[2]-median[0]))
	fmt.Fprintf(out, "%-52s %5.2f\n", "a patch alone, by what the floor adds", (median[2]-median[1])/(median[1]-median[0]))
	fmt.Fprintln(out, "The floor that sets a label is the fair one: the API server applies, decodes and defaults any patch, however short.")
	return nil
}

// wait waits until the API server sends pods to the webhook: configurations reach it a moment after they are made.
func wait(ctx context.Context, cp *controlplane.ControlPlane, body []byte) error {
	for end := time.Now().Add(20 * time.Second); ; {
		pod, err := podOf(body)
		if err != nil {
			return err
		}
		made, err := cp.Client().CoreV1().Pods("webhook").Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil {
			return err
		}
		if len(made.Annotations) > len(pod.Annotations) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the API server sends no pods")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func podOf(body []byte) (*corev1.Pod, error) {
	var review admissionv1.AdmissionReview
	pod := &corev1.Pod{}
	if err := json.Unmarshal(body, &review); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(review.Request.Object.Raw, pod); err != nil {
		return nil, err
	}
	pod.ObjectMeta = metav1.ObjectMeta{Name: pod.Name, Labels: pod.Labels, Annotations: pod.Annotations}
	pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount, pod.Spec.NodeName, pod.Spec.Priority = "default", "", "", nil
	pod.Spec.Volumes = slices.DeleteFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Projected != nil })
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			c.VolumeMounts = slices.DeleteFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == "/var/run/secrets/kubernetes.io/serviceaccount" })
		}
	}
	return pod, nil
}
