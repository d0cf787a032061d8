// Package jvm knows the options of a Java virtual machine: which -XX flags each release has (flags.tsv, made by test/jvmflags), what
// is wrong with a list of options, and how it is put right. How Spark splits options and where a role's JVM gets them from
// stands in package spark. Start reading at CheckOptions.
package jvm

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// OptionFault is what is wrong with a -XX option.
type OptionFault byte

// The faults.
const (
	OptionGone       OptionFault = iota // older JDKs knew the flag, this one does nothing of it
	OptionMisspelt                      // no JDK knows the flag, and it is near to one that this JDK knows
	OptionLocked                        // the flag wants an unlock option in front of it
	OptionForm                          // a sign at a flag with a value, a value that is missing or of another form, or a boolean flag without a sign
	OptionCollectors                    // a second garbage collector
	OptionSize                          // -Xms, -Xmn or -Xss without a size that Java reads
	OptionWord                          // a word that is no option: java takes it for the main class
)

// OptionProblem is one fault of a list of JVM options.
type OptionProblem struct {
	Index int // of the token
	Fault OptionFault
	Flag  string // -XX:+Name, -XX:-Name or -XX:Name, without its value; the whole token where the value is wrong
	Hint  string // the flag meant, the unlock option, the right form, or the collector chosen before
	// Fatal says that the JVM does not start.
	Fatal bool
	// Dropped says that the JVM says nothing of it; without it a flag that is gone earns a warning in the log.
	Dropped bool
}

// maxOptions bounds how many tokens are looked at.
const maxOptions = 512

// CheckOptions finds what is wrong with the -XX options of a JVM, given in the order in which it reads them. tolerant
// says whether -XX:+IgnoreUnrecognizedVMOptions stands beside them, as Spark has it (TolerantJVM). That option forgives unknown names
// and nothing else: seen with Java 11, 17, 21 and 25. What a release of 0, an unknown one, makes certain is only that two collectors are
// too many. Java 8 forgives every fault of a single flag.
func CheckOptions(tokens []string, java int, tolerant spark.Answer) []OptionProblem {
	if len(tokens) > maxOptions {
		tokens = tokens[:maxOptions]
	}
	if spark.HasOption(tokens, "-XX:IgnoreUnrecognizedVMOptions") {
		tolerant = spark.Unknown
		for _, token := range tokens {
			if token == "-XX:+IgnoreUnrecognizedVMOptions" {
				tolerant = spark.Yes
			}
		}
	}
	var found []OptionProblem
	unlocked := map[FlagState]bool{}
	for i, token := range tokens {
		switch token {
		case "-XX:+UnlockDiagnosticVMOptions":
			unlocked[FlagDiagnostic] = true
		case "-XX:+UnlockExperimentalVMOptions":
			unlocked[FlagExperimental] = true
		}
		if p, wrong := checkWord(tokens, i); wrong {
			p.Index = i
			found = append(found, p)
			continue
		}
		if p, wrong := checkOption(token, java, tolerant, unlocked); wrong {
			p.Index = i
			found = append(found, p)
		}
	}
	return append(found, secondCollectors(tokens, java)...)
}

func checkOption(token string, java int, tolerant spark.Answer, unlocked map[FlagState]bool) (p OptionProblem, wrong bool) {
	name, sign, ok := ParseFlag(token)
	if !ok || java == 0 {
		return p, false
	}
	p.Flag = "-XX:" + name
	if sign != 0 {
		p.Flag = "-XX:" + string(sign) + name
	}
	f, known := LookupFlag(name)
	if !known {
		near, is := NearestFlag(java, name, sign != 0)
		p.Fault, p.Hint, p.Fatal, p.Dropped = OptionMisspelt, near, tolerant == spark.No, tolerant == spark.Yes
		return p, is && tolerant != spark.Unknown && !otherProcessor(name)
	}
	switch state := f.State(java); state {
	case FlagUnsure:
		return p, false
	case FlagUnknown:
		p.Fault, p.Fatal, p.Dropped = OptionGone, tolerant == spark.No, tolerant == spark.Yes
		// Switching off what is not there does no harm where it is forgiven.
		return p, f.Gone(java) && tolerant != spark.Unknown && (sign != '-' || p.Fatal)
	case FlagIgnored:
		p.Fault = OptionGone
		return p, sign != '-'
	case FlagDiagnostic, FlagExperimental:
		if unlocked[state] {
			break
		}
		p.Fault, p.Hint = OptionLocked, "-XX:+UnlockDiagnosticVMOptions"
		if state == FlagExperimental {
			p.Hint = "-XX:+UnlockExperimentalVMOptions"
		}
		p.Fatal, p.Dropped = java > 8 || tolerant == spark.No, java == 8 && tolerant == spark.Yes
		return p, p.Fatal || p.Dropped
	}
	if java > 8 && (f.Boolean == spark.Yes && sign == 0 || f.Boolean == spark.No && sign != 0) {
		p.Fault, p.Fatal, p.Hint = OptionForm, true, "-XX:"+name+"=VALUE"
		if f.Boolean == spark.Yes {
			p.Hint = "-XX:+" + name
		}
		return p, true
	}
	value, given := "", false
	if f.Boolean == spark.No {
		_, value, given = strings.Cut(token, "=")
	}
	if java > 8 && f.Boolean == spark.No && (!given || !f.Reads(value)) {
		p.Fault, p.Fatal, p.Hint = OptionForm, true, "-XX:"+name+"=VALUE"
		if f.kind == 'n' || f.kind == 'f' {
			p.Hint = "-XX:" + name + "=NUMBER"
		}
		if given && len(token) <= maxShownOption {
			p.Flag = token
		}
		return p, true
	}
	return p, false
}

const maxShownOption = 120

// HiddenFault says whether the options may have a fault that CheckOptions does not tell, because the release of Java is not known (0),
// or whether the JVM forgives what it does not know.
func HiddenFault(tokens []string, java int, tolerant spark.Answer) bool {
	releases, answers := []int{java}, []spark.Answer{tolerant}
	if java == 0 {
		releases = flagReleases[:]
	}
	if tolerant == spark.Unknown {
		answers = []spark.Answer{spark.Yes, spark.No}
	}
	known := CheckOptions(tokens, java, tolerant)
	for _, release := range releases {
		for _, answer := range answers {
			for _, p := range CheckOptions(tokens, release, answer) {
				if !slices.ContainsFunc(known, func(k OptionProblem) bool { return k.Index == p.Index && k.Fault == p.Fault }) {
					return true
				}
			}
		}
	}
	return false
}

// secondCollectors finds the flags that choose another collector than one before them, of those that the JDK knows.
func secondCollectors(tokens []string, java int) (found []OptionProblem) {
	switched := map[string]int{} // flag: index of the last token that speaks of it
	for i, token := range tokens {
		if name, sign, ok := ParseFlag(token); ok && sign != 0 && spark.CollectorByFlag(name) != "" {
			switched[name] = i
		}
	}
	first := ""
	for i, token := range tokens {
		name, sign, ok := ParseFlag(token)
		if !ok || sign != '+' || switched[name] != i || spark.CollectorByFlag(name) == "" || !chooses(name, java) {
			continue
		}
		switch {
		case first == "":
			first = name
		case spark.CollectorByFlag(first) != spark.CollectorByFlag(name):
			found = append(found, OptionProblem{Index: i, Fault: OptionCollectors, Flag: "-XX:+" + name, Hint: "-XX:+" + first, Fatal: true})
		}
	}
	return found
}

// chooses says whether the JDK certainly knows the collector.
func chooses(name string, java int) bool {
	if java == 0 {
		return name == "UseSerialGC" || name == "UseParallelGC" || name == "UseG1GC"
	}
	f, known := LookupFlag(name)
	if !known {
		return false
	}
	state := f.State(java)
	return state == FlagProduct || state == FlagExperimental || state == FlagDiagnostic
}

// TolerantJVM says whether Spark starts the role's JVM with -XX:+IgnoreUnrecognizedVMOptions: since 3.3 that of an application
// (JavaModuleOptions, by SparkSubmitCommandBuilder and SparkContext), since 4.0 that of a daemon (SparkClassCommandBuilder).
func TolerantJVM(role spark.Role, version spark.Version) spark.Answer {
	since := spark.Version{Major: 3, Minor: 3, Patch: 0}
	if role == spark.Master || role == spark.Worker || role == spark.History {
		since = spark.Version{Major: 4, Minor: 0, Patch: 0}
	}
	if !version.Known() {
		return spark.Unknown
	}
	return spark.AnswerOf(version.Compare(since) >= 0)
}
