package security

import (
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func driverRights() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S006", Name: "driver-rights", Level: rule.Error, Area: rule.Security, Client: true,
		Roles: reading.Applications,
		Uses:  []rule.Key{neighbour.FactRights, rule.FactConf, rule.FactImage, model.FactLife},
		Doc: rule.Doc{
			Title: "The driver's ServiceAccount lacks rights",
			Why: "The driver creates its executors with its pod's ServiceAccount. It needs get, list, watch, create, delete and deletecollection on pods. " +
				"It needs create and deletecollection on configmaps from 3.1, deletecollection on services from 3.2, and list and deletecollection on persistentvolumeclaims from 3.4. " +
				"Executors with claims on demand also need create on persistentvolumeclaims. " +
				"Without the rights on pods, or to create the objects that executors mount, the driver fails with 403. " +
				"Without the others, ConfigMaps, Services and claims of each run are never deleted.",
			Remedy: "give the account a Role with these rights in the namespace",
			Levels: "a warning where only the deletion of old objects fails",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: KubernetesClusterSchedulerBackend.scala (start, stop), ExecutorPodsAllocator.scala, ExecutorPodsWatchSnapshotSource.scala; SPARK-35131; migration guides of 3.4",
				"Stackable spark-k8s-operator pull request 313; kubeflow/spark-operator issues 755, 1348, 1547, 2185",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			if refused(p) {
				return
			}
			rights, known := rule.Get(p, neighbour.FactRights)
			if !known {
				p.NotKnown("%s", neighbour.FactRights)
				return
			}
			conf, _ := p.Conf()
			if p.Main() == nil || !reading.RunsAsShown(p) || !reading.OnKubernetes(p, conf) || ownToken(conf) {
				return
			}
			fatal, asked, unknown := lacking(p, rights, vital(p, conf))
			leaks, more, unsure := lacking(p, rights, cleaning(p, conf))
			if unknown || unsure {
				p.NotKnown("all Roles and RoleBindings of ServiceAccount %s", rights.Account())
			}
			at := rule.Path{"spec", "serviceAccountName"}
			if rights.Account() == "default" {
				p.Cause("SPK-S005")
			}
			switch {
			case fatal != "":
				p.Evidence("lacks "+fatal, asked)
				p.Summary("give ServiceAccount %s a Role for %s", rights.Account(), joined(fatal, leaks))
				p.Report(at, "ServiceAccount %s lacks rights on %s; the driver fails with 403", rights.Account(), fatal)
			case leaks != "":
				p.Level(rule.Warning)
				p.Evidence("lacks "+leaks, more)
				p.Summary("give ServiceAccount %s a Role for %s", rights.Account(), leaks)
				p.Report(at, "ServiceAccount %s lacks rights on %s; objects of finished runs are never deleted", rights.Account(), leaks)
			}
		}),
	}
}

// refused tells of a driver whose last message says that the API server refused a request (403).
func refused(p *rule.PodPass) (found bool) {
	for _, h := range reading.Happened(p, model.Forbidden) {
		found = true
		right := "what it asked for"
		p.Summary("give the driver's ServiceAccount a Role with the rights that Spark needs")
		if account, verb, resource := model.Denied(h.Example.Message); verb != "" {
			right = verb + " " + resource
			p.Summary("give %s a Role for %s (%s)", account, resource, verb)
		}
		p.Happened(h.Pods)
		p.Evidence(reading.Seen(&h, "exit code "+strconv.Itoa(int(h.Example.ExitCode))), "the right to "+right)
		p.Report(rule.Path{"spec", "serviceAccountName"}, "the driver failed with 403: its ServiceAccount has no right to %s", right)
	}
	return found
}

// need is a resource and what the driver does with it.
type need struct {
	resource string
	verbs    []string
}

// vital is what no driver runs without.
func vital(p rule.Pass, conf spark.Conf) []need {
	needs := []need{{"pods", []string{"get", "list", "watch", "create", "delete"}}}
	if off, _, err := conf.Bool("spark.kubernetes.executor.disableConfigMap"); from(p, 3, 1) && err == nil && !off {
		needs = append(needs, need{"configmaps", []string{"create"}})
	}
	if claimsOnDemand(conf) && from(p, 3, 1) {
		needs = append(needs, need{"persistentvolumeclaims", []string{"create"}})
	}
	return needs
}

// cleaning is what a driver does at its end, and goes on without.
func cleaning(p rule.Pass, conf spark.Conf) (needs []need) {
	needs = append(needs, need{"pods", []string{"deletecollection"}})
	if off, _, err := conf.Bool("spark.kubernetes.executor.disableConfigMap"); from(p, 3, 1) && err == nil && !off {
		needs = append(needs, need{"configmaps", []string{"deletecollection"}})
	}
	if stays, set, _ := conf.Bool("spark.kubernetes.driver.service.deleteOnTermination"); from(p, 3, 2) && !reading.ClientDriver(p) && (!set || stays) {
		needs = append(needs, need{"services", []string{"deletecollection"}})
	}
	if from(p, 3, 4) {
		needs = append(needs, need{"persistentvolumeclaims", []string{"list", "deletecollection"}})
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

// from says for certain that the version is that one or a later.
func from(p rule.Pass, major, minor int) bool {
	version := reading.Version(p)
	return version.Known() && version.AtLeast(major, minor)
}

// lacking words the rights that the account has not, and all that are asked for: pods (create, delete), configmaps (create).
func lacking(p rule.Pass, rights neighbour.Rights, needs []need) (lacks, asked string, unknown bool) {
	var missing, all []string
	for _, n := range needs {
		var verbs []string
		for _, verb := range n.verbs {
			switch rights.May(neighbour.Right{Verb: verb, Resource: n.resource}) {
			case spark.No:
				verbs = append(verbs, verb)
			case spark.Unknown:
				unknown = true
			}
		}
		if len(verbs) > 0 {
			missing = append(missing, n.resource+" ("+strings.Join(verbs, ", ")+")")
		}
		all = append(all, n.resource+" ("+strings.Join(n.verbs, ", ")+")")
	}
	return strings.Join(missing, ", "), strings.Join(all, ", "), unknown
}

func joined(a, b string) string {
	if b == "" {
		return a
	}
	return a + ", " + b
}
