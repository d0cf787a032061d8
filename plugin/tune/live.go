package tune

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/scene/running"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/live"
)

// withLive are the flags that have a meaning beside --live.
var withLive = []string{"live", "no-exec", "all-namespaces", "selector", "all", "try", "check", "output", "template", "allow-missing-template-keys", "no-headers",
	"show-secrets", "only", "skip", "area", "level", "apply", "dry-run", "field-manager", "allow-restart", "yes", "record", "color"}

// tried is of how many pods a plan has the server try the resize: it answers each by itself.
const tried = 20

// onlyLive refuses what says nothing of pods that run.
func (o *options) onlyLive(cmd *cobra.Command) (err error) {
	if len(o.Names) > 0 {
		return fmt.Errorf("--live resizes pods that run, and %s is a file: give workloads of the cluster", o.Names[0])
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && !slices.Contains(withLive, f.Name) && o.Connection.Lookup(f.Name) == nil {
			err = fmt.Errorf("--live goes by what running pods use, and --%s says nothing about that: leave it out", f.Name)
		}
	})
	if err == nil && o.forms.Own() && !slices.Contains(report.TuningFormats(), o.output) {
		err = fmt.Errorf("--output=%s changes what pods are made from, and --live resizes pods: use table, wide or json, or --apply", o.output)
	}
	return err
}

// resized is what is decided of the running pods of a workload.
type resized struct {
	of    *running.Workload
	row   report.TunedWorkload
	edits []change.Edited
}

// runLive resizes running pods in place, or shows what that would change.
func (o *options) runLive(ctx context.Context, cmd *cobra.Command, args []string) error {
	reader, err := o.Reader()
	if err != nil {
		return err
	}
	served, err := reader.Serves(ctx, "pods/resize")
	if err != nil {
		return err
	}
	if !served {
		return errors.New("this API server cannot resize running pods: it has no pods/resize, which Kubernetes 1.33 and later have: " +
			"change what the pods are made from with kubectl spark tune --apply, and start them again")
	}
	sc, err := o.SizedLive(ctx, o.Session, false)
	if err != nil {
		return err
	}
	end := o.Progress.Begin("looking at running pods")
	r, err := running.Gather(ctx, reader, sc, running.Options{Selector: o.Selector, NoExec: o.noExec, Progress: o.Progress.Count})
	end()
	if err != nil {
		return err
	}
	sc.Gaps = append(sc.Gaps, r.Gaps...)
	notes := append(input.Notes(sc), r.Notes...)
	var all []resized
	var edits []change.Edited
	for _, w := range r.Workloads {
		if w.Pods+len(w.LeftOut) == 0 {
			continue
		}
		one, err := o.decide(w, r.Rooms)
		if err != nil {
			return err
		}
		all, edits = append(all, one), append(edits, one.edits...)
	}
	if len(all) == 0 {
		if sc.Nothing == "" {
			notes = append(notes, "no pod of "+workloads(len(sc.Workloads))+" runs: --live resizes running pods only")
		}
		o.Tell(notes, o.showSecrets)
		return nil
	}
	if o.applying.Apply {
		for _, one := range all {
			for _, not := range one.row.NotJudged {
				notes = append(notes, fmt.Sprintf("%s, %s: not checked: %s", one.row.Name, not.Role, not.Reason))
			}
			for _, note := range one.row.Notes {
				notes = append(notes, one.row.Name+": "+note)
			}
		}
		o.Tell(notes, false)
		o.TellMissing(diagnosis.Missing(sc.Gaps))
		err := o.applying.Run(ctx, o.Session, applying.Changes{Command: applying.CommandLine(cmd, args), Edits: edits})
		if err == nil || errors.Is(err, session.Waited) {
			o.Tell(o.lasting(all), false)
		}
		return err
	}
	flag, more, err := o.tries(ctx, reader, edits)
	if err != nil {
		return err
	}
	notes = append(notes, more...)
	t := report.Tuning{Limits: strings.Join(o.Limits(), " ")}
	if flag != "" {
		t.Next = o.shown(append(o.again(), "--live", flag))
	}
	t.Coverage, _ = diagnosis.Coverage(sc, nil)
	for i := range all {
		t.Workloads = append(t.Workloads, all[i].row)
	}
	display := o.Display(o.output)
	display.ShowSecrets, display.Right, display.Printer = o.showSecrets, o.all, o.print
	var b bytes.Buffer
	if err := t.Write(&b, display); err != nil {
		return err
	}
	if !o.forms.Whole() {
		o.TellReasons(t.Reasons())
	}
	o.Tell(append(notes, o.lasting(all)...), o.showSecrets)
	if _, err := o.Out.Write(b.Bytes()); err != nil {
		return err
	}
	if o.check && len(edits) > 0 {
		return session.Found
	}
	return nil
}

func workloads(n int) string { return report.Count(n, "workload", "workloads") }

// decide says what the pods of a workload are to get.
func (o *options) decide(w *running.Workload, rooms map[string]*live.Room) (one resized, err error) {
	one = resized{of: w, row: report.TunedWorkload{Name: w.Title, Launcher: string(w.Launcher), Shape: report.Count(w.Pods, "running pod", "running pods"),
		Evidence: fmt.Sprintf("metrics API (%d of %d pods), cgroups (%d of %d)", w.Metrics, w.Pods, w.Cgroups, w.Pods)}}
	if w.Version.Known() {
		one.row.Spark = w.Version.String()
	}
	if n := len(w.LeftOut); n > 0 {
		one.row.NotJudged = append(one.row.NotJudged, tuner.NotJudged{Role: report.Count(n, "pod", "pods") + " such as " + w.LeftOut[0], Reason: "which of its containers holds Spark is not certain"})
	}
	for _, role := range w.Roles {
		decided := live.Decide(role, live.Input{Rooms: rooms, Try: o.try, Leave: o.leave})
		one.row.Settings, one.row.Notes = append(one.row.Settings, decided.Settings...), append(one.row.Notes, decided.Notes...)
		one.row.NotJudged = append(one.row.NotJudged, decided.NotJudged...)
		one.row.NotJudged = append(one.row.NotJudged, refused(string(role.Role), decided.Refused)...)
		shown, pods := make([]report.RunningPod, len(role.Pods)), map[string]*report.RunningPod{}
		for i := range role.Pods {
			shown[i] = runningPod(&role, i)
			pods[shown[i].Name] = &shown[i]
		}
		for _, no := range decided.Refused {
			pods[no.Pod].NotResized = no.Why
		}
		for _, step := range decided.Steps {
			if !step.Changes() {
				continue
			}
			to := resources(step.To)
			for i := range step.Pods {
				p := &step.Pods[i]
				pods[p.Name].To, pods[p.Name].Restarts = &to, live.Restarts(&p.Spec.Containers[p.Container], step.From, step.To)
				edit, err := inPlace(w, p, step, decided.Settings)
				if err != nil {
					return one, err
				}
				one.edits = append(one.edits, edit)
				one.row.Targets = append(one.row.Targets, report.Target(edit.Target))
			}
		}
		one.row.Running = append(one.row.Running, shown...)
	}
	return one, nil
}

// inPlace is the change of one pod.
func inPlace(w *running.Workload, p *live.Pod, step live.Step, settings []tuner.Setting) (change.Edited, error) {
	amounts := map[string]string{}
	to := step.To.Amounts()
	for i, now := range step.From.Amounts() {
		if now.Text != to[i].Text {
			amounts[now.Name()] = to[i].Text
		}
	}
	var why []string
	for _, s := range settings {
		if s.Verdict == tuner.Change && amounts[s.Name] == s.Recommended {
			why = append(why, s.Name+": "+s.Why)
		}
	}
	return change.InPlace(w.Raw[p.Name], p.Container, amounts, why)
}

// refused are the pods of a role that cannot be resized, those with one reason together.
func refused(role string, all []live.Refused) (not []tuner.NotJudged) {
	const named = 3
	var reasons []string
	pods := map[string][]string{}
	for _, one := range all {
		if pods[one.Why] == nil {
			reasons = append(reasons, one.Why)
		}
		pods[one.Why] = append(pods[one.Why], one.Pod)
	}
	for _, why := range reasons {
		names := pods[why]
		text := strings.Join(names[:min(len(names), named)], ", ")
		if more := len(names) - named; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		not = append(not, tuner.NotJudged{Role: role + " " + text, Reason: why})
	}
	return not
}

// runningPod is a pod as a report has it.
func runningPod(role *live.Role, i int) report.RunningPod {
	p := &role.Pods[i]
	one := report.RunningPod{Name: p.Name, Role: role.Role, Node: p.Spec.NodeName, Now: resources(live.SizeOf(&p.Spec.Containers[p.Container]))}
	if p.Metrics {
		one.Use.CPUMilli, one.Use.WorkingSetBytes = &p.CPUNow, &p.WorkingSet
	}
	if p.Cgroup {
		one.Use.Cgroup = &report.Cgroup{CPUSampleMilli: p.CPUSample, CPUMeanMilli: p.CPUMean, Periods: p.Periods, ThrottledPeriods: p.Throttled, HeldBytes: p.Held, PeakBytes: p.Peak, OOMKills: p.OOMKills}
	}
	return one
}

func resources(s live.Size) report.Resources {
	return report.Resources{Requests: report.Amounts{CPU: live.CPU(s.CPURequest), Memory: live.Memory(s.MemoryRequest)}, Limits: report.Amounts{CPU: live.CPU(s.CPULimit), Memory: live.Memory(s.MemoryLimit)}}
}

// tries asks whether this account may resize pods, and has the server try the resize of some of them: it names the ResourceQuota or
// LimitRange that refuses it. Nothing is kept. flag is what writes the changes; "" where that cannot work.
func (o *options) tries(ctx context.Context, reader *cluster.Reader, edits []change.Edited) (flag string, notes []string, err error) {
	flag = "--apply"
	asked := map[string]bool{}
	var allowed []change.Edited
	for _, e := range edits {
		has, known := asked[e.Namespace]
		if !known {
			right := cluster.Right{Verb: "patch", Resource: "pods/resize", Namespace: e.Namespace}
			if has, err = reader.May(ctx, right); err != nil {
				return "", nil, err
			}
			if asked[e.Namespace] = has; !has {
				flag = ""
				notes = append(notes, "your account cannot resize pods, so this is a plan only; grant: "+right.String())
			}
		}
		if has && len(allowed) < tried {
			allowed = append(allowed, e)
		}
	}
	end := o.Progress.Begin("checking the changes")
	plan, err := apply.Prepare(ctx, reader, allowed, apply.Options{Manager: apply.Manager, Secrets: true}, o.Progress.Count)
	end()
	if err != nil {
		return "", nil, err
	}
	left, _ := plan.Unwritten()
	for _, one := range left {
		switch {
		case one.Stops():
			flag = ""
		case flag != "" && one.Skipped.Cause == apply.Restarts:
			flag = "--apply --allow-restart"
		}
		notes = append(notes, fmt.Sprintf("%s cannot be resized: %s; %s", one.Name(), one.Skipped.Why, one.Skipped.Remedy))
	}
	return flag, notes, nil
}

// lasting says of the workloads that change that new pods do not, with the command by which they would.
func (o *options) lasting(all []resized) (notes []string) {
	for _, one := range all {
		if len(one.edits) == 0 {
			continue
		}
		words := "tune " + change.Quote(one.of.Name) + " -n " + change.Quote(one.of.Namespace)
		if one.of.Kind == "Pod" { // spark-submit made it
			words += " -o conf"
		} else {
			words += " --apply"
		}
		notes = append(notes, fmt.Sprintf("%s: pods that start later, such as executors that replace others, have the old size; what is recommended for these: %s", one.of.Title, o.Command(words)))
	}
	return notes
}
