package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/demo/stage"
	"github.com/kubectl-spark/kubectl-spark/test/demo/story"
)

// kinds are the operators' custom resources that the story has, as their definitions name them.
const kinds = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sparkapplications.sparkoperator.k8s.io, annotations: {api-approved.kubernetes.io: "unapproved, of a demo"}}
spec:
  group: sparkoperator.k8s.io
  names: {kind: SparkApplication, listKind: SparkApplicationList, plural: sparkapplications, singular: sparkapplication}
  scope: Namespaced
  versions: [{name: v1beta2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sparkapplications.spark.apache.org}
spec:
  group: spark.apache.org
  names: {kind: SparkApplication, listKind: SparkApplicationList, plural: sparkapplications, singular: sparkapplication}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`

// apply writes what a file or a folder holds to the server, pods aside: those are made anew by makePods.
func (d *demo) apply(ctx context.Context, from resource.Visitor) error {
	return from.Visit(func(info *resource.Info, err error) error {
		if err != nil || info.Mapping.Resource.Resource == "pods" {
			return err
		}
		raw, err := json.Marshal(info.Object)
		if err != nil {
			return err
		}
		force := true
		_, err = resource.NewHelper(info.Client, info.Mapping).Patch(info.Namespace, info.Name, types.ApplyPatchType, raw, &metav1.PatchOptions{FieldManager: "demo", Force: &force})
		return err
	})
}

func (d *demo) builder(cp *controlplane.ControlPlane) *resource.Builder {
	flags := genericclioptions.NewConfigFlags(false)
	path := cp.Kubeconfig()
	flags.KubeConfig = &path
	return resource.NewBuilder(flags).Unstructured().ContinueOnError().Flatten()
}

func (d *demo) folder(cp *controlplane.ControlPlane) resource.Visitor {
	return d.builder(cp).FilenameParam(false, &resource.FilenameOptions{Filenames: []string{d.Dir + "/jobs"}}).Do()
}

// define makes the operators' kinds known, and waits until they are.
func (d *demo) define(ctx context.Context, cp *controlplane.ControlPlane) error {
	if err := d.apply(ctx, d.builder(cp).Stream(strings.NewReader(kinds), "kinds").Do()); err != nil {
		return err
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		err := d.folder(cp).Visit(func(_ *resource.Info, err error) error { return err })
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// makePods makes the workloads' pods anew, as their controllers do: of a template, one pod; of a custom resource, the
// driver that real Spark made, with the operator's label. Pods of the folder are made as they stand there.
// The operators make theirs only when they are asked to.
func (d *demo) makePods(ctx context.Context, cp *controlplane.ControlPlane, operators bool) error {
	pods := cp.Client().CoreV1().Pods(story.Namespace)
	now := int64(0)
	if err := pods.DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &now}, metav1.ListOptions{}); err != nil {
		return err
	}
	return d.folder(cp).Visit(func(info *resource.Info, err error) error {
		if err != nil {
			return err
		}
		object := info.Object.(*unstructured.Unstructured)
		if _, custom := captures()[object.GroupVersionKind().Group]; custom && !operators {
			return nil
		}
		pod, err := podOf(object)
		if err != nil || pod == nil {
			return err
		}
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			_, err = pods.Create(ctx, pod, metav1.CreateOptions{})
			if !apierrors.IsAlreadyExists(err) || time.Now().After(deadline) {
				return err
			}
		}
	})
}

// captures are the drivers that real Spark made, and the labels that an operator adds, by its group.
func captures() map[string][2]string {
	return map[string][2]string{
		"sparkoperator.k8s.io": {"native/3.5.9/driver-jvm", "sparkoperator.k8s.io/app-name"},
		"spark.apache.org":     {"native/4.1.4/driver-jvm", "spark.operator/spark-app-name"},
	}
}

func podOf(object *unstructured.Unstructured) (*corev1.Pod, error) {
	captured, custom := captures()[object.GroupVersionKind().Group]
	switch kind := object.GroupVersionKind(); {
	case kind.Kind == "Pod":
		return decodePod(object.Object)
	case custom:
		pod, err := stage.Pod(captured[0])
		if err != nil {
			return nil, err
		}
		pod.Name, pod.Namespace = object.GetName()+"-driver", object.GetNamespace()
		pod.Labels[captured[1]] = object.GetName()
		pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = object.GetName(), object.GetName()
		return pod, size(pod, object)
	}
	template, ok, err := unstructured.NestedMap(object.Object, "spec", "template")
	if err != nil || !ok {
		return nil, err
	}
	pod, err := decodePod(template)
	if err != nil {
		return nil, err
	}
	if pod.Name, pod.Namespace = object.GetName()+"-0", object.GetNamespace(); object.GetUID() == "" {
		isController := true
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: object.GetAPIVersion(), Kind: object.GetKind(), Name: object.GetName(), UID: "11111111-2222-3333-4444-555555555555", Controller: &isController}}
	}
	return pod, nil
}

func decodePod(object map[string]any) (*corev1.Pod, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	pod := &corev1.Pod{}
	return pod, json.Unmarshal(raw, pod)
}

// show prints one line a pod: what was injected into it.
func (d *demo) show(ctx context.Context, cp *controlplane.ControlPlane) error {
	pods, err := cp.Client().CoreV1().Pods(story.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	injected := 0
	for _, pod := range pods.Items {
		report, err := rule.ReadReport(pod.Annotations[rule.ReportAnnotation])
		if err != nil {
			fmt.Printf("%-20s untouched\n", pod.Name)
			continue
		}
		injected++
		codes := map[string]int{}
		for _, applied := range report.Applied {
			code, _, _ := strings.Cut(applied, "/")
			codes[strings.TrimPrefix(code, "SPK-")]++
		}
		var words []string
		for code, n := range codes {
			words = append(words, fmt.Sprintf("%s×%d", code, n))
		}
		sort.Strings(words)
		fmt.Printf("%-20s %2d edits: %s\n", pod.Name, len(report.Applied), strings.Join(words, " "))
	}
	if injected != len(pods.Items) || injected == 0 {
		return errors.New("not every pod was injected")
	}
	return nil
}

// size gives a captured driver the memory that its resource asks for.
func size(pod *corev1.Pod, object *unstructured.Unstructured) error {
	heap, set, err := unstructured.NestedString(object.Object, "spec", "driver", "memory")
	if err != nil || !set {
		return err
	}
	version, _ := spark.ParseVersion(pod.Labels[spark.LabelVersion])
	memory, err := spark.PodMemory(spark.MemoryInput{Version: version, Role: spark.Driver, ClusterMode: true, Conf: spark.Conf{"spark.driver.memory": {Value: heap}}})
	if err != nil {
		return err
	}
	total := *quantity.NewQuantity(memory.Total()<<20, quantity.BinarySI)
	resources := &pod.Spec.Containers[0].Resources
	resources.Limits[corev1.ResourceMemory], resources.Requests[corev1.ResourceMemory] = total, total
	return nil
}
