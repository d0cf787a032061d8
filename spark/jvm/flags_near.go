package jvm

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/spelling"
)

// NearestFlag is the one flag that a name was most likely meant to be: known to that release without being unlocked, or an unlock option,
// of the wanted kind, and at most two letters away (one for short names). ok is false where none is, or several are.
func NearestFlag(java int, name string, boolean bool) (nearest string, ok bool) {
	most := 2
	if len(name) < 10 {
		most = 1
	}
	best := most + 1
	for line := range strings.SplitSeq(flagTable, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := parseFlag(line)
		if d := len(f.Name) - len(name); d > most || d < -most || f.Boolean != spark.AnswerOf(boolean) || f.State(java) != FlagProduct && !unlocks(f.Name) {
			continue
		}
		d := 0
		if !strings.EqualFold(f.Name, name) {
			d = spelling.Distance(f.Name, name, most)
		}
		switch {
		case d < best:
			nearest, best, ok = f.Name, d, true
		case d == best && d <= most:
			ok = false
		}
	}
	return nearest, ok && best <= most
}

// unlocks says whether a flag is an unlock option, which JVMs print as of the kind that it unlocks.
func unlocks(name string) bool {
	return name == "UnlockDiagnosticVMOptions" || name == "UnlockExperimentalVMOptions"
}
