package jvm

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// FixOptions writes an option string without the problems that CheckOptions found in it, as far as what they were
// meant to do has an exact form on that JDK:
//
//   - a flag that is gone is taken out, which changes nothing of a JVM that starts;
//   - flags of the garbage collection log become one -Xlog option (XlogOf);
//   - UseParallelOldGC becomes UseParallelGC where no other collector is chosen, which is what it meant;
//   - an unlock option is put in front of what wants one.
//
// The problems' indexes count the string's own tokens; chosen says that a collector is chosen in another place. What is
// not touched stays as it is written. left are the problems that somebody must decide about.
func FixOptions(text string, problems []OptionProblem, chosen bool) (mended string, left []OptionProblem) {
	words, err := spark.OptionWords(text)
	if err != nil {
		return text, problems
	}
	tokens := make([]string, len(words))
	for i, w := range words {
		tokens[i] = w.Token
	}
	_, other := spark.CollectorOf(slices.DeleteFunc(slices.Clone(tokens), func(t string) bool { return t == "-XX:+UseParallelOldGC" }))
	chosen = chosen || other
	put := map[int]string{} // by token; "" takes it out
	unlocked := map[string]bool{}
	for _, p := range problems {
		if p.Index < 0 || p.Index >= len(tokens) {
			continue
		}
		switch own := text[words[p.Index].Start:words[p.Index].End]; {
		case p.Fault == OptionGone && p.Flag == "-XX:+UseParallelOldGC":
			put[p.Index] = ""
			if !chosen {
				put[p.Index], chosen = "-XX:+UseParallelGC", true
			}
		case p.Fault == OptionGone:
			put[p.Index] = ""
		case p.Fault == OptionLocked && !unlocked[p.Hint]:
			put[p.Index], unlocked[p.Hint] = p.Hint+" "+own, true
		case p.Fault == OptionLocked:
		default:
			left = append(left, p)
		}
	}
	if option, of, ok := XlogOf(tokens); ok {
		gone := func(i int) bool { text, is := put[i]; return is && text == "" }
		if slices.ContainsFunc(of, gone) {
			for _, i := range of {
				put[i] = ""
			}
			put[of[0]] = spark.QuoteOption(option)
		}
	}
	return rewrite(text, words, put), left
}

// rewrite replaces words, and takes out those whose text is empty with the blanks in front of them.
func rewrite(text string, words []spark.Word, put map[int]string) string {
	var b strings.Builder
	from := 0
	for i, w := range words {
		own, touched := put[i]
		if !touched {
			continue
		}
		b.WriteString(text[from:w.Start])
		from = w.End
		if own != "" {
			b.WriteString(own)
			continue
		}
		kept := strings.TrimRightFunc(b.String(), spark.SpaceJava)
		b.Reset()
		b.WriteString(kept)
	}
	b.WriteString(text[from:])
	return strings.TrimLeftFunc(b.String(), spark.SpaceJava)
}

// WithoutOptions writes an option string without the tokens that drop names. One that cannot be cut is left as it is.
func WithoutOptions(text string, drop func(token string) bool) string {
	words, err := spark.OptionWords(text)
	if err != nil {
		return text
	}
	put := map[int]string{}
	for i, w := range words {
		if drop(w.Token) {
			put[i] = ""
		}
	}
	return rewrite(text, words, put)
}
