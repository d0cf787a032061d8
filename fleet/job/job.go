// Package job runs the Job of manifests.FleetJob: it starts it or finds it again, waits, and says what became of each index. Start with
// Run.Start.
package job

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// Run is one Job.
type Run struct {
	Reader *cluster.Reader
	// Say gets a note for the user, and Progress how many of how many indexes have ended.
	Say      func(note string)
	Progress func(done, of int)
	Pause    time.Duration // between two looks; 0 stands for two seconds
	Patience time.Duration // with pods none of which can start; 0 stands for two minutes

	said  map[string]bool
	stuck time.Time // since when no pod can start; the zero time where one can
}

const (
	pause = 2 * time.Second
	// mostFailures is how often in a row the API server may not answer while the Job runs.
	mostFailures = 10
	// looks is how often the Job is looked at before its pods are.
	looks    = 5
	patience = 2 * time.Minute
	// slow is how long a container may be created before a user is told.
	slow = time.Minute
	// rights are what an account needs to run a Job.
	rights = "grant: create,get jobs.batch and list pods"
)

func collection(namespace string) string { return cluster.Path("batch/v1", "Job", namespace) }

// Start creates the Job. One that is there already, and asks the same, is taken as it is; created is false then.
func (r *Run) Start(ctx context.Context, want *batchv1.Job) (have *batchv1.Job, created bool, err error) {
	have = &batchv1.Job{}
	found, err := r.Reader.Get(ctx, collection(want.Namespace), want.Name, have)
	switch {
	case apierrors.IsForbidden(err):
		return nil, false, fmt.Errorf("%w; %s", err, rights)
	case err != nil:
		return nil, false, err
	case found:
		return have, false, same(have, want)
	}
	raw, err := r.Create(ctx, want, false)
	if apierrors.IsAlreadyExists(err) { // another command was first
		if found, err := r.Reader.Get(ctx, collection(want.Namespace), want.Name, have); err == nil && found {
			return have, false, same(have, want)
		}
	}
	if err != nil {
		return nil, false, err
	}
	if err := json.Unmarshal(raw, have); err != nil {
		return nil, false, fmt.Errorf("the API server's answer is not a Job: %w", err)
	}
	return have, true, nil
}

// Create sends the Job to the API server, which keeps nothing in a dry run, and gives what it made of it.
func (r *Run) Create(ctx context.Context, want *batchv1.Job, dryRun bool) ([]byte, error) {
	body, err := manifests.JSON(want)
	if err != nil {
		return nil, err
	}
	raw, err := r.Reader.Create(ctx, collection(want.Namespace), body, cluster.ApplyOptions{Manager: manifests.FieldManager, DryRun: dryRun})
	switch {
	case apierrors.IsForbidden(err):
		return nil, fmt.Errorf("the Job %s: %w; %s", want.Name, err, rights)
	case err != nil:
		return nil, fmt.Errorf("the Job %s: %w", want.Name, err)
	}
	return raw, nil
}

// same refuses a Job of the name that asks something else.
func same(have, want *batchv1.Job) error {
	containers := have.Spec.Template.Spec.Containers
	switch {
	case have.DeletionTimestamp != nil:
		return fmt.Errorf("the Job %s of namespace %s is being deleted: run the command again when it is gone", have.Name, have.Namespace)
	case have.Labels[manifests.NameLabel] != manifests.FleetName || len(containers) != 1:
		return fmt.Errorf("namespace %s has another Job %s: give another name with --job-name", have.Namespace, have.Name)
	case have.Spec.Completions == nil || *have.Spec.Completions != *want.Spec.Completions || !slices.Equal(containers[0].Args, want.Spec.Template.Spec.Containers[0].Args):
		return fmt.Errorf("the Job %s of namespace %s reads with other flags: delete it, or give another name with --job-name", have.Name, have.Namespace)
	}
	return nil
}

// Ended says whether a Job has ended, and why it failed; "" where it did not.
func Ended(j *batchv1.Job) (ended bool, failed string) {
	for _, c := range j.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobComplete:
			return true, ""
		case batchv1.JobFailed:
			return true, c.Reason + ": " + c.Message
		}
	}
	return false, ""
}

// Wait waits until the Job has ended. failed says of each index without a result why it has none.
func (r *Run) Wait(ctx context.Context, j *batchv1.Job) (failed map[int]string, err error) {
	failures := 0
	for look := 0; ; look++ {
		now := &batchv1.Job{}
		found, err := r.Reader.Get(ctx, collection(j.Namespace), j.Name, now)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			if failures++; failures == mostFailures || !passing(err) {
				return nil, err
			}
		case !found || now.UID != j.UID:
			return nil, fmt.Errorf("the Job %s of namespace %s was deleted while it ran", j.Name, j.Namespace)
		default:
			failures = 0
			r.Progress(int(now.Status.Succeeded)+indexes(failedIndexes(now), completions(now)).count(), completions(now))
			if ended, why := Ended(now); ended {
				return r.failed(ctx, now, why)
			}
			if look%looks == 0 {
				if err := r.look(ctx, now); err != nil {
					return nil, err
				}
			}
		}
		select {
		case <-time.After(cmp.Or(r.Pause, pause)):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// passing says of an error that it may be gone at the next look.
func passing(err error) bool {
	return errors.As(err, new(*cluster.NoAnswerError)) || cluster.Unsure(err) || apierrors.IsTooManyRequests(err)
}

func completions(j *batchv1.Job) int {
	if j.Spec.Completions == nil {
		return 0
	}
	return int(*j.Spec.Completions)
}

func failedIndexes(j *batchv1.Job) string {
	if j.Status.FailedIndexes == nil {
		return ""
	}
	return *j.Status.FailedIndexes
}

// failed are the indexes of an ended Job that did not succeed, with what their last pod said. Where the pods cannot be read that is said.
func (r *Run) failed(ctx context.Context, j *batchv1.Job, why string) (map[int]string, error) {
	all := map[int]string{}
	if why == "" {
		return all, nil
	}
	done := indexes(j.Status.CompletedIndexes, completions(j))
	own := indexes(failedIndexes(j), completions(j))
	ends, err := r.ends(ctx, j)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for i := range completions(j) {
		switch {
		case done.has(i):
		case ends[i] != "":
			all[i] = ends[i]
		case own.has(i) && err != nil:
			all[i] = "it failed: " + err.Error()
		case own.has(i):
			all[i] = "it failed, and its pods are gone"
		default:
			all[i] = "the Job ended before it (" + why + ")"
		}
	}
	return all, nil
}
