package flags

import (
	"slices"

	"github.com/spf13/pflag"
)

// Headings of help, under which it lists what flags are about. Those without one stand first, under Flags.
const (
	Main      = "Flags"
	Workloads = "Workloads and files"
	Rules     = "Rules and levels"
	Sized     = "Settings and sizes"
	EventLogs = "Event logs"
	Predicted = "Prediction and comparison"
	Jobs      = "A folder of logs, read by a Job"
	Output    = "Output"
	Writing   = "Writing to the cluster"
	Server    = "The webhook's server"
	Scope     = "What is injected"
	Monitored = "Dashboards and alerts"
)

// headings are all headings, in the order of help.
func headings() []string {
	return []string{Main, Scope, Workloads, Rules, Sized, EventLogs, Predicted, Jobs, Output, Server, Monitored, Writing}
}

// underKey is the annotation of a flag that holds its heading.
const underKey = "kubectl-spark.io/heading"

// Under puts flags of a set under a heading.
func Under(f *pflag.FlagSet, heading string, names ...string) {
	for _, name := range names {
		_ = f.SetAnnotation(name, underKey, []string{heading}) // a name that the set lacks has no heading to get
	}
}

// Section is a heading with its flags.
type Section struct {
	Heading string
	Flags   *pflag.FlagSet
}

// Sections are the flags of a set that are not hidden, by heading.
func Sections(f *pflag.FlagSet) (all []Section) {
	under := map[string]*pflag.FlagSet{}
	f.VisitAll(func(one *pflag.Flag) {
		if one.Hidden {
			return
		}
		heading := Main
		if given := one.Annotations[underKey]; len(given) > 0 && slices.Contains(headings(), given[0]) {
			heading = given[0]
		}
		if under[heading] == nil {
			under[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
		}
		under[heading].AddFlag(one)
	})
	for _, heading := range headings() {
		if under[heading] != nil {
			all = append(all, Section{heading, under[heading]})
		}
	}
	return all
}
