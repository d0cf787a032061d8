package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/test/sparkoperator"
)

// operated is one run of Kubeflow's operator with all its resources.
type operated struct {
	cp        *controlplane.ControlPlane
	operator  *sparkoperator.Operator
	work, out string
	only      *regexp.Regexp
}

// kubeflow runs the operator with its webhook, creates the resources of the fixtures for each version, and keeps the pods. A driver stays
// Pending, for there is no node: its executors are asked for by a driver on this machine, with the settings and the template that
// spark-submit has left for the pod.
func kubeflow(ctx context.Context, out string, among []string, only string) (err error) {
	wanted, err := regexp.Compile("^(" + only + ")$")
	if only == "." {
		wanted, err = regexp.Compile(only)
	}
	if err != nil {
		return err
	}
	cp, err := controlplane.Start(ctx, controlplane.Options{Controllers: true, Output: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cp.Stop()) }()
	work, err := os.MkdirTemp("", "kubectl-spark-capture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := writeWork(work); err != nil {
		return err
	}
	homes, namespaces := map[string]string{}, map[string]string{}
	versions := slices.DeleteFunc(slices.Clone(distribution.Always[:]), func(v string) bool { return !slices.Contains(among, v) })
	for _, version := range versions {
		home, err := distribution.Get(ctx, version, os.Stderr)
		if err != nil {
			return err
		}
		namespaces[version] = "jobs-" + strings.ReplaceAll(version, ".", "-")
		homes[namespaces[version]] = filepath.Join(home, "deps")
		if err := prepareNamespace(ctx, cp, namespaces[version]); err != nil {
			return err
		}
	}
	o := operated{cp: cp, work: work, out: out, only: wanted}
	if o.operator, err = sparkoperator.Start(ctx, cp, sparkoperator.Options{Homes: homes, JavaHome: os.Getenv("JAVA_HOME"), Progress: os.Stderr}); err != nil {
		return err
	}
	if err := o.operator.Register(ctx, "spark-operator-webhook"); err != nil {
		return err
	}
	for _, version := range versions {
		err = errors.Join(err, o.version(ctx, version, namespaces[version], homes[namespaces[version]]))
	}
	return err
}

func prepareNamespace(ctx context.Context, cp *controlplane.ControlPlane, ns string) error {
	if err := cp.EnsureNamespace(ctx, ns); err != nil {
		return err
	}
	for _, name := range []string{"spark", "executor"} {
		if _, err := cp.Client().CoreV1().ServiceAccounts(ns).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "high"}, Value: 1000}
	if _, err := cp.Client().SchedulingV1().PriorityClasses().Create(ctx, class, metav1.CreateOptions{}); err != nil && !strings.Contains(err.Error(), "already exists") {
		return err
	}
	return nil
}

// version creates the resources of a version and keeps their pods, several at a time.
func (o operated) version(ctx context.Context, version, ns, home string) error {
	text, err := fixtures.KubeflowResources(version)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	var all error
	slots := make(chan struct{}, 3)
	for _, document := range sparkoperator.Documents(text) {
		var of struct {
			Kind     string            `json:"kind"`
			Metadata metav1.ObjectMeta `json:"metadata"`
		}
		if err := yaml.Unmarshal(document, &of); err != nil {
			return err
		}
		if !o.only.MatchString(of.Metadata.Name) {
			continue
		}
		group.Add(1)
		go func() {
			defer group.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			start := time.Now()
			err := o.resource(ctx, document, of.Kind, of.Metadata.Name, version, ns, home)
			fmt.Printf("%s %s %s\n", version, of.Metadata.Name, time.Since(start).Round(time.Second))
			if err != nil {
				mu.Lock()
				all = errors.Join(all, fmt.Errorf("%s %s: %w", version, of.Metadata.Name, err))
				mu.Unlock()
			}
		}()
	}
	group.Wait()
	return all
}

func (o operated) resource(ctx context.Context, document []byte, kind, name, version, ns, home string) error {
	if err := o.operator.Apply(ctx, ns, document); err != nil {
		return err
	}
	role := "driver"
	if kind == "SparkConnect" {
		role = "connect-server"
	}
	pod, err := o.operator.Pod(ctx, ns, name, role)
	if err != nil {
		return err
	}
	if err := o.keep(version, name+"-driver", pod); err != nil || kind == "SparkConnect" {
		return err
	}
	if pod, err = o.executor(ctx, pod, name, home); err != nil {
		return err
	}
	return o.keep(version, name+"-executor", pod)
}

// keep writes a pod without what is of no use in a fixture.
func (o operated) keep(version, name string, pod *corev1.Pod) error {
	pod = pod.DeepCopy()
	pod.ManagedFields, pod.Status = nil, corev1.PodStatus{}
	pod.Kind, pod.APIVersion = "Pod", "v1"
	data, err := json.MarshalIndent(pod, "", " ")
	if err != nil {
		return err
	}
	for _, word := range (runner{cp: o.cp, work: o.work}).forbidden() {
		if bytes.Contains(data, []byte(word)) {
			return fmt.Errorf("the pod holds a name of this machine: %q", word)
		}
	}
	dir := filepath.Join(o.out, version)
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name+".json"), append(data, '\n'), 0o644))
}

// executor runs a driver in client mode, as the driver pod's entrypoint would, until its executor is there.
func (o operated) executor(ctx context.Context, driver *corev1.Pod, name, home string) (pod *corev1.Pod, err error) {
	dir, err := os.MkdirTemp(o.work, name+"-")
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, v := range driver.Spec.Volumes {
		if v.Name != "spark-conf-volume-driver" && v.Name != "pod-template-volume" {
			continue
		}
		held, err := o.cp.Client().CoreV1().ConfigMaps(driver.Namespace).Get(ctx, v.ConfigMap.Name, metav1.GetOptions{})
		for n := 0; apierrors.IsNotFound(err) && n < 600; n++ { // spark-submit makes it after the pod
			time.Sleep(200 * time.Millisecond)
			held, err = o.cp.Client().CoreV1().ConfigMaps(driver.Namespace).Get(ctx, v.ConfigMap.Name, metav1.GetOptions{})
		}
		if err != nil {
			return nil, err
		}
		for key, text := range held.Data {
			files[key] = filepath.Join(dir, key)
			if err := os.WriteFile(files[key], []byte(text), 0o600); err != nil {
				return nil, err
			}
		}
	}
	args := []string{"--master", "k8s://" + o.cp.URL(), "--deploy-mode", "client", "--properties-file", files["spark.properties"]}
	for key, value := range map[string]string{
		"spark.kubernetes.submitInDriver": "false", "spark.kubernetes.executor.podTemplateFile": files["podspec-configmap-key"],
		"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.port": "0", "spark.driver.blockManager.port": "0", "spark.ui.enabled": "false",
		// What the driver of this machine cannot have; executors do not ask for it.
		"spark.driver.memory": "600m", "spark.driver.extraJavaOptions": "-Ddriver=here", "spark.jars": "", "spark.submit.pyFiles": "",
	} {
		args = append(args, "--conf", key+"="+value)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(home, "bin", "spark-submit"), append(args, filepath.Join(o.work, "job.py"))...)
	zips, _ := filepath.Glob(filepath.Join(filepath.Dir(home), "lib", "py4j-*.zip")) // the pattern is well-formed
	cmd.Env = append(os.Environ(), "SPARK_HOME="+home, "KUBECONFIG="+o.cp.Kubeconfig(), "SPARK_USER=spark", "HADOOP_USER_NAME=spark", "SPARK_LOCAL_IP=127.0.0.1",
		"PYSPARK_PYTHON=python3", "PROFILE=", "PYTHONPATH="+strings.Join(append(zips, filepath.Dir(home)), string(os.PathListSeparator)))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, 5*time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it said tells
		close(ended)
		cancel()
	}()
	if pod, err = o.operator.Pod(ctx, driver.Namespace, name, "executor"); err != nil {
		cancel()
		<-ended
		return nil, fmt.Errorf("%w\n%s", err, last(out.Bytes()))
	}
	cancel()
	<-ended
	return pod, nil
}
