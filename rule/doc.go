// Package rule is the engine: a rule says once what a Spark workload should look like, and whoever runs it
// decides what becomes of that wish. The webhook and inject carry it as JSON patch operations, doctor reports
// it as a finding, fix carries it after the user has seen the diff.
//
// A rule never assigns to the object that it looks at. It calls verbs on a [Pass]; each verb changes the typed
// copy, records the operation and how to take it back, and keeps the guards that hold for every rule:
// a user's value is never overwritten at admission, and what cannot be seen is refused with a reason.
// A finding exists exactly when a verb was called, so detection and repair cannot disagree.
//
// The package is pure: it reads no clock, no file and no network.
package rule
