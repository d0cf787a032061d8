package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// namespace of every captured pod.
const namespace = "jobs"

// driverName is the pod of a driver in client mode.
const driverName = "notebook"

// runner submits with one Spark version.
type runner struct {
	cp                  *controlplane.ControlPlane
	rec                 *recorder
	work, home, version string
	injected            map[string]string // the settings of an injected case
}

// conf is what the case submits with.
func (r runner) conf(c testCase) map[string]string {
	if c.injected {
		return r.injected
	}
	return c.allConf(r.version)
}

// capture runs one case and writes its folder.
func (r runner) capture(ctx context.Context, c testCase, dir string) error {
	if err := clear(ctx, r.cp); err != nil {
		return err
	}
	r.rec.take()
	defer func() { r.rec.take() }()
	var err error
	if c.injected {
		if r.injected, err = inject(ctx, r.work, c.allConf(r.version)); err != nil {
			return err
		}
	}
	if c.driver {
		err = r.cluster(ctx, c)
	} else {
		err = r.client(ctx, c)
	}
	if err != nil {
		return err
	}
	body, pod := r.rec.find(c.accepts)
	if pod == nil {
		return fmt.Errorf("no %s pod was recorded", c.role())
	}
	companions, err := companions(ctx, r.cp)
	if err != nil {
		return err
	}
	return r.write(c, dir, body, pod, companions)
}

// accepts says whether this is the pod that the case is about.
func (c testCase) accepts(pod *corev1.Pod) bool {
	profile := pod.Labels["spark-exec-resourceprofile-id"]
	return pod.Labels["spark-role"] == c.role() && (!c.profile || profile != "" && profile != "0")
}

// cluster submits a driver; spark-submit ends when the pod and its companions are made.
func (r runner) cluster(ctx context.Context, c testCase) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := r.command(ctx, c, "cluster")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("spark-submit: %w\n%s", err, last(out))
	}
	return nil
}

// client runs a driver on this machine until its executor pod is made. The executor never runs. A pod that stands for the driver's own
// is there, as for a driver in a notebook's pod, so that executors have their owner.
func (r runner) client(ctx context.Context, c testCase) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	driver := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: driverName}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "notebook", Image: "notebook:1"}}}}
	if _, err := r.cp.Client().CoreV1().Pods(namespace).Create(ctx, driver, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("pod that stands for the driver: %w", err)
	}
	cmd := r.command(ctx, c, "client")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		if _, pod := r.rec.find(c.accepts); pod != nil {
			time.Sleep(time.Second) // claims are made after the pod
			cancel()
			<-ended
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the driver ended before an executor was made: %v\n%s", err, last(out.Bytes()))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func last(out []byte) string {
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(out)), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "\tat ") // the frames of Java's traces hide their messages
	})
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// arguments of spark-submit, with the API server's address as given.
func (r runner) arguments(c testCase, mode, server string) []string {
	args := []string{"--master", "k8s://" + server, "--deploy-mode", mode, "--name", "pi"}
	conf := r.conf(c)
	for _, key := range sorted(conf) {
		args = append(args, "--conf", key+"="+conf[key])
	}
	switch {
	case mode == "client":
		return append(args, "job.py")
	case c.python:
		return append(args, "local:///opt/spark/jobs/pi.py", "1000")
	default:
		return append(args, "--class", "com.example.Pi", "local:///opt/spark/jobs/pi.jar", "1000")
	}
}

func (r runner) command(ctx context.Context, c testCase, mode string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(r.home, "deps", "bin", "spark-submit"), r.arguments(c, mode, r.cp.URL())...)
	cmd.Dir = r.work
	env := map[string]string{
		"SPARK_HOME": filepath.Join(r.home, "deps"), "KUBECONFIG": r.cp.Kubeconfig(), // the client library reads it: no path or token in the conf
		"SPARK_USER": "spark", "HADOOP_USER_NAME": "spark", "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": "python3", "PROFILE": "",
	}
	if c.profile {
		env["PROFILE"] = "1"
	}
	if mode == "client" {
		zips, _ := filepath.Glob(filepath.Join(r.home, "lib", "py4j-*.zip")) // the pattern is well-formed
		env["PYTHONPATH"] = strings.Join(append(zips, r.home), string(os.PathListSeparator))
	}
	cmd.Env = os.Environ()
	for _, key := range sorted(env) {
		cmd.Env = append(cmd.Env, key+"="+env[key])
	}
	return cmd
}

// forbidden are this machine's names, which no fixture may hold.
func (r runner) forbidden() []string {
	host, _ := os.Hostname() // without a name there is none to leak
	home, _ := os.UserHomeDir()
	wd, _ := os.Getwd()
	words := map[string]bool{r.work: true, r.home: true, host: true, home: true, wd: true, r.cp.Dir(): true, r.cp.Token(): true}
	maps.DeleteFunc(words, func(w string, _ bool) bool { return len(w) < 4 })
	var list []string
	for w := range words {
		list = append(list, w)
	}
	return list
}
