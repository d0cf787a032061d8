package manifests_test

import (
	"encoding/json"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

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
	for _, o := range manifests.Server(manifests.ServerOptions{Namespace: "team", Image: "example.org/w:1", Profile: "safe", CertSecret: "tls", ImagePullSecret: "pull"}) {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ APIVersion, Kind string }
		if err := json.Unmarshal(text, &head); err != nil || head.Kind == "" || head.APIVersion == "" || o.GetName() == "" {
			t.Errorf("%s: %v", text, err)
		}
		if d, ok := o.(*appsv1.Deployment); ok {
			if c := d.Spec.Template.Spec.Containers[0]; c.Image != "example.org/w:1" || len(c.Args) != 2 || d.Namespace != "team" {
				t.Errorf("container %+v", c)
			}
		}
	}
}
