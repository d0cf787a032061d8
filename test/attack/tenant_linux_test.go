package attack

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	registration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

var (
	ordinaryReviews = flag.Int("reviews", 5000, "ordinary reviews after which the server's memory is looked at")
	calm            = flag.Bool("calm", false, "nothing else runs on this machine: how late bystanders are is judged, too")
)

// atRest is the most memory that the server may hold after ordinary reviews, in bytes.
const atRest = 40 << 20

func TestOrdinaryReviewsLeaveLittleMemory(t *testing.T) {
	s := start(t)
	good := ordinary(t)
	var all sync.WaitGroup
	var left atomic.Int64 // as they were
	for range 4 {
		all.Go(func() {
			c := client()
			for range *ordinaryReviews / 4 {
				if r, err := send(c, s.url, good); err != nil || len(r.Patch) == 0 {
					left.Add(1)
				}
			}
		})
	}
	all.Wait()
	// On a machine that is busy with other tests as well, one or the other waits too long.
	if n := left.Load(); n > 2+int64(*ordinaryReviews)/1000 {
		t.Errorf("%d of %d were not injected", n, *ordinaryReviews)
	}
	held := s.memory(t, "VmRSS")
	t.Logf("%d ordinary reviews leave %d MiB, %d at the most", *ordinaryReviews, held>>20, s.held(t)>>20)
	if held > atRest {
		t.Errorf("the server holds %d MiB, want at most %d", held>>20, atRest>>20)
	}
}

// memoryLimit is that of the pod that install makes, in bytes.
const memoryLimit = 256 << 20

// confine puts a process into a cgroup with the memory limit that install gives its pod, and says whether it could.
func confine(t *testing.T, pid int) bool {
	t.Helper()
	root, limit := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil { // version 2
		root, limit = "/sys/fs/cgroup", "memory.max"
	}
	group := filepath.Join(root, fmt.Sprintf("kubectl-spark-attack-%d", pid))
	if os.Mkdir(group, 0o755) != nil {
		return false
	}
	t.Cleanup(func() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // a group goes when nobody is in it
		for range 50 {
			if syscall.Rmdir(group) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Errorf("%s is left", group)
	})
	return os.WriteFile(filepath.Join(group, limit), []byte(strconv.Itoa(memoryLimit)), 0o644) == nil &&
		os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644) == nil
}

const longOptions = "options of 2.8 MB" // three of it are sent at once

// tenantPods are pods with which a tenant who may create pods, and nothing else, tries to kill or stall the webhook.
func tenantPods() map[string]string {
	pod := func(containers, env string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"x-","labels":{"spark-role":"driver"}},"spec":{"containers":[` + containers +
			`{"name":"spark-kubernetes-driver","image":"apache/spark:3.5.6","args":["driver"],"env":[` + env + `{"name":"A","value":"b"}]}]}}`
	}
	return map[string]string{
		"300,000 empty containers": pod(strings.Repeat("{},", 300_000), ""),
		"250,000 empty volumes": `{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"x-","labels":{"spark-role":"driver"}},"spec":{"volumes":[` + strings.Repeat("{},", 249_999) + `{}],` +
			`"containers":[{"name":"spark-kubernetes-driver","image":"apache/spark:3.5.6","args":["driver"]}]}}`,
		longOptions:                   pod("", `{"name":"SPARK_SUBMIT_OPTS","value":"`+strings.Repeat("-a ", 930_000)+`"},`),
		"60,000 variables":            pod("", variables(60_000)),
		"10,000 variables, allowed":   pod("", variables(10_000)),
		"options of 250 KiB, allowed": pod("", `{"name":"SPARK_SUBMIT_OPTS","value":"`+strings.Repeat("-a ", 83_000)+`"},`),
	}
}

// TestATenantHurtsNobodyThroughTheAPIServer floods the webhook, in a cgroup of the size of its pod, with all that a tenant can send
// it, through a real API server, while others create pods: those are all injected. The API server itself is late in such a flood, so how
// long bystanders wait is asked of the webhook, and compared with a floor that the API server calls for the same flood. Where -calm says
// that it can be judged, the webhook makes bystanders no later than the floor through the API server, too.
func TestATenantHurtsNobodyThroughTheAPIServer(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.crt")
	s, f := start(t, "--names=localhost,127.0.0.1", "--write-ca="+ca), startFloor(t)
	apart(t, s, f)
	cp := controlplane.ForTest(t, controlplane.Options{})
	if !confine(t, s.pid) {
		if os.Getenv("CI") != "" && os.Geteuid() == 0 {
			t.Error("no cgroup can be made: the server runs without the memory limit of its pod")
		}
		t.Log("this machine allows no cgroup; what the process held is looked at instead")
	}
	var err error
	if s.ca, err = os.ReadFile(ca); err != nil {
		t.Fatal(err)
	}
	floors, others := cp.NewNamespace(t, rule.InjectLabel, "disabled"), cp.NewNamespace(t)
	ours := cp.NewNamespace(t)
	register := func(name string, s *server, change func(w *registration.MutatingWebhook)) {
		c := manifests.WebhookConfiguration(manifests.Options{URL: s.url, CABundle: s.ca})
		c.Name = name
		for i := range c.Webhooks {
			change(&c.Webhooks[i])
		}
		if _, err := cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Create(t.Context(), c, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	register("floor", f, func(w *registration.MutatingWebhook) {
		w.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: floors}}
	})
	register(manifests.WebhookName, s, func(*registration.MutatingWebhook) {})
	for end := time.Now().Add(20 * time.Second); ; {
		if _, edited := bystand(t, cp.Client(), others); edited {
			break
		} else if time.Now().After(end) {
			t.Fatal("the API server sends no pods")
		}
	}
	var without, flooded waits // at the servers themselves
	quiet, _ := watch(t, cp.Client(), others, func(ctx context.Context) {
		times, _ := bystanders(ctx, t, s, f)
		without.webhook, without.floor = times[0], times[1]
	})
	beside, slow := watch(t, cp.Client(), others, flooding(t, cp, floors), func(ctx context.Context) {
		times, _ := bystanders(ctx, t, f)
		flooded.floor = times[0]
	})
	if slow > 0 && *calm {
		t.Errorf("%d bystanders were not injected although the tenant is opted out", slow)
	}
	both, left := watch(t, cp.Client(), others, flooding(t, cp, ours), func(ctx context.Context) {
		times, left := bystanders(ctx, t, s)
		flooded.webhook, flooded.left = times[0], left
	})
	t.Logf("through the API server, p99 and worst: quiet %v %v; flood of the floor %v %v; of the webhook %v %v; held %d MiB", at(quiet, .99), at(quiet, 1),
		at(beside, .99), at(beside, 1), at(both, .99), at(both, 1), s.held(t)>>20)
	t.Logf("without a flood: %v", without)
	t.Logf("flooded: %v", flooded)
	flooded.judge(t, without)
	if left > slow { // where other tests take the processor, the API server itself may be later than its timeout
		t.Errorf("%d of %d bystanders were not injected, %d while the webhook had no part in the flood", left, len(both), slow)
	}
	if p99, most := at(both, .99), 2*max(at(beside, .99), at(quiet, .99))+100*time.Millisecond; *calm && p99 > most {
		t.Errorf("p99 of bystanders is %v, want at most %v", p99, most)
	}
	if held := s.held(t); held > highWater {
		t.Errorf("the server held %d MiB, want at most %d", held>>20, highWater>>20)
	}
	if r, err := send(client(), s.url, ordinary(t)); err != nil || len(r.Patch) == 0 {
		t.Errorf("after the flood: %v %v", r, err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // until the API server has worked off what is left, it does not end
		began := time.Now()
		if _, err := cp.Client().CoreV1().Namespaces().Get(t.Context(), others, metav1.GetOptions{}); err == nil && time.Since(began) < 100*time.Millisecond {
			break
		}
	}
}

// bystand creates an ordinary pod.
func bystand(t *testing.T, client kubernetes.Interface, namespace string) (took time.Duration, edited bool) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "p-", Labels: map[string]string{"spark-role": "driver"}}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "spark-kubernetes-driver", Image: "apache/spark:4.0.1", Args: []string{"driver"}}}}}
	began := time.Now()
	made, err := client.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		t.Fatalf("a bystander was refused: %v", err)
	}
	return time.Since(began), made.Annotations[rule.ReportAnnotation] != ""
}

// watch creates pods for some seconds, while something else happens.
func watch(t *testing.T, client kubernetes.Interface, namespace string, meanwhile ...func(ctx context.Context)) (times []time.Duration, left int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var other sync.WaitGroup
	for _, do := range meanwhile {
		other.Go(func() { do(ctx) })
	}
	for end := time.Now().Add(6 * time.Second); time.Now().Before(end); {
		took, edited := bystand(t, client, namespace)
		times = append(times, took)
		if !edited {
			left++
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	other.Wait()
	slices.Sort(times)
	return times, left
}

func at(times []time.Duration, q float64) time.Duration {
	return times[int(q*float64(len(times)-1))].Round(100 * time.Microsecond)
}

// flooding sends everything at once, again and again, as an account that may only create pods in the namespace.
func flooding(t *testing.T, cp *controlplane.ControlPlane, namespace string) func(ctx context.Context) {
	t.Helper()
	api := cp.Client().RbacV1()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "tenant"}}
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "tenant"}, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"create"}}}}
	binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "tenant"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "tenant"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "tenant", Namespace: namespace}}}
	_, err := cp.Client().CoreV1().ServiceAccounts(namespace).Create(t.Context(), account, metav1.CreateOptions{})
	_, err2 := api.Roles(namespace).Create(t.Context(), role, metav1.CreateOptions{})
	_, err3 := api.RoleBindings(namespace).Create(t.Context(), binding, metav1.CreateOptions{})
	config, err4 := cp.ServiceAccountConfig(t.Context(), namespace, "tenant")
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	tenant, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) {
		var all sync.WaitGroup
		for name, pod := range tenantPods() {
			if !json.Valid([]byte(pod)) {
				t.Errorf("%s is no JSON", name)
			}
			for range map[bool]int{true: 3, false: 1}[name == longOptions] {
				all.Go(func() {
					for ctx.Err() == nil {
						err := tenant.CoreV1().RESTClient().Post().Namespace(namespace).Resource("pods").Param("dryRun", "All").SetHeader("Content-Type", "application/json").
							Body([]byte(pod)).Do(ctx).Error()
						if apierrors.IsForbidden(err) || apierrors.IsRequestEntityTooLargeError(err) {
							t.Errorf("%s: %v", name, err) // it never came to the webhook
							return
						}
					}
				})
			}
		}
		all.Wait()
	}
}
