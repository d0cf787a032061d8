package image

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func versionsDiffer() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I003", Name: "versions-differ", Level: rule.Error, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The image gets Spark in two versions",
			Why: "The Python package pyspark speaks with the JVM by internal names, which change between versions. With another Spark in the image, " +
				"the driver fails when it calls what the other version does not have.",
			Remedy:  "install pyspark in the version of the image's Spark, or not at all",
			Since:   "0.1.0",
			Sources: []string{"Spark: python/pyspark/java_gateway.py"},
		},
		Build: built(rule.Error, func(b *build) {
			all := b.Versions()
			var first *dockerfile.Named
			for n := range all {
				if v := &all[n]; v.By == "image" || v.By == "archive" {
					first = v
					break
				}
			}
			if first == nil {
				return
			}
			for _, v := range all {
				if v.By != "pyspark" && v.By != "archive" || minor(v.Version) == "" || same(v.Version, first.Version) {
					continue
				}
				f := finding{at: v.At, message: "the image has Spark %s, and this brings " + v.By + " %s; driver and JVM may be of different versions", args: []any{first.Version, v.Version},
					summary: "use version " + first.Version, observed: v.Version, needed: first.Version}
				if v.Command != nil && v.By == "pyspark" && first.Version != minor(first.Version) && !hashed(b.texts(v.In)) {
					f.changes = b.inLine(v.In, "=="+v.Version, "=="+first.Version)
				}
				b.report(f)
			}
		}),
	}
}

// same says that two versions may be one: 3.5 and 3.5.6 are.
func same(a, b string) bool {
	if a == minor(a) || b == minor(b) {
		return minor(a) == minor(b)
	}
	return a == b
}

// hashed says that lines compare what they fetch with a checksum, which another version does not have.
func hashed(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		return strings.Contains(line, "sha1") || strings.Contains(line, "sha256") || strings.Contains(line, "sha512") || strings.Contains(line, "md5") ||
			strings.Contains(line, "--hash") || strings.Contains(line, "--checksum")
	})
}

// minor is the line of a version: 3.5 of 3.5.6; "" where it is none.
func minor(version string) string {
	dots := 0
	for n, r := range version {
		if r == '.' {
			if dots++; dots == 2 {
				return version[:n]
			}
		}
	}
	if dots == 1 {
		return version
	}
	return ""
}
