package security

import (
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

var evaluator = sync.OnceValues(func() (policy.Evaluator, error) { return policy.NewEvaluator(policy.DefaultChecks(), nil) })

func podSecurity() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S010", Name: "pod-security", Level: rule.Error, Area: rule.Security, Client: true,
		Needs: []rule.Key{neighbour.FactNamespace},
		Doc: rule.Doc{
			Title: "The namespace's Pod Security level refuses the pod",
			Why: "A namespace with the label pod-security.kubernetes.io/enforce accepts only pods that its level allows. " +
				"Before 4.3 Spark hardens no pod, so the level restricted refuses its drivers. " +
				"If only executors violate the level, the driver requests them again and again, and the application hangs.",
			Remedy: "set the required fields in the pod templates, or annotate the namespace with " + rule.ProfileAnnotation + "=restricted for the webhook; remove hostPath volumes and host namespaces",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: Pod Security Standards; k8s.io/pod-security-admission, the API server's own checks, run on the pod",
				"kubeflow/spark-operator issues 1014, 1378, 1690",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			namespace, _ := rule.Get(p, neighbour.FactNamespace)
			if p.Main() == nil || p.Submitted() {
				return
			}
			checks, err := evaluator()
			if err != nil {
				panic(err) // the library's own checks
			}
			wanted, _ := api.PolicyToEvaluate(namespace.Labels, api.Policy{Enforce: api.LevelVersion{Level: api.LevelPrivileged, Version: api.LatestVersion()}})
			t := p.Template()
			var reasons, details, missing, beyond []string
			var places []rule.Path
			for _, result := range checks.EvaluatePod(wanted.Enforce, &t.ObjectMeta, &t.Spec) {
				if result.Allowed {
					continue
				}
				reasons = append(reasons, result.ForbiddenReason)
				details = append(details, result.ForbiddenDetail)
				if set := wantedFields[result.ForbiddenReason]; set == "" {
					beyond = append(beyond, refusedFields(result.ForbiddenReason))
				} else {
					missing = append(missing, set)
				}
				places = append(places, refusedAt(p, &t.Spec, result.ForbiddenReason))
			}
			if len(reasons) == 0 {
				return
			}
			p.Evidence(strings.Join(details, "; "), "Pod Security "+string(wanted.Enforce.Level))
			var orders []string
			if beyond != nil {
				orders = append(orders, "remove from the pod template: "+strings.Join(beyond, ", "))
			}
			if missing != nil {
				orders = append(orders, "set in the container's securityContext: "+strings.Join(missing, ", "))
			}
			p.Summary("%s", strings.Join(orders, "; "))
			for _, at := range places[1:] {
				p.Also(at)
			}
			p.Report(places[0], "namespace %q enforces Pod Security %q; it refuses the %s's pod: %s", namespace.Name, wanted.Enforce.Level, p.Role(), strings.Join(reasons, ", "))
		}),
	}
}

// wantedFields are what checks of the level restricted ask for.
var wantedFields = map[string]string{
	"allowPrivilegeEscalation != false": "allowPrivilegeEscalation: false",
	"unrestricted capabilities":         "capabilities.drop: [ALL]",
	"runAsNonRoot != true":              "runAsNonRoot: true",
	"seccompProfile":                    "seccompProfile.type: RuntimeDefault",
}

// refusedFields are the fields that a check refuses, where its words do not name them.
func refusedFields(reason string) string {
	switch reason {
	case "host namespaces":
		return "hostNetwork, hostPID and hostIPC"
	case "restricted volume types":
		return "hostPath, nfs and other restricted volumes"
	}
	return reason
}

// refusedAt is the place of what a check refuses.
func refusedAt(p *rule.PodPass, spec *corev1.PodSpec, reason string) rule.Path {
	switch reason {
	case "host namespaces":
		return rule.Path{"spec"}
	case "hostPath volumes", "restricted volume types":
		for i := range spec.Volumes {
			if v := &spec.Volumes[i]; v.HostPath != nil || reason != "hostPath volumes" && v.NFS != nil {
				return rule.Path{"spec", "volumes", strconv.Itoa(i)}
			}
		}
	case "hostPort":
		return p.At("ports")
	}
	for word, field := range map[string]string{"allowPrivilegeEscalation": "allowPrivilegeEscalation", "capabilities": "capabilities", "runAsNonRoot": "runAsNonRoot", "seccompProfile": "seccompProfile", "privileged": "privileged", "runAsUser": "runAsUser"} {
		if strings.Contains(reason, word) {
			return p.At("securityContext", field)
		}
	}
	return p.At("securityContext")
}
