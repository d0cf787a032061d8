// Package wording makes sentences of what several verbs and parts of one finding say.
package wording

import (
	"slices"
	"strings"
)

// Fault is what messages of one fault have in common: their form, or the whole message where the form has no words.
func Fault(form, message string) string {
	words := 0
	for _, word := range strings.Fields(form) {
		if !strings.Contains(word, "%") {
			words++
		}
	}
	if words < 3 {
		return message
	}
	return form
}

// Message is the sentence of a finding: what it is about, the states of its parts, and what they do to the user.
func Message(subject string, states []string, consequence string) string {
	list := strings.Join(states, ", ")
	if subject != "" {
		list = subject + ": " + list
	}
	return list + "; " + consequence
}

// Order is what to set for a finding, by where that stands.
type Order struct {
	places []string
	sets   map[string][]string
}

// Add notes what to set at a place.
func (o *Order) Add(set, where string) {
	if o.sets == nil {
		o.sets = map[string][]string{}
	}
	if o.sets[where] == nil {
		o.places = append(o.places, where)
	}
	o.sets[where] = append(o.sets[where], set)
}

// Sentence says what to set at each place.
func (o *Order) Sentence() string {
	all := slices.Clone(o.places)
	for i, where := range all {
		all[i] = "set " + strings.Join(o.sets[where], ", ") + " " + where
	}
	return strings.Join(all, "; ")
}

// NotFixed are the states of a finding that are not fixed, by why.
type NotFixed struct {
	reasons []string
	states  map[string][]string
	count   int
}

// Add notes a state that is not fixed, for a reason.
func (n *NotFixed) Add(state, reason string) {
	if n.states == nil {
		n.states = map[string][]string{}
	}
	if n.states[reason] == nil {
		n.reasons = append(n.reasons, reason)
	}
	n.states[reason], n.count = append(n.states[reason], strings.TrimPrefix(state, "and ")), n.count+1
}

// Sentence says why edits of a finding are not made; where some are made, it names the others.
func (n *NotFixed) Sentence(of int) string {
	if n.count == 0 {
		return ""
	}
	why := slices.Clone(n.reasons)
	for i, reason := range why {
		if n.count < of {
			why[i] = strings.Join(n.states[reason], ", ") + " (" + reason + ")"
		}
	}
	return "Not fixed automatically: " + strings.Join(why, "; ")
}
