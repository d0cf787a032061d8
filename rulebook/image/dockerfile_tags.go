package image

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// movingTags finds images and packages of a Dockerfile that are others tomorrow, and one version that stands in several places.
func movingTags(b *build) {
	for _, s := range b.Stages {
		if b.Below(s) != nil || s.Base == "scratch" || strings.Contains(s.Base, "$") {
			continue
		}
		repository, tag, digest := dockerfile.Repository(s.Base)
		if digest || tag != "" && tag != "latest" {
			continue
		}
		seen := s.Base
		if tag == "" {
			seen += " (no tag: latest)"
		}
		b.report(finding{at: s.From.Start(), message: "FROM names %s without a fixed tag; the next build may begin from another version", args: []any{repository},
			summary: "set a fixed tag, or a digest", observed: seen, needed: "a fixed tag, or a digest"})
	}
	b.runs(func(_ *dockerfile.Instruction, c *dockerfile.Command) {
		at, is := isPip(c)
		if !is {
			return
		}
		for _, w := range c.Operands(at + 1) {
			if pysparkPackage.MatchString(w.Text) && !strings.Contains(w.Text, "==") && !strings.Contains(w.Text, "~=") {
				b.report(finding{at: w.Start, message: "pip installs pyspark without a version; the next build may bring another Spark", summary: "pin it, as pyspark==4.1.1"})
			}
		}
	})
	b.versionTwice()
}

// versionTwice finds a version of Spark that is written several times in RUN and ADD: an argument makes one of them.
func (b *build) versionTwice() {
	of := map[string][]dockerfile.Named{}
	for _, v := range b.Versions() {
		if (v.By == "archive" || v.By == "pyspark") && slices.ContainsFunc(b.texts(v.In), func(line string) bool { return strings.Contains(line, v.Version) }) {
			of[v.Version] = append(of[v.Version], v)
		}
	}
	for _, v := range b.Versions() { // in their order
		all := of[v.Version]
		if delete(of, v.Version); len(all) < 2 || !sameStage(all) {
			continue
		}
		first := all[0].In
		f := finding{at: first.Start(), level: rule.Advice, message: "the version of Spark, %s, is written in several places", args: []any{v.Version}, summary: "write it once, as ARG SPARK_VERSION=" + v.Version}
		name := "SPARK_VERSION"
		if other := "APACHE_SPARK_VERSION"; b.Expand("$"+other, first) == v.Version {
			name = other
		}
		of := baseOf(b.Image(first.Stage))
		value := b.Expand("$"+name, first)
		switch {
		case value == v.Version, value == "$"+name && of.root: // another base may have a variable of this name, which wins over an argument
			alone := regexp.MustCompile(`(^|[^0-9.])` + regexp.QuoteMeta(v.Version) + `([^0-9.]|\.[^0-9]|$)`)
			f.changes = nil
			if value != v.Version {
				f.changes = append(f.changes, dockerfile.Insert(first.First, "ARG "+name+"="+v.Version))
			} else {
				f.summary = "write it once: " + name + " has it"
			}
			added := len(f.changes)
			done := map[*dockerfile.Instruction]bool{}
			for _, one := range all {
				if done[one.In] || one.In.JSON || single(b.texts(one.In)) {
					continue
				}
				done[one.In] = true
				for line := one.In.First; line <= one.In.Last; line++ {
					if text := b.Lines[line-1]; alone.MatchString(text) {
						f.changes = append(f.changes, dockerfile.Change{First: line, Last: line, Lines: []string{alone.ReplaceAllString(text, "${1}$${"+name+"}${2}")}})
					}
				}
			}
			if len(f.changes) == added {
				f.changes = nil
			}
		}
		b.report(f)
	}
}

func sameStage(all []dockerfile.Named) bool {
	return !slices.ContainsFunc(all, func(v dockerfile.Named) bool { return v.In.Stage != all[0].In.Stage })
}

// single says that lines have an apostrophe: within such quotes a shell puts no variable in.
func single(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "'") })
}
