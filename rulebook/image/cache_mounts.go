package image

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// download is where a build tool of root keeps what it downloads, and what says that a stage chooses the folder itself.
type download struct {
	folders []string
	cared   *regexp.Regexp
}

var (
	maven       = download{[]string{"/root/.m2"}, regexp.MustCompile(`\.m2\b|maven\.repo\.local`)}
	sbt         = download{[]string{"/root/.cache/coursier", "/root/.ivy2"}, regexp.MustCompile(`coursier|\.ivy2\b|sbt\.(?:ivy\.home|global\.base)`)}
	gradle      = download{[]string{"/root/.gradle"}, regexp.MustCompile(`\.gradle\b|GRADLE_USER_HOME`)}
	buildCaches = map[string]download{"mvn": maven, "mvnw": maven, "sbt": sbt, "gradlew": gradle}
)

// cacheMounts finds a stage that compiles with root's own downloads: they are fetched again for each change of a source, where the builder could
// keep them. One that parts downloading from compiling has them in a layer, which a mount would hide.
func (b *build) cacheMounts(s *dockerfile.Stage) {
	if slices.Contains(b.Final(), s) || b.otherUser(s) {
		return
	}
	var run *dockerfile.Instruction
	for _, i := range s.Instructions {
		for n := range i.Commands {
			if _, known := buildCaches[i.Commands[n].Name()]; !known {
				continue
			}
			if run != nil && run != i {
				return
			}
			run = i
		}
	}
	if run == nil || slices.ContainsFunc(run.Flags, func(f string) bool { return strings.HasPrefix(f, "--mount=") && strings.Contains(f, "cache") }) {
		return
	}
	tool := builds(run)
	if tool == nil {
		return
	}
	of, known := buildCaches[tool.Name()]
	if !known || slices.ContainsFunc(b.lineage(s), func(i *dockerfile.Instruction) bool { return b.says(i, of.cared) }) {
		return
	}
	mounts := ""
	for _, folder := range of.folders {
		mounts += " --mount=type=cache,target=" + folder
	}
	behind := dockerfile.Place{Line: run.First, Column: run.Column + len("RUN")}
	b.report(finding{at: run.Start(), level: rule.Advice, message: "%s downloads all dependencies again after each change of a source", args: []any{tool.Name()},
		summary: "let the builder keep them: RUN" + mounts, changes: b.Spliced(dockerfile.Splice{From: behind, To: behind, Text: mounts})})
}

// otherUser says that a stage runs as another user than root, or may.
func (b *build) otherUser(s *dockerfile.Stage) bool {
	return !baseOf(b.Image(s)).root || slices.ContainsFunc(b.lineage(s), func(i *dockerfile.Instruction) bool {
		return i.Keyword == "user" && i.Target() != "root" && i.Target() != "0"
	})
}

// lineage are the instructions of a stage and of those that it begins from.
func (b *build) lineage(s *dockerfile.Stage) (all []*dockerfile.Instruction) {
	for at := s; at != nil; at = b.Below(at) {
		all = append(all, at.Instructions...)
	}
	return all
}
