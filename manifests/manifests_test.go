package manifests_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

func TestWebhooksFailOpenQuickly(t *testing.T) {
	for _, o := range []manifests.Options{{}, {URL: "https://10.0.0.1:9443"}, {Namespace: "team", Scope: manifests.ScopeLabelled, Paused: true}} {
		for _, w := range manifests.WebhookConfiguration(o).Webhooks {
			if *w.FailurePolicy != "Ignore" || *w.TimeoutSeconds != 2 || *w.SideEffects != "None" || *w.ReinvocationPolicy != "IfNeeded" || *w.MatchPolicy != "Equivalent" {
				t.Errorf("%s of %+v", w.Name, o)
			}
			if (w.ClientConfig.URL != nil) != (o.URL != "") || (w.ClientConfig.Service == nil) != (o.URL != "") {
				t.Errorf("%s is called at %+v", w.Name, w.ClientConfig)
			}
		}
	}
	if u := manifests.WebhookConfiguration(manifests.Options{URL: "https://10.0.0.1:9443"}).Webhooks[0].ClientConfig.URL; *u != "https://10.0.0.1:9443/mutate" {
		t.Errorf("URL %s", *u)
	}
	for _, bad := range []string{"http://x", "https://", "https://u@x", "x:9443", "https://x?y=z"} {
		if (manifests.Options{URL: bad}).Validate() == nil {
			t.Errorf("URL %q is taken", bad)
		}
	}
}

func TestServerObjectsAreNamedAndPlaced(t *testing.T) {
	o := manifests.Options{Namespace: "team", Image: "example.org/w:1", Profile: "safe", Shadow: true, CertManager: true, ImagePullSecret: "pull", PriorityClass: "system-cluster-critical"}
	kinds := map[string]int{}
	for _, object := range manifests.Server(o) {
		text, err := manifests.JSON(object)
		if err != nil {
			t.Fatal(err)
		}
		var head struct {
			APIVersion, Kind string
			Status           any
			Spec             struct{ DNSNames []string }
		}
		if err := json.Unmarshal(text, &head); err != nil || head.Kind == "" || head.APIVersion == "" || object.GetName() == "" || head.Status != nil {
			t.Errorf("%s: %v", text, err)
		}
		kinds[head.Kind]++
		if object.GetLabels()[manifests.PartOfLabel] != manifests.FieldManager {
			t.Errorf("%s/%s has labels %v", head.Kind, object.GetName(), object.GetLabels())
		}
		global := head.Kind == "Namespace" || head.Kind == "ClusterRole" || head.Kind == "ClusterRoleBinding" || strings.HasPrefix(head.Kind, "ValidatingAdmission")
		if global != (object.GetNamespace() == "") || !global && object.GetNamespace() != "team" {
			t.Errorf("%s/%s is in namespace %q", head.Kind, object.GetName(), object.GetNamespace())
		}
		switch {
		case head.Kind == "Namespace" && object.GetName() != "team":
			t.Errorf("namespace %s", object.GetName())
		case strings.HasSuffix(head.Kind, "Binding") && !bytes.Contains(text, []byte(`"namespace":"team"`)):
			t.Errorf("%s: its subject is elsewhere", text)
		case head.Kind == "Certificate" && object.GetName() == manifests.ServiceName && (len(head.Spec.DNSNames) == 0 || head.Spec.DNSNames[0] != "spark-webhook.team.svc"):
			t.Errorf("certificate for %v", head.Spec.DNSNames)
		case head.Kind == "ConfigMap" && object.GetName() == manifests.ConfigName && !bytes.Contains(text, []byte(`{"apiVersion":"kubectl-spark.io/v1alpha1","mode":"shadow","profile":"safe"}`)):
			t.Errorf("settings %s", text)
		}
		if d, ok := object.(*appsv1.Deployment); ok {
			pod := d.Spec.Template.Spec
			if c := pod.Containers[0]; c.Image != "example.org/w:1" || c.Args[len(c.Args)-1] != "--cert-dir=/etc/spark-webhook/certs" || pod.ImagePullSecrets[0].Name != "pull" || pod.PriorityClassName != "system-cluster-critical" {
				t.Errorf("pod %+v", pod)
			}
		}
	}
	if kinds["Deployment"] != 1 || kinds["Certificate"] != 2 || kinds["Service"] != 1 || kinds["PodDisruptionBudget"] != 1 {
		t.Errorf("kinds %v", kinds)
	}
	for _, object := range manifests.Server(manifests.Options{URL: "https://x:1"}) {
		switch kind := object.GetObjectKind().GroupVersionKind().Kind; kind {
		case "Deployment", "Service", "PodDisruptionBudget", "Certificate", "Issuer":
			t.Errorf("a server outside of the cluster gets a %s", kind)
		}
	}
}

func TestWhatIsReadFromALiveConfigurationIsWhatItWasMadeFrom(t *testing.T) {
	for _, o := range []manifests.Options{
		{Namespace: "team", Scope: manifests.ScopeAll},
		{Namespace: "kubectl-spark", Scope: manifests.ScopeLabelled, Paused: true, CertManager: true},
		{Namespace: "kubectl-spark", Scope: manifests.ScopeAll, URL: "https://10.0.0.1:9443"},
		{Namespace: "kubectl-spark", Scope: manifests.ScopeAll, URL: "https://10.0.0.1:9443", CABundle: []byte("x")},
	} {
		if got := manifests.Read(manifests.WebhookConfiguration(o)); !reflect.DeepEqual(got, o) {
			t.Errorf("read %+v, made from %+v", got, o)
		}
	}
	c := manifests.WebhookConfiguration(manifests.Options{Paused: true})
	c.Webhooks[1].MatchConditions = nil
	if manifests.Paused(c) {
		t.Error("paused although one webhook is called")
	}
}

func TestWhatIsDeletedFirstStopsEdits(t *testing.T) {
	all := manifests.Everything("team")
	if first, last := all[0], all[len(all)-1]; first.GetName() != manifests.WebhookName || last.GetObjectKind().GroupVersionKind().Kind != "Namespace" || last.GetName() != "team" {
		t.Errorf("from %s to %s", first.GetName(), last.GetName())
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	for _, o := range []manifests.Options{{Namespace: "kube-system"}, {Namespace: "Team"}, {Namespace: "a b"}, {ImagePullSecret: "-x"}, {PriorityClass: "A"},
		{Scope: "some"}, {URL: "https://x:1", CertManager: true}} {
		if o.Validate() == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestThePolicyNamesEveryFieldOfAWebhook: a field that a later Kubernetes adds must not be free to change.
func TestThePolicyNamesEveryFieldOfAWebhook(t *testing.T) {
	var says string
	for _, object := range manifests.Server(manifests.Options{Namespace: "team"}) {
		if object.GetObjectKind().GroupVersionKind().Kind == "ValidatingAdmissionPolicy" {
			text, err := manifests.JSON(object)
			if err != nil {
				t.Fatal(err)
			}
			says = string(text)
		}
	}
	if !strings.Contains(says, "system:serviceaccount:team:spark-webhook") {
		t.Errorf("the policy is about another account: %s", says)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[admissionv1.MutatingWebhook](), reflect.TypeFor[admissionv1.WebhookClientConfig]()} {
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if name != "caBundle" && name != "clientConfig" && !strings.Contains(says, "?"+name+" ") && !strings.Contains(says, "o."+name+" ") {
				t.Errorf("the policy lets %s of %s be changed", name, of.Name())
			}
		}
	}
}

func TestWhoMayConnectIsReadBackAsItWasMade(t *testing.T) {
	for _, reach := range []manifests.Reach{
		{}, {APIServerGiven: true}, {APIServer: []string{"10.0.0.1/32", "fd00::/64"}}, {APIServer: []string{"10.0.0.0/8"}, APIServerGiven: true, ScrapeFrom: []string{"monitoring", "m2"}},
	} {
		o := manifests.Options{Namespace: "team", Image: "x", Reach: reach}
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
		for _, object := range manifests.Server(o) {
			if p, ok := object.(*networkingv1.NetworkPolicy); ok {
				if got := manifests.ReadReach(p); !reflect.DeepEqual(got, reach) {
					t.Errorf("read %+v, made from %+v", got, reach)
				}
				if len(p.Spec.Ingress) != 2 || len(p.Spec.Ingress[1].From) != 1 {
					t.Errorf("metrics are open to %+v", p.Spec.Ingress)
				}
			}
		}
	}
	for _, bad := range []manifests.Reach{{APIServer: []string{"10.0.0.1"}}, {APIServer: []string{"10.0.0.1/8"}}, {ScrapeFrom: []string{"a b"}}} {
		if (manifests.Options{Reach: bad}).Validate() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
