package tuner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// work is one recommendation on its way. conf is the configuration with all that was decided so far: each decision
// is made on what those before it leave, so that a recommendation that was carried out leaves nothing to recommend.
type work struct {
	in   Input
	conf spark.Conf
	out  Recommendation
	// slips are what stands in the place of a key that was meant, by that key. gone are those that only go.
	slips  map[string]sizing.Slip
	gone   []sizing.Slip
	meant  spark.Conf // the configuration with that put right
	left   map[string]bool
	judged []judged
	runs   *evidence.Evidence // never nil
	fewer  *fewer             // what answers too small a heap of executors; nil where the heap does
}

// begin starts with what the configuration's author meant.
func begin(in Input) *work {
	w := &work{left: map[string]bool{}, slips: map[string]sizing.Slip{}, judged: append(ofApplications(), ofServers()...), runs: evidence.Of(in.Runs)}
	w.in = in.whole(w.runs.Last())
	w.conf = w.in.Conf
	meant, slips := sizing.Meant(w.input(""))
	for _, s := range slips {
		if s.Value == "" {
			w.gone = append(w.gone, s)
		} else {
			w.slips[s.To] = s
		}
	}
	w.conf, w.meant = clone(meant), meant
	return w
}

func (w *work) all() error {
	switch {
	case !w.application():
	case w.in.Conf == nil && w.pod(spark.Executor).Container == nil && w.pod(spark.Driver).Container == nil:
	case w.in.Conf == nil:
		w.notJudged("application", "its configuration was not read")
	case w.otherManager():
		w.notJudged("application", "its master is not Kubernetes, so its executors are no pods")
	case !w.configured():
		w.notJudged("application", "it has no Spark setting and no pod")
	default:
		if err := w.executors(); err != nil {
			return err
		}
		if err := w.driver(); err != nil {
			return err
		}
		if err := w.packing(); err != nil {
			return err
		}
		for _, decide := range []func() error{w.bounds, w.sql, w.disk, w.losses, w.switches} {
			if err := decide(); err != nil {
				return err
			}
		}
		w.ignored()
		return w.evidence()
	}
	w.conf = clone(w.in.Conf) // what is not judged stays as it is
	for i := range w.in.Pods {
		switch p := &w.in.Pods[i]; {
		case p.Role == spark.Worker:
			w.worker(p)
		case p.Role == spark.Master, p.Role == spark.History, p.Role.Server() && !w.application():
			w.server(p)
		}
	}
	return nil
}

// application says whether the workload has executors on Kubernetes, or would have: a driver's, or those of a Connect or
// Thrift server whose master is Kubernetes. Without a master such a server runs its tasks itself.
func (w *work) application() bool {
	for i := range w.in.Pods {
		switch p := &w.in.Pods[i]; p.Role {
		case spark.Master, spark.Worker, spark.History:
			return false
		case spark.Connect, spark.Thrift:
			if w.in.Launcher.Traits().ByHand && !w.onKubernetes(p) {
				return false
			}
		}
	}
	return len(w.in.Pods) > 0
}

// otherManager says whether the application's executors are started by another cluster manager, or by none.
func (w *work) otherManager() bool { return spark.OtherManager(w.conf) }

// configured says whether there is anything of an application to size: an operator's resource, a Spark setting, or a pod.
func (w *work) configured() bool {
	if w.in.Launcher.Traits().Group != "" {
		return true
	}
	for key := range w.in.Conf {
		if strings.HasPrefix(key, "spark.") {
			return true
		}
	}
	for i := range w.in.Pods {
		if w.in.Pods[i].Container != nil {
			return true
		}
	}
	return false
}

func (w *work) onKubernetes(p *Pod) bool {
	if master, _ := w.conf.Get("spark.master"); strings.HasPrefix(master, "k8s://") {
		return true
	}
	if p.Container == nil {
		return false
	}
	for _, words := range [][]string{p.Container.Command, p.Container.Args} {
		for _, word := range words {
			if strings.Contains(word, "k8s://") {
				return true
			}
		}
	}
	return false
}

// evidence names the switches by which the next run would tell what a specification cannot.
func (w *work) evidence() error {
	if v := w.in.Version; v.Known() && !v.AtLeast(3, 3) {
		w.note("Spark %s is older than 3.3, the oldest version that is known: what is recommended may not hold for it", v)
	}
	if w.ran() {
		w.missing()
		return nil
	}
	for _, text := range w.runs.Notes {
		w.note("not used: %s", text)
	}
	if w.in.Switches != nil {
		w.note("real usage unknown, so memory is not reduced: give the next run's log with tune --event-log=LOG")
		return nil
	}
	var off []string
	for _, key := range []string{"spark.eventLog.enabled", "spark.eventLog.logStageExecutorMetrics", "spark.executor.processTreeMetrics.enabled"} {
		on, _, err := w.conf.Bool(key)
		if err != nil {
			return err
		}
		if !on {
			off = append(off, key)
		}
	}
	text := "real usage unknown, so memory is not reduced: tune --event-log=LOG shows what a run used"
	if off != nil {
		text += ". For that enable " + strings.Join(off, ", ")
	}
	w.note("%s", text)
	return nil
}

// pod is that of a role. Of one that is not there any more, as executors whose application has ended, the last run tells which Java it had.
func (w *work) pod(role spark.Role) *Pod {
	for i := range w.in.Pods {
		p := &w.in.Pods[i]
		if p.Role == role || role == spark.Driver && (p.Role == spark.Connect || p.Role == spark.Thrift) {
			return p
		}
	}
	gone := &Pod{Role: role}
	if last := w.runs.Last(); last != nil && role.Job() {
		gone.Java = last.Java
	}
	return gone
}

func (w *work) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, held := range w.out.Notes {
		if held == text {
			return
		}
	}
	w.out.Notes = append(w.out.Notes, text)
}

// notJudged says that nothing can be said of a role, once for each.
func (w *work) notJudged(role, reason string) {
	one := NotJudged{role, reason}
	if !slices.Contains(w.out.NotJudged, one) {
		w.out.NotJudged = append(w.out.NotJudged, one)
	}
}

// leaves says whether a setting stays as it is, and notes its keys.
func (w *work) leaves(s Setting) bool {
	if s.Rules = w.rulesOf(s); w.in.Leave == nil || !w.in.Leave(s) {
		return false
	}
	w.left[s.Name] = true
	if slip, has := w.slips[s.Name]; has {
		w.left[slip.Key] = true
	}
	return true
}

// add says what is recommended for a setting.
func (w *work) add(s Setting) {
	s.Rules = w.rulesOf(s)
	w.out.Settings = append(w.out.Settings, s)
}

// carried says whether a verdict takes effect.
func (w *work) carried(v Verdict) bool { return v == Change || v == Try && w.in.Try }

// set decides about a key of the configuration: the setting's Recommended becomes its value, "" takes it out.
func (w *work) set(s Setting) {
	s.Now, _ = w.in.Conf.Get(s.Name)
	if w.leaves(s) {
		return
	}
	switch slip, meant := w.slips[s.Name]; {
	case meant && !w.carried(s.Verdict):
		s.Verdict, s.Recommended, s.Confidence = Change, w.conf[s.Name].Value, High
		s.Why = "written as " + slip.Key + ", which Spark ignores"
		if slip.Factor {
			s.Why = w.in.Conf[slip.Key].Value + " is a factor; a size is needed"
		}
	case s.Verdict == Keep:
		s.Recommended = s.Now
	case w.carried(s.Verdict):
		if s.Recommended == "" {
			delete(w.conf, s.Name)
		} else {
			w.conf[s.Name] = spark.Setting{Value: s.Recommended}
		}
	}
	w.add(s)
}

// ignored takes the keys out that Spark ignores and that give no other one a value, and tells of those whose key is in no other setting.
func (w *work) ignored() {
	for _, to := range slices.Sorted(maps.Keys(w.slips)) {
		listed := func(s Setting) bool { return s.Name == to }
		if slip := w.slips[to]; !w.left[to] && !slices.ContainsFunc(w.out.Settings, listed) {
			w.set(Setting{Role: roleOf(to), Name: to, Verdict: Keep, Formula: to + "=" + slip.Value, Source: fromKeys})
		}
	}
	for _, slip := range w.gone {
		s := Setting{Role: roleOf(slip.To), Name: slip.Key, Now: w.in.Conf[slip.Key].Value, Verdict: Change, Confidence: High, Source: fromKeys}
		s.Why, s.Formula = "Spark ignores it; "+slip.To+" is set", slip.To+"="+w.conf[slip.To].Value
		if slip.Reserves > 0 {
			s.Why, s.Formula = fmt.Sprintf("Spark ignores it, and reserves %dMi without it", slip.Reserves), fmt.Sprintf("%s < %dMi", s.Now, slip.Reserves)
		}
		if w.leaves(s) {
			w.left[slip.Key] = true
			continue
		}
		w.add(s)
	}
}

// redacted stands in an event log for what Spark hides (SECRET_REDACTION_PATTERN).
const redacted = "*********(redacted)"

const fromKeys = "Spark: SparkConf accepts every key and reads those that it knows"

// roleOf is the role that a key is about: a driver's, or executors'.
func roleOf(key string) spark.Role {
	if strings.Contains(key, "."+string(spark.Driver)+".") {
		return spark.Driver
	}
	return spark.Executor
}

// optionsKey is the key that holds a role's JVM options.
func optionsKey(role spark.Role) string { return "spark." + string(role) + ".extraJavaOptions" }

// tokens are the JVM options of a role as far as the configuration and the container show them. ok is false for options
// with a quote that nothing closes.
func (w *work) tokens(role spark.Role) (tokens []string, ok bool) {
	for _, name := range []string{"defaultJavaOptions", "extraJavaOptions"} {
		text, _ := w.conf.Get("spark." + string(role) + "." + name)
		held, err := spark.SplitOptions(text)
		if err != nil {
			return nil, false
		}
		tokens = append(tokens, held...)
	}
	if p := w.pod(role); p.Container != nil {
		tokens = append(tokens, spark.JVMOptions(p.Container, p.Role).Tokens...)
	}
	return tokens, true
}

// flag decides about one JVM option of a role; token is the option that is recommended, "" to keep what there is.
func (w *work) flag(s Setting, token string) {
	if w.leaves(s) {
		return
	}
	if w.carried(s.Verdict) {
		key := optionsKey(s.Role)
		text, _ := w.conf.Get(key)
		if strings.Contains(text, mask.Masked) || strings.Contains(text, redacted) {
			w.note("%s holds a secret that the event log hides: add %s yourself", key, token)
			return
		}
		if spark.IsCollector(spark.OptionKey(token)) {
			text = spark.WithoutCollectors(text)
		}
		w.conf[key] = spark.Setting{Value: strings.TrimSpace(text + " " + spark.QuoteOption(token))}
	}
	w.add(s)
}

// edit decides about a variable or a resource of a role's container.
func (w *work) edit(s Setting, e spark.PodChange) {
	if w.leaves(s) {
		return
	}
	e.Role, e.Value, e.Unset = s.Role, s.Recommended, s.Recommended == ""
	if s.Verdict == Keep {
		s.Recommended = s.Now
	}
	if w.carried(s.Verdict) {
		s.edit = &e
	}
	w.add(s)
}

// size writes MiB as Spark does.
func size(mib int64) string { return spark.FormatSize(mib << 20) }
