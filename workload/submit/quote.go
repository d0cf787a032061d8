package submit

import (
	"strings"
	"unicode"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Args gives changes as arguments for spark-submit, one line each, quoted for a POSIX shell:
// --conf 'spark.driver.extraJavaOptions=-Xlog:gc -XX:+UseG1GC'. A key that is taken out has no such line: it is to be
// left out of what is submitted.
func Args(changes []spark.Change) []string {
	var lines []string
	for _, c := range changes {
		if !c.Unset {
			lines = append(lines, "--conf "+Quote(c.Key+"="+c.Value))
		}
	}
	return lines
}

// Quote writes a word so that a POSIX shell reads it as one, and as it is.
func Quote(word string) string {
	if word != "" && !Special(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Special says whether a word holds anything that a shell may not leave as it is.
func Special(word string) bool {
	return strings.ContainsFunc(word, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-=:+/,%@^", r)
	})
}
