package integration

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"archive/tar"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

const registryPassword = "correct-horse-battery"

// lockedRegistry is a registry that wants a login, with one image of Spark in it.
func lockedRegistry(t *testing.T) (reference string) {
	t.Helper()
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "robot" || password != registryPassword {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return pushed(t, server, sparkImage(t), &authn.Basic{Username: "robot", Password: registryPassword})
}

// openRegistry is a registry for everybody, with an image.
func openRegistry(t *testing.T, img v1.Image) (reference string) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return pushed(t, server, img, authn.Anonymous)
}

// pushed is the reference of an image that was pushed to a registry.
func pushed(t *testing.T, server *httptest.Server, img v1.Image, auth authn.Authenticator) (reference string) {
	t.Helper()
	reference = strings.TrimPrefix(server.URL, "http://") + "/team/etl:1.4"
	ref, err := name.ParseReference(reference)
	if err == nil {
		err = remote.Write(ref, img, remote.WithAuth(auth))
	}
	if err != nil {
		t.Fatal(err)
	}
	return reference
}

// sparkImage is a small image with all that facts are read from.
func sparkImage(t *testing.T) v1.Image {
	t.Helper()
	var layer bytes.Buffer
	files := tar.NewWriter(&layer)
	for _, f := range [][2]string{
		{"etc/passwd", "root:x:0:0::/root:/bin/sh\nspark:x:185:0::/home/spark:/bin/sh\n"}, {"usr/lib64/ld-linux-x86-64.so.2", "x"}, {"opt/java/release", "JAVA_VERSION=\"17.0.15\"\n"}, {"opt/java/bin/java", "x"},
		{"opt/spark/jars/spark-core_2.13-4.0.1.jar", "x"}, {"opt/entrypoint.sh", "case \"$1\" in\n  driver)\n  ;;\n  executor)\n  for v in \"${!SPARK_JAVA_OPT_@}\"; do :; done\n;;\nesac\n"},
	} {
		if err := files.WriteHeader(&tar.Header{Name: f[0], Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(files, f[1])
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		t.Fatal(err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "amd64"
	file.Config = v1.Config{User: "spark", Entrypoint: []string{"/opt/entrypoint.sh"}, Env: []string{"JAVA_HOME=/opt/java", "SPARK_HOME=/opt/spark"}}
	if img, err = mutate.ConfigFile(img, file); err != nil {
		t.Fatal(err)
	}
	return img
}

// TestImagesAreLearned: from a registry that wants a login, by the pull secret of the namespace. What was learned decides what the webhook
// does, and doctor sees what a user says otherwise.
func TestImagesAreLearned(t *testing.T) {
	s := newSite(t)
	image := lockedRegistry(t)
	api := s.cp.Client().CoreV1()
	run := func(want int, args ...string) string {
		t.Helper()
		out := s.run(want, args...)
		if strings.Contains(out, registryPassword) {
			t.Fatalf("%v prints the password:\n%s", args, out)
		}
		return out
	}
	create(t, s.cp, s.jobs, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "etl", Labels: map[string]string{"spark-role": "driver", "spark-app-selector": "spark-1"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "spark-kubernetes-driver", Image: image, Args: []string{"driver"}}}}})
	if out := run(0, "images", "-n", s.jobs); !strings.Contains(out, "unknown   uid, passwd entry, Java") || !strings.Contains(out, "images --read -n "+s.jobs) || strings.Contains(out, "--learn") {
		t.Errorf("nothing is known yet, and there are no settings to write to:\n%s", out)
	}
	if out := run(2, "images", "-n", s.jobs, "--learn"); !strings.Contains(out, "the webhook is not installed; nothing was written") {
		t.Errorf("no webhook:\n%s", out)
	}
	run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--wait=false")
	if out := run(0, "images", "-n", s.jobs); !strings.Contains(out, "images --learn --dry-run=server -n "+s.jobs) {
		t.Errorf("nothing is known yet:\n%s", out)
	}
	learned := func() string {
		t.Helper()
		config, err := api.ConfigMaps(s.namespace).Get(t.Context(), manifests.ConfigName, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return config.Data[manifests.LearnedKey]
	}
	if out := run(2, "images", "-n", s.jobs, "--learn"); !strings.Contains(out, "refuses access to image") || !strings.Contains(out, "no image was read; nothing was written") {
		t.Errorf("without a login:\n%s", out)
	}
	host, _, _ := strings.Cut(image, "/")
	if _, err := api.Secrets(s.jobs).Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "pull"}, Type: corev1.SecretTypeDockerConfigJson,
		StringData: map[string]string{corev1.DockerConfigJsonKey: `{"auths": {"` + host + `": {"username": "robot", "password": "` + registryPassword + `"}}}`}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.ServiceAccounts(s.jobs).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "spark"}, ImagePullSecrets: []corev1.LocalObjectReference{{Name: "pull"}, {Name: "gone"}}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if out := run(0, "explain", "image", image, "-n", s.jobs); !strings.Contains(out, "/etc/passwd, user spark") {
		t.Errorf("explain image:\n%s", out)
	}
	if out := run(0, "images", "-n", s.jobs, "--learn", "--dry-run=server"); !strings.Contains(out, "+  entrypoint: spark-docker") || !strings.Contains(out, "nothing was kept") || learned() != "" {
		t.Errorf("a dry run:\n%s\n%s", out, learned())
	}
	if out := run(0, "images", "-n", s.jobs, "--learn"); !strings.Contains(out, "wrote learnedImages") || !strings.Contains(learned(), "match: "+image+"\n") || !strings.Contains(learned(), "@sha256:") {
		t.Errorf("learned:\n%s\n%s", out, learned())
	}
	if out := run(0, "images", "-n", s.jobs, "--learn"); !strings.Contains(out, "the settings hold these facts already; nothing was written") {
		t.Errorf("a second time:\n%s", out)
	}
	if out := strings.Replace(run(0, "images", "-n", s.jobs), "pulled    unknown: ", "", 1); strings.Contains(out, "unknown") || strings.Contains(out, "refused because of the image") {
		t.Errorf("everything is known now:\n%s", out)
	}
	out := run(0, "explain", "pod", "etl", "-n", s.jobs)
	for _, part := range []string{"SPK-S011/runAsNonRoot", "SPK-M024/gcLog", "SPK-P017/mallocArenaMax"} {
		if !strings.Contains(out, part) {
			t.Errorf("%s is missing:\n%s", part, out)
		}
	}
	found := func() []string {
		t.Helper()
		_, out, errs := runPlugin(t, s.cp.Kubeconfig(), "doctor", "-n", s.jobs, "-o", "json", "--only=SPK-I023")
		var codes []string
		for _, f := range reportOf(t, out).Findings {
			codes = append(codes, f.Code+" "+string(f.Level)+" "+f.Message)
		}
		if errs != "" && strings.Contains(errs, "error") {
			t.Error(errs)
		}
		return codes
	}
	if codes := found(); len(codes) > 0 {
		t.Errorf("what was read is not what was read: %q", codes)
	}
	// A user says otherwise: that counts for the webhook, and doctor finds it.
	config, err := api.ConfigMaps(s.namespace).Get(t.Context(), manifests.ConfigName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config.Data[manifests.ImagesKey] = "[{match: " + host + "/team/*, uid: 1000}]"
	if _, err := api.ConfigMaps(s.namespace).Update(t.Context(), config, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if codes := found(); !slices.ContainsFunc(codes, func(text string) bool {
		return strings.HasPrefix(text, "SPK-I023 error the settings give wrong facts of the image (uid)")
	}) {
		t.Errorf("a wrong uid: %q", codes)
	}
	// install leaves it, and install --learn-images finds nothing new.
	if run(0, "install", "--profile=restricted", "--wait=false"); !strings.Contains(learned(), "match: "+image+"\n") {
		t.Error("install took away what was learned")
	}
	// Facts that cannot be read are said by all who would go by them.
	if config, err = api.ConfigMaps(s.namespace).Get(t.Context(), manifests.ConfigName, metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	config.Data[manifests.LearnedKey] = "- match: ["
	if _, err := api.ConfigMaps(s.namespace).Update(t.Context(), config, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"doctor", "-n", s.jobs}, {"images", "-n", s.jobs}, {"status"}} {
		if _, out, errs := runPlugin(t, s.cp.Kubeconfig(), args...); !strings.Contains(strings.Join(strings.Fields(out+errs), " "), "learnedImages: line 1") {
			t.Errorf("%v says nothing of settings that cannot be read:\n%s\n%s", args, out, errs)
		}
	}
}
