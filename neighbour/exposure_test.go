package neighbour

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// waysTo gives the ways that objects open to a pod, one line each.
func waysTo(t *testing.T, objects string, labels map[string]string) string {
	t.Helper()
	w := New()
	for _, text := range strings.Split(objects, "\n---\n") {
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal([]byte(text), &head); err != nil {
			t.Fatal(err)
		}
		if err := w.Add(head.APIVersion, head.Kind, raw); err != nil {
			t.Fatal(err)
		}
	}
	spec := &corev1.PodSpec{Containers: []corev1.Container{{Name: "side"}, {Name: "spark", Ports: []corev1.ContainerPort{{Name: "spark-ui", ContainerPort: 4040}}}}}
	var lines []string
	for range 2 { // asking twice changes nothing
		lines = nil
		for _, way := range w.exposure.of("a", labels, spec) {
			marks := ""
			for _, m := range []struct {
				word string
				is   bool
			}{{" outside", way.Outside}, {" private", way.Private}, {" guarded", way.Guarded}, {" tls", way.TLS}} {
				if m.is {
					marks += m.word
				}
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %d%s", way.Kind, way.Name, way.Type, way.Port, marks))
		}
	}
	return strings.Join(lines, "; ")
}

const ui = "apiVersion: v1\nkind: Service\nmetadata: {name: ui, namespace: a%s}\nspec: {selector: {app: x}, ports: [{name: web, port: 80, targetPort: %s}]%s}"

func TestServicesLeadToThePodsThatTheySelect(t *testing.T) {
	service := func(meta, target, more string) string { return fmt.Sprintf(ui, meta, target, more) }
	driver := map[string]string{"app": "x", "role": "driver"}
	for _, c := range []struct{ name, objects, want string }{
		{"number", service("", "4041", ""), "Service ui ClusterIP 4041"},
		{"name", service("", "spark-ui", ""), "Service ui ClusterIP 4040"},
		{"a name that the pod has not", service("", "other", ""), ""},
		{"no target", "apiVersion: v1\nkind: Service\nmetadata: {name: ui, namespace: a}\nspec: {selector: {app: x}, ports: [{port: 4040}]}", "Service ui ClusterIP 4040"},
		{"headless", service("", "4040", ", clusterIP: None"), "Service ui ClusterIP 4040"},
		{"node port", service("", "4040", ", type: NodePort"), "Service ui NodePort 4040 outside"},
		{"load balancer", service("", "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside"},
		{"external address", service("", "4040", ", externalIPs: [192.0.2.1]"), "Service ui ClusterIP 4040 outside"},
		{"external name", service("", "4040", ", type: ExternalName"), ""},
		{"another namespace", "apiVersion: v1\nkind: Service\nmetadata: {name: ui, namespace: b}\nspec: {selector: {app: x}, ports: [{port: 4040}]}", ""},
		{"another pod", "apiVersion: v1\nkind: Service\nmetadata: {name: ui, namespace: a}\nspec: {selector: {app: x, role: executor}, ports: [{port: 4040}]}", ""},
		{"two labels", "apiVersion: v1\nkind: Service\nmetadata: {name: ui, namespace: a}\nspec: {selector: {app: x, role: driver}, ports: [{port: 4040}, {port: 7078}]}", "Service ui ClusterIP 4040; Service ui ClusterIP 7078"},
		{"no selector", "apiVersion: v1\nkind: Service\nmetadata: {name: ui, namespace: a}\nspec: {ports: [{port: 4040}]}", ""},
		{"another group's service", "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: ui, namespace: a}\nspec: {selector: {app: x}, ports: [{port: 4040}]}", ""},
		{"internal", service(`, annotations: {networking.gke.io/load-balancer-type: "Internal"}`, "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside private"},
		{"internal by name", service(`, annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "true"}`, "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside private"},
		{"not internal", service(`, annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "false"}`, "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside"},
		{"of no balancer", service(`, annotations: {example.com/kind: "internal"}`, "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside"},
		{"a node port stays open", service(`, annotations: {networking.gke.io/load-balancer-type: "Internal"}`, "4040", ", type: NodePort"), "Service ui NodePort 4040 outside"},
		{"source ranges", service("", "4040", ", type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]"), "Service ui LoadBalancer 4040 outside private"},
		{"everybody's range", service("", "4040", `, type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, " 0.0.0.0/0"]`), "Service ui LoadBalancer 4040 outside"},
		{"ranges in an annotation", service(`, annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: "10.0.0.0/8"}`, "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside private"},
		{"everybody's range in an annotation", service(`, annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: "0.0.0.0/0"}`, "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside"},
		{"internal by another word", service(`, annotations: {service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type: intranet}`, "4040", ", type: LoadBalancer"), "Service ui LoadBalancer 4040 outside private"},
		{"AWS' own controller", service("", "4040", ", type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb"), "Service ui LoadBalancer 4040 outside private"},
		{"AWS' own controller, facing", service(`, annotations: {service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing}`, "4040", ", type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb"), "Service ui LoadBalancer 4040 outside"},
	} {
		if got := waysTo(t, c.objects, driver); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestIngressesAndRoutesLeadThroughServices(t *testing.T) {
	const ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: %s%s}\nspec: {%srules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ui, port: {%s}}}}]}}]}"
	const route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: %s}\nspec: {rules: [{%sbackendRefs: [{name: ui, %s}]}]}"
	const own, by = "Service ui ClusterIP 4040", "; Ingress i ClusterIP 4040 outside"
	for _, c := range []struct{ name, object, want string }{
		{"by number", fmt.Sprintf(ingress, "a", "", "", "number: 80"), own + by},
		{"by name", fmt.Sprintf(ingress, "a", "", "", "name: web"), own + by},
		{"another number", fmt.Sprintf(ingress, "a", "", "", "number: 81"), own},
		{"another name", fmt.Sprintf(ingress, "a", "", "", "name: x"), own},
		{"another namespace", fmt.Sprintf(ingress, "b", "", "", "number: 80"), own},
		{"encrypted", fmt.Sprintf(ingress, "a", "", "tls: [{secretName: x}], ", "number: 80"), own + by + " tls"},
		{"login", fmt.Sprintf(ingress, "a", ", annotations: {nginx.ingress.kubernetes.io/auth-url: https://x}", "", "number: 80"), own + by + " guarded"},
		{"middleware", fmt.Sprintf(ingress, "a", ", annotations: {traefik.ingress.kubernetes.io/router.middlewares: a-b@kubernetescrd}", "", "number: 80"), own + by + " guarded"},
		{"plugin", fmt.Sprintf(ingress, "a", ", annotations: {konghq.com/plugins: oidc}", "", "number: 80"), own + by + " guarded"},
		{"snippet", fmt.Sprintf(ingress, "a", ", annotations: {nginx.ingress.kubernetes.io/configuration-snippet: deny all}", "", "number: 80"), own + by + " guarded"},
		{"no login", fmt.Sprintf(ingress, "a", ", annotations: {alb.ingress.kubernetes.io/auth-type: none, nginx.ingress.kubernetes.io/rewrite-target: /}", "", "number: 80"), own + by},
		{"named addresses", fmt.Sprintf(ingress, "a", ", annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8}", "", "number: 80"), own + "; Ingress i ClusterIP 4040 outside private"},
		{"everybody's address", fmt.Sprintf(ingress, "a", ", annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 0.0.0.0/0}", "", "number: 80"), own + by},
		{"internal", fmt.Sprintf(ingress, "a", ", annotations: {alb.ingress.kubernetes.io/scheme: internal}", "", "number: 80"), own + "; Ingress i ClusterIP 4040 outside private"},
		{"an address of its own network", fmt.Sprintf(ingress, "a", `, annotations: {appgw.ingress.kubernetes.io/use-private-ip: "true"}`, "", "number: 80"), own + "; Ingress i ClusterIP 4040 outside private"},
		{"AWS' default", fmt.Sprintf(ingress, "a", "", "ingressClassName: alb, ", "number: 80"), own + "; Ingress i ClusterIP 4040 outside private"},
		{"AWS, facing", fmt.Sprintf(ingress, "a", ", annotations: {kubernetes.io/ingress.class: alb, alb.ingress.kubernetes.io/scheme: internet-facing}", "", "number: 80"), own + by},
		{"Google's internal class", fmt.Sprintf(ingress, "a", ", annotations: {kubernetes.io/ingress.class: gce-internal}", "", "number: 80"), own + "; Ingress i ClusterIP 4040 outside private"},
		{"default backend", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: a}\nspec: {defaultBackend: {service: {name: ui, port: {number: 80}}}, rules: [{host: x}]}", own + by},
		{"bucket", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: a}\nspec: {defaultBackend: {resource: {kind: Bucket, name: x}}}", own},
		{"route", fmt.Sprintf(route, "a", "", "port: 80"), own + "; HTTPRoute r ClusterIP 4040 outside"},
		{"route of another namespace", fmt.Sprintf(route, "b", "", "namespace: a, port: 80"), own + "; HTTPRoute r ClusterIP 4040 outside"},
		{"route to its own namespace", fmt.Sprintf(route, "b", "", "port: 80"), own},
		{"route to another kind", fmt.Sprintf(route, "a", "", "kind: ServiceImport, port: 80"), own},
		{"route to another group", fmt.Sprintf(route, "a", "", "group: x.io, port: 80"), own},
		{"route without a port", fmt.Sprintf(route, "a", "", "kind: Service"), own},
		{"route with an extension", fmt.Sprintf(route, "a", "filters: [{type: ExtensionRef}], ", "port: 80"), own + "; HTTPRoute r ClusterIP 4040 outside guarded"},
		{"route that asks", fmt.Sprintf(route, "a", "", "port: 80, filters: [{type: ExternalAuth}]"), own + "; HTTPRoute r ClusterIP 4040 outside guarded"},
		{"route that rewrites", fmt.Sprintf(route, "a", "filters: [{type: URLRewrite}], ", "port: 80"), own + "; HTTPRoute r ClusterIP 4040 outside"},
		{"another group's route", strings.Replace(fmt.Sprintf(route, "a", "", "port: 80"), "gateway.networking.k8s.io", "x.io", 1), own},
	} {
		if got := waysTo(t, c.object+"\n---\n"+fmt.Sprintf(ui, "", "spark-ui", ""), map[string]string{"app": "x"}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	// Google's proxy asks by what the Service names.
	iap := fmt.Sprintf(ui, `, annotations: {cloud.google.com/backend-config: '{"default": "iap"}'}`, "spark-ui", "")
	if got := waysTo(t, iap+"\n---\n"+fmt.Sprintf(ingress, "a", "", "", "number: 80"), map[string]string{"app": "x"}); got != own+by+" guarded" {
		t.Errorf("backend config: %q", got)
	}
}

func TestTheSetNamesWhatItCannotRead(t *testing.T) {
	w := New()
	for _, c := range [][2]string{{"v1", "Service"}, {"networking.k8s.io/v1", "Ingress"}, {GroupGateway + "/v1", "HTTPRoute"}} {
		if err := w.Add(c[0], c[1], []byte(`{"spec":7}`)); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := w.Add("v1", "Pod", []byte("no JSON")); err != nil || len(w.exposure.named) > 0 {
		t.Errorf("another kind: %v, services %v", err, len(w.exposure.named))
	}
}

func TestManyServicesThatShareAPairAreToldApartQuickly(t *testing.T) {
	w := New()
	const n = 3000
	service := func(i int) (string, []byte) {
		app := fmt.Sprintf("app-%d", i)
		return app, fmt.Appendf(nil, `{"metadata":{"name":%q,"namespace":"a"},"spec":{"selector":{"a-role":"driver","name":%q},"ports":[{"port":4040}]}}`, app, app)
	}
	for i := range n {
		_, raw := service(i)
		if err := w.Add("v1", "Service", raw); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		app, _ := service(i)
		if got := w.exposure.of("a", map[string]string{"a-role": "driver", "name": app}, &corev1.PodSpec{}); len(got) != 1 || got[0].Name != app {
			t.Fatalf("%s: %v", app, got)
		}
	}
	for pair, held := range w.exposure.index {
		if len(held) > 1 {
			t.Errorf("%d services stand under %s", len(held), pair.Name)
		}
	}
	// What is added later is found, too: a Service, an Ingress, a route.
	_, raw := service(n)
	if err := w.Add("v1", "Service", raw); err != nil || len(w.exposure.of("a", map[string]string{"a-role": "driver", "name": "app-3000"}, &corev1.PodSpec{})) != 1 {
		t.Errorf("a late service: %v", err)
	}
	for i, late := range []struct{ apiVersion, kind, raw string }{
		{"networking.k8s.io/v1", "Ingress", `{"metadata":{"name":"i","namespace":"a"},"spec":{"defaultBackend":{"service":{"name":"app-1","port":{"number":4040}}}}}`},
		{GroupGateway + "/v1", "HTTPRoute", `{"metadata":{"name":"r","namespace":"a"},"spec":{"rules":[{"backendRefs":[{"name":"app-1","port":4040}]}]}}`},
	} {
		if err := w.Add(late.apiVersion, late.kind, []byte(late.raw)); err != nil {
			t.Fatal(err)
		}
		if got := w.exposure.of("a", map[string]string{"a-role": "driver", "name": "app-1"}, &corev1.PodSpec{}); len(got) != i+2 {
			t.Errorf("a late %s: %v", late.kind, got)
		}
	}
}
