package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// tokenRegistry is a registry that wants a token, which its own server gives for a login, with one image of Spark in it.
func tokenRegistry(t *testing.T) (reference string) {
	t.Helper()
	const token = "a-token-of-the-registry"
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			if user, password, ok := r.BasicAuth(); !ok || user != "robot" || password != registryPassword {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprintf(w, `{"token": %q}`, token)
			return
		}
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q,service=%q", server.URL+"/token", "registry"))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return pushed(t, server, sparkImage(t), &authn.Basic{Username: "robot", Password: registryPassword})
}

// TestAPrivateImageGetsEveryEdit of profile standard, once its facts were learned with a pull secret of the namespace: as many as a driver gets
// whose image a user describes, and none is refused because of the image. Facts that are changed by hand are found by doctor.
func TestAPrivateImageGetsEveryEdit(t *testing.T) {
	for kind, start := range map[string]func(*testing.T) string{"basic": lockedRegistry, "token": tokenRegistry} {
		t.Run(kind, func(t *testing.T) {
			s := newSite(t)
			image := start(t)
			api := s.cp.Client().CoreV1()
			s.servers(1)
			host, _, _ := strings.Cut(image, "/")
			if _, err := api.Secrets(s.jobs).Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "pull"}, Type: corev1.SecretTypeDockerConfigJson,
				StringData: map[string]string{corev1.DockerConfigJsonKey: `{"auths": {"` + host + `": {"username": "robot", "password": "` + registryPassword + `"}}}`}}, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			driver := func(annotation string) rule.Report {
				t.Helper()
				p := pod("spark-role", "driver", "spark-version", "4.0.1")
				size := amounts("cpu", "1", "memory", "1408Mi")
				p.Spec.Containers[0].Resources = corev1.ResourceRequirements{Requests: size, Limits: size}
				p.Spec.Containers[0].Args = []string{"driver", "--properties-file", "/opt/spark/conf/spark.properties", "--class", "org.apache.spark.examples.SparkPi", "local:///opt/spark/examples/jars/spark-examples.jar"}
				p.Spec.Containers[0].Image, p.Spec.ImagePullSecrets = image, []corev1.LocalObjectReference{{Name: "pull"}}
				if annotation != "" {
					p.Annotations = map[string]string{rule.ImageAnnotation: annotation}
				}
				report, err := rule.ReadReport(create(t, s.cp, s.jobs, p).Annotations[rule.ReportAnnotation])
				if err != nil {
					t.Fatal(err)
				}
				return report
			}
			before := driver("")
			whole := driver(`{uid: 185, passwd: true, java: 17, spark: "4.0.1", entrypoint: spark-docker, libc: glibc}`)
			if len(before.Applied) >= len(whole.Applied) {
				t.Fatalf("nothing is known of the image: %+v, all of it: %+v", before, whole)
			}
			if out := s.run(0, "images", "-n", s.jobs, "--learn"); strings.Contains(out, registryPassword) || !strings.Contains(out, "wrote learnedImages") {
				t.Fatal(out)
			}
			var after rule.Report
			within(t, time.Minute, "the webhook goes by what was learned", func() bool {
				after = driver("")
				return slices.Equal(after.Applied, whole.Applied)
			})
			for part, reason := range after.Refused {
				if strings.HasSuffix(string(reason), "-unknown") {
					t.Errorf("%s is refused: %s", part, reason)
				}
			}
			if !maps.Equal(after.Refused, whole.Refused) {
				t.Errorf("refused %v, and %v where a user describes the image", after.Refused, whole.Refused)
			}
			t.Logf("before %v, after %v, refused %v", before.Applied, after.Applied, after.Refused)
			found := func() (all []string) {
				t.Helper()
				_, out, _ := runPlugin(t, s.cp.Kubeconfig(), "doctor", "-n", s.jobs, "-o", "json", "--only=SPK-I023")
				for _, f := range reportOf(t, out).Findings {
					all = append(all, string(f.Level)+" "+f.Message)
				}
				return all
			}
			if all := found(); len(all) > 0 {
				t.Errorf("as it was read: %q", all)
			}
			config, err := api.ConfigMaps(s.namespace).Get(t.Context(), manifests.ConfigName, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			learned := config.Data[manifests.LearnedKey]
			for name, change := range map[string][2]string{"uid": {"uid: 185", "uid: 0"}, "passwd": {"passwd: true", "passwd: false"}} {
				if config, err = api.ConfigMaps(s.namespace).Get(t.Context(), manifests.ConfigName, metav1.GetOptions{}); err != nil {
					t.Fatal(err)
				}
				config.Data[manifests.LearnedKey] = strings.ReplaceAll(learned, change[0], change[1])
				if config.Data[manifests.LearnedKey] == learned {
					t.Fatalf("%s stands not in\n%s", name, learned)
				}
				if _, err := api.ConfigMaps(s.namespace).Update(t.Context(), config, metav1.UpdateOptions{}); err != nil {
					t.Fatal(err)
				}
				if all := found(); !slices.ContainsFunc(all, func(text string) bool {
					return strings.HasPrefix(text, "error facts under learnedImages were changed by hand")
				}) {
					t.Errorf("%s: %q", name, all)
				}
			}
			if out := s.run(2, "images", "-n", s.jobs, "--learn"); !strings.Contains(out, "remove the key, and run the command again") {
				t.Errorf("over what somebody else wrote:\n%s", out)
			}
			if config, err = api.ConfigMaps(s.namespace).Get(t.Context(), manifests.ConfigName, metav1.GetOptions{}); err != nil {
				t.Fatal(err)
			}
			delete(config.Data, manifests.LearnedKey)
			if _, err := api.ConfigMaps(s.namespace).Update(t.Context(), config, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			s.run(0, "images", "-n", s.jobs, "--learn")
			if all := found(); len(all) > 0 {
				t.Errorf("learned again: %q", all)
			}
		})
	}
}

// TestImagesShowHowTheyAreUsed: digests that run, pulls, shared layers, and nodes of another architecture.
func TestImagesShowHowTheyAreUsed(t *testing.T) {
	s := newSite(t)
	api := s.cp.Client().CoreV1()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	first := sparkImage(t)
	etl := pushed(t, server, first, authn.Anonymous)
	old, err := first.Digest()
	if err != nil {
		t.Fatal(err)
	}
	more, err := random.Layer(3<<20, "application/vnd.docker.image.rootfs.diff.tar.gzip")
	if err != nil {
		t.Fatal(err)
	}
	other, err := mutate.AppendLayers(first, more)
	if err != nil {
		t.Fatal(err)
	}
	reports := strings.Replace(etl, "/team/etl:1.4", "/team/reports:1", 1)
	push := func(reference string) {
		t.Helper()
		ref, err := name.ParseReference(reference)
		if err == nil {
			err = remote.Write(ref, other)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	push(reports)
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "arm-" + s.jobs, Labels: map[string]string{corev1.LabelArchStable: "arm64"}}, Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: "test", Effect: corev1.TaintEffectNoSchedule}}}}
	if _, err := api.Nodes().Create(t.Context(), node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Nodes().Delete(s.background(), node.Name, metav1.DeleteOptions{}) })
	started := func(podName, image string) {
		t.Helper()
		p := pod("spark-role", "driver", "spark-app-selector", "spark-"+podName)
		p.GenerateName, p.Name, p.Spec.Containers[0].Image = "", podName, image
		p = create(t, s.cp, s.jobs, p)
		repository, _, _ := strings.Cut(image, ":1")
		p.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Name: p.Spec.Containers[0].Name, Image: image, ImageID: repository + "@" + old.String()}}}
		if _, err := api.Pods(s.jobs).UpdateStatus(t.Context(), p, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	started("etl", etl)
	if out := s.run(0, "images", "-n", s.jobs); !strings.Contains(out, "pulled    unknown: no Event of the last hour tells of a pull") || strings.Contains(out, "running") {
		t.Errorf("without Events:\n%s", out)
	}
	event := &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: "etl.1", Namespace: s.jobs}, InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: s.jobs, Name: "etl"}, Reason: "Pulled", Type: corev1.EventTypeNormal,
		Message: fmt.Sprintf("Successfully pulled image %q in 1m25.3s (1m30.2s including waiting). Image size: 812345678 bytes.", etl), LastTimestamp: metav1.Now()}
	if _, err := api.Events(s.jobs).Create(t.Context(), event, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	started("reports", reports)
	push(etl) // the tag has another image now
	out := s.run(0, "images", "-n", s.jobs, "--read")
	for _, want := range []string{"pulled    once, in 1m30s", "in this image alone", "the image is for amd64; of", "arm64: its pods fail there (SPK-I004)", "the tag was pushed again: 1 pod runs what it had before"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	var list struct {
		Images []struct {
			Reference               string
			Digest                  string
			SharedBytes, AddedBytes int64
			Running                 []struct {
				Digest string
				Pods   int
				Now    bool
			}
			Pulls struct{ LongestSeconds float64 }
		}
		Nodes map[string]int
	}
	if err := json.Unmarshal([]byte(s.run(0, "images", "-n", s.jobs, "--read", "-o", "json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Images) != 2 || list.Nodes["arm64"] == 0 {
		t.Fatalf("%+v", list)
	}
	for _, one := range list.Images {
		if len(one.Running) != 1 || one.Running[0].Now || one.Running[0].Digest != old.String() || one.Digest == old.String() || one.SharedBytes < 3<<20 || one.AddedBytes != 0 {
			t.Errorf("%+v", one)
		}
	}
	if list.Images[0].Pulls.LongestSeconds != 90.2 {
		t.Errorf("%+v", list.Images[0])
	}
	// doctor names the slow pull, and goes by no fact of another digest.
	_, report, errs := runPlugin(t, s.cp.Kubeconfig(), "doctor", "-n", s.jobs, "-o", "json", "--only=SPK-I019")
	if found := reportOf(t, report).Findings; len(found) != 1 || found[0].Subject.Name != "etl" || !strings.Contains(found[0].Message, "1m30s") {
		t.Errorf("%+v\n%s", found, errs)
	}
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--wait=false")
	s.run(0, "images", "-n", s.jobs, "--learn")
	config, err := api.ConfigMaps(s.namespace).Get(t.Context(), manifests.ConfigName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if learned := config.Data[manifests.LearnedKey]; !strings.Contains(learned, "@"+old.String()) || !strings.Contains(learned, "@"+list.Images[0].Digest) {
		t.Errorf("what runs and what the tag has were both read:\n%s", learned)
	}
}
