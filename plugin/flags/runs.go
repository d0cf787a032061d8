package flags

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
)

// Runs says which runs a recommendation goes by, and what the next one is to write.
type Runs struct {
	MinRuns int
	// Switches is nil where nothing is asked for.
	Switches *tuner.Switches
	// Objective chooses the number of executors; "" for none.
	Objective scaling.Objective

	evidence, objective string
}

// configured is the value of --enable-evidence without one.
const configured = "-"

// AddFlags adds the flags.
func (r *Runs) AddFlags(f *pflag.FlagSet) {
	f.IntVar(&r.MinRuns, "min-runs", tuner.DefaultMinRuns, "with --event-log: how many runs must have ended well before anything is reduced")
	f.StringVar(&r.objective, "objective", "", "with --event-log: choose the number of executors by predictions: "+strings.Join(scaling.Objectives(), ", ")+". Without it executors are removed only where that takes at most 5 % longer")
	f.StringVar(&r.evidence, "enable-evidence", "", "switch on what the next run must write: event log, memory peaks, RSS, GC log. The value is the folder of event logs (s3a://BUCKET/FOLDER); without one the configured folder is kept")
	f.Lookup("enable-evidence").NoOptDefVal = configured
	Under(f, EventLogs, "min-runs", "enable-evidence")
	Under(f, Sized, "objective")
}

// Read reads the flags; changed says which were given, and logs that there are some to go by.
func (r *Runs) Read(changed func(flag string) bool, logs bool) error {
	switch {
	case changed("min-runs") && !logs:
		return errors.New("--min-runs counts event logs: give them with --event-log")
	case r.MinRuns < 1:
		return fmt.Errorf("--min-runs=%d: must be at least 1", r.MinRuns)
	case changed("objective") && !logs:
		return errors.New("--objective predicts a run: give its log with --event-log or --history-server")
	case changed("objective") && !slices.Contains(scaling.Objectives(), r.objective):
		return fmt.Errorf("--objective=%s: must be one of %s", r.objective, strings.Join(scaling.Objectives(), ", "))
	}
	if r.Objective = scaling.Objective(r.objective); !changed("enable-evidence") {
		return nil
	}
	r.Switches = &tuner.Switches{}
	if r.evidence == configured {
		return nil
	}
	if r.Switches.Dir = r.evidence; !strings.Contains(r.evidence, "/") || strings.ContainsFunc(r.evidence, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return fmt.Errorf("--enable-evidence=%q: must be a folder that the driver can write to, as s3a://BUCKET/FOLDER", r.evidence)
	}
	return nil
}

// Words are the flags as they were given, to be pasted.
func (r *Runs) Words() (words []string) {
	if r.MinRuns != tuner.DefaultMinRuns {
		words = append(words, fmt.Sprintf("--min-runs=%d", r.MinRuns))
	}
	if r.Objective != "" {
		words = append(words, "--objective="+string(r.Objective))
	}
	switch {
	case r.evidence == configured:
		words = append(words, "--enable-evidence")
	case r.evidence != "":
		words = append(words, "--enable-evidence="+change.Quote(r.evidence))
	}
	return words
}
