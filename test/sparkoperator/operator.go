// Package sparkoperator runs Kubeflow's operator for Spark beside a control plane, its controller and its webhook as its chart registers them,
// and compares the pods that it makes with those that are predicted. Start reading at Start and Differences.
package sparkoperator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// namespace of the operator, and the names of its webhook's Service and Secret.
const (
	namespace = "spark-operator"
	service   = "spark-operator-webhook-svc"
	secret    = "spark-operator-webhook-certs"
)

// Options are what an operator needs.
type Options struct {
	// Homes are folders of Spark by the namespace in which its spark-submit starts what applications ask for.
	Homes    map[string]string
	JavaHome string
	// Address is this machine's address at which a Service reaches the webhook; empty: the API server calls it by URL.
	Address  string
	Progress io.Writer
}

// Operator is a running operator. It has no Stop: it ends with the control plane.
type Operator struct {
	cp      *controlplane.ControlPlane
	options Options
	port    string // of the webhook
	objects []unstructured.Unstructured
	hooks   []object // as they are registered
}

type object struct {
	resource schema.GroupVersionResource
	name     string
}

// Start defines the operator's resources, starts its webhook, and for each namespace a controller. Register makes the API server call the webhook.
func Start(ctx context.Context, cp *controlplane.ControlPlane, options Options) (*Operator, error) {
	program, manifests, err := controlplane.SparkOperator(ctx, options.Progress)
	if err != nil {
		return nil, err
	}
	o := &Operator{cp: cp, options: options}
	if o.objects, err = read(manifests); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, string) error{o.define, o.startWebhook, o.startControllers} {
		if err := step(ctx, program); err != nil {
			return nil, fmt.Errorf("start Kubeflow's operator: %w", err)
		}
	}
	return o, nil
}

// define makes the resources that the operator knows.
func (o *Operator) define(ctx context.Context, _ string) error {
	for _, of := range o.objects {
		if of.GetKind() != "CustomResourceDefinition" {
			continue
		}
		if err := o.create(ctx, "", of.DeepCopy()); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return o.wait(ctx, "its resources are not served", func() error {
		for name, version := range map[string]string{"sparkapplications": "v1beta2", "scheduledsparkapplications": "v1beta2", "sparkconnects": "v1alpha1"} {
			list, err := o.cp.Client().Discovery().ServerResourcesForGroupVersion("sparkoperator.k8s.io/" + version)
			if err != nil || !slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == name }) {
				return fmt.Errorf("%s of %s: %w", name, version, errors.Join(err, errors.New("not served")))
			}
		}
		return nil
	})
}

func (o *Operator) startWebhook(ctx context.Context, program string) error {
	if err := o.cp.EnsureNamespace(ctx, namespace); err != nil {
		return err
	}
	hosts := []string{service + "." + namespace + ".svc", "127.0.0.1"}
	cert, key, err := o.cp.ServerCertificate(hosts...)
	if err != nil {
		return err
	}
	authority, err := o.authority()
	if err != nil {
		return err
	}
	// As cert-manager gives it: the operator's own certificate would name no URL.
	held := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: secret}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{"ca.crt": authority, corev1.TLSCertKey: cert, corev1.TLSPrivateKeyKey: key}}
	if _, err := o.cp.Client().CoreV1().Secrets(namespace).Create(ctx, held, metav1.CreateOptions{}); err != nil {
		return err
	}
	if o.port, err = o.cp.Port(); err != nil {
		return err
	}
	if err := o.serve(ctx); err != nil {
		return err
	}
	return o.run(ctx, "spark-operator-webhook", program, nil, "webhook", "start", "--enable-cert-manager", "--webhook-port="+o.port,
		"--webhook-cert-dir="+filepath.Join(o.cp.Dir(), "spark-operator-certs"), "--webhook-secret-name="+secret, "--webhook-secret-namespace="+namespace,
		"--webhook-svc-name="+service, "--webhook-svc-namespace="+namespace)
}

// serve makes the Service that stands before the webhook, which is a process of this machine.
func (o *Operator) serve(ctx context.Context) error {
	if o.options.Address == "" {
		return nil
	}
	number, yes, name := int32(0), true, "webhook"
	if _, err := fmt.Sscan(o.port, &number); err != nil {
		return err
	}
	of := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: service}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: name, Port: number}}}}
	if _, err := o.cp.Client().CoreV1().Services(namespace).Create(ctx, of, metav1.CreateOptions{}); err != nil {
		return err
	}
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: service, Labels: map[string]string{discoveryv1.LabelServiceName: service}},
		AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &number}},
		Endpoints: []discoveryv1.Endpoint{{Addresses: []string{o.options.Address}, Conditions: discoveryv1.EndpointConditions{Ready: &yes}}}}
	_, err := o.cp.Client().DiscoveryV1().EndpointSlices(namespace).Create(ctx, slice, metav1.CreateOptions{})
	return err
}

// patient are settings of spark-submit on a busy machine. No pod has them.
const patient = "spark.kubernetes.submission.connectionTimeout 60000\nspark.kubernetes.submission.requestTimeout 60000\n"

func (o *Operator) startControllers(ctx context.Context, program string) error {
	at, err := url.Parse(o.cp.URL())
	if err != nil {
		return err
	}
	conf := filepath.Join(o.cp.Dir(), "spark-operator-conf")
	if err := errors.Join(os.MkdirAll(conf, 0o755), os.WriteFile(filepath.Join(conf, "spark-defaults.conf"), []byte(patient), 0o644)); err != nil {
		return err
	}
	for _, ns := range slices.Sorted(maps.Keys(o.options.Homes)) {
		env := []string{"SPARK_CONF_DIR=" + conf, "KUBERNETES_SERVICE_HOST=" + at.Hostname(), "KUBERNETES_SERVICE_PORT=" + at.Port(), "KUBECONFIG=" + o.cp.Kubeconfig(),
			"SPARK_HOME=" + o.options.Homes[ns], "JAVA_HOME=" + o.options.JavaHome, "SPARK_USER=spark", "HADOOP_USER_NAME=spark", "SPARK_LOCAL_IP=127.0.0.1"}
		if err := o.run(ctx, "spark-operator-"+ns, program, env, "controller", "start", "--namespaces="+ns); err != nil {
			return err
		}
	}
	return nil
}

// run starts a part of the operator and waits until it says that it is ready.
func (o *Operator) run(ctx context.Context, name, program string, env []string, args ...string) error {
	port, err := o.cp.Port()
	if err != nil {
		return err
	}
	args = append(args, "--kubeconfig="+o.cp.Kubeconfig(), "--health-probe-bind-address=127.0.0.1:"+port)
	_, err = o.cp.Run(ctx, name, program, env, func() bool {
		answer, err := http.Get("http://127.0.0.1:" + port + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, args...)
	return err
}

// Apply creates objects, YAML documents, in a namespace.
func (o *Operator) Apply(ctx context.Context, ns string, text []byte) error {
	for _, document := range Documents(text) {
		of := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &of.Object); err != nil {
			return err
		}
		if err := o.create(ctx, ns, of); err != nil {
			return fmt.Errorf("create %s %s: %w", of.GetKind(), of.GetName(), err)
		}
	}
	return nil
}

// Documents are the documents of a YAML stream that hold anything.
func Documents(text []byte) (all [][]byte) {
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		if len(bytes.TrimSpace(document)) > 0 {
			all = append(all, document)
		}
	}
	return all
}

func resource(of *unstructured.Unstructured) schema.GroupVersionResource {
	kind := of.GroupVersionKind()
	return kind.GroupVersion().WithResource(strings.ToLower(kind.Kind) + "s")
}

func (o *Operator) create(ctx context.Context, ns string, of *unstructured.Unstructured) error {
	client, err := dynamic.NewForConfig(o.cp.Config())
	if err != nil {
		return err
	}
	_, err = client.Resource(resource(of)).Namespace(ns).Create(ctx, of, metav1.CreateOptions{})
	return err
}

// Object is a resource of the operator's as it is now.
func (o *Operator) Object(ctx context.Context, kind, ns, name string) (*unstructured.Unstructured, error) {
	client, err := dynamic.NewForConfig(o.cp.Config())
	if err != nil {
		return nil, err
	}
	version := map[bool]string{true: "v1alpha1", false: "v1beta2"}[kind == "SparkConnect"]
	of := &unstructured.Unstructured{}
	of.SetAPIVersion("sparkoperator.k8s.io/" + version)
	of.SetKind(kind)
	return client.Resource(resource(of)).Namespace(ns).Get(ctx, name, metav1.GetOptions{})
}

// Pod waits for a pod of a resource: the role is as its label has it, the name may go on behind the resource's.
func (o *Operator) Pod(ctx context.Context, ns, name, role string) (pod *corev1.Pod, err error) {
	var failed error
	err = o.wait(ctx, "there is no pod of "+name, func() error {
		pods, err := o.cp.Client().CoreV1().Pods(ns).List(ctx, metav1.ListOptions{LabelSelector: "spark-role=" + role})
		if err != nil {
			return err
		}
		for i := range pods.Items {
			of := pods.Items[i].Labels["sparkoperator.k8s.io/app-name"] + pods.Items[i].Labels["sparkoperator.k8s.io/connect-name"]
			if of == name || strings.HasPrefix(of, name+"-1") { // the time of a scheduled run
				pod = &pods.Items[i]
				return nil
			}
		}
		if app, err := o.Object(ctx, "SparkApplication", ns, name); err == nil {
			state, _, _ := unstructured.NestedStringMap(app.Object, "status", "applicationState")
			if state["state"] == "FAILED" { // it makes no pod any more
				failed = fmt.Errorf("%s failed: %s", name, state["errorMessage"])
				return nil
			}
			return fmt.Errorf("its state is %v", state)
		}
		return nil
	}, func() bool { return pod != nil || failed != nil })
	return pod, errors.Join(err, failed)
}

// wait tries until there is no error, and all that is asked for.
func (o *Operator) wait(ctx context.Context, what string, try func() error, also ...func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		err := try()
		if err == nil && !slices.ContainsFunc(also, func(holds func() bool) bool { return !holds() }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, errors.Join(err, ctx.Err()))
		case <-time.After(200 * time.Millisecond):
		}
	}
}
