package image

import (
	"path"
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func jarConflict() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I012", Name: "jar-conflict", Level: rule.Error, Area: rule.Image,
		Doc: rule.Doc{
			Title: "A jar does not fit Spark's jars",
			Why: "hadoop-aws and hadoop-azure call internal methods of hadoop-client, and fail with NoSuchMethodError where the versions differ. " +
				"A library for Scala 2.12 does not load in Spark 4, which is Scala 2.13. Of one library in two versions, which one loads is chance.",
			Remedy:  "use the Hadoop version of Spark's own hadoop-client, and its Scala version; keep one version of each jar",
			Levels:  "a warning where one library is there in two versions",
			Since:   "0.1.0",
			Sources: []string{"Spark: dev/deps/spark-deps-hadoop-3-hive-2.3 of each version", "Hadoop: Troubleshooting S3A, classpath"},
		},
		Build: built(rule.Error, func(b *build) {
			line := minor(b.Version())
			wanted := hadoopOf[line]
			if otherHadoop.MatchString(strings.Join(b.Lines, "\n")) {
				wanted = ""
			}
			seen := map[string]string{}
			b.jars(func(i *dockerfile.Instruction, at dockerfile.Place, text string) {
				if m := hadoopJar.FindStringSubmatch(text); m != nil && wanted != "" && m[2] != wanted {
					f := finding{at: at, message: m[1] + " %s does not fit Hadoop %s of Spark %s; reads and writes fail", args: []any{m[2], wanted, b.Version()}, summary: "use " + m[1] + " " + wanted, observed: m[2], needed: wanted}
					if n := strings.Count(strings.Join(b.texts(i), "\n"), m[2]); n > 0 && strings.Count(strings.Join(b.texts(i), "\n"), m[1]) > 0 && !hashed(b.texts(i)) &&
						(i.Keyword == "run" || strings.Contains(text, "://")) && !b.mentions(i, regexp.MustCompile(regexp.QuoteMeta(m[1]+"-"+m[2]))) { // a file of the folder has the name that it has
						f.changes = b.everyLine(i, m[1], m[2], wanted)
					}
					b.report(f)
				}
				if m := scalaJar.FindStringSubmatch(text); m != nil && line != "" {
					switch {
					case strings.HasPrefix(line, "4") && m[1] == "2.12":
						b.report(finding{at: at, message: "this library is for Scala 2.12, and Spark %s is Scala 2.13; its classes do not load", args: []any{b.Version()}, summary: "use the library for Scala 2.13"})
					}
				}
				if m := jarFile.FindStringSubmatch(path.Base(text)); m != nil {
					if before := seen[m[1]]; before != "" && before != m[2] {
						b.report(finding{at: at, level: rule.Warning, message: "%s is there in versions %s and %s; which one loads is chance", args: []any{m[1], before, m[2]}, summary: "keep one version"})
					}
					seen[m[1]] = m[2]
				}
			})
		}),
	}
}

// hadoopOf are the versions of Hadoop in Spark's archives.
var hadoopOf = map[string]string{"3.3": "3.3.2", "3.4": "3.3.4", "3.5": "3.3.4", "4.0": "3.4.1", "4.1": "3.4.2"}

var (
	otherHadoop = regexp.MustCompile(`-bin-(?:without-hadoop|hadoop2)`)
	hadoopJar   = regexp.MustCompile(`\b(hadoop-(?:aws|azure|azure-datalake|client|client-api|client-runtime|common|cloud-storage))[-:]([0-9]+\.[0-9]+\.[0-9]+)\b`)
	scalaJar    = regexp.MustCompile(`_(2\.1[0-9])[-:][0-9]`)
	jarFile     = regexp.MustCompile(`^([a-z][a-z0-9_.-]*?)-([0-9]+(?:\.[0-9]+)+[A-Za-z0-9.-]*)\.jar$`)
)

// jars visits the names of jars and Maven coordinates in RUN, ADD and COPY, in the stages of the image.
func (b *build) jars(visit func(i *dockerfile.Instruction, at dockerfile.Place, text string)) {
	for _, i := range b.FinalInstructions() {
		if i.Keyword == "add" || i.Keyword == "copy" {
			for _, source := range i.Sources() {
				visit(i, i.Start(), b.Expand(source, i))
			}
		}
		for _, c := range i.Commands {
			if c.Name() == "rm" {
				continue
			}
			done := map[string]bool{}
			for _, w := range c.Words {
				for _, text := range strings.Split(b.Expand(w.Text, i), ",") {
					if base := path.Base(text); !done[base] { // a URL and the file that it goes to
						done[base] = true
						visit(i, w.Start, text)
					}
				}
			}
		}
	}
}

// everyLine replaces a version in each line of an instruction that names a library with it.
func (b *build) everyLine(i *dockerfile.Instruction, name, old, version string) (changes []dockerfile.Change) {
	for line := i.First; line <= i.Last; line++ {
		text := b.Lines[line-1]
		if strings.Contains(text, name) && strings.Contains(text, old) {
			with := strings.NewReplacer(name+"-"+old, name+"-"+version, name+":"+old, name+":"+version, name+"/"+old, name+"/"+version).Replace(text)
			changes = append(changes, dockerfile.Change{First: line, Last: line, Lines: []string{with}})
		}
	}
	return changes
}
