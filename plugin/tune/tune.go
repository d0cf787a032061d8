// Package tune is the command tune: it parses, calls and prints. Start with New.
package tune

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	sceneruns "github.com/kubectl-spark/kubectl-spark/scene/runs"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

type options struct {
	*session.Session
	input.Input
	flags.Settings
	leave  func(tuner.Setting) bool
	shapes []string
	try    bool
	all    bool
	goal   string
	output string
	forms  *printers.Flags
	print  printers.Printer
	check  bool
	nodes  []shapes.Node

	showSecrets bool
	from        flags.Logs
	runs        flags.Runs
	prometheus  flags.Prometheus
	gaps        []cluster.Gap
	logs        []model.Logged
	sizes       flags.Sizes
	backtest    string
	fleet       string
	job         flags.Job
	applying    applying.Options
	verify      string

	live, noExec bool
}

// New makes the command.
func New(s *session.Session) *cobra.Command {
	o := &options{Session: s}
	cmd := &cobra.Command{
		Use:   "tune [NAME | TYPE/NAME | FILE ...]",
		Short: "Recommend memory, cores and JVM flags for Spark workloads",
		Long: `Recommends memory, cores, executors and JVM flags for a workload, each with its reason, formula and confidence.
It writes nothing without --apply.

What it goes by:
  settings: without an event log, the specification and the cluster's nodes. Then no memory is reduced, except a heap just above 32 GiB (SPK-P008).
  runs: with --event-log, what ran: memory peaks, garbage collection, spill, lost executors, idle cores. Repeat it for more runs of the application.
    Without a workload or file it recommends for the configuration that the log states (-o conf, properties).
    Memory is raised after one run, and a heap at most to twice its size. It is reduced by a quarter at most, after --min-runs runs, and never
    below what one of them needed. Where run and specification differ, the run counts.
    --prometheus adds memory, CPU throttling and OOM kills of the runs' pods, from a Prometheus that scrapes cAdvisor, also after the pods
    are gone. No pod gets less memory than one took, and a kill that is not in the log counts. svc:// needs the right to get services/proxy.
  other sizes: with --executors, time and cost of that run with other numbers of executors, each with an interval. Other heaps have bounds only.
    --backtest shows how good that is for your applications. -o html draws it.
  running pods: with --live, what they use of CPU and memory, by the metrics API and their cgroups (--no-exec: without these). Containers are
    resized in place (pods/resize, Kubernetes 1.33 and later): where CPU or memory outside the heap is short or wasted, never below what is
    used. Pods of a role get the same: the worst of them decides. Memory of drivers and executors is reduced with --try only.
    Heaps and other containers of the pod stay, and new pods start with the old size. No QoS class changes. Windows pods, static pods and
    pods with spec.resources cannot be resized. A node that cannot resize, as with a static CPU manager, says so after --apply.
    Kubernetes 1.33 reduces no memory limit in place, 1.34 and later do where less is in use.
  a folder of logs: with --fleet, the last runs of each application in it. Applications are ranked by the memory that could be saved.
    With --job a Kubernetes Job reads them: each pod has a share of the applications, and writes its result next to the logs. Then the results are
    shown, as the same logs read here. A pod has no rights in the cluster. An application without an answer is named, and the exit code is 3: its share,
    all of its logs or its settings could not be read. Logs that were not used are named too, and change no exit code.

A question mark stands at a setting of low confidence: try it and measure. --try adds these to -o diff, conf, properties, patch,
kustomize and helm-values.

Event logs are those of Spark 3.3 to 4.3, in every codec, rolling or not, also if they are cut or still written. Missing evidence is named;
--enable-evidence sets what the next run needs to have all of it. Nothing is fetched that no flag names. Credentials are those of the cloud's tools.

--apply writes the changes to the cluster as fix does: kubectl spark fix --help says how. --verify compares the next run with a record, by
--event-log, or by the driver's pod and the objects. With --event-log, --apply puts a prediction of the next run into the record, and --verify
compares time and cost with it.
--rollback gives the fields of a record their values back.

Exit codes: 0 done. 1 --check and something would change, a limit (--max-runtime, --max-regression) is exceeded, or --verify found a
difference. 2 failed, or something was not written. 3 the logs are not enough, an application of --fleet has no answer, or --verify found no run.
124 nodes did not resize pods within 30 seconds (--live --apply, --rollback).

Formulas and their sources: tuner/README.md for settings, prediction/README.md for times, in the repository.`,
		Example: `  # by its settings
  kubectl spark tune sparkapplication/orders -n payments
  kubectl spark tune -f app.yaml --node-shape=16x64Gi
  kubectl spark tune -f app.yaml -o diff --skip=spark.executor.memory
  kubectl spark tune -f spark-defaults.conf -o conf
  kubectl spark tune -f manifests/ -R --check

  # by its runs
  kubectl spark tune --event-log=eventlog_v2_spark-9f21c0
  kubectl spark tune --event-log=eventlog_v2_spark-9f21c0 -f app.yaml -o diff
  kubectl spark tune --event-log=eventlog_v2_spark-9f21c0 --prometheus=svc://monitoring/prometheus-operated:9090
  kubectl spark tune -f app.yaml --enable-evidence=s3a://logs/spark -o diff

  # with other numbers of executors
  kubectl spark tune --event-log=eventlog_v2_spark-9f21c0 --executors=1,2,4,8
  kubectl spark tune --event-log=eventlog_v2_spark-9f21c0 --executors=1,2,4,8 -o html > prediction.html
  kubectl spark tune --event-log=eventlog_v2_spark-9f21c0 --executors=4 --max-runtime=30m --baseline=logs/monday --max-regression=10
  kubectl spark tune --backtest=logs
  kubectl spark tune --fleet=logs
  kubectl spark tune --fleet=s3a://logs/spark --job --image=registry.example.org/kubectl-spark:0.1.0 --service-account=spark-logs -n jobs
  kubectl spark tune --fleet=s3a://logs/spark --job --image=registry.example.org/kubectl-spark:0.1.0 --dry-run=client -o yaml

  # running pods, without a restart
  kubectl spark tune --live -n payments
  kubectl spark tune --live sparkapplication/orders -n payments --apply --record=live.json

  # write to the cluster, compare the next run, take back
  kubectl spark tune sparkapplication/orders -n payments --apply --dry-run=server
  kubectl spark tune sparkapplication/orders -n payments --apply --record=tune.json
  kubectl spark tune sparkapplication/orders -n payments --event-log=eventlog_v2_spark-9f21c0 --apply --record=tune.json
  kubectl spark tune --verify=tune.json
  kubectl spark tune --verify=tune.json --event-log=eventlog_v2_spark-a07b44
  kubectl spark tune --rollback=tune.json`,
		ValidArgsFunction: s.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Take(args, false)
			set, err := o.Rules()
			if err == nil {
				err = o.Settings.Read(set)
			}
			if err == nil {
				err = o.from.Read(cmd.Flags().Changed)
			}
			if err == nil {
				err = o.runs.Read(cmd.Flags().Changed, o.from.Given() || cmd.Flags().Changed("fleet"))
			}
			if err == nil {
				err = o.prometheus.Read(cmd.Flags().Changed, o.from.Given())
			}
			if err == nil {
				err = o.sizes.Read(cmd.Flags().Changed)
			}
			if err == nil {
				err = o.job.Read(cmd.Flags().Changed, o.fleet)
			}
			if err == nil {
				err = o.validate()
			}
			if err == nil {
				o.applying.Other = o.job.Run
				err = o.applying.Validate(args)
			}
			if err != nil {
				return err
			}
			changed := cmd.Flags().Changed
			switch {
			case o.live:
				if err := o.onlyLive(cmd); err != nil {
					return err
				}
			case o.noExec:
				return errors.New("--no-exec is about the containers that --live looks at: give it with --live")
			}
			if o.applying.Apply {
				if err := o.notApplied(changed); err != nil {
					return err
				}
			}
			verifies := changed("verify") && !o.applying.Asked()
			if verifies {
				if err := o.onlyVerify(changed); err != nil {
					return err
				}
			}
			switch {
			case o.live:
				return o.runLive(cmd.Context(), cmd, args)
			case o.applying.Asked():
			case changed("backtest"):
				return o.runBacktest(cmd.Context(), changed)
			case changed("fleet"):
				return o.runFleet(cmd.Context(), changed)
			}
			if err := o.readLogs(cmd.Context()); err != nil {
				return err
			}
			if err := o.askPrometheus(cmd.Context()); err != nil {
				return err
			}
			switch {
			case o.applying.Asked():
				return o.apply(cmd.Context(), cmd, args)
			case verifies:
				return o.runVerify(cmd.Context())
			case o.sizes.Executors != nil || o.sizes.Baseline != nil:
				return o.predict(cmd.Context())
			}
			return o.run(cmd.Context())
		},
	}
	o.Input.AddFlags(cmd)
	o.AddSelection(cmd)
	o.Settings.AddFlags(cmd, s.CompleteFlag, s.CompleteCodes)
	f := cmd.Flags()
	f.StringArrayVar(&o.shapes, "node-shape", nil, "`SHAPE` of nodes instead of the cluster's: 16x64Gi, or cpu=16,m=64Gi with pods=110, provider=gke|eks|aks or allocatable; may repeat")
	f.BoolVar(&o.all, "all", false, "show the settings that are right too")
	f.BoolVar(&o.try, "try", false, "also make changes of low confidence, which are experiments")
	f.StringVar(&o.goal, "goal", "keep", "keep: the size of executors stays; packing: executors get another size, with the same cores and heap in sum, so that nodes hold more of them")
	o.runs.AddFlags(f)
	o.sizes.AddFlags(f)
	f.StringVar(&o.fleet, "fleet", "", "recommend for each application of a `FOLDER` (or URL) of event logs, ranked by the memory that could be saved")
	f.StringVar(&o.backtest, "backtest", "", "predict from each event log of a `FOLDER` (or URL) the others of the same application, and print the errors")
	o.from.AddFlags(cmd, s.CompleteFlag, source.Options{Stdin: s.In, Cluster: s.Config, Say: func(note string) { s.Say("note: ", note) }})
	o.prometheus.AddFlags(cmd, s.CompleteFlag)
	o.job.AddFlags(cmd, s.CompleteFlag)
	f.StringVar(&o.from.Source.Mounted, "mounted", "", "with --shards: the `FOLDER` in which the claim of a pvc:// URL is mounted")
	_ = f.MarkHidden("mounted") // the pods' own; the flag was declared above
	o.forms = printers.NewFlags(&o.output, tuneFormats()...)
	o.forms.AddFlags(cmd)
	s.CompleteFlag(cmd, "output", flags.Values(o.forms.Formats()...))
	f.BoolVar(&o.check, "check", false, "exit with 1 if anything would change")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "do not mask values that look like secrets. Output for live objects masks them and cannot be applied. Output for files keeps them, but not on a terminal. Tables always mask them")
	o.applying.AddFlags(cmd, s.CompleteFlag, "rollback")
	f.BoolVar(&o.live, "live", false, "resize running pods in place, by what they use")
	f.BoolVar(&o.noExec, "no-exec", false, "with --live: run no command in containers. Their cgroups are not read then, and no memory is reduced")
	f.Lookup("dry-run").Usage = "with --apply or --job: none, client (nothing is sent) or server (nothing is kept)"
	f.StringVar(&o.verify, "verify", "", "compare the next run, by --event-log or its pods, with what a record (`FILE`) says was applied")
	s.CompleteFlag(cmd, "goal", flags.Values("keep", "packing"))
	flags.Under(f, flags.Sized, "all", "try", "goal", "node-shape", "live", "no-exec")
	flags.Under(f, flags.Predicted, "backtest", "fleet")
	flags.Under(f, flags.Output, "check", "show-secrets")
	flags.Under(f, flags.Writing, "verify")
	flags.Under(f, flags.Main, "filename", "event-log", "executors", "output", "apply")
	s.CompleteFlag(cmd, "objective", flags.Values(scaling.Objectives()...))
	return cmd
}

// edits are the forms that change a file or an object.
var edits = []string{"diff", "patch", "kustomize", "helm-values"}

func tuneFormats() []string {
	return slices.Concat(report.TuningFormats(), []string{"conf", "properties"}, edits, []string{report.HTML})
}

func (o *options) validate() error {
	if err := o.Input.Validate(); err != nil {
		return err
	}
	var err error
	if o.nodes, err = flags.Shapes(o.shapes); err != nil {
		return err
	}
	if o.print, err = o.forms.Printer(); err != nil {
		return err
	}
	if o.leave, err = o.Leave(o.goal == "packing"); err != nil {
		return err
	}
	if o.output == report.HTML && o.forms.Own() && o.sizes.Executors == nil {
		return errors.New("--output=html draws a prediction: give --event-log and --executors")
	}
	return errors.Join(flags.OneOf("goal", o.goal, "keep", "packing"))
}

// tuned is one workload with what is recommended for it.
type tuned struct {
	workload *scene.Workload
	outcome  tuner.Recommendation
}

func (o *options) run(ctx context.Context) error {
	sc, err := o.gather(ctx)
	if err != nil {
		return err
	}
	if err := input.NoFile(sc.Left, o.ErrOut); err != nil {
		return err
	}
	if o.goal == "packing" && o.nodes == nil && sc.Nodes == nil {
		return errors.New("--goal=packing needs nodes: give --node-shape, or the right to list nodes")
	}
	all, notes := o.recommend(sc)
	if err := input.NoWorkload(sc, o.ErrOut); err != nil {
		o.Tell(input.Notes(sc), o.showSecrets)
		return err
	}
	all = slices.DeleteFunc(all, func(t tuned) bool { return sc.Left.Has(t.workload.FirstFile()) })
	changed := slices.ContainsFunc(all, func(t tuned) bool { return t.outcome.Changed() })
	if o.forms.Own() && !slices.Contains(report.TuningFormats(), o.output) {
		o.TellMissing(diagnosis.Missing(sc.Gaps))
	}
	out, more, err := o.render(ctx, sc, all)
	if err == nil {
		err = input.NoFile(sc.Left, o.ErrOut)
	}
	if err != nil {
		return err
	}
	o.Tell(slices.Concat(input.Notes(sc), notes, more), o.showSecrets)
	if _, err := o.Out.Write(out); err != nil {
		return err
	}
	if o.output == "diff" && len(out) > 0 && o.inCluster() {
		next, note := o.next(ctx, sc, all)
		if note != "" {
			o.Say("note: ", note)
		}
		if next != "" {
			fmt.Fprintln(o.ErrOut, "next: "+next)
		}
	}
	if err := input.End(sc.Left, o.ErrOut); err != nil {
		return err
	}
	if o.check && changed {
		return session.Found
	}
	return input.Covered(sc, o.Names)
}

// gather is the scene that is looked at: of files, of the cluster, or of the event logs alone.
func (o *options) gather(ctx context.Context) (*scene.Scene, error) {
	if o.ofLog() {
		return o.logScene()
	}
	sc, err := o.Sized(ctx, o.Session, len(o.shapes) == 0, slices.Contains(edits, o.output))
	if err == nil {
		sc.Gaps = append(sc.Gaps, o.gaps...)
		err = sceneruns.Give(sc, o.logs)
	}
	return sc, err
}

// hidesVersion is what was not given and may say which Spark a workload runs; nil where the version is known.
func hidesVersion(sc *scene.Scene, w *scene.Workload) *cluster.Gap {
	i := slices.IndexFunc(sc.Gaps, func(gap cluster.Gap) bool {
		return gap.Fact == rule.FactConf || gap.Group != "" && gap.Group == w.Launcher.Traits().Group
	})
	if i < 0 || w.Version.Known() {
		return nil
	}
	return &sc.Gaps[i]
}

// recommend sizes every workload of a scene. One that cannot be sized is left out, and the others are told all the same.
func (o *options) recommend(sc *scene.Scene) (all []tuned, notes []string) {
	for _, w := range sc.Workloads {
		if why := w.ConfPart(); why != "" {
			sc.Leave(w, fmt.Errorf("%s: not sized: %s. Memory and cores may depend on it: %s", w.Place(), why, input.Show(why)))
			continue
		}
		in := w.Tuning()
		if o.nodes != nil {
			in.Nodes = o.nodes
		} else if in.Nodes == nil && len(sc.Nodes) > 0 {
			notes = append(notes, fmt.Sprintf("%s: none of %d nodes takes its executors: they are cordoned, tainted or lack a label of its node selector", w.Title, len(sc.Nodes)))
		}
		in.Leave = o.leave
		in.Try, in.Pack = o.try, o.goal == "packing"
		in.MinRuns, in.Switches, in.Objective = o.runs.MinRuns, o.runs.Switches, o.runs.Objective
		outcome, err := tuner.Recommend(in)
		if err != nil {
			sc.Leave(w, w.Placed(err))
			continue
		}
		if gap := hidesVersion(sc, w); gap != nil {
			notes = append(notes, fmt.Sprintf("%s: Spark version unknown, so the newest is assumed: %s %s %s; grant: %s", w.Title, gap.Verb, gap.Resource, gap.Reason(), gap.Grant()))
		}
		all = append(all, tuned{w, outcome})
	}
	return all, notes
}
