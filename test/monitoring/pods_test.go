package monitoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// Kept event logs of real runs, and when these ran.
const (
	logs       = "../e2e/testdata/eventlogs/3.5.9/"
	twoLog     = logs + "two-executors/spark-bf730003eff6439195577c79de8f0c4f"
	twoStarted = 1795976891
	twoEnded   = 1795976943
	killedLog  = logs + "driver-killed-by-the-kernel/spark-e6c3e14e021b4316bfb9eb4b2d7df03d.inprogress"
	killedAt   = 1795976742
)

// kubelets are series as Prometheus has them of kubelets that ran the pods of both logs, and others, in the form of OpenMetrics.
func kubelets() string {
	var b strings.Builder
	series := func(metric, namespace, pod, container, id, more string, from int64, values ...float64) {
		for i, v := range values {
			fmt.Fprintf(&b, "%s{namespace=%q,pod=%q,container=%q,id=%q%s} %s %d\n", metric, namespace, pod, container, id, more, strconv.FormatFloat(v, 'f', -1, 64), from+15*int64(i))
		}
	}
	const (
		mib, ns, prefix   = 1 << 20, "events-s35", "two-executors"
		driver, executor  = "spark-kubernetes-driver", "spark-kubernetes-executor"
		memory, cpu       = "container_memory_working_set_bytes", "container_cpu_usage_seconds_total"
		periods, throttle = "container_cpu_cfs_periods_total", "container_cpu_cfs_throttled_periods_total"
		kills             = "container_oom_events_total"
		first             = twoStarted + 5
	)
	series(memory, ns, prefix, driver, "/a", "", first, 300*mib, 420*mib, 410*mib, 400*mib)
	series(memory, ns, prefix+"-exec-1", executor, "/b", "", first, 500*mib, 700*mib, 650*mib)
	series(memory, ns, prefix+"-exec-2", executor, "/c", `,job="kubelet"`, first, 500*mib, 760*mib, 650*mib)
	series(memory, ns, prefix+"-exec-2", executor, "/c", `,job="kubelet-again"`, first, 500*mib, 750*mib, 650*mib)
	series(memory, ns, prefix+"-exec-2", "istio-proxy", "/s", "", first, 900*mib)
	series(memory, ns, prefix+"-exec-2", "", "/pod", "", first, 2000*mib)
	series(memory, ns, prefix+"-exec-2", "POD", "/pause", "", first, 3000*mib)
	series(memory, ns, "other-"+prefix+"-exec-1", executor, "/d", "", first, 4000*mib)
	series(memory, ns, prefix+"-exec-1-more", executor, "/e", "", first, 4000*mib)
	series(memory, "elsewhere", prefix+"-exec-1", executor, "/f", "", first, 4000*mib)
	series(memory, ns, prefix+"-exec-1", executor, "/later", "", twoEnded+600, 4000*mib)
	series(memory, ns, "driver-killed-by-the-kernel", driver, "/k", "", killedAt+5, 900*mib, 1079*mib)
	series(memory, ns, "driver-killed-by-the-kernel-exec-1", executor, "/l", "", killedAt+5, 500*mib)
	series(cpu, ns, prefix, driver, "/a", "", twoStarted-60, 90, 95, 100, 100, 100, 115, 130)
	series(cpu, ns, prefix+"-exec-1", executor, "/b", "", first, 2, 20, 30)
	series(cpu, ns, prefix+"-exec-2", executor, "/c", `,job="kubelet"`, first, 5, 30, 40)
	series(cpu, ns, prefix+"-exec-2", executor, "/c", `,job="kubelet-again"`, first, 5, 30, 40)
	series(periods, ns, prefix+"-exec-1", executor, "/b", "", first, 10, 100)
	series(periods, ns, prefix+"-exec-2", executor, "/c", "", first, 20, 300)
	series(throttle, ns, prefix+"-exec-1", executor, "/b", "", first, 1, 10)
	series(throttle, ns, prefix+"-exec-2", executor, "/c", "", first, 1, 50)
	series(kills, ns, prefix, driver, "/a", "", first, 0, 0)
	series(kills, ns, prefix+"-exec-1", executor, "/b", "", first, 0, 0, 0)
	series(kills, ns, prefix+"-exec-2", executor, "/c", "", first+30, 0, 0, 1) // as the run ends, and scraped after that
	series(kills, ns, "driver-killed-by-the-kernel", driver, "/k", "", killedAt+5, 0, 1)
	return b.String() + "# EOF\n"
}

// backfilled is a Prometheus that has the series of the kubelets, at the times of the runs.
func backfilled(t *testing.T) *collector {
	t.Helper()
	dir := t.TempDir()
	text, data, config := filepath.Join(dir, "series.txt"), filepath.Join(dir, "data"), filepath.Join(dir, "prometheus.yml")
	for name, content := range map[string]string{text: kubelets(), config: "{}\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), program(t, controlplane.Promtool), "tsdb", "create-blocks-from", "openmetrics", text, data).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return run(t, "--config.file="+config, "--storage.tsdb.path="+data, "--storage.tsdb.retention.time=50y")
}

// tune runs the command without a terminal.
func tune(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &o, ErrOut: &e}, rulebook.New, "test")
	root.SetArgs(append([]string{"tune"}, args...))
	code = plugin.Execute(t.Context(), root)
	return code, o.String(), e.String()
}

// tuned is what the command says of a run, as JSON has it.
func tuned(t *testing.T, args ...string) (r report.Tuning) {
	t.Helper()
	code, out, errs := tune(t, append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || len(r.Workloads) != 1 || r.EventLog == nil {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	return r
}

// settingOf is what is recommended for a setting: to, by which formula, and why.
func settingOf(r report.Tuning, name string) (to, basis, why string) {
	for _, s := range r.Workloads[0].Settings {
		if s.Name == name {
			return s.Recommended, s.Basis, s.Why
		}
	}
	return "", "", ""
}

// checkTwo checks what the Prometheus knows of the pods of two-executors.
func checkTwo(t *testing.T, pods *model.Pods) {
	t.Helper()
	if pods == nil || pods.Driver == nil || pods.Executors == nil || pods.Driver.OOMKills == nil || pods.Executors.OOMKills == nil {
		t.Fatalf("%+v", pods)
	}
	d, e := pods.Driver, pods.Executors
	if d.Pods != 1 || d.MemoryBytes != 420<<20 || d.CPUSeconds != 30 || d.Periods != 0 || *d.OOMKills != 0 {
		t.Errorf("driver %+v, %d kills", d, *d.OOMKills)
	}
	if e.Pods != 2 || e.MemoryBytes != 760<<20 || e.MemoryPod != "two-executors-exec-2" || e.CPUSeconds != 70 || e.Periods != 400 || e.Throttled != 60 || *e.OOMKills != 1 {
		t.Errorf("executors %+v, %d kills", e, *e.OOMKills)
	}
}

// TestTuneAsksPrometheusAboutPodsThatAreGone: of real runs whose logs are kept, in a real Prometheus with series of that time. Series of
// other pods, other containers and other times do not count.
func TestTuneAsksPrometheusAboutPodsThatAreGone(t *testing.T) {
	c := backfilled(t)
	with := "--prometheus=http://" + c.address
	r := tuned(t, "--event-log="+twoLog, with)
	checkTwo(t, r.Pods)
	if to, basis, why := settingOf(r, "spark.executor.memoryOverhead"); basis != "overhead-killed" || !strings.Contains(why, "says Prometheus") {
		t.Errorf("%s by %s: %s", to, basis, why)
	}
	if _, basis, _ := settingOf(tuned(t, "--event-log="+twoLog), "spark.executor.memoryOverhead"); basis == "overhead-killed" {
		t.Error("the log itself knows of a kill")
	}
	code, out, errs := tune(t, "--event-log="+twoLog, with)
	for _, words := range []string{"executors, by Prometheus: 2 pods, at most 760 MiB of memory in one (sampled, with page", "throttled in 15.0 % of CPU", "1 OOM kill"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), words) {
			t.Errorf("exit code %d, no %q in\n%s%s", code, words, out, errs)
		}
	}
	if strings.Contains(out, "--prometheus=URL") {
		t.Errorf("it was asked\n%s", out)
	}
	if _, out, _ := tune(t, "--event-log="+twoLog); !strings.Contains(strings.Join(strings.Fields(out), " "), "tune --prometheus=URL") {
		t.Errorf("--prometheus is not named\n%s", out)
	}

	// A driver that the kernel killed: its log just ends.
	r = tuned(t, "--event-log="+killedLog, with)
	if to, basis, why := settingOf(r, "spark.driver.memoryOverhead"); basis != "overhead-killed" || to == "" || !strings.Contains(why, "processes of the driver") {
		t.Errorf("%s by %s: %s; %+v", to, basis, why, r.Pods)
	}
	if _, basis, _ := settingOf(tuned(t, "--event-log="+killedLog), "spark.driver.memoryOverhead"); basis == "overhead-killed" {
		t.Error("the log itself knows of a kill")
	}
	// A run that the Prometheus knows nothing of.
	r = tuned(t, "--event-log="+logs+"spill/"+only(t, logs+"spill"), with)
	if r.Pods == nil || r.Pods.Driver != nil || len(r.Pods.Unread) != 2 || !strings.Contains(fmt.Sprint(r.Workloads[0].Notes), "not in Prometheus") {
		t.Errorf("%+v, %q", r.Pods, r.Workloads[0].Notes)
	}
}

// only is the log in a folder.
func only(t *testing.T, folder string) string {
	t.Helper()
	found, err := filepath.Glob(folder + "/spark-*")
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	return filepath.Base(found[0])
}

// TestTuneRefusesWhatIsNoPrometheus with one error and exit code 2, and no credentials in it.
func TestTuneRefusesWhatIsNoPrometheus(t *testing.T) {
	var seen string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Get("Authorization")
		http.Error(w, "s3cr3t", http.StatusUnauthorized)
	}))
	defer server.Close()
	headers := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(headers, []byte("Authorization: Bearer s3cr3t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--event-log=" + twoLog, "--prometheus=" + server.URL}, "access denied (401); credentials: none: give headers with --prometheus-headers or KUBECTL_SPARK_PROMETHEUS_HEADERS"},
		{[]string{"--event-log=" + twoLog, "--prometheus=" + server.URL, "--prometheus-headers=" + headers}, "access denied (401); credentials: the headers of " + headers},
		{[]string{"--event-log=" + twoLog, "--prometheus=http://me:s3cr3t@" + host}, "--prometheus: the URL may hold a password or a token"},
		{[]string{"--event-log=" + twoLog, "--prometheus=" + server.URL + "?token=s3cr3t"}, "--prometheus: the URL may hold"},
		{[]string{"--event-log=" + twoLog, "--prometheus=ftp://h"}, "not the URL of a Prometheus"},
		{[]string{"--event-log=" + twoLog, "--prometheus=svc://monitoring/prometheus"}, "not a Service: write svc://NAMESPACE/SERVICE:PORT"},
		{[]string{"--event-log=" + twoLog, "--prometheus="}, "--prometheus is empty"},
		{[]string{"--event-log=" + twoLog, "--prometheus-headers=" + headers}, "give its URL with --prometheus"},
		{[]string{"-f", "x.yaml", "--prometheus=" + server.URL}, "give its log with --event-log or --history-server"},
		{[]string{"--event-log=" + twoLog, "--executors=2", "--prometheus=" + server.URL}, "give it without --executors"},
	} {
		code, out, errs := tune(t, c.args...)
		if code != plugin.ExitFailed || out != "" || !strings.Contains(errs, c.want) || strings.Contains(errs, "s3cr3t") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit code %d, %s%s", c.args, code, out, errs)
		}
	}
	if seen != "" && seen != "Bearer s3cr3t" {
		t.Errorf("sent %q", seen)
	}
}

// TestTuneReachesPrometheusThroughTheAPIServer, with the right to get services/proxy, and names that right where it is missing.
func TestTuneReachesPrometheusThroughTheAPIServer(t *testing.T) {
	c := backfilled(t)
	cp := controlplane.ForTest(t, controlplane.Options{})
	ns := cp.NewNamespace(t)
	client := cp.Client()
	create := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	host, port := reachable(t, c)
	name := "prometheus"
	number, err := strconv.Atoi(port)
	create(err)
	_, err = client.CoreV1().Services(ns).Create(t.Context(), &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "web", Port: 9090}}}}, metav1.CreateOptions{})
	create(err)
	pod, err := client.CoreV1().Pods(ns).Create(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: "prom/prometheus"}}}}, metav1.CreateOptions{})
	create(err)
	pod.Status.Phase, pod.Status.PodIP, pod.Status.PodIPs = corev1.PodRunning, host, []corev1.PodIP{{IP: host}}
	_, err = client.CoreV1().Pods(ns).UpdateStatus(t.Context(), pod, metav1.UpdateOptions{})
	create(err)
	web, at := "web", int32(number)
	_, err = client.DiscoveryV1().EndpointSlices(ns).Create(t.Context(), &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: name}}, AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{Addresses: []string{host}, TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: ns, Name: name}}}, Ports: []discoveryv1.EndpointPort{{Name: &web, Port: &at}}}, metav1.CreateOptions{})
	create(err)

	config, err := cp.UserConfig("reader")
	create(err)
	kubeconfig, err := cp.WriteKubeconfig("reader", ns, config)
	create(err)
	args := []string{"--event-log=" + twoLog, "--prometheus=svc://" + ns + "/prometheus:9090", "--kubeconfig=" + kubeconfig}

	// Without the right it is a gap, the recommendation stands, and nothing is reduced.
	r := tuned(t, args...)
	if r.Coverage.Complete || len(r.Coverage.Missing) != 1 || r.Coverage.Missing[0].Resource != "services/proxy" || r.Coverage.Missing[0].Grant != "get services/proxy in namespace "+ns || r.Pods == nil || r.Pods.Executors != nil {
		t.Errorf("%+v, %+v", r.Coverage, r.Pods)
	}
	if code, out, errs := tune(t, args...); code != 0 || !strings.Contains(out+errs, "services/proxy is forbidden") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}

	_, err = client.RbacV1().Roles(ns).Create(t.Context(), &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "proxy"}, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"services/proxy"}, Verbs: []string{"get"}}}}, metav1.CreateOptions{})
	create(err)
	_, err = client.RbacV1().RoleBindings(ns).Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "proxy"}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "proxy"}, Subjects: []rbacv1.Subject{{Kind: "User", Name: "reader"}}}, metav1.CreateOptions{})
	create(err)
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) { // the API server hears of role and endpoints a little later
		code, out, errs := tune(t, append(args, "-o", "json")...)
		if r = (report.Tuning{}); code == 0 && json.Unmarshal([]byte(out), &r) == nil && r.Coverage.Complete {
			break
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("exit code %d\n%s%s", code, out, errs)
		}
	}
	checkTwo(t, r.Pods)
	if code, out, errs := tune(t, "--event-log="+twoLog, "--prometheus=svc://"+ns+"/nothing:9090", "--kubeconfig="+kubeconfig); code != plugin.ExitFailed || out != "" || !strings.Contains(errs, `services "nothing" not found`) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

// reachable is an address of this machine at which the Prometheus answers: an API server proxies to no loopback address.
func reachable(t *testing.T, c *collector) (host, port string) {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		of, is := address.(*net.IPNet)
		if !is || of.IP.To4() == nil || !of.IP.IsGlobalUnicast() {
			continue
		}
		listener, err := net.Listen("tcp", net.JoinHostPort(of.IP.String(), "0"))
		if err != nil {
			continue
		}
		server := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: c.address}))
		server.Listener.Close()
		server.Listener = listener
		server.Start()
		t.Cleanup(server.Close)
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		return of.IP.String(), port
	}
	t.Fatal("this machine has no address but loopback ones, which an API server does not proxy to")
	return "", ""
}
