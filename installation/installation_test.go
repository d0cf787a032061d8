package installation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// TestEveryProblemIsSaid: a webhook that works, and one thing wrong with it at a time.
func TestEveryProblemIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		change func(l *Inspection, o *manifests.Options, p *Proof)
		want   string
	}{
		"none":         {func(*Inspection, *manifests.Options, *Proof) {}, ""},
		"no authority": {func(l *Inspection, _ *manifests.Options, _ *Proof) { l.Status.Certificates.Authority = nil }, "holds no CA bundle"},
		"authority ended": {func(l *Inspection, _ *manifests.Options, _ *Proof) {
			*l.Status.Certificates.Authority = now.Add(-time.Hour)
		}, "the authority in the CA bundle ended 2026-11-29"},
		"certificate ends":       {func(_ *Inspection, _ *manifests.Options, p *Proof) { p.Replica.Certificate = now.Add(47 * time.Hour) }, "the serving certificate ends 2026-12-01T11:00:00Z"},
		"certificate is renewed": {func(_ *Inspection, _ *manifests.Options, p *Proof) { p.Replica.Certificate = now.Add(49 * time.Hour) }, ""},
		"no Deployment":          {func(l *Inspection, _ *manifests.Options, _ *Proof) { l.Have.Deployment = nil }, "Deployment/spark-webhook does not exist"},
		"Deployment cannot be read": {func(l *Inspection, _ *manifests.Options, _ *Proof) {
			l.Have.Deployment, l.Status.Missing = nil, []Missing{{What: "get deployments"}}
		}, ""},
		"none ready":        {func(l *Inspection, _ *manifests.Options, _ *Proof) { l.Status.Server.Ready = 0 }, "none of 2 replicas is ready"},
		"outside":           {func(l *Inspection, o *manifests.Options, _ *Proof) { l.Have.Deployment, o.URL = nil, "https://h:1" }, ""},
		"not tried":         {func(_ *Inspection, _ *manifests.Options, p *Proof) { *p = Proof{Gap: "forbidden"} }, "missing the result of a test pod: forbidden"},
		"paused":            {func(_ *Inspection, o *manifests.Options, p *Proof) { o.Paused, p.Reached = true, false }, ""},
		"paused and called": {func(_ *Inspection, o *manifests.Options, _ *Proof) { o.Paused = true }, "it is paused, and a test pod was sent"},
		"not reached":       {func(_ *Inspection, _ *manifests.Options, p *Proof) { p.Reached = false }, "a test driver pod in namespace jobs was not changed"},
		"trouble":           {func(_ *Inspection, _ *manifests.Options, p *Proof) { p.Replica.Trouble = "no settings" }, "left a test driver pod in namespace jobs as it is: no settings"},
		"shadow that edits": {func(_ *Inspection, o *manifests.Options, p *Proof) {
			o.Shadow, p.Replica.Mode = true, manifests.ModeShadow
		}, "it is in shadow mode, and a test pod was changed"},
		"other mode":              {func(_ *Inspection, o *manifests.Options, _ *Proof) { o.Shadow = true }, "in mode inject, and is set to another"},
		"outside in another mode": {func(_ *Inspection, o *manifests.Options, _ *Proof) { o.Shadow, o.URL = true, "https://h:1" }, "the mode is inject: the server at https://h:1 reads no settings"},
		"versions": {func(l *Inspection, _ *manifests.Options, _ *Proof) {
			l.Status.Server.Replicas = map[string]manifests.Replica{"a": {Version: "1"}, "b": {Version: "2"}}
		}, "replicas differ in version: 1 , 2 "},
	} {
		authority := now.Add(1000 * time.Hour)
		l := &Inspection{Now: now, Command: func(words string) string { return words },
			Have: &Live{Deployment: &appsv1.Deployment{}, Config: &corev1.ConfigMap{}}}
		l.Status.Certificates.Authority = &authority
		l.Status.Server.Ready, l.Status.Server.Wanted = 2, 2
		o := manifests.Options{}
		p := Proof{Namespace: "jobs", Reached: true, Annotated: true, Replica: &manifests.Probe{Mode: manifests.ModeInject, Certificate: authority}}
		c.change(l, &o, &p)
		l.judge(o, &p)
		got := strings.Join(l.Status.Problems, "\n")
		if len(l.Status.Missing) > 0 && p.Gap != "" {
			got += fmt.Sprintf("missing %s: %s", l.Status.Missing[0].What, l.Status.Missing[0].Reason)
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || len(l.Status.Problems) > 1 {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestSettledIsWhatTheTestPodShows, and what is waited for is said.
func TestSettledIsWhatTheTestPodShows(t *testing.T) {
	inject, shadow := &manifests.Probe{Mode: manifests.ModeInject}, &manifests.Probe{Mode: manifests.ModeShadow}
	for name, c := range map[string]struct {
		want    manifests.Options
		proof   Proof
		settled bool
		waits   string
	}{
		"nothing can be shown":  {manifests.Options{}, Proof{Gap: "forbidden"}, true, ""},
		"reached":               {manifests.Options{}, Proof{Reached: true, Replica: inject}, true, ""},
		"reached, other mode":   {manifests.Options{Shadow: true}, Proof{Reached: true, Replica: inject}, false, "not yet in the mode"},
		"shadow":                {manifests.Options{Shadow: true}, Proof{Reached: true, Replica: shadow}, true, ""},
		"no replica, annotated": {manifests.Options{}, Proof{Reached: true, Annotated: true}, true, ""},
		"no replica":            {manifests.Options{}, Proof{Reached: true}, false, "not yet in the mode"},
		"paused":                {manifests.Options{Paused: true}, Proof{}, true, ""},
		"paused, still sent":    {manifests.Options{Paused: true}, Proof{Reached: true}, false, "a test pod is still sent"},
		"not reached":           {manifests.Options{}, Proof{}, false, "a test pod was not changed: the API server does not reach the webhook, or does not trust it"},
		"not reached outside":   {manifests.Options{URL: "https://h:1"}, Proof{}, false, "start the server at https://h:1"},
		"not reached for a policy": {manifests.Options{Reach: manifests.Reach{APIServer: []string{"10.0.0.1/32"}}}, Proof{}, false,
			"NetworkPolicy/spark-webhook lets only 10.0.0.1/32 call the webhook: set --api-server-cidr"},
	} {
		in := &Run{Want: c.want}
		if got := in.settled(&c.proof); got != c.settled {
			t.Errorf("%s: settled is %v", name, got)
		}
		if got := in.unsettled(&c.proof); !c.settled && !strings.Contains(got, c.waits) {
			t.Errorf("%s: it waits for %q", name, got)
		}
	}
}

// TestCallersAreNamed: the first five of them; where any address may call, or a user named them, nothing is compared.
func TestCallersAreNamed(t *testing.T) {
	o := manifests.Options{Reach: manifests.Reach{APIServer: []string{"a", "b", "c", "d", "e", "f", "g"}}}
	if got, want := callers(o), "NetworkPolicy/spark-webhook lets only a, b, c, d, e and 2 more call the webhook"; got != want {
		t.Errorf("got %q", got)
	}
	given := o
	given.APIServerGiven = true
	for name, c := range map[string]struct {
		policy *networkingv1.NetworkPolicy
		o      manifests.Options
	}{
		"no policy": {nil, o}, "given": {&networkingv1.NetworkPolicy{}, given}, "any": {&networkingv1.NetworkPolicy{}, manifests.Options{}},
	} {
		l := &Inspection{Have: &Live{NetworkPolicy: c.policy}} // without a Reader: nothing may be asked
		if err := l.reach(t.Context(), c.o); err != nil || len(l.Status.Problems) > 0 {
			t.Errorf("%s: %v, %v", name, l.Status.Problems, err)
		}
	}
}

// authority is a certificate in PEM.
func authority(t *testing.T, end time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: end}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
}

// TestCertificatesAreReadOffTheBundle: who makes them, and the end of the authority that ends last.
func TestCertificatesAreReadOffTheBundle(t *testing.T) {
	early, late := now.Add(time.Hour), now.Add(2*time.Hour)
	both := append(authority(t, late), authority(t, early)...)
	for name, c := range map[string]struct {
		annotations map[string]string
		bundle      []byte
		source      string
		end         *time.Time
	}{
		"none yet":       {nil, nil, "self", nil},
		"no certificate": {nil, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), "self", nil},
		"two":            {nil, both, "self", &late},
		"given":          {map[string]string{manifests.CAAnnotation: manifests.Given}, authority(t, early), "given", &early},
		"cert-manager":   {map[string]string{certmanager.WantInjectAnnotation: "a/b"}, both, "cert-manager", &late},
	} {
		l := &Live{Webhook: &admissionv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Annotations: c.annotations},
			Webhooks: []admissionv1.MutatingWebhook{{ClientConfig: admissionv1.WebhookClientConfig{CABundle: c.bundle}}}}}
		got := l.Certificates()
		if got.Source != c.source || (got.Authority == nil) != (c.end == nil) || c.end != nil && !got.Authority.Equal(*c.end) {
			t.Errorf("%s: %s until %v", name, got.Source, got.Authority)
		}
	}
	if got := (&Live{Webhook: &admissionv1.MutatingWebhookConfiguration{}}).Certificates(); got.Source != "self" || got.Authority != nil {
		t.Errorf("without a webhook: %+v", got)
	}
}

// TestAutomaticObjectsKeepNoNamespace: those that come by themselves, or with the webhook.
func TestAutomaticObjectsKeepNoNamespace(t *testing.T) {
	token := map[string]string{corev1.ServiceAccountNameKey: "default"}
	for _, c := range []struct {
		kind, name  string
		annotations map[string]string
		want        bool
	}{
		{"Secret", "default-token-x", token, true},
		{"Secret", manifests.CASecret, nil, true},
		{"Secret", manifests.CertSecret, nil, true},
		{"Secret", manifests.CertManagerCA, nil, true},
		{"Secret", "mine", nil, false},
		{"ConfigMap", manifests.ConfigName, nil, true},
		{"ConfigMap", manifests.StatusName, nil, true},
		{"ConfigMap", "kube-root-ca.crt", nil, true},
		{"ConfigMap", "mine", token, false},
		{"Pod", manifests.ConfigName, token, false},
	} {
		if got := automatic(c.kind, &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: c.name, Annotations: c.annotations}}); got != c.want {
			t.Errorf("%s/%s: %v", c.kind, c.name, got)
		}
	}
}

// TestAnImageEntryNamesWhatIsUnknown, so that it can be filled in.
func TestAnImageEntryNamesWhatIsUnknown(t *testing.T) {
	for image, want := range map[string][]string{
		"apache/spark:3.5.6":     {"# by its public name\nimages:\n", `match: apache/spark:3.5.6`, "spark: 3.5.6", "uid: 185"},
		"docker.io/apache/spark": {"match: apache/spark\n", "  # spark: 3.5.6   # unknown: version of Spark\n"},
		"registry.example.org/team/etl:1@sha256:" + strings.Repeat("a", 64): {"# nothing is known of this image by its name\n", "match: registry.example.org/team/etl:1\n", "  # uid: 185   # unknown: the user", "  # libc: glibc   # unknown: glibc or musl\n"},
	} {
		facts, known := spark.Facts(image, nil)
		from := "by its public name"
		if !known {
			from = "nothing is known of this image by its name"
		}
		got, err := ImageEntry(image, facts, from)
		if err != nil {
			t.Errorf("%s: %v", image, err)
		}
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q is missing in\n%s", image, part, got)
			}
		}
		if strings.Contains(got, "# uid") && strings.Contains(got, " uid: 185\n") {
			t.Errorf("%s: a known fact is unknown:\n%s", image, got)
		}
	}
	digest := "sha256:" + strings.Repeat("a", 64)
	if got, err := ImageEntry("registry.example.org/etl@"+digest, spark.Image{}, ""); err != nil || !strings.HasPrefix(got, "images:\n- match: registry.example.org/etl@"+digest+"\n") {
		t.Errorf("got %s, %v", got, err)
	}
}
