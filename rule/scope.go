package rule

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Check is what a rule does with a subject: a function of the pass of its scope, as Pod(func(p *PodPass) { ... }). What a
// pass returns is for reading: a rule changes nothing but by a verb.
type Check interface {
	// on runs the function. runs says whether the subject has what it speaks of.
	on(*run)
	runs(r *run, ensure bool) bool
}

// Pod is run on a pod template that is certain.
type Pod func(*PodPass)

// Conf is run on the workload's configuration wherever that is known, with or without a template.
type Conf func(*ConfPass)

// Workload is run on a template, a configuration, or both, and must ask what there is. A rule that only inspects is run on
// neither, too: the object that owns the pods may say enough.
type Workload func(*WorkloadPass)

// Either is Pod where there is a template. Where there is none, Conf is run on the configuration that Spark will make the pod of. An
// admission always has a template.
type Either struct {
	Pod  Pod
	Conf Conf
}

func (e Either) on(r *run) {
	if r.template != nil {
		e.Pod.on(r)
		return
	}
	e.Conf.on(r)
}

func (Either) runs(r *run, _ bool) bool {
	return r.template != nil || r.in.Template == nil && r.in.Conf != nil
}

// ofPod says whether a check is about a pod before anything else.
func ofPod(c Check) bool {
	switch c.(type) {
	case Pod, Either:
		return true
	}
	return false
}

func (f Pod) on(r *run)      { f(&r.pod) }
func (f Conf) on(r *run)     { f(&r.conf) }
func (f Workload) on(r *run) { f(&r.workload) }

func (Pod) runs(r *run, _ bool) bool { return r.template != nil }
func (Conf) runs(*run, bool) bool    { return true }
func (Workload) runs(r *run, ensure bool) bool {
	return !ensure || r.template != nil || r.in.Conf != nil || len(r.in.Outside) > 0
}

// PodPass has a template, and the verbs that edit it.
type PodPass struct{ podVerbs }

// ConfPass may have a template to read, and has the verbs that edit the configuration.
type ConfPass struct{ confVerbs }

// WorkloadPass has all verbs of a workload. Those of a template need one.
type WorkloadPass struct {
	reader
	podVerbs
	confVerbs
}

// OfConf is the pass for what speaks of the configuration alone, of a rule that also sets what a pod cannot be given otherwise.
func (p *PodPass) OfConf() *ConfPass { return &p.run.conf }

// Pod is the pass for what speaks of the template alone.
func (p *WorkloadPass) Pod() *PodPass { return &p.run.pod }

// OfConf is the pass for what speaks of the configuration alone.
func (p *WorkloadPass) OfConf() *ConfPass { return &p.run.conf }

// AnyPass is the pass of any scope: what the rule says of its current finding, and Get.
type AnyPass interface {
	itself() *pass
	Wanted(part string) bool
	Next()
	Level(Level)
	Message(format string, args ...any)
	Summary(format string, args ...any)
	Evidence(observed, needed string)
	Cause(code string)
	Happened(pods int)
	NotKnown(format string, args ...any)
}

// Pass is the pass of a workload in any scope: what can be read of it. What reads for rules of several scopes takes it.
type Pass interface {
	AnyPass
	Role() spark.Role
	Launcher() spark.Launcher
	Identity() *spark.Identity
	Version() spark.Version
	Submitted() bool
	Template() *corev1.PodTemplateSpec
	Main() *corev1.Container
	JVMOptions() *JVMOptions
	At(fields ...string) patch.Path
	Conf() (spark.Conf, bool)
	Given(key string) bool
	Outside() []Outside
	Image() (spark.Image, bool)
	Decline(part string, reason Reason)
	ReportOwner(path patch.Path, format string, args ...any)
}

// reader is a pass of a workload, podVerbs and confVerbs are what it has besides by scope.
type (
	reader    struct{ *pass }
	podVerbs  struct{ reader }
	confVerbs struct{ reader }
)
