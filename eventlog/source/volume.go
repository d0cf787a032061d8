package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

const (
	podPatience   = 2 * time.Minute  // until the pod runs
	removeTimeout = 15 * time.Second // also where the command was interrupted
	notThere      = 44               // the exit code of our scripts for a path that is not there
)

// volume is a claim of the cluster, read through a pod that mounts it.
type volume struct {
	config    *rest.Config
	client    rest.Interface
	namespace string
	pod       *corev1.Pod
	patience  time.Duration
	pause     time.Duration // between two looks at the pod
	user      int64
}

// Claim is the claim that a name stands for; is says that it names one.
func Claim(name string) (namespace, claim string, is bool) {
	u, _, err := parse(name)
	if err != nil || u == nil || u.Scheme != "pvc" {
		return "", "", false
	}
	return u.Host, claimOf(u), true
}

func claimOf(u *url.URL) string {
	claim, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return claim
}

// openVolume makes the pod for a claim, and waits until it runs. close removes it.
func openVolume(ctx context.Context, u *url.URL, o *Options) (eventlog.Files, error) {
	claim := claimOf(u)
	switch {
	case u.Host == "" || claim == "":
		return nil, errors.New("no namespace or claim is named: write pvc://NAMESPACE/CLAIM/PATH")
	case o.Mounted != "":
		return &mounted{root(&url.URL{Scheme: u.Scheme, Host: u.Host}) + "/" + claim, o.Mounted}, nil
	case o.Pod.Image == "":
		return nil, errors.New("a pod has to mount the claim, and no image is named for it: give one with --pvc-image, as the image of the Spark jobs")
	case o.Cluster == nil:
		return nil, errors.New("a claim is read through a cluster, and there is none")
	}
	config, err := o.Cluster()
	if err != nil {
		return nil, err
	}
	v, err := newVolume(config, u.Host)
	if err != nil {
		return nil, err
	}
	v.user = o.Pod.User
	if o.patience > 0 {
		v.patience, v.pause = o.patience, o.patience/10
	}
	if err := v.start(ctx, claim, o); err != nil {
		return nil, err
	}
	files := newObjects(v, root(&url.URL{Scheme: u.Scheme, Host: u.Host})+"/"+claim, o)
	return files, nil
}

func newVolume(config *rest.Config, namespace string) (*volume, error) {
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	c := rest.CopyConfig(config)
	c.GroupVersion = &schema.GroupVersion{}
	c.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	c.AcceptContentTypes, c.ContentType = "application/json", "application/json"
	client, err := rest.UnversionedRESTClientFor(c)
	if err != nil {
		return nil, fmt.Errorf("set up the connection to %s: %w", config.Host, err)
	}
	c = rest.CopyConfig(c)
	c.Timeout = 0 // a log may take long
	return &volume{config: c, client: client, namespace: namespace, patience: podPatience, pause: time.Second}, nil
}

func (v *volume) at(parts ...string) []string {
	return append([]string{"/api/v1/namespaces", v.namespace}, parts...)
}

// start makes the pod and waits for it. Where it does not come to run it is removed.
func (v *volume) start(ctx context.Context, claim string, o *Options) error {
	if err := v.client.Get().AbsPath(v.at("persistentvolumeclaims", claim)...).Do(ctx).Error(); apierrors.IsNotFound(err) {
		return fmt.Errorf("namespace %s has no PersistentVolumeClaim %s", v.namespace, claim)
	}
	object, err := json.Marshal(readerPod(v.namespace, claim, o.Pod))
	if err != nil {
		return err
	}
	raw, err := v.client.Post().AbsPath(v.at("pods")...).Body(object).Do(ctx).Raw()
	switch {
	case apierrors.IsForbidden(err):
		return fmt.Errorf("the pod that reads the claim cannot be created in namespace %s: %w; grant: create,get,delete pods and create pods/exec", v.namespace, err)
	case err != nil:
		return fmt.Errorf("the pod that reads the claim cannot be created: %w", err)
	}
	v.pod = &corev1.Pod{}
	if err := json.Unmarshal(raw, v.pod); err != nil {
		return fmt.Errorf("the API server's answer is not a pod: %w", err)
	}
	if o.Say != nil {
		o.Say(fmt.Sprintf("pod %s of namespace %s reads the claim, and is removed afterwards", v.pod.Name, v.namespace))
	}
	if err := v.wait(ctx); err != nil {
		if left := v.close(); left != nil {
			err = fmt.Errorf("%w; %w", err, left)
		}
		return err
	}
	return nil
}

// wait waits until the pod runs.
func (v *volume) wait(ctx context.Context) error {
	over := time.After(v.patience)
	for {
		raw, err := v.client.Get().AbsPath(v.at("pods", v.pod.Name)...).Do(ctx).Raw()
		if err != nil {
			return fmt.Errorf("pod %s: %w", v.pod.Name, err)
		}
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			return fmt.Errorf("the API server's answer is not a pod: %w", err)
		}
		if pod.Status.Phase == corev1.PodRunning {
			return nil
		}
		why, final := stuck(&pod)
		if final {
			return fmt.Errorf("pod %s cannot read the claim: %s", pod.Name, why)
		}
		select {
		case <-time.After(v.pause):
		case <-over:
			return fmt.Errorf("pod %s did not start within %v: %s", pod.Name, v.patience, why)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// close removes the pod, also where the command was interrupted.
func (v *volume) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	now := int64(0)
	options, err := json.Marshal(metav1.DeleteOptions{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "DeleteOptions"}, GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &v.pod.UID}})
	if err == nil {
		err = v.client.Delete().AbsPath(v.at("pods", v.pod.Name)...).Body(options).Do(ctx).Error()
	}
	if err == nil || apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("pod %s was not removed and ends within an hour: %w: kubectl delete pod %s -n %s", v.pod.Name, err, v.pod.Name, v.namespace)
}

// run runs a command in the pod. What it writes goes to out.
func (v *volume) run(ctx context.Context, out io.Writer, command ...string) error {
	request := v.client.Post().AbsPath(v.at("pods", v.pod.Name, "exec")...).Param("container", podContainer).Param("stdout", "true").Param("stderr", "true")
	for _, word := range command {
		request = request.Param("command", word)
	}
	u := request.URL()
	socket, err := remotecommand.NewWebSocketExecutor(v.config, http.MethodGet, u.String())
	if err != nil {
		return err
	}
	said := &limited{most: 1000}
	err = socket.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: out, Stderr: said})
	var exit utilexec.CodeExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.Code == notThere:
		return fmt.Errorf("%w, or uid %d may not read it", errNone, v.user)
	case errors.As(err, &exit):
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("%s in the pod ended with exit code %d: %s", command[0], exit.Code, line)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("no command can be run in the pod: %w; grant: create pods/exec", err)
	}
	return tryAgain{err}
}

// limited keeps the beginning of what is written.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), max(l.most-l.Len(), 0))])
	return len(p), nil
}

const (
	lookScript = `[ -e "$1" ] || exit 44; exec stat -L -c '%F|%s|%n' -- "$1"`
	listScript = `cd -- "$1" 2>/dev/null || exit 44; set -- *; [ -e "$1" ] || [ -h "$1" ] || exit 0; printf '%s\0' "$@" | xargs -0 stat -L -c '%F|%s|%n' -- || true`
)

func inPod(key string) string { return path.Join(podFolder, path.Clean("/"+key)) }

// stats are the lines that stat writes: the kind, the size and the name of a file. Of kinds only files and folders count.
func stats(text string, visit func(name string, size int64, dir bool) bool) {
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 3)
		if len(fields) != 3 {
			continue // a name with a line break
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if dir := fields[0] == "directory"; err == nil && (dir || strings.HasPrefix(fields[0], "regular")) && !visit(fields[2], size, dir) {
			return
		}
	}
}

func (v *volume) look(ctx context.Context, key string) (object, error) {
	out := &limited{most: 64 << 10}
	if err := v.run(ctx, out, "sh", "-c", lookScript, "sh", inPod(key)); err != nil {
		return object{}, err
	}
	found, err := object{}, error(errNone)
	stats(out.String(), func(_ string, size int64, dir bool) bool {
		if !dir {
			found, err = object{key: key, size: size}, nil
		}
		return false
	})
	return found, err
}

func (v *volume) list(ctx context.Context, prefix string, visit func(object) bool) error {
	out := &limited{most: 64 << 20}
	err := v.run(ctx, out, "sh", "-c", listScript, "sh", inPod(prefix))
	if errors.Is(err, errNone) {
		return nil
	}
	if err != nil {
		return err
	}
	stats(out.String(), func(name string, size int64, dir bool) bool {
		if dir {
			return visit(object{key: prefix + name + "/"})
		}
		return visit(object{key: prefix + name, size: size})
	})
	return nil
}

func (v *volume) open(ctx context.Context, o object, from int64) (io.ReadCloser, error) {
	reader, writer := io.Pipe()
	go func() {
		writer.CloseWithError(v.run(ctx, writer, "tail", "-c", "+"+strconv.FormatInt(from+1, 10), "--", inPod(o.key)))
	}()
	return reader, nil
}
