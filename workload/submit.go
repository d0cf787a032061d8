package workload

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// SubmitArgs gives changes as arguments for spark-submit, one line each, quoted for a POSIX shell:
// --conf 'spark.driver.extraJavaOptions=-Xlog:gc -XX:+UseG1GC'. A key that is taken out has no such line: it is to be
// left out of what is submitted.
func SubmitArgs(changes []spark.Change) []string {
	var lines []string
	for _, c := range changes {
		if !c.Unset {
			lines = append(lines, "--conf "+shellQuote(c.Key+"="+c.Value))
		}
	}
	return lines
}

// shellQuote writes a word so that a POSIX shell reads it as one, and as it is.
func shellQuote(word string) string {
	if word != "" && !strings.ContainsAny(word, shellSpecial) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
