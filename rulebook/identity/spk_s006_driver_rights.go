package identity

import (
	"slices"
	"strconv"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func driverRights() *rule.Rule {
	return &rule.Rule{
		Code: rightsCode, Name: "driver-rights", Level: rule.Error, Area: rule.Security, Client: true,
		Roles: reading.Applications,
		Uses:  []rule.Key{neighbour.FactRights, rule.FactConf, rule.FactImage, model.FactLife},
		Doc: rule.Doc{
			Title: "The driver's ServiceAccount lacks rights",
			Why: "The driver creates its executors with its pod's ServiceAccount. It needs get, list, watch, create, delete and deletecollection on pods. " +
				"It needs create and deletecollection on configmaps from 3.1, deletecollection on services from 3.2, and list and deletecollection on persistentvolumeclaims from 3.4. " +
				"Executors with claims on demand also need create on persistentvolumeclaims. Settings that label or annotate pods need patch on pods, and the plugins that resize executors or their claims need further rights. " +
				"Without the rights on pods, or to create the objects that executors mount, the driver fails with 403. " +
				"Without the others, ConfigMaps, Services and claims of each run are never deleted.",
			Remedy: "give the account a Role with these rights in the namespace. fix creates one Role for each kind of objects, and binds it to the account",
			Levels: "a warning where only the deletion of old objects fails, or what a setting asks for",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: KubernetesClusterSchedulerBackend.scala (start, stop), ExecutorPodsAllocator.scala, ExecutorPodsWatchSnapshotSource.scala, ExecutorResizePlugin.scala, ExecutorPVCResizePlugin.scala; SPARK-35131; migration guides of 3.4",
				"Stackable spark-k8s-operator pull request 313; kubeflow/spark-operator issues 755, 1348, 1547, 2185",
			},
		},
		Parts:  []rule.Part{{Name: rolePart, Profile: rule.Safe, State: "the account lacks rights", Says: "a Role and a RoleBinding for what the driver does in its namespace"}},
		Ensure: rule.Pod(ensureRights),
	}
}

const (
	rightsCode   = "SPK-S006"
	rolePart     = "role"
	keyAllocator = "spark.kubernetes.allocation.pods.allocator"
)

var accountPath = rule.Path{"spec", "serviceAccountName"}

func ensureRights(p *rule.PodPass) {
	happened := reading.Happened(p, model.Forbidden)
	rights, known := rule.Get(p, neighbour.FactRights)
	if !known && len(happened) == 0 {
		p.NotKnown("%s", neighbour.FactRights)
		return
	}
	conf, _ := p.Conf()
	judged := known && p.Main() != nil && reading.RunsAsShown(p) && reading.OnKubernetes(p, conf) && !ownToken(conf)
	if !judged && len(happened) == 0 {
		return
	}
	var fatal, leaks, idle lacks
	if judged {
		fatal, leaks, idle = lacking(rights, vital(p, conf)), lacking(rights, cleaning(p, conf)), lacking(rights, asked(p, conf))
		if fatal.unknown || leaks.unknown || idle.unknown {
			p.NotKnown("all Roles and RoleBindings of ServiceAccount %s", rights.Account())
		}
	}
	if len(happened) > 0 {
		refused(p, &happened[0])
		grant(p, rights, conf, judged, fatal, leaks, idle)
		return
	}
	if rights.Account() == "default" {
		p.Cause("SPK-S005")
	}
	switch {
	case fatal.words != "":
		p.Evidence("lacks "+fatal.words, fatal.asked)
		p.Message("ServiceAccount %s lacks rights on %s; the driver fails with 403", rights.Account(), fatal.words)
	case leaks.words != "":
		p.Level(rule.Warning)
		p.Evidence("lacks "+leaks.words, leaks.asked)
		p.Message("ServiceAccount %s lacks rights on %s; objects of finished runs are never deleted", rights.Account(), leaks.words)
	case idle.words != "":
		p.Level(rule.Warning)
		p.Evidence("lacks "+idle.words, idle.asked)
		p.Message("ServiceAccount %s lacks rights on %s; settings that need them have no effect", rights.Account(), idle.words)
	default:
		return
	}
	p.Summary("give ServiceAccount %s a Role for %s", rights.Account(), joined(fatal.words, leaks.words, idle.words))
	grant(p, rights, conf, judged, fatal, leaks, idle)
}

// refused tells of a driver whose last message says that the API server refused a request (403).
func refused(p *rule.PodPass, h *model.Happening) {
	right := "what it asked for"
	p.Summary("give the driver's ServiceAccount a Role with the rights that Spark needs")
	if account, verb, resource := model.Denied(h.Example.Message); verb != "" {
		right = verb + " " + resource
		p.Summary("give %s a Role for %s (%s)", account, resource, verb)
	}
	p.Happened(h.Pods)
	p.Evidence(reading.Seen(h, "exit code "+strconv.Itoa(int(h.Example.ExitCode))), "the right to "+right)
	p.Message("the driver failed with 403: its ServiceAccount has no right to %s", right)
}

// grant asks for the Roles that hold what is missing, each whole, and binds them to the account.
func grant(p *rule.PodPass, rights neighbour.Rights, conf spark.Conf, judged bool, all ...lacks) {
	var names []string
	for _, one := range all {
		for _, name := range one.roles {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	allocator := reading.ValueOr(conf, keyAllocator, "direct")
	switch {
	case !judged || len(names) == 0:
		p.Refuse(rolePart, accountPath, rule.RightsUnknown)
		return
	case rights.Account() == "default":
		p.Refuse(rolePart, accountPath, rule.OwnAccount)
		return
	case allocator != "direct":
		p.Summary("give ServiceAccount %s a Role for %s, and for the %ss by which executors are made", rights.Account(), joined(all[0].words, all[1].words, all[2].words), allocator)
		p.Refuse(rolePart, accountPath, rule.RightsUnknown)
		return
	}
	for _, name := range names {
		p.CompanionAt(rolePart, accountPath, driverRole(rights, name))
		p.CompanionAt(rolePart, accountPath, driverBinding(rights, name))
	}
}

// driverRole is a Role by its name. What it holds does not depend on the driver: those of one namespace share it.
func driverRole(rights neighbour.Rights, name string) *companion.Object {
	o := companions.New(companions.DriverRole)
	o.Mark = rightsCode
	o.Call(rights.Namespace(), name, "Spark drivers"+reading.InNamespace(rights.Namespace()))
	var rules []rbacv1.PolicyRule
	for _, n := range driverRoles[name] {
		rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{n.group}, Resources: []string{n.resource}, Verbs: n.verbs})
	}
	o.Set(rules, "rules")
	return o
}

func driverBinding(rights neighbour.Rights, name string) *companion.Object {
	o := companions.New(companions.DriverBinding)
	o.Mark = rightsCode
	o.Call(rights.Namespace(), name+"-"+rights.Account(), "ServiceAccount "+rights.Account()+reading.InNamespace(rights.Namespace()))
	o.Set(name, "roleRef", "name")
	subject := map[string]string{"kind": rbacv1.ServiceAccountKind, "name": rights.Account()}
	if rights.Namespace() != "" {
		subject["namespace"] = rights.Namespace()
	}
	o.Set([]any{subject}, "subjects")
	return o
}

// need is a resource and what the driver does with it.
type need struct {
	role, group, resource string
	verbs                 []string
}

// driverRoles are the Roles that hold what drivers need, by their names: each of one resource, or of one setting, so that a driver
// is given no more than its version and its settings ask for.
var driverRoles = map[string][]need{
	"spark-driver-pods":          {{"", "", "pods", []string{"get", "list", "watch", "create", "delete", "deletecollection"}}},
	"spark-driver-configmaps":    {{"", "", "configmaps", []string{"create", "deletecollection"}}},
	"spark-driver-services":      {{"", "", "services", []string{"deletecollection"}}},
	"spark-driver-claims":        {{"", "", "persistentvolumeclaims", []string{"list", "deletecollection"}}},
	"spark-driver-claims-create": {{"", "", "persistentvolumeclaims", []string{"create"}}},
	"spark-driver-claims-resize": {{"", "", "persistentvolumeclaims", []string{"get", "patch"}}},
	"spark-driver-pods-patch":    {{"", "", "pods", []string{"patch"}}},
	"spark-driver-pods-resize":   {{"", "", "pods/resize", []string{"patch"}}, {"", "metrics.k8s.io", "pods", []string{"get"}}},
}

// vital is what no driver runs without.
func vital(p rule.Pass, conf spark.Conf) []need {
	needs := []need{{"spark-driver-pods", "", "pods", []string{"get", "list", "watch", "create", "delete"}}}
	if off, _, err := conf.Bool("spark.kubernetes.executor.disableConfigMap"); reading.From(p, 3, 1) && err == nil && !off {
		needs = append(needs, need{"spark-driver-configmaps", "", "configmaps", []string{"create"}})
	}
	if claimsOnDemand(conf) && reading.From(p, 3, 1) {
		needs = append(needs, need{"spark-driver-claims-create", "", "persistentvolumeclaims", []string{"create"}})
	}
	return needs
}

// cleaning is what a driver does at its end, and goes on without.
func cleaning(p rule.Pass, conf spark.Conf) (needs []need) {
	needs = append(needs, need{"spark-driver-pods", "", "pods", []string{"deletecollection"}})
	if off, _, err := conf.Bool("spark.kubernetes.executor.disableConfigMap"); reading.From(p, 3, 1) && err == nil && !off {
		needs = append(needs, need{"spark-driver-configmaps", "", "configmaps", []string{"deletecollection"}})
	}
	if stays, set, _ := conf.Bool("spark.kubernetes.driver.service.deleteOnTermination"); reading.From(p, 3, 2) && !reading.ClientDriver(p) && (!set || stays) {
		needs = append(needs, need{"spark-driver-services", "", "services", []string{"deletecollection"}})
	}
	if reading.From(p, 3, 4) {
		needs = append(needs, need{"spark-driver-claims", "", "persistentvolumeclaims", []string{"list", "deletecollection"}})
	}
	return needs
}

// asked is what settings ask for that no driver has by itself. Without the right Spark logs an error, and goes on.
func asked(p rule.Pass, conf spark.Conf) (needs []need) {
	keeps, set, err := conf.Bool("spark.kubernetes.executor.deleteOnTermination")
	label, _ := conf.Get("spark.kubernetes.executor.decommissionLabel")
	tells, _, _ := conf.Bool("spark.kubernetes.driver.annotateExitException")
	if set && err == nil && !keeps || label != "" && reading.From(p, 3, 3) || tells && reading.From(p, 4, 1) {
		needs = append(needs, need{"spark-driver-pods-patch", "", "pods", []string{"patch"}})
	}
	plugins, _ := conf.Get("spark.plugins")
	if strings.Contains(plugins, "ExecutorResizePlugin") {
		needs = append(needs, need{"spark-driver-pods-resize", "", "pods/resize", []string{"patch"}}, need{"spark-driver-pods-resize", "metrics.k8s.io", "pods", []string{"get"}})
	}
	if strings.Contains(plugins, "ExecutorPVCResizePlugin") {
		needs = append(needs, need{"spark-driver-claims-resize", "", "persistentvolumeclaims", []string{"get", "patch"}})
	}
	return needs
}

func claimsOnDemand(conf spark.Conf) bool {
	for key, setting := range conf {
		if strings.HasPrefix(key, "spark.kubernetes.executor.volumes.persistentVolumeClaim.") && strings.HasSuffix(key, ".options.claimName") && strings.EqualFold(setting.Value, "OnDemand") {
			return true
		}
	}
	return false
}

// lacks is what an account has no right to: in words, as pods (create, delete), configmaps (create), and the Roles that hold it.
type lacks struct {
	words, asked string
	roles        []string
	unknown      bool
}

// lacking finds out which rights the account has not, of those that are asked for.
func lacking(rights neighbour.Rights, needs []need) (out lacks) {
	var missing, all []string
	for _, n := range needs {
		var verbs []string
		for _, verb := range n.verbs {
			switch rights.May(neighbour.Right{Verb: verb, Group: n.group, Resource: n.resource}) {
			case spark.No:
				verbs = append(verbs, verb)
			case spark.Unknown:
				out.unknown = true
			}
		}
		resource := n.resource
		if n.group != "" {
			resource += "." + n.group
		}
		if len(verbs) > 0 {
			missing = append(missing, resource+" ("+strings.Join(verbs, ", ")+")")
			out.roles = append(out.roles, n.role)
		}
		all = append(all, resource+" ("+strings.Join(n.verbs, ", ")+")")
	}
	out.words, out.asked = strings.Join(missing, ", "), strings.Join(all, ", ")
	return out
}

func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), ", ")
}
