package image

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func unneededFolders() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I010", Name: "unneeded-folders", Level: rule.Advice, Area: rule.Image,
		Doc: rule.Doc{
			Title: "Spark's examples and data are in the image",
			Why: "Spark's archive holds examples, data, yarn, and the tests of its Kubernetes images. No application needs them. " +
				"Examples are programs that anyone who can start a job can run.",
			Remedy:  "remove examples, data, yarn and kubernetes/tests in the RUN that unpacks Spark",
			Since:   "0.1.0",
			Sources: []string{"Spark: dev/make-distribution.sh, what an archive holds"},
		},
		Build: built(rule.Advice, func(b *build) {
			for _, i := range b.All() {
				if i.Keyword == "run" {
					b.unpacksSpark(i)
				}
			}
		}),
	}
}

// unpacksSpark finds a RUN that unpacks Spark's archive and keeps all of it.
func (b *build) unpacksSpark(i *dockerfile.Instruction) {
	at := slices.IndexFunc(i.Commands, func(c dockerfile.Command) bool {
		return c.Name() == "tar" && slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
			return slices.ContainsFunc(c.Words, func(w dockerfile.Word) bool { return isSparkArchive(b.Expand(w.Text, i)) })
		})
	})
	if at < 0 || slices.ContainsFunc(b.All(), func(o *dockerfile.Instruction) bool {
		return slices.ContainsFunc(o.Commands, func(c dockerfile.Command) bool {
			return (c.Name() == "rm" || c.Name() == "tar") && slices.ContainsFunc(c.Words, func(w dockerfile.Word) bool { return strings.Contains(w.Text, "examples") })
		})
	}) || b.mentions(i, usesExamples) {
		return
	}
	f := finding{at: i.Commands[at].Start(), message: "Spark's archive is unpacked with examples, data and yarn, which no application needs", summary: "remove them in the RUN that unpacks Spark"}
	if dir := b.unpackedTo(i); dir != "" && !b.mentions(i, usesFolders) {
		f.changes = b.then(i, "rm -rf "+dir+"/examples "+dir+"/data "+dir+"/yarn "+dir+"/kubernetes/tests")
	}
	b.report(f)
}

// Forms of what uses Spark's examples, and its other folders.
var (
	usesExamples = regexp.MustCompile(`\bexamples\b|SparkPi|run-example`)
	usesFolders  = regexp.MustCompile(`/data\b|/yarn\b|kubernetes/tests`)
)

func isSparkArchive(text string) bool {
	base := path.Base(text)
	return strings.HasPrefix(base, "spark-") && strings.Contains(base, "-bin-") && (strings.HasSuffix(base, ".tgz") || strings.HasSuffix(base, ".tar.gz"))
}

// unpackedTo is the folder in which Spark is behind a RUN: where it was moved or unpacked to; "" where that is not known.
func (b *build) unpackedTo(i *dockerfile.Instruction) (dir string) {
	for n := range i.Commands {
		c := &i.Commands[n]
		operands := c.Operands(1)
		switch c.Name() {
		case "mv":
			if len(operands) == 2 && strings.Contains(operands[0].Text, "spark-") && !strings.HasSuffix(operands[1].Text, ".tgz") {
				dir = operands[1].Text
				if !strings.HasSuffix(operands[0].Text, "/*") && (strings.HasSuffix(dir, "/") || strings.Count(dir, "/") == 1 && strings.HasPrefix(dir, "/") || dir == "/usr/local" || dir == ".") {
					return "" // into this folder, under its old name
				}
				dir = strings.TrimSuffix(dir, "/")
			}
		case "tar":
			if to := c.Index("-C", "--directory"); to > 0 && slices.ContainsFunc(c.Words, func(w dockerfile.Word) bool {
				return strings.HasPrefix(w.Text, "--strip-components") || w.Text == "--strip"
			}) && !slices.ContainsFunc(i.Commands, func(o dockerfile.Command) bool { return o.Name() == "tar" && o.Words[0] != c.Words[0] }) {
				dir = strings.TrimSuffix(c.Text(to+1), "/")
			}
		}
	}
	if hasCommand(i, "cd") && !strings.HasPrefix(dir, "/") && !strings.HasPrefix(dir, "$") {
		return ""
	}
	return dir
}
