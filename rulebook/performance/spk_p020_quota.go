package performance

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func quotaClash() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P020", Name: "quota-clash", Level: rule.Error, Area: rule.Performance, Client: true,
		Uses: []rule.Key{neighbour.FactQuotas, neighbour.FactLimits, rule.FactConf, model.FactLife, model.FactEvents},
		Doc: rule.Doc{
			Title: "A ResourceQuota or LimitRange refuses the pod",
			Why: "If a quota counts limits.cpu or another resource, every container must set it. The API server refuses other pods (403, \"must specify limits.cpu\"). " +
				"Spark sets no CPU limit by default. A LimitRange may set a default limit. If that default is below Spark's request, the API server refuses the pod. " +
				"A refused driver fails at submission. Refused executors are requested again and again, and the application hangs.",
			Remedy: "set spark.kubernetes.driver.limit.cores and spark.kubernetes.executor.limit.cores to the cores, request less, or raise the quota",
			Levels: "a warning where each pod fits, but all executors together do not",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: resource quotas; pkg/quota/v1/evaluator/core/pods.go Constraints (cpu and memory, requests and limits); plugin/pkg/admission/limitranger",
				"Spark: BasicDriverFeatureStep.scala, BasicExecutorFeatureStep.scala (a CPU limit only from limit.cores)",
				"kubeflow/spark-operator issue 810",
			},
		},
		Parts: []rule.Part{{Name: "limit", Profile: rule.Safe, State: "the quota refuses the pod", Says: "the CPU limit that a quota requires"}},
		Ensure: rule.Workload(func(p *rule.WorkloadPass) {
			if p.Main() == nil || p.Submitted() {
				return
			}
			quotas, whole := rule.Get(p, neighbour.FactQuotas)
			ranges, known := rule.Get(p, neighbour.FactLimits)
			if !whole {
				p.NotKnown("the ResourceQuotas")
			}
			if !known {
				p.NotKnown("the LimitRanges")
			}
			if refusedPods(p) {
				return
			}
			spec := neighbour.WithDefaults(&p.Template().Spec, ranges)
			for i := range quotas {
				switch quotas[i].Counts(spec) {
				case spark.Yes:
					againstQuota(p, &quotas[i], spec, known)
				case spark.Unknown:
					p.NotKnown("the priority class to match ResourceQuota %q", quotas[i].Name)
				}
			}
			for i := range ranges {
				if reason := ranges[i].Refuses(spec); reason != "" {
					p.Next()
					p.Message("LimitRange %q refuses the %s's pod: %s", ranges[i].Name, p.Role(), reason)
					p.Summary("change the memory and CPU of the %s's pod, or the bounds of LimitRange %q", p.Role(), ranges[i].Name)
					p.Refuse("limit", p.At("resources"), rule.NoExactForm)
				}
			}
		}),
	}
}

// refusedPods tells of pods that a quota has refused, as an Event of what makes them, or the driver's last message, shows.
func refusedPods(p *rule.WorkloadPass) (found bool) {
	tell := func(pods int, quota, observed, who string) {
		found = true
		named := "the ResourceQuota of the namespace"
		if quota != "" {
			named = fmt.Sprintf("ResourceQuota %q", quota)
		}
		p.Next()
		p.Pod().Happened(pods)
		p.Evidence(observed, "")
		p.Message("%s refused pods of %s; they do not start", named, who)
		p.Summary("lower %s, or raise %s", sizesOf(p), named)
		p.Refuse("limit", p.At("resources"), rule.NoExactForm)
	}
	for _, h := range reading.Happened(p, model.QuotaRefused) {
		tell(h.Pods, h.Cause, reading.Seen(&h, h.Example.Reason), "the application")
	}
	events, _ := rule.Get(p, model.FactEvents)
	if e, quota := model.Refusal(events); e != nil {
		tell(0, quota, e.Reason+": "+model.Text(e.Message), "the "+string(p.Role()))
	}
	return found
}

// againstQuota tells what keeps the pod out of a quota: what its containers do not say, else what is too much.
func againstQuota(p *rule.WorkloadPass, q *neighbour.Quota, spec *corev1.PodSpec, known bool) {
	if lacking := q.Lacks(spec); len(lacking) > 0 {
		p.Next()
		unless := ""
		if !known {
			unless = ", unless a LimitRange sets " + reading.ItOrThem(len(lacking))
		}
		p.Message("the %s has no %s, and ResourceQuota %q requires %s; its pod is refused%s", reading.RoleName(p.Role()), strings.Join(limitWords(lacking), " and no "), q.Name, strings.Join(lacking, ", "), unless)
		setLacking(p, lacking)
		return
	}
	name, has, hard := q.Exceeds(spec, 1)
	if name != "" {
		p.Next()
		p.Evidence(name+" "+has, "at most "+hard)
		p.Message("the %s's pod has %s %s, but ResourceQuota %q allows %s; the API server refuses the pod", p.Role(), name, has, q.Name, hard)
		p.Summary("%s, or raise %s in ResourceQuota %q", lowering(p, p.Role(), name, ""), name, q.Name)
		p.Refuse("limit", p.At("resources"), rule.NoExactForm)
		return
	}
	count := executors(p)
	if name, has, hard = q.Exceeds(spec, count); name != "" {
		p.Next()
		p.Level(rule.Warning)
		p.Evidence(name+" "+has, "at most "+hard)
		total := name + " " + has
		if name == "pods" {
			total = has + " pods"
		}
		p.Message("%d executors have %s in total, but ResourceQuota %q allows %s; some never start", count, total, q.Name, hard)
		p.Summary("lower %s, or raise %s in ResourceQuota %q", sizesOf(p), name, q.Name)
		p.Refuse("limit", p.At("resources"), rule.NoExactForm)
	}
}

// limitWords are names of a quota in words: a CPU limit for limits.cpu.
func limitWords(names []string) []string {
	words := strings.NewReplacer("limits.cpu", "CPU limit", "requests.cpu", "CPU request", "limits.memory", "memory limit", "requests.memory", "memory request")
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = words.Replace(name)
	}
	return all
}

// setLacking sets the CPU limit to the cores where that is all that lacks, and the container that plays the role lacks it.
func setLacking(p *rule.WorkloadPass, lacking []string) {
	cores := limitFor(p)
	_, own := p.Main().Resources.Limits[corev1.ResourceCPU]
	_, conf := p.Conf()
	switch {
	case len(lacking) != 1 || lacking[0] != "limits.cpu" || own || cores == "" || len(p.Template().Spec.Containers) > 1:
		p.Summary("set %s in resources of each container", strings.Join(lacking, " and "))
		p.Refuse("limit", p.At("resources"), rule.NoExactForm)
	case conf && p.Role().Job() && !reading.ClientDriver(p):
		p.Summary("set spark.kubernetes.%s.limit.cores=%s", p.Role(), cores)
		p.SetConf("limit", "spark.kubernetes."+string(p.Role())+".limit.cores", cores)
	default:
		p.Summary("set resources.limits.cpu of the container to %s", cores)
		p.Refuse("limit", p.At("resources", "limits"), rule.NoExactForm)
	}
}

// sizesOf is what decides how much of a quota the subject's workload takes.
func sizesOf(p rule.Pass) string {
	if p.Role().Job() {
		return "spark.executor.instances, spark.executor.memory or spark.executor.cores"
	}
	return "the replicas or resources of the " + reading.RoleName(p.Role())
}

// limitFor is the limit that throttles no task: the cores, or the request where that is more; "" where neither is known.
func limitFor(p rule.Pass) string {
	request := p.Main().Resources.Requests.Cpu()
	cores := int64(1)
	if conf, known := p.Conf(); known {
		text := reading.ValueOr(conf, "spark."+string(p.Role())+".cores", "1")
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return ""
		}
		cores = n
	}
	if request.MilliValue() > cores*1000 {
		return request.String()
	}
	return strconv.FormatInt(cores, 10)
}

// executors is how many executors there may be at a time; 1 where that is not said.
func executors(p rule.Pass) int64 {
	conf, known := p.Conf()
	if !known || p.Role() != spark.Executor {
		return 1
	}
	key := "spark.executor.instances"
	if on, _, err := conf.Bool("spark.dynamicAllocation.enabled"); err == nil && on {
		key = "spark.dynamicAllocation.maxExecutors"
	}
	n, err := strconv.ParseInt(strings.TrimSpace(reading.ValueOr(conf, key, "1")), 10, 32)
	if err != nil || n < 1 {
		return 1
	}
	return n
}
