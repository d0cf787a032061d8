package security

import (
	"strings"

	"k8s.io/pod-security-admission/api"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
)

const labelsPart = "labels"

// enforced is the level that a namespace gets, in the version of the library that decides here: a later version of the cluster then
// refuses no pod that was accepted.
var enforced = api.LevelVersion{Level: api.LevelRestricted, Version: api.MajorMinorVersion(1, 37)}

func podSecurityLabels() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S034", Name: "pod-security-labels", Level: rule.Advice, Area: rule.Security, Client: true,
		About: neighbour.FactNamespace, Uses: []rule.Key{neighbour.FactNamespace},
		Doc: rule.Doc{
			Title: "The namespace enforces no Pod Security level",
			Why: "Without the label pod-security.kubernetes.io/enforce a namespace accepts every pod, also one with the rights of its node. " +
				"The rule is for the profile restricted. It first names each pod that the level restricted would refuse, and why. " +
				"Where none is left, fix gives the namespace the labels enforce, warn and audit. Before that it asks the API server which pods of the namespace do not comply, and changes nothing if there are any. " +
				"A namespace that has the label already stays as it is.",
			Remedy: "harden the pods (SPK-S011), then set pod-security.kubernetes.io/enforce=restricted",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: Pod Security Admission: the labels enforce, warn and audit with their versions; an update of a namespace warns of pods that violate the new level",
				"Kubernetes: k8s.io/pod-security-admission, the API server's own checks, run on the pod",
			},
		},
		Parts:  []rule.Part{{Name: labelsPart, Profile: rule.Restricted, State: "no Pod Security level is enforced", Says: "Pod Security labels of the namespace, once its pods comply"}},
		Ensure: rule.Pod(ensurePodSecurity),
	}
}

func ensurePodSecurity(p *rule.PodPass) {
	namespace, _ := rule.Get(p, neighbour.FactNamespace)
	if p.Main() == nil || p.Submitted() || namespace.Name == "" || namespace.Labels[api.EnforceLevelLabel] != "" || !p.Wanted(labelsPart) {
		return
	}
	checks, err := evaluator()
	if err != nil {
		panic(err) // the library's own checks
	}
	t := p.Template()
	var reasons, details []string
	var at rule.Path
	for _, result := range checks.EvaluatePod(enforced, &t.ObjectMeta, &t.Spec) {
		if result.Allowed {
			continue
		}
		if at == nil {
			at = refusedAt(p, &t.Spec, result.ForbiddenReason)
		}
		reasons, details = append(reasons, result.ForbiddenReason), append(details, result.ForbiddenDetail)
	}
	if reasons != nil {
		p.Evidence(strings.Join(details, "; "), "Pod Security "+string(enforced.Level))
		p.Message("namespace %q enforces no Pod Security level; %q would refuse this %s's pod: %s", namespace.Name, enforced.Level, p.Role(), strings.Join(reasons, ", "))
		p.Refuse(labelsPart, at, rule.NotCompliant)
		return
	}
	p.Message("namespace %q enforces no Pod Security level; it accepts pods with the rights of their node", namespace.Name)
	p.Summary("set %s=%s and the labels warn and audit", api.EnforceLevelLabel, enforced.Level)
	level, version := string(enforced.Level), enforced.Version.String()
	o := &companion.Object{APIVersion: "v1", Kind: "Namespace", ObjectName: namespace.Name, Labels: true, Content: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{
		"labels": map[string]any{
			api.EnforceLevelLabel: level, api.EnforceVersionLabel: version, // of later versions people are warned first
			api.WarnLevelLabel: level, api.WarnVersionLabel: api.VersionLatest, api.AuditLevelLabel: level, api.AuditVersionLabel: api.VersionLatest,
		}}}}
	p.Companion(labelsPart, o)
}
