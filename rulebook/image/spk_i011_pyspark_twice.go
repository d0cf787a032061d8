package image

import (
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func pysparkTwice() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I011", Name: "pyspark-twice", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "pip installs Spark a second time",
			Why: "The package pyspark holds all jars of Spark, more than 300 MB. On an image that has Spark already they are there twice. " +
				"Python then finds the copy of pip, and the JVM starts the other one. Where their versions differ, the driver fails.",
			Remedy:  "do not install pyspark, and set PYTHONPATH to Spark's own python folder",
			Since:   "0.1.0",
			Sources: []string{"Spark: python/lib, Py4J of each version", "Spark: python/packaging/classic/setup.py, jars are package data", "Spark: kubernetes/dockerfiles spark/bindings/python/Dockerfile"},
		},
		Build: built(rule.Warning, func(b *build) {
			if !b.hasSpark() {
				return
			}
			b.runs(func(i *dockerfile.Instruction, c *dockerfile.Command) {
				at, is := isPip(c)
				if !is {
					return
				}
				for _, w := range c.Operands(at + 1) {
					if pysparkPackage.MatchString(w.Text) {
						changes, why := b.withoutPyspark(i, c, w, at)
						b.report(finding{at: w.Start, message: "pip installs pyspark into an image that has Spark already; its jars are there twice",
							summary: "remove pyspark from pip install, and set PYTHONPATH to Spark's python folder" + why, changes: changes})
					}
				}
			})
		}),
	}
}

var (
	pysparkPackage = regexp.MustCompile(`^pyspark(?:\[[a-z_,]*\])?(?:[=<>~!].*)?$`)
	bringsPyspark  = regexp.MustCompile(`^(?:delta-spark|koalas|dbt-spark|databricks-connect|pyspark-[a-z-]+)(?:\[|[=<>~!]|$)`)
	withValue      = regexp.MustCompile(`^(?:-i|-c|-r|-t|-f|--index-url|--extra-index-url|--constraint|--requirement|--target|--find-links|--trusted-host|--timeout|--retries|--proxy|--cache-dir)$`)
	withoutValue   = regexp.MustCompile(`^(?:--[a-z-]+=.*|--no-cache-dir|--no-cache|--upgrade|-U|--quiet|-q+|-v+|--user|--break-system-packages|--no-deps|--pre|--force-reinstall|--system|` +
		`--disable-pip-version-check|--no-compile|--prefer-binary|--no-input|--ignore-installed|-I|--no-warn-script-location)$`)
)

// py4jOf are the versions of Py4J in Spark's python/lib.
var py4jOf = map[string]string{"3.3": "0.10.9.5", "3.4": "0.10.9.7", "3.5": "0.10.9.7", "4.0": "0.10.9.9", "4.1": "0.10.9.9"}

// withoutPyspark takes the package out, and the whole RUN where nothing else is left of it; then Python finds Spark by PYTHONPATH. why
// says why people have to do it.
func (b *build) withoutPyspark(i *dockerfile.Instruction, c *dockerfile.Command, gone dockerfile.Word, at int) (changes []dockerfile.Change, why string) {
	if strings.Contains(gone.Text, "[") {
		return nil, "; what its extras bring is then to be installed by name"
	}
	rest := 0
	for n := at + 1; n < len(c.Words); n++ {
		switch text := c.Words[n].Text; {
		case withValue.MatchString(text):
			if strings.HasPrefix(text, "-r") || text == "--requirement" {
				rest++
			}
			n++
		case strings.HasPrefix(text, "-") && !withoutValue.MatchString(text):
			return nil, "; whether an option of pip has a value is not known here"
		case !strings.HasPrefix(text, "-") && c.Words[n] != gone:
			if bringsPyspark.MatchString(text) {
				return nil, "; " + text + " brings pyspark again: install that with --no-deps"
			}
			rest++
		}
	}
	value := b.pythonPath()
	home, py4j := b.sparkHome(i), py4jOf[minor(b.Version())]
	finds := strings.Contains(value, "/python") && strings.Contains(value, "py4j")
	switch {
	case i.JSON || rest == 0 && (len(i.Commands) != 1 || !c.Separate):
		return nil, ""
	case !finds && value != "":
		return nil, "; PYTHONPATH is set to other folders"
	case !finds && (home == "" || py4j == ""):
		return nil, "; where Spark's python folder is, or its version of Py4J, is not known here"
	case rest > 0:
		changes = b.Spliced(b.WithoutWords(c, func(w dockerfile.Word) bool { return w == gone })...)
	default:
		changes = []dockerfile.Change{dockerfile.Remove(i.First, i.Last)}
	}
	if !finds {
		changes = append(changes, dockerfile.Insert(i.Last+1, "ENV PYTHONPATH="+home+"/python:"+home+"/python/lib/py4j-"+py4j+"-src.zip"))
	}
	return changes, ""
}

// sparkHome is the folder of Spark; "" where it is not known.
func (b *build) sparkHome(i *dockerfile.Instruction) string {
	if home := b.Expand("$SPARK_HOME", i); home != "$SPARK_HOME" && home != "" {
		return "${SPARK_HOME}"
	}
	repository, _, _ := dockerfile.Repository(b.Image(b.Last()))
	switch {
	case strings.HasSuffix(repository, "bitnami/spark"), strings.HasSuffix(repository, "bitnamilegacy/spark"):
		return "/opt/bitnami/spark"
	case baseOf(b.Image(b.Last())).user == "185":
		return "/opt/spark"
	}
	return ""
}

// pythonPath is the variable by which Python finds modules, as the image sets it; "" where it does not.
func (b *build) pythonPath() (value string) {
	for _, i := range b.FinalInstructions() {
		for _, pair := range i.Pairs() {
			if i.Keyword == "env" && pair.Name == "PYTHONPATH" {
				value = pair.Value
			}
		}
	}
	return value
}
