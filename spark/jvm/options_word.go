package jvm

import (
	"regexp"
	"slices"
	"strings"
)

// javaSize is a size as Java's launcher reads it (Arguments::parse_memory_size of HotSpot).
var javaSize = regexp.MustCompile(`^(0[xX][0-9a-fA-F]+|[0-9]+)[kKmMgGtT]?$`)

// takesWord are options of java whose value is the next word (java's own help).
var takesWord = []string{"-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path", "--add-modules", "--limit-modules",
	"--add-exports", "--add-opens", "--add-reads", "--patch-module", "--enable-native-access", "--source", "-jar", "-m", "--module", "-d", "--describe-module"}

// checkWord finds what is wrong with a word apart from -XX options: a size that Java does not read, and a word that is no
// option at all. With either the JVM does not start.
func checkWord(tokens []string, i int) (p OptionProblem, wrong bool) {
	token := tokens[i]
	p.Flag, p.Fatal = token, true
	for _, name := range [...]string{"-Xms", "-Xmn", "-Xss"} {
		if size, is := strings.CutPrefix(token, name); is && !javaSize.MatchString(size) {
			p.Fault, p.Hint = OptionSize, name+"512m"
			return p, true
		}
	}
	if token == "" || strings.HasPrefix(token, "-") || strings.HasPrefix(token, "@") || strings.ContainsAny(token, "$`{}") {
		return p, false
	}
	if i > 0 && slices.Contains(takesWord, tokens[i-1]) {
		return p, false
	}
	p.Fault = OptionWord
	return p, true
}
