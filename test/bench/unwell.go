package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// unwell measures doctor on a file of drivers that were all killed, each of an application of its own, against its decoding.
// The file is written by another process: a process begins with the peak of the memory of the one that starts it.
func unwell(out io.Writer, binary string, drivers int) error {
	dir, err := os.MkdirTemp("", "kubectl-spark-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "drivers.json")
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if output, err := exec.Command(self, "-killed", strconv.Itoa(drivers), "-write-killed", name).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	commands := []command{{name: fmt.Sprintf("doctor -f FILE, %d MiB", info.Size()>>20), args: []string{binary, "doctor", "-f", name}}, {name: "decoding", args: []string{self, "-decode", name}}}
	took, err := inTurns(commands...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\ndoctor of %d killed drivers, in turns with their decoding, %d times%s\n%-34s %10s %10s %8s\n", drivers, rounds, load(), "", "median", "processor", "MiB")
	for i, c := range commands {
		took[i].print(out, c.name)
	}
	budget(out, "killed drivers, by the decoding", took[0].took.Seconds()/took[1].took.Seconds(), 3, 5)
	return nil
}

// writeKilled writes a list of drivers whose container was killed by the kernel, as kubectl prints them.
func writeKilled(name string, drivers int) error {
	driver, err := aDriver()
	if err != nil {
		return err
	}
	list := corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "List"}}
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range drivers {
		pod := driver.DeepCopy()
		at := func(minutes int) metav1.Time {
			return metav1.NewTime(began.Add(time.Duration(i+60*minutes) * time.Second))
		}
		pod.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
		pod.Namespace, pod.Name, pod.CreationTimestamp = fmt.Sprintf("team-%d", i%teams), fmt.Sprintf("etl-%05d-driver", i), at(0)
		pod.Labels["spark-app-selector"], pod.Labels["spark-app-name"] = fmt.Sprintf("spark-%032x", i), fmt.Sprintf("etl-%05d", i)
		pod.Status = corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{Name: pod.Spec.Containers[0].Name, Image: pod.Spec.Containers[0].Image, ContainerID: fmt.Sprintf("containerd://%064x", i),
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", StartedAt: at(1), FinishedAt: at(30)}}}}}
		list.Items = append(list.Items, *pod)
	}
	text, err := json.MarshalIndent(list, "", "    ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}

// aDriver is the pod of a driver that spark-submit made.
func aDriver() (*corev1.Pod, error) {
	all, err := fixtures.All()
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		var review admissionv1.AdmissionReview
		var pod corev1.Pod
		if err := json.Unmarshal(one.Review, &review); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
			return nil, err
		}
		if confVolume(&pod) != nil && one.Expect.Role != "executor" {
			pod.ManagedFields = nil
			return &pod, nil
		}
	}
	return nil, fmt.Errorf("no fixture is a driver")
}
