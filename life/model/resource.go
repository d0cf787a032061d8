package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Resource is what an operator says of a custom resource.
type Resource struct {
	State   string // as the operator words it: SUBMISSION_FAILED
	Message string // cut to a bound
	Verdict Verdict
	// Quota is the ResourceQuota that the message names; Denied the right that it says is missing.
	Quota, Denied string
}

// Verdict is what a state means.
type Verdict int

// The verdicts.
const (
	NotSaid      Verdict = iota // no state, or one that is not known
	Waiting                     // no pods yet
	Running                     // as far as the operator knows
	Succeeded                   // it has ended well
	NotSubmitted                // the operator could not submit it, or refuses its schedule
	HasFailed                   // it ran, or tried to, and has failed
)

// verdicts of states: of Kubeflow's SparkApplication (api/v1beta2/sparkapplication_types.go) and ScheduledSparkApplication,
// SparkConnect, Apache's SparkApplication and SparkCluster (ApplicationStateSummary.java), and Stackable's.
var verdicts = map[string]Verdict{
	"SUBMITTED": Waiting, "RUNNING": Running, "COMPLETED": Succeeded, "SUBMISSION_FAILED": NotSubmitted, "FAILED": HasFailed, "FAILING": HasFailed, "SUCCEEDING": Succeeded,
	"PENDING_RERUN":    Waiting,
	"FailedValidation": NotSubmitted, "Scheduled": Running, "Validating": Waiting,
	"Ready": Running, "NotReady": Waiting, "Provisioning": Waiting,
	"Submitted": Waiting, "DriverRequested": Waiting, "DriverStarted": Waiting, "DriverReady": Running, "InitializedBelowThresholdExecutors": Running,
	"RunningHealthy": Running, "RunningWithBelowThresholdExecutors": Running, "Succeeded": Succeeded,
	"DriverStartTimedOut": HasFailed, "DriverReadyTimedOut": HasFailed, "ExecutorsStartTimedOut": HasFailed, "DriverEvicted": HasFailed, "Failed": HasFailed,
	"SchedulingFailure": NotSubmitted, "Running": Running, "Pending": Waiting,
}

// status is what is read of a custom resource's status.
type status struct {
	Status struct {
		ApplicationState struct{ State, ErrorMessage string }
		ExecutorState    map[string]string
		ScheduleState    string
		Reason           string
		CurrentState     struct{ CurrentStateSummary, Message string }
		History          map[string]struct{ CurrentStateSummary, Message string } `json:"stateTransitionHistory"`
		State            any                                                      // of a SparkConnect a text
		Phase            string

		// Of a SparkApplication: how often it was submitted, and how often that went well.
		SubmissionAttempts, ExecutionAttempts int64
	}
}

// OfResource reads what an operator says of a custom resource; nil where it says nothing that is known. The error names the field
// that cannot be read.
func OfResource(raw []byte) (*Resource, error) {
	if !bytes.Contains(raw, []byte(`"status"`)) { // as in most files
		return nil, nil
	}
	var read status
	if err := json.Unmarshal(raw, &read); err != nil && len(raw) > 0 {
		return nil, unread(err)
	}
	s := &read.Status
	state, message := s.ApplicationState.State, s.ApplicationState.ErrorMessage
	text, _ := s.State.(string)
	switch {
	case state != "":
	case s.ScheduleState != "":
		state, message = s.ScheduleState, s.Reason
	case s.CurrentState.CurrentStateSummary != "":
		state, message = apache(s.CurrentState.CurrentStateSummary, s.CurrentState.Message, s.History)
	default:
		state = s.Phase
		if text != "" {
			state = text
		}
	}
	verdict := verdicts[state]
	if state == "FAILED" && s.SubmissionAttempts > 0 && s.ExecutionAttempts == 0 {
		verdict = NotSubmitted // SUBMISSION_FAILED becomes this when the operator does not try again
	}
	if verdict == NotSaid {
		return nil, nil
	}
	r := &Resource{State: state, Message: MainLine(message), Verdict: verdict}
	if refusedByQuota(message) {
		r.Quota = quotaOf(message)
	}
	r.Denied = deniedOf(message)
	return r, nil
}

// unread words why a status cannot be read: which field, and what stands there.
func unread(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("its status was not read: %s", Text(err.Error()))
	}
	path := strings.Split(wrong.Field, ".")
	for i, name := range path { // a field without a tag is named as in Go
		if name != "" {
			path[i] = strings.ToLower(name[:1]) + name[1:]
		}
	}
	return fmt.Errorf("its status was not read: %s is of the wrong type: %s", cut(strings.Join(path, "."), maxText), wrong.Value)
}

// apache is the state that says how an application of Apache's operator ended: what follows it only says that its pods were removed.
func apache(state, message string, history map[string]struct{ CurrentStateSummary, Message string }) (string, string) {
	if state != "ResourceReleased" && state != "TerminatedWithoutReleaseResources" {
		return state, message
	}
	keys := slices.SortedFunc(maps.Keys(history), func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a) // numbers, the last first
		}
		return strings.Compare(b, a)
	})
	for _, k := range keys {
		if one := history[k]; one.CurrentStateSummary != "ResourceReleased" && one.CurrentStateSummary != "TerminatedWithoutReleaseResources" {
			return one.CurrentStateSummary, one.Message
		}
	}
	return state, message
}
