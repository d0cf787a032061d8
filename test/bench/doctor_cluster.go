package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// fleet is a cluster full of applications that spark-submit made: of each a driver, its ConfigMap and its Service, and executors.
type fleet struct {
	cp      *controlplane.ControlPlane
	client  *kubernetes.Clientset
	drivers []corev1.Pod
	execs   []corev1.Pod
}

// teams is the number of namespaces, and atOnce that of objects that are created at a time.
const (
	teams  = 20
	atOnce = 24
)

func newFleet(ctx context.Context) (*fleet, error) {
	all, err := fixtures.All()
	if err != nil {
		return nil, err
	}
	f := &fleet{}
	for _, one := range all {
		var review admissionv1.AdmissionReview
		var pod corev1.Pod
		if err := json.Unmarshal(one.Review, &review); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
			return nil, err
		}
		pod.ObjectMeta = metav1.ObjectMeta{Labels: pod.Labels, Annotations: pod.Annotations}
		pod.Spec.Volumes = withoutToken(&pod.Spec)
		switch {
		case one.Expect.Role == "executor":
			f.execs = append(f.execs, pod)
		case confVolume(&pod) != nil:
			f.drivers = append(f.drivers, pod)
		}
	}
	if f.cp, err = controlplane.Start(ctx, controlplane.Options{Output: os.Stderr}); err != nil {
		return nil, err
	}
	config := f.cp.Config()
	config.QPS = -1
	config.ContentType = "application/vnd.kubernetes.protobuf"
	if f.client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	for i := range teams {
		if err := f.cp.EnsureNamespace(ctx, team(i)); err != nil {
			return nil, err
		}
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "spark"}}
		if _, err := f.client.CoreV1().ServiceAccounts(team(i)).Create(ctx, account, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func team(i int) string { return fmt.Sprintf("team-%02d", i%teams) }

// withoutToken are the volumes of a pod but for the one that every API server adds under a name of its own.
func withoutToken(spec *corev1.PodSpec) (volumes []corev1.Volume) {
	for _, v := range spec.Volumes {
		if !strings.HasPrefix(v.Name, "kube-api-access-") {
			volumes = append(volumes, v)
		}
	}
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			c := &containers[i]
			c.VolumeMounts = slices.DeleteFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return strings.HasPrefix(m.Name, "kube-api-access-") })
		}
	}
	return volumes
}

// confVolume is the volume by which a driver is given its configuration.
func confVolume(pod *corev1.Pod) *corev1.Volume {
	for i := range pod.Spec.Volumes {
		if v := &pod.Spec.Volumes[i]; v.Name == "spark-conf-volume-driver" && v.ConfigMap != nil {
			return v
		}
	}
	return nil
}

// applications creates of so many applications the executors of these numbers, and with the first their drivers. They run.
func (f *fleet) applications(ctx context.Context, count, from, to int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for app := range count {
		if from == 0 {
			group.Go(func() error { return f.driver(ctx, app) })
		}
		for i := from; i < to; i++ {
			group.Go(func() error {
				pod := f.execs[app%len(f.execs)].DeepCopy()
				pod.Name = fmt.Sprintf("etl-%06x-exec-%d", app*7919, i+1)
				pod.Labels["spark-exec-id"] = fmt.Sprint(i + 1)
				c := &pod.Spec.Containers[0]
				for j := range c.Env {
					switch c.Env[j].Name {
					case "SPARK_EXECUTOR_ID":
						c.Env[j].Value = fmt.Sprint(i + 1)
					case "SPARK_APPLICATION_ID":
						c.Env[j].Value = fmt.Sprintf("spark-%032x", app)
					}
				}
				for j := range 20 { // settings that a team has of its own
					c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("TEAM_SETTING_%02d", j), Value: fmt.Sprintf("value-%d-of-%d", j, app)})
				}
				pod.Spec.Hostname = pod.Name
				return f.run(ctx, app, pod)
			})
		}
	}
	return group.Wait()
}

// driver creates what spark-submit makes in cluster mode: the driver's pod, its configuration, its Service.
func (f *fleet) driver(ctx context.Context, app int) error {
	pod := f.drivers[app%len(f.drivers)].DeepCopy()
	pod.Name = fmt.Sprintf("etl-%06x-driver", app*7919)
	held := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("spark-drv-%06x-conf-map", app*7919)}, Data: map[string]string{
		"spark.kubernetes.namespace": team(app),
		"spark.properties": fmt.Sprintf("#Java properties built from Kubernetes config map\nspark.app.id=spark-%032x\nspark.app.name=etl-%d\nspark.executor.instances=19\nspark.executor.memory=6g\n"+
			"spark.executor.cores=2\nspark.kubernetes.container.image=%s\nspark.kubernetes.executor.memoryOverhead=1g\nspark.submit.deployMode=cluster\n", app, app, pod.Spec.Containers[0].Image)}}
	confVolume(pod).ConfigMap.Name = held.Name
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: pod.Name + "-svc"}, Spec: corev1.ServiceSpec{ClusterIP: "None",
		Selector: map[string]string{"spark-app-selector": fmt.Sprintf("spark-%032x", app), "spark-role": "driver"}, Ports: []corev1.ServicePort{{Name: "driver-rpc-port", Port: 7078}}}}
	if _, err := f.client.CoreV1().ConfigMaps(team(app)).Create(ctx, held, metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := f.client.CoreV1().Services(team(app)).Create(ctx, service, metav1.CreateOptions{}); err != nil {
		return err
	}
	return f.run(ctx, app, pod)
}

// run creates a pod of an application and gives it the state of one that runs.
func (f *fleet) run(ctx context.Context, app int, pod *corev1.Pod) error {
	pod.Namespace = team(app)
	pod.Labels["spark-app-selector"], pod.Labels["spark-app-name"] = fmt.Sprintf("spark-%032x", app), fmt.Sprintf("etl-%d", app)
	pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount, pod.Spec.NodeName, pod.Spec.Priority = "spark", "", "", nil
	made, err := f.client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	now := metav1.Now()
	made.Status.Phase, made.Status.StartTime, made.Status.HostIP, made.Status.PodIP = corev1.PodRunning, &now, "10.0.0.7", fmt.Sprintf("10.1.%d.%d", app%250, len(made.Name)%250)
	for _, kind := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		made.Status.Conditions = append(made.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, c := range made.Spec.Containers {
		made.Status.ContainerStatuses = append(made.Status.ContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image, ImageID: "sha256:" + strings.Repeat("ab", 32),
			ContainerID: "containerd://" + string(made.UID), Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}})
	}
	_, err = f.client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, made, metav1.UpdateOptions{})
	return err
}
