package tune

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/fleet"
	"github.com/kubectl-spark/kubectl-spark/fleet/job"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// asked are the flags that the recommendations of a fleet go by. None needs a shell's quotes: names of settings, numbers and shapes.
func (o *options) asked() []string {
	words := slices.Concat(o.runs.Words(), o.Limits())
	for _, text := range o.shapes {
		words = append(words, "--node-shape="+text)
	}
	if o.try {
		words = append(words, "--try")
	}
	if o.goal != "keep" {
		words = append(words, "--goal="+o.goal)
	}
	if o.all {
		words = append(words, "--all")
	}
	return words
}

// oneByOne are the flags of the command of one application: those of them that it takes too, and what reads the logs of a claim.
func (o *options) oneByOne() []string {
	words := slices.Concat(o.runs.Words(), o.Limits())
	if _, _, is := source.Claim(o.fleet); is {
		words = slices.Concat(words, o.from.Words(), o.Reach())
	}
	return words
}

// part says what results of this folder and these flags are of. It names the Job and the folder of its results where the user did not.
func (o *options) part() (p fleet.Part, err error) {
	p = fleet.Part{MinRuns: o.runs.MinRuns, Flags: o.asked(), Version: o.Version}
	if p.Folder, err = source.Path(o.fleet); err != nil {
		return p, fmt.Errorf("--fleet: %w", err)
	}
	if o.job.Name == "" {
		sum := sha256.Sum256([]byte(strings.Join(append([]string{p.Folder}, p.Flags...), "\n")))
		o.job.Name = fmt.Sprintf("spark-fleet-%x", sum[:4])
	}
	if o.job.Results == "" {
		o.job.Results = fleet.Results(p.Folder, o.job.Name)
	}
	if _, err = source.Path(o.job.Results); err != nil {
		return p, fmt.Errorf("--results: %w", err)
	}
	return p, nil
}

// unwrittenError is the error of a pod whose result cannot be written.
type unwrittenError struct{ error }

// runShard reads the share of this pod, and writes its result.
func (o *options) runShard(ctx context.Context) (err error) {
	const variable = "JOB_COMPLETION_INDEX"
	index, err := strconv.Atoi(os.Getenv(variable))
	if err != nil || index < 0 || index >= o.job.Shards {
		return fmt.Errorf("--shards=%d: %s=%q is not an index of a Job with so many completions", o.job.Shards, variable, os.Getenv(variable))
	}
	p, err := o.part()
	if err != nil {
		return err
	}
	results, path, done, err := source.Open(ctx, o.job.Results, o.from.Source)
	if err != nil {
		return fmt.Errorf("--results: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	put := func(ctx context.Context, name string, data []byte) error {
		if err := source.Put(ctx, strings.TrimRight(o.job.Results, "/")+"/"+name, data, o.from.Source); err != nil {
			return unwrittenError{fmt.Errorf("--results: %w", err)}
		}
		return nil
	}
	p.Shard, p.Shards, p.Run = index, o.job.Shards, os.Getenv("JOB_UID")
	var begun *fleet.Beginnings
	if p.Run != "" {
		begun = &fleet.Beginnings{Run: p.Run, Put: put, Get: func(ctx context.Context, name string) (io.ReadCloser, error) {
			e, err := results.Look(ctx, strings.TrimRight(path, "/")+"/"+name)
			if err != nil {
				return nil, err
			}
			return results.Open(ctx, e)
		}}
	}
	r, err := o.readFleet(ctx, fleet.Shard{Index: index, Of: o.job.Shards}, begun)
	if err != nil {
		return err
	}
	p.Written = time.Now().UTC()
	data, err := p.Encode(r)
	if err == nil {
		err = put(ctx, p.Name(), data)
	}
	if err != nil {
		return err
	}
	logs := 0
	for _, one := range r.Applications {
		logs += one.Logs
	}
	o.Say("note: ", fmt.Sprintf("share %d of %d: %s with %s, %d not used", index, o.job.Shards, report.Count(len(r.Applications), "application", "applications"), report.Count(logs, "log", "logs"), len(r.NotUsed)))
	return nil
}

// fleetJob is the Job that the flags ask for.
func (o *options) fleetJob(p *fleet.Part) (*batchv1.Job, error) {
	j := &o.job.FleetJob
	var err error
	if j.Namespace, err = o.Session.Namespace(); err != nil {
		return nil, err
	}
	for _, name := range []string{p.Folder, o.job.Results} {
		namespace, claim, is := source.Claim(name)
		switch {
		case !is:
			continue
		case o.NamespaceFlag() != "" && o.NamespaceFlag() != namespace:
			return nil, fmt.Errorf("--namespace=%s: the claim %s is mounted by pods of its namespace alone, %s", o.NamespaceFlag(), claim, namespace)
		case j.Claim != "" && (j.Claim != claim || j.Namespace != namespace):
			return nil, errors.New("--results is on another claim than the logs: pods mount one; leave it out, or give a folder of the same claim or a store")
		case o.from.Source.Pod.Image == "":
			return nil, errors.New("the results on a claim are read by a pod, and no image is named for it: give one with --pvc-image, as the image of the Spark jobs")
		}
		j.Namespace, j.Claim, j.ClaimUser = namespace, claim, o.from.Source.Pod.User
	}
	if j.Claim == "" && !strings.Contains(o.job.Results, "://") {
		return nil, fmt.Errorf("--results=%s: pods cannot write to this machine: give the URL of a store", o.job.Results)
	}
	j.Args = slices.Concat([]string{"tune", "--fleet=" + p.Folder}, p.Flags, []string{"--shards=" + fmt.Sprint(j.Shares), "--results=" + o.job.Results})
	if j.Claim != "" {
		j.Args = append(j.Args, "--mounted="+manifests.ClaimFolder)
	}
	if err := j.Validate(); err != nil {
		return nil, fmt.Errorf("--job: %w", err)
	}
	return j.Object(), nil
}

// runJob starts the Job, or finds it again, waits until it has ended, and shows what its pods found.
func (o *options) runJob(ctx context.Context) error {
	p, err := o.part()
	if err != nil {
		return err
	}
	want, err := o.fleetJob(&p)
	if err != nil {
		return err
	}
	if o.applying.DryRun() == "client" {
		text, err := manifests.JSON(want)
		if err != nil {
			return err
		}
		return o.printJob(want.Name, text, "dry run")
	}
	reader, err := o.Reader()
	if err != nil {
		return err
	}
	run := &job.Run{Reader: reader, Progress: o.Progress.Count, Say: func(note string) { o.Say("note: ", clean.Line(mask.Message(note))) }}
	if o.applying.DryRun() == "server" {
		text, err := run.Create(ctx, want, true)
		if err != nil {
			return err
		}
		return o.printJob(want.Name, text, "server dry run")
	}
	if err := o.readable(ctx); err != nil {
		return err
	}
	have, created, err := run.Start(ctx, want)
	if err != nil {
		return err
	}
	ended, _ := job.Ended(have)
	again := fmt.Sprintf("to read the logs anew, delete it: kubectl delete job %s -n %s", have.Name, have.Namespace)
	switch {
	case created:
		o.Say("note: ", fmt.Sprintf("Job %s of namespace %s reads the logs in %s", have.Name, have.Namespace, report.Count(int(o.job.Shares), "pod", "pods")))
	case ended:
		o.Say("note: ", fmt.Sprintf("Job %s of namespace %s has ended, and its results are shown; %s", have.Name, have.Namespace, again))
	default:
		o.Say("note: ", fmt.Sprintf("Job %s of namespace %s is there already; %s", have.Name, have.Namespace, again))
	}
	end := o.Progress.Begin("waiting for the pods of Job " + have.Name)
	failed, err := run.Wait(ctx, have)
	end()
	if ctx.Err() != nil {
		o.Say("note: ", fmt.Sprintf("Job %s goes on. The same command waits for it again. To see its results when it has ended: %s", have.Name, o.mergeCommand(&p)))
		return context.Cause(ctx)
	}
	switch {
	case errors.As(err, new(*job.StuckError)):
		return fmt.Errorf("no pod of Job %s of namespace %s can start: %w; when that is fixed, run the same command again; for other flags delete the Job first: kubectl delete job %[1]s -n %[2]s", have.Name, have.Namespace, err)
	case err != nil:
		return cluster.After(err, "Job "+have.Name+" was started", "run the same command again, or see the results that there are with "+o.mergeCommand(&p))
	}
	p.Run, p.Shards = string(have.UID), int(o.job.Shares)
	return o.merge(ctx, p, failed)
}

// readable says before a Job is started that this machine could not read its results. A claim is read by a pod, which is made when there
// is something to read.
func (o *options) readable(ctx context.Context) error {
	if o.job.Claim != "" {
		return nil
	}
	files, path, done, err := source.Open(ctx, o.job.Results, o.from.Source)
	if err == nil {
		_, err = files.List(ctx, path)
		err = errors.Join(err, done())
	}
	if err != nil {
		return fmt.Errorf("no Job was started, for this machine could not read its results: %s: %w", o.job.Results, err)
	}
	return nil
}

// mergeCommand shows the results of the Job, later.
func (o *options) mergeCommand(p *fleet.Part) string {
	words := []string{"tune", "--fleet=" + change.Quote(o.fleet)}
	for _, word := range p.Flags {
		words = append(words, change.Quote(word))
	}
	words = append(words, o.from.Words()...)
	return o.Command(strings.Join(append(append(words, o.job.Words()...), "--merge"), " "))
}

// printJob writes the Job as JSON or YAML, or else its name with what was done.
func (o *options) printJob(name string, text []byte, done string) (err error) {
	switch o.output {
	case "json":
		var b bytes.Buffer
		if err := json.Indent(&b, text, "", "    "); err != nil {
			return err
		}
		text = append(b.Bytes(), '\n')
	case "yaml":
		if text, err = yaml.JSONToYAML(text); err != nil {
			return err
		}
	case "table", "name":
		text = []byte(fmt.Sprintf("job.batch/%s created (%s)\n", name, done))
	default:
		return fmt.Errorf("--output=%s: a dry run shows the Job: use yaml or json", o.output)
	}
	_, err = o.Out.Write(text)
	return err
}

// merge shows the results that there are. failed says why a share has none, as far as that is known.
func (o *options) merge(ctx context.Context, p fleet.Part, failed map[int]string) (err error) {
	files, path, done, err := source.Open(ctx, o.job.Results, o.from.Source)
	if err != nil {
		return fmt.Errorf("--results: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	m := fleet.Merger{Files: files, Want: p, Flags: o.oneByOne(), Failed: failed, Right: o.all, Reasons: !o.forms.Own(), Begin: o.Progress.Begin, Progress: o.Progress.Count}
	r, notes, err := m.Read(ctx, path)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, fleet.ErrNoResult):
		fmt.Fprintf(o.ErrOut, "error: %s: %s: wait for the Job, or start one with --job\n", clean.Line(path), clean.Line(mask.Message(err.Error())))
		return session.Coverage
	case err != nil:
		return fmt.Errorf("%s: %w", o.job.Results, err)
	}
	o.Tell(notes, false)
	return o.showFleet(r)
}
