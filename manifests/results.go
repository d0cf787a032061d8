package manifests

// Result is what became of a request that the webhook answered: a label of its metrics, and a key of Replica.Results.
type Result string

// The results.
const (
	Injected     Result = "injected"     // answered with edits
	Shadowed     Result = "shadowed"     // would have been answered with edits, were it not for shadow mode
	Unchanged    Result = "unchanged"    // a Spark pod that needed none
	Disabled     Result = "disabled"     // opted out
	Unrecognised Result = "unrecognised" // no Spark role that is certain
	Malformed    Result = "malformed"    // not a review that can be answered with edits
	Failed       Result = "failed"       // edits that could not be verified
	TooLarge     Result = "too-large"    // holds more than is looked at, or could be larger with edits than etcd takes
	Busy         Result = "busy"         // no room for it among the other large ones
	Late         Result = "late"         // took longer than a review may
	Probed       Result = "probed"       // a pod of a dry run, by which install and status prove that the webhook works
)

// Results are all results, in the order in which they are told.
func Results() []Result {
	return []Result{Injected, Shadowed, Unchanged, Disabled, Unrecognised, Malformed, Failed, TooLarge, Busy, Late, Probed}
}
