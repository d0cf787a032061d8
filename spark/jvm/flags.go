package jvm

import (
	_ "embed" // the table of flags
	"regexp"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// flagTable has a line for each -XX flag, in order of name; test/jvmflags makes it from real JVMs and describes it.
//
//go:embed flags.tsv
var flagTable string

// flagReleases are the JDKs of the table's third column.
var flagReleases = [...]int{8, 11, 17, 21, NewestJava}

// NewestJava is the newest release that anything is known of.
const NewestJava = 25

// FlagState is what a JDK makes of a flag.
type FlagState byte

// The states. A flag is FlagUnsure where the table does not tell: releases between two that disagree, flags of other
// processors than x86-64, and on Java 8 whatever its headers do not declare.
const (
	FlagUnsure       FlagState = iota
	FlagProduct                // known, under this name or for another option
	FlagDiagnostic             // known once -XX:+UnlockDiagnosticVMOptions stands in front of it
	FlagExperimental           // known once -XX:+UnlockExperimentalVMOptions stands in front of it
	FlagIgnored                // accepted, does nothing; the JVM warns
	FlagUnknown                // not known
)

// Flag is a -XX flag of HotSpot.
type Flag struct {
	Name    string
	Boolean spark.Answer // is it switched by + and -; Unknown where JDKs disagree
	Removed int          // the release in which support was removed, where a JDK says so; 0 elsewhere
	states  string
	kind    byte // of its value: n a whole number, f a number, s any text; v where no JDK of the table tells
}

// LookupFlag finds a flag that some JDK knows or knew.
func LookupFlag(name string) (Flag, bool) {
	low, high := 0, len(flagTable)
	for low < high { // low and high stand at starts of lines
		start := low + strings.LastIndexByte(flagTable[low:(low+high)/2], '\n') + 1
		end := start + strings.IndexByte(flagTable[start:], '\n')
		line := flagTable[start:end]
		switch at, _, _ := strings.Cut(line, "\t"); {
		case at == name:
			return parseFlag(line), true
		case at < name:
			low = end + 1
		default:
			high = start
		}
	}
	return Flag{}, false
}

func parseFlag(line string) Flag {
	name, rest, _ := strings.Cut(line, "\t")
	kind, rest, _ := strings.Cut(rest, "\t")
	states, since, _ := strings.Cut(rest, "\t")
	f := Flag{Name: name, states: states}
	if kind != "" { // of the heading
		f.kind = kind[0]
	}
	switch f.kind {
	case 'b':
		f.Boolean = spark.Yes
	case 'v', 'n', 'f', 's':
		f.Boolean = spark.No
	}
	if since != "" {
		f.Removed, _ = strconv.Atoi(since)
	}
	return f
}

// State is what a release of Java makes of the flag. Releases between two of the table are certain only where both agree.
func (f Flag) State(java int) FlagState {
	if otherProcessor(f.Name) || len(f.states) != len(flagReleases) || java < flagReleases[0] {
		return FlagUnsure
	}
	last := len(flagReleases) - 1
	for i, release := range flagReleases {
		switch {
		case java == release:
			return f.state(i)
		case java < release:
			before, after := f.state(i-1), f.state(i)
			if before == after {
				return after
			}
			return FlagUnsure
		}
	}
	if f.state(last) == FlagUnknown { // gone for good: no release brings one back
		return FlagUnknown
	}
	return FlagUnsure
}

func (f Flag) state(i int) FlagState {
	switch f.states[i] {
	case 'p', 'a':
		return FlagProduct
	case 'd':
		return FlagDiagnostic
	case 'e':
		return FlagExperimental
	case 'o':
		return FlagIgnored
	}
	if i == 0 {
		return FlagUnsure
	}
	return FlagUnknown
}

// Gone says that an older release of Java knew the flag, and this one does not or ignores it.
func (f Flag) Gone(java int) bool {
	if state := f.State(java); state != FlagUnknown && state != FlagIgnored {
		return false
	}
	for i, release := range flagReleases {
		if release < java && f.states[i] != '.' {
			return true
		}
	}
	return f.State(java) == FlagIgnored
}

var (
	// wholeNumber is a number as HotSpot reads it for a flag of a whole number, a size or a count alike (parse_integer in arguments.cpp).
	wholeNumber = regexp.MustCompile(`^-?(0[xX][0-9a-fA-F]+|[0-9]+)[kKmMgGtT]?$`)
	// number is a number with a fraction, in the form that the newest release reads: 17 reads no exponent.
	number = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
)

// Reads says whether the flag's value may have the form of the text. What is put in its place later, as a variable is, is not judged.
func (f Flag) Reads(value string) bool {
	switch {
	case strings.ContainsAny(value, "$`{}"):
	case f.kind == 'n':
		return wholeNumber.MatchString(value)
	case f.kind == 'f':
		return number.MatchString(value)
	}
	return true
}

// otherProcessor lists flags that only builds for ARM know (cpu/aarch64/globals_aarch64.hpp): the table was made on x86-64.
func otherProcessor(name string) bool {
	switch name {
	case "UseCRC32", "UseCryptoPmullForCRC32", "UseSIMDForMemoryOps", "UseSIMDForArrayEquals", "UseSimpleArrayEquals",
		"UseSIMDForBigIntegerShiftIntrinsics", "UseSIMDForSHA3Intrinsic", "AvoidUnalignedAccesses", "UseLSE", "UseSVE", "UseBlockZeroing",
		"BlockZeroingLowLimit", "TraceTraps", "SoftwarePrefetchHintDistance", "OnSpinWaitInst", "OnSpinWaitInstCount", "UseBranchProtection",
		"AlwaysMergeDMB", "UseNeon", "UseBarriersForVolatile", "NearCpool":
		return true
	}
	return false
}

// ParseFlag cuts a -XX token into the flag's name and how it is written: sign is + or -, or 0 where it has none.
// ok is false for anything else, and for a name that no flag can have.
func ParseFlag(token string) (name string, sign byte, ok bool) {
	rest, is := strings.CutPrefix(token, "-XX:")
	if !is || rest == "" {
		return "", 0, false
	}
	if rest[0] == '+' || rest[0] == '-' {
		sign, rest = rest[0], rest[1:]
	}
	name, _, _ = strings.Cut(rest, "=")
	if name == "" || len(name) > maxFlagName {
		return "", 0, false
	}
	for _, r := range name {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return "", 0, false
		}
	}
	return name, sign, true
}

const maxFlagName = 80
