package carry

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// The lines of comment around what Conf adds to a configuration. Of a key that stands twice the last counts.
const (
	blockBegin   = "# kubectl-spark.io/begin "
	blockEnd     = "# kubectl-spark.io/end"
	blockUnended = " (behind a line without an end)"
)

// block is a configuration with the lines that Conf added, if it did.
type block struct {
	before string // the configuration without them
	inner  string // the lines
	there  bool
	edited bool // they are not as they were left, or something stands behind them
}

func readBlock(text string) block {
	start := strings.LastIndex(text, blockBegin)
	if start < 0 || start > 0 && text[start-1] != '\n' {
		return block{before: text}
	}
	before := text[:start]
	first, rest, _ := strings.Cut(text[start:], "\n")
	mark := strings.TrimSuffix(strings.TrimPrefix(first, blockBegin), "\r")
	mark, unended := strings.CutSuffix(mark, blockUnended)
	inner, tail, found := strings.Cut(rest, blockEnd)
	if !found || strings.Trim(tail, "\r\n") != "" || undo.Hash(patch.Text(strings.ReplaceAll(inner, "\r\n", "\n"))) != mark {
		return block{before: text, there: true, edited: true}
	}
	if unended {
		before = strings.TrimSuffix(strings.TrimSuffix(before, "\n"), "\r")
	}
	return block{before: before, inner: inner, there: true}
}

// writeBlock puts changes behind a configuration; none leave it as it is. The last line has an end where it had one: the
// end of a YAML block's text decides how the block is marked.
func writeBlock(before string, changes []spark.Change) string {
	if len(changes) == 0 {
		return before
	}
	var inner strings.Builder
	for _, c := range changes {
		inner.Write(spark.FormatProperties(spark.Conf{c.Key: {Value: c.Value}}))
	}
	ending := "\n"
	if strings.HasSuffix(before, "\r\n") || strings.Contains(before, "\r\n") {
		ending = "\r\n"
	}
	first, last := blockBegin+undo.Hash(patch.Text(inner.String())), ""
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += ending
		first += blockUnended
	} else {
		last = "\n"
	}
	return before + strings.ReplaceAll(first+"\n"+inner.String()+blockEnd+last, "\n", ending)
}

// unclosed says whether the text ends in a line that goes on behind it.
func unclosed(text string) bool {
	lines := strings.Split(text, "\n")
	return text != "" && document.Continued([]byte(lines[len(lines)-1])) || strings.HasSuffix(text, "\n") && len(lines) > 1 && document.Continued([]byte(lines[len(lines)-2]))
}
