package model

import (
	"regexp"
	"slices"
	"strings"
)

// What keeps a pod off nodes, in the scheduler's words, and what Cause makes of it.
var schedulerWords = []struct{ words, cause string }{
	{"Insufficient ", "Insufficient"}, // with the resource
	{"untolerated taint", "taints"},
	{"didn't match Pod's node affinity/selector", "selectors"},
	{"didn't match pod affinity rules", "affinity"},
	{"didn't match pod anti-affinity rules", "anti-affinity"},
	{"were unschedulable", "cordoned nodes"},
	{"unbound immediate PersistentVolumeClaims", "claims"},
	{"volume node affinity conflict", "claims"},
	{"didn't find available persistent volumes", "claims"},
	{"persistentvolumeclaim", "claims"},
	{"Too many pods", "pods"},
	{"free ports", "ports"},
	{"no nodes available", "no nodes"},
}

var insufficient = regexp.MustCompile(`Insufficient ([A-Za-z0-9./-]{1,100})`)

// Insufficient begins the cause of a pod for whose requests nodes have no room; the resource follows.
const Insufficient = "insufficient "

// Causes of a pod that no node takes, besides resources.
const (
	CauseTaints    = "taints"
	CauseSelectors = "selectors"
	CauseClaims    = "claims"
)

// lackingOf is what the scheduler says is missing, the resource with the most nodes first: insufficient cpu, taints.
func lackingOf(message string) string {
	if i := strings.Index(message, "preemption:"); i > 0 {
		message = message[:i] // says again why other pods need not make room
	}
	var causes []string
	add := func(cause string) {
		if !slices.Contains(causes, cause) {
			causes = append(causes, cause)
		}
	}
	for _, one := range schedulerWords {
		if !strings.Contains(message, one.words) {
			continue
		}
		if one.cause != "Insufficient" {
			add(one.cause)
			continue
		}
		for _, m := range insufficient.FindAllStringSubmatch(message, 4) {
			add(Insufficient + strings.TrimRight(m[1], "."))
		}
	}
	return strings.Join(causes, ", ")
}
