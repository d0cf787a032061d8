package integration

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
)

// TestThePodOfAClaimIsRemoved: in a namespace that enforces Pod Security "restricted" the API server takes the pod; it is gone when no node
// starts it, when its image cannot be pulled, and when the command is interrupted. No node runs here, so that no byte is read.
func TestThePodOfAClaimIsRemoved(t *testing.T) {
	cp := shared.Get(t)
	namespace := cp.NewNamespace(t, "pod-security.kubernetes.io/enforce", "restricted")
	ctx := t.Context()
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "logs"}, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadOnlyMany},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
	}}
	if _, err := cp.Client().CoreV1().PersistentVolumeClaims(namespace).Create(ctx, claim, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pods := func() []corev1.Pod {
		list, err := cp.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return list.Items
	}
	said := make(chan string, 1)
	o := source.Options{
		Cluster: func() (*rest.Config, error) { return cp.Config(), nil },
		Pod:     source.PodOptions{Image: "registry.example/spark:1", User: source.DefaultUser},
		Say:     func(note string) { said <- note },
	}
	read := func(ctx context.Context, path string) error {
		_, err := source.Read(ctx, "pvc://"+namespace+path, o, nil)
		return err
	}
	if err := read(ctx, "/none/app"); err == nil || !strings.Contains(err.Error(), "namespace "+namespace+" has no PersistentVolumeClaim none") || len(pods()) != 0 {
		t.Error(err)
	}

	interrupted, stop := context.WithCancelCause(ctx)
	gone, ended := errors.New("interrupted"), make(chan error, 1)
	go func() { ended <- read(interrupted, "/logs/app") }()
	if note := <-said; !strings.Contains(note, "is removed afterwards") || len(pods()) != 1 {
		t.Errorf("%s, %d pods", note, len(pods()))
	}
	stop(gone)
	if err := <-ended; !errors.Is(err, gone) && !errors.Is(err, context.Canceled) || len(pods()) != 0 {
		t.Errorf("%v, %d pods are left", err, len(pods()))
	}

	go func() { ended <- read(ctx, "/logs/app") }()
	<-said
	pod := pods()[0]
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "logs", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}}}
	if _, err := cp.Client().CoreV1().Pods(namespace).UpdateStatus(ctx, &pod, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "its image cannot be pulled (ImagePullBackOff)") || len(pods()) != 0 {
			t.Errorf("%v, %d pods are left", err, len(pods()))
		}
	case <-time.After(time.Minute):
		t.Error("the command still waits")
	}
}
