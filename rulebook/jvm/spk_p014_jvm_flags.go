package jvm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/jvm"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

func jvmFlags() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P014", Name: "jvm-flags", Level: rule.Warning, Area: rule.Performance, Client: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "This Java version ignores or refuses a JVM option",
			Why: "Spark starts an application's JVM with -XX:+IgnoreUnrecognizedVMOptions since 3.3, and a daemon's since 4.0. The JVM then ignores -XX flags that it does not have. " +
				"Examples are CMS, ParNew, most of PrintGC*, the permanent generation and misspelt flags. The option covers unknown names only. " +
				"With two garbage collectors the JVM does not start. The same is true for a flag of the wrong form, and for a diagnostic or experimental flag without its unlock option. " +
				"Spark's launcher also refuses an unclosed quote, and Xmx in the options of a daemon.",
			Remedy: "use a flag of this Java version, or remove the flag",
			Levels: "an error where the JVM does not start",
			Since:  "0.1.0",
			Sources: []string{
				"Temurin 11.0.13, 17.0.9, 21.0.8 and 25.0.2 with each flag (test/jvmflags); of Java 8 the headers of hotspot",
				"Spark: JavaModuleOptions; the commands that the launchers of 3.3.4, 3.4.4, 3.5.9, 4.0.5, 4.1.4 and 4.3.0 print: daemons get the option from 4.0 on",
				"Spark: CommandBuilderUtils.parseOptionString, AbstractCommandBuilder (Xmx in SPARK_DAEMON_JAVA_OPTS and SPARK_*_OPTS)",
				"Spark from 3.5 on: ExecutorFailureTracker.scala (spark.executor.maxNumFailures), SPARK-41210",
				"JEP 158, JEP 271 (-Xlog), JEP 363 (CMS), JEP 374 (biased locking), JEP 490 (ZGenerational)",
			},
		},
		Parts:  []rule.Part{{Name: "options", Profile: rule.Safe, State: "a JVM option has no effect or stops the JVM", Says: "options of this Java version"}},
		Ensure: rule.Workload(ensureFlags),
	}
}

const optionsPart = "options"

func ensureFlags(p *rule.WorkloadPass) {
	sources := slices.Clone(reading.OptionSources(p))
	java := reading.Image(p).Java
	var all []string
	hidden := false
	for i := range sources {
		s := &sources[i]
		tellUnreadable(p, s)
		hidden = hidden || s.Hidden
		s.From = len(all)
		all = append(all, s.Tokens...)
	}
	problems := map[spark.Answer][]jvm.OptionProblem{}
	for i := range sources {
		s := &sources[i]
		tolerant := s.Forgiven(p)
		if hidden && tolerant == spark.No {
			tolerant = spark.Unknown // what cannot be seen may hold the option that forgives
		}
		if _, checked := problems[tolerant]; !checked {
			problems[tolerant] = jvm.CheckOptions(all, java, tolerant)
			tellUnjudged(p, all, java, tolerant, hidden)
		}
		var own []jvm.OptionProblem
		for _, problem := range problems[tolerant] {
			if hidden && (problem.Fault == jvm.OptionLocked || problem.Fault == jvm.OptionCollectors) {
				p.NotKnown("all JVM options (envFrom or valueFrom hides some)")
				continue
			}
			if problem.Index -= s.From; problem.Index >= 0 && problem.Index < len(s.Tokens) {
				own = append(own, problem)
			}
		}
		if len(own) > 0 {
			tellFlags(p, s, own, java, otherCollector(sources, i))
		}
	}
}

// tellUnjudged names what must be known to judge options that may have a fault.
func tellUnjudged(p *rule.WorkloadPass, all []string, java int, tolerant spark.Answer, hidden bool) {
	switch {
	case !jvm.HiddenFault(all, java, tolerant):
	case java == 0:
		p.NotKnown("%s", reading.JavaVersion)
	case hidden:
		p.NotKnown("all JVM options (envFrom or valueFrom hides some)")
	}
}

// otherCollector says whether another source than the one at i chooses a collector.
func otherCollector(sources []reading.OptionSource, i int) bool {
	for j := range sources {
		if _, chosen := spark.CollectorOf(sources[j].Tokens); j != i && chosen {
			return true
		}
	}
	return false
}

// tellFlags makes one finding of what is wrong with a source's options.
func tellFlags(p *rule.WorkloadPass, s *reading.OptionSource, problems []jvm.OptionProblem, java int, chosen bool) {
	p.Next()
	after := ""
	shown := secret.HideOptions(s.Tokens)
	for i, problem := range problems {
		if problem.Flag == s.Tokens[problem.Index] { // a word, which a value before it may have lost
			problems[i].Flag = shown[problem.Index]
		}
		if problem.Fatal {
			p.Level(rule.Error)
			after = reading.Recreated(p)
		}
	}
	p.Message("%s%s", faultWords(p, s, problems, java, chosen), after)
	if problems[0].Fault != jvm.OptionCollectors { // its message names them
		p.Evidence(problems[0].Flag+onJava(java), needOf(problems[0]))
	}
	if hints := adviceOf(problems); hints != "" {
		p.Summary("in %s: %s", s.Setting(), hints)
	}
	mended, left := jvm.FixOptions(s.Text, problems, chosen)
	if mended != s.Text {
		s.Write(p, optionsPart, mended)
	}
	if len(left) > 0 || mended == s.Text {
		s.Refuse(p, optionsPart, rule.NoExactForm)
	}
}

func onJava(java int) string {
	if java == 0 {
		return ""
	}
	return fmt.Sprintf(" on Java %d", java)
}

func needOf(problem jvm.OptionProblem) string {
	switch problem.Fault {
	case jvm.OptionLocked, jvm.OptionForm, jvm.OptionSize:
		return problem.Hint
	case jvm.OptionWord:
		return "an option that begins with -"
	case jvm.OptionMisspelt:
		return meant(problem)
	}
	return "the flag removed"
}

// faultWords is the message: the faults that end the JVM first.
func faultWords(p *rule.WorkloadPass, s *reading.OptionSource, problems []jvm.OptionProblem, java int, chosen bool) string {
	var fatal, dropped, ignored, says []string
	locked := map[string][]string{}
	for _, problem := range problems {
		switch flag := problem.Flag; problem.Fault {
		case jvm.OptionCollectors:
			says = append(says, fmt.Sprintf("%s and %s are two garbage collectors; the %s's JVM does not start", problem.Hint, flag, reading.RoleName(p.Role())))
		case jvm.OptionLocked:
			end := fmt.Sprintf("%s first (Java %d); otherwise the JVM does not start", problem.Hint, java)
			if !problem.Fatal {
				end = fmt.Sprintf("%s first (Java %d); otherwise Spark ignores the flag", problem.Hint, java)
			}
			locked[end] = append(locked[end], flag)
		case jvm.OptionSize:
			says = append(says, fmt.Sprintf("%s has no valid size; the JVM does not start", flag))
		case jvm.OptionWord:
			says = append(says, fmt.Sprintf("%s is not an option; Java takes it for the main class and fails", flag))
		case jvm.OptionForm:
			says = append(says, fmt.Sprintf("%s must be written %s; the JVM does not start", flag, problem.Hint))
		case jvm.OptionMisspelt:
			end := "Spark ignores it"
			if problem.Fatal {
				end = "the JVM does not start"
			}
			says = append(says, fmt.Sprintf("Java %d has no %s; %s; did you mean %s?", java, flag, end, meant(problem)))
		case jvm.OptionGone:
			list := &ignored
			if problem.Fatal {
				list = &fatal
			} else if problem.Dropped {
				list = &dropped
			}
			if !slices.Contains(*list, flag) {
				*list = append(*list, flag)
			}
		}
	}
	for _, end := range slices.Sorted(maps.Keys(locked)) {
		says = append(says, reading.Count(locked[end], "needs", "need")+" "+end)
	}
	if len(fatal) > 0 {
		says = append(says, fmt.Sprintf("Java %d has no %s; the %s's JVM does not start", java, reading.ListedFlags(fatal), reading.RoleName(p.Role())))
	}
	if len(dropped) > 0 {
		end := ""
		if !chosen && g1Instead(p, dropped) {
			end = " and G1 runs"
		}
		says = append(says, fmt.Sprintf("Java %d has no %s; Spark ignores %s%s", java, reading.ListedFlags(dropped), reading.ItOrThem(len(dropped)), end))
	}
	if len(ignored) > 0 {
		says = append(says, fmt.Sprintf("%s on Java %d", reading.Count(ignored, "has no effect", "have no effect"), java))
	}
	return strings.Join(says, "; ")
}

// g1Instead says whether a collector was among the flags, and G1 certainly runs without it: no other is named, and the JVM
// counts more than one processor and enough memory.
func g1Instead(p *rule.WorkloadPass, flags []string) bool {
	if !slices.ContainsFunc(flags, func(flag string) bool { _, is := spark.Collector(flag); return is }) {
		return false
	}
	cpu, _, _, _, known := processorsSeen(p)
	named := slices.ContainsFunc(cpu.Tokens, func(token string) bool {
		_, is := spark.Collector(token)
		return is && !slices.Contains(flags, token)
	})
	return known && !named && cpu.HeapMiB >= sizing.ServerClassMiB && cpu.Processors() != 1
}

// meant writes the flag that a misspelt one is near to as that one is written.
func meant(problem jvm.OptionProblem) string {
	name, sign, _ := jvm.ParseFlag(problem.Flag)
	return strings.TrimSuffix(problem.Flag, name) + problem.Hint + map[bool]string{true: "", false: "=..."}[sign != 0]
}

// adviceOf says what took the place of the flags that are gone, each once.
func adviceOf(problems []jvm.OptionProblem) string {
	var hints, named []string
	for _, problem := range problems {
		hint := ""
		switch problem.Fault {
		case jvm.OptionGone:
			if modern := jvm.ModernOption(problem.Flag); modern != "" && !slices.Contains(named, modern) {
				named = append(named, modern)
				hint = "remove " + problem.Flag + " (" + strings.TrimPrefix(modern, "nothing: ") + ")"
				if strings.HasPrefix(modern, "-") || strings.HasPrefix(modern, "spark.") {
					hint = "replace " + problem.Flag + " with " + modern
				}
			}
		case jvm.OptionMisspelt:
			hint = "replace " + problem.Flag + " with " + meant(problem)
		case jvm.OptionLocked:
			hint = "put " + problem.Hint + " first"
		case jvm.OptionForm:
			hint = "replace " + problem.Flag + " with " + problem.Hint
		case jvm.OptionSize:
			hint = "give " + problem.Flag + " a size, such as " + problem.Hint + ", or remove it"
		case jvm.OptionWord:
			hint = "remove " + problem.Flag
		case jvm.OptionCollectors:
			hint = "remove " + problem.Flag + ", or remove " + problem.Hint
		}
		if hint != "" && !slices.Contains(hints, hint) {
			hints = append(hints, hint)
		}
	}
	return strings.Join(hints[:min(3, len(hints))], "; ")
}
