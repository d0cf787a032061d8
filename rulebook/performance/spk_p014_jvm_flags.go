package performance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func jvmFlags() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P014", Name: "jvm-flags", Level: rule.Warning, Area: rule.Performance, Client: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "A JVM option does nothing on this Java, or keeps the JVM from starting",
			Why: "Spark starts the JVM of an application with -XX:+IgnoreUnrecognizedVMOptions since 3.3, and that of a daemon since 4.0. A -XX flag that the JDK does not know " +
				"(CMS, ParNew, most of PrintGC*, the permanent generation, whatever is misspelt) is then dropped without a word: the collector or the log that somebody chose is not there. " +
				"The option forgives unknown names only. Two garbage collectors, a diagnostic or experimental flag without its unlock option in front of it, a sign at a flag that takes a value " +
				"and a boolean flag without one end the JVM at once, and so does Spark's own launcher on a quote that nothing closes, or on Xmx in the options of a daemon.",
			Remedy: "use the flag that the JDK has, or take it out",
			Levels: "an error where the JVM does not start",
			Since:  "0.1.0",
			Sources: []string{
				"Temurin 11.0.13, 17.0.9, 21.0.8 and 25.0.2 with each flag (test/jvmflags); of Java 8 the headers of hotspot",
				"Spark: JavaModuleOptions; the commands that the launchers of 3.3.4, 3.4.4, 3.5.9, 4.0.5, 4.1.4 and 4.3.0 print: daemons get the option from 4.0 on",
				"Spark: CommandBuilderUtils.parseOptionString, AbstractCommandBuilder (Xmx in SPARK_DAEMON_JAVA_OPTS and SPARK_*_OPTS)",
				"JEP 158, JEP 271 (-Xlog), JEP 363 (CMS), JEP 374 (biased locking), JEP 490 (ZGenerational)",
			},
		},
		Parts:  []rule.Part{{Name: "options", Profile: rule.Safe, State: "a JVM option does nothing or ends the JVM", Says: "options that the JDK has"}},
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
	problems := map[spark.Answer][]spark.OptionProblem{}
	for i := range sources {
		s := &sources[i]
		tolerant := s.Forgiven(p)
		if hidden && tolerant == spark.No {
			tolerant = spark.Unknown // what cannot be seen may hold the option that forgives
		}
		if _, checked := problems[tolerant]; !checked {
			problems[tolerant] = spark.CheckOptions(all, java, tolerant)
		}
		var own []spark.OptionProblem
		for _, problem := range problems[tolerant] {
			if hidden && (problem.Fault == spark.OptionLocked || problem.Fault == spark.OptionCollectors) {
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
func tellFlags(p *rule.WorkloadPass, s *reading.OptionSource, problems []spark.OptionProblem, java int, chosen bool) {
	p.Next()
	for _, problem := range problems {
		if problem.Fatal {
			p.Level(rule.Error)
		}
	}
	p.Message("%s", faultWords(p, s, problems, java))
	p.Evidence(problems[0].Flag+onJava(java), needOf(problems[0]))
	if hints := adviceOf(problems); hints != "" {
		p.Summary("%s", hints)
	}
	mended, left := spark.MendOptions(s.Text, problems, chosen)
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

func needOf(problem spark.OptionProblem) string {
	switch problem.Fault {
	case spark.OptionLocked, spark.OptionForm, spark.OptionSize:
		return problem.Hint
	case spark.OptionWord:
		return "an option that begins with -"
	case spark.OptionMisspelt:
		return meant(problem)
	case spark.OptionCollectors:
		return "one garbage collector"
	}
	return "a flag that this Java has"
}

// faultWords is the message: the faults that end the JVM first.
func faultWords(p rule.Pass, s *reading.OptionSource, problems []spark.OptionProblem, java int) string {
	var fatal, dropped, ignored, says []string
	locked := map[string][]string{}
	for _, problem := range problems {
		switch flag := problem.Flag; problem.Fault {
		case spark.OptionCollectors:
			says = append(says, fmt.Sprintf("%s is a second garbage collector beside %s, and the JVM does not start", flag, problem.Hint))
		case spark.OptionLocked:
			end := fmt.Sprintf("%s in front of it on Java %d: without it the JVM does not start", problem.Hint, java)
			if !problem.Fatal {
				end = fmt.Sprintf("%s in front of it on Java %d and is dropped silently without", problem.Hint, java)
			}
			locked[end] = append(locked[end], flag)
		case spark.OptionSize:
			says = append(says, fmt.Sprintf("%s has no size that Java reads; the JVM does not start", flag))
		case spark.OptionWord:
			says = append(says, fmt.Sprintf("%s is no option; java takes it for the main class and ends", flag))
		case spark.OptionForm:
			says = append(says, fmt.Sprintf("%s is written as %s, and the JVM does not start otherwise", flag, problem.Hint))
		case spark.OptionMisspelt:
			end := "is dropped silently"
			if problem.Fatal {
				end = "keeps the JVM from starting"
			}
			says = append(says, fmt.Sprintf("%s is no flag of Java %d and %s; did you mean %s?", flag, java, end, meant(problem)))
		case spark.OptionGone:
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
		says = append(says, count(locked[end], "wants", "want")+" "+end)
	}
	if len(fatal) > 0 {
		who := fmt.Sprintf("Spark %s does not tell the %s's JVM to ignore what it does not know: it does not start", reading.Version(p).Line(), p.Role())
		if !s.Parsed {
			who = fmt.Sprintf("the JVM of Spark's launcher reads %s too and is not told to ignore what it does not know: the %s does not start", s.Name, p.Role())
		}
		says = append(says, fmt.Sprintf("%s on Java %d, and %s", count(fatal, "does not exist", "do not exist"), java, who))
	}
	if len(dropped) > 0 {
		says = append(says, fmt.Sprintf("%s on Java %d and %s dropped silently", count(dropped, "does not exist", "do not exist"), java, verb(dropped)))
	}
	if len(ignored) > 0 {
		says = append(says, fmt.Sprintf("%s on Java %d, as the JVM warns", count(ignored, "has no effect", "have no effect"), java))
	}
	return strings.Join(says, "; ")
}

func verb(list []string) string {
	if len(list) == 1 {
		return "is"
	}
	return "are"
}

// count lists up to four flags, with the verb that goes with their number.
func count(flags []string, one, many string) string {
	if len(flags) == 1 {
		return flags[0] + " " + one
	}
	if len(flags) > 4 {
		return fmt.Sprintf("%s and %d more %s", strings.Join(flags[:4], ", "), len(flags)-4, many)
	}
	return strings.Join(flags[:len(flags)-1], ", ") + " and " + flags[len(flags)-1] + " " + many
}

// meant writes the flag that a misspelt one is near to as that one is written.
func meant(problem spark.OptionProblem) string {
	name, sign, _ := spark.ParseFlag(problem.Flag)
	return strings.TrimSuffix(problem.Flag, name) + problem.Hint + map[bool]string{true: "", false: "=..."}[sign != 0]
}

// adviceOf says what took the place of the flags that are gone, each once.
func adviceOf(problems []spark.OptionProblem) string {
	var hints []string
	for _, problem := range problems {
		hint := ""
		switch problem.Fault {
		case spark.OptionGone:
			if modern := spark.ModernOption(problem.Flag); modern != "" {
				hint = "in place of " + problem.Flag + ": " + modern
			}
		case spark.OptionMisspelt:
			hint = "write " + meant(problem)
		case spark.OptionLocked, spark.OptionForm:
			hint = "write " + problem.Hint
		case spark.OptionSize:
			hint = "write a size, such as " + problem.Hint + ", or remove " + problem.Flag
		case spark.OptionWord:
			hint = "remove " + problem.Flag
		case spark.OptionCollectors:
			hint = "keep one of " + problem.Hint + " and " + problem.Flag
		}
		same := func(other string) bool {
			return hint[strings.Index(hint, ": ")+1:] == other[strings.Index(other, ": ")+1:]
		}
		if hint != "" && !slices.ContainsFunc(hints, same) {
			hints = append(hints, hint)
		}
	}
	return strings.Join(hints[:min(3, len(hints))], "; ")
}
