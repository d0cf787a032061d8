package flags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// Job says that a folder of event logs is read by a Job of the cluster, and what that is made of.
type Job struct {
	manifests.FleetJob
	Run   bool // the Job is started or waited for, then its results are shown
	Merge bool // the results of a Job are shown
	// Results is the URL of the folder for the results; "" for the usual one.
	Results string
	// Shards is how many shares there are where this process is one of them; 0 in the hands of a user.
	Shards int

	named, placed bool // the user named the Job, and the folder for its results
}

// jobFlags are those that are about a Job.
var jobFlags = []string{"job", "merge", "job-name", "completions", "parallelism", "image", "image-pull-secret", "service-account", "env-from-secret", "results"}

// defaultShares is how many pods read a folder.
const defaultShares = 8

// AddFlags adds the flags.
func (j *Job) AddFlags(cmd *cobra.Command, complete Complete) {
	f := cmd.Flags()
	f.BoolVar(&j.Run, "job", false, "with --fleet: a Job of the cluster reads the logs, each pod a share of the applications, then the results are shown. The same command again waits for the Job that it started")
	f.BoolVar(&j.Merge, "merge", false, "with --fleet: show the results that a Job has written so far")
	f.StringVar(&j.Name, "job-name", "", "`NAME` of the Job; by default one made from the folder and the flags")
	f.Int32Var(&j.Shares, "completions", defaultShares, "with --job: into how many shares the applications are divided, one pod for each")
	f.Int32Var(&j.AtOnce, "parallelism", 0, "with --job: how many pods run at a time (default: all)")
	f.StringVar(&j.Image, "image", "", "with --job: `IMAGE` of this plugin, with tag or digest; make image builds it")
	f.StringVar(&j.PullSecret, "image-pull-secret", "", "with --job: `SECRET` to pull the image with")
	f.StringVar(&j.ServiceAccount, "service-account", "", "with --job: ServiceAccount (`NAME`) that the cloud lets read the logs and write the results (workload identity)")
	f.StringVar(&j.Secret, "env-from-secret", "", "with --job: `SECRET` whose keys are variables of the pods, as AWS_ACCESS_KEY_ID, and files in "+manifests.SecretFolder)
	f.StringVar(&j.Results, "results", "", "with --job or --merge: `URL` of the folder for the results (default: .kubectl-spark/NAME in the folder of logs)")
	f.IntVar(&j.Shards, "shards", 0, "with --fleet: read the share of JOB_COMPLETION_INDEX out of so many, and write its result")
	_ = f.MarkHidden("shards") // the pods' own; the flag was declared above
	for _, flag := range jobFlags {
		complete(cmd, flag, Values())
	}
	Under(f, Jobs, jobFlags...)
}

// Read checks the flags; changed says which were given, and folder is the folder of logs.
func (j *Job) Read(changed func(flag string) bool, folder string) error {
	switch {
	case j.Run && j.Merge:
		return errors.New("--job starts a Job and shows its results, and --merge only shows them: give one of them")
	case j.Shards != 0 && (j.Run || j.Merge):
		return errors.New("--shards is for the pods of a Job: leave it out")
	case j.Shards < 0 || j.Shards > manifests.MostShares:
		return fmt.Errorf("--shards=%d: must be 1 to %d", j.Shards, manifests.MostShares)
	case j.Shards > 0 && !changed("results"):
		return errors.New("--shards writes a result: give the folder with --results")
	}
	if !j.Run && !j.Merge && j.Shards == 0 {
		for _, flag := range jobFlags {
			if changed(flag) {
				return fmt.Errorf("--%s is about a Job that reads a folder of logs: give it with --fleet and --job", flag)
			}
		}
		return nil
	}
	switch {
	case !changed("fleet"):
		return errors.New("--job, --merge and --shards read a folder of logs: give its URL with --fleet")
	case j.Run && !strings.Contains(folder, "://"):
		return fmt.Errorf("--job: pods cannot read %s of this machine: give the URL of a store or a claim, as s3a://logs/spark or pvc://NAMESPACE/CLAIM/PATH", folder)
	case changed("show-secrets"):
		return errors.New("--show-secrets: results of a Job never hold secrets: leave it out")
	case j.Merge && (changed("completions") || changed("parallelism") || changed("image") || changed("image-pull-secret") || changed("service-account") || changed("env-from-secret")):
		return errors.New("--merge reads results that are there: leave out flags about pods")
	case changed("results") && j.Results == "":
		return errors.New("--results is empty: give the URL of a folder")
	case j.Run && j.Image == "":
		return errors.New("--job runs this plugin in pods: give its image with --image; make image builds it")
	}
	j.named, j.placed = changed("job-name"), changed("results")
	if !changed("parallelism") {
		j.AtOnce = j.Shares
	}
	return nil
}

// Words are the flags that find the results of the Job again, to be pasted.
func (j *Job) Words() (words []string) {
	if j.named {
		words = append(words, "--job-name="+change.Quote(j.Name))
	}
	if j.placed {
		words = append(words, "--results="+change.Quote(j.Results))
	}
	return words
}
