package security

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// vulnerability is a flaw of Spark itself that needs no setting of its own to matter, and the roles that it is in.
type vulnerability struct {
	cve, what string
	roles     spark.Roles
	affected  []spark.Range
}

var vulnerabilities = []vulnerability{
	{"CVE-2025-54920", "someone who can write an event log can run code in the History Server", spark.Roles{spark.History},
		[]spark.Range{{Until: spark.Version{Major: 3, Minor: 5, Patch: 7}}, {Since: spark.Version{Major: 4}, Until: spark.Version{Major: 4, Patch: 1}}}},
	{"CVE-2026-32773", "someone who can run an application can run a script in the browsers of History Server users", spark.Roles{spark.History},
		[]spark.Range{{Since: spark.Version{Major: 3}, Until: spark.Version{Major: 3, Minor: 5, Patch: 8}}}},
	{"CVE-2022-31777", "someone who can write to a log can run a script in the browsers of UI users", spark.Roles{spark.Driver, spark.Connect, spark.Thrift, spark.Master, spark.Worker},
		[]spark.Range{{Until: spark.Version{Major: 3, Minor: 2, Patch: 2}}, {Since: spark.Version{Major: 3, Minor: 3}, Until: spark.Version{Major: 3, Minor: 3, Patch: 1}}}},
}

// secure are the oldest releases that get fixes and have none of these.
const secure = "3.5.8 or a later 3.5 release, or 4.0.1 or later"

// lastUnmaintained is the newest release line that gets no more releases, as far as that is certain.
var lastUnmaintained = spark.Version{Major: 3, Minor: 4}

func vulnerableVersion() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S028", Name: "vulnerable-version", Level: rule.Warning, Area: rule.Security, Client: true,
		Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The Spark version is vulnerable or unsupported",
			Why: "Spark fixes vulnerabilities in a minor version (such as 3.5) for 18 months from its first release. The last minor version before a new major version gets fixes for longer. " +
				"The last releases of 3.3 and 3.4 were 3.3.4 (December 2023) and 3.4.4 (October 2024). Later minor versions are not listed, because they change too often. " +
				"Vulnerabilities that need a setting have a separate rule: SPK-S018 for CVE-2025-55039.",
			Levels:  "a suggestion where the minor version gets no more releases and no vulnerability is known",
			Remedy:  "upgrade to Spark " + secure,
			Since:   "0.1.0",
			Sources: []string{"Spark: security.html, versioning-policy.html", "CVE-2025-54920, CVE-2026-32773, CVE-2022-31777 as the Apache Software Foundation published them"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			v, whole, from, report := releaseOf(p)
			// Executors run what their driver runs, and a SparkCluster's workers what its master runs: one finding a workload.
			if !v.Known() || p.Role() == spark.Executor || p.Role() == spark.Worker && p.Launcher().Traits().OneSpark {
				return
			}
			var flaws []string
			var fixed spark.Version
			for i := range vulnerabilities {
				flaw := &vulnerabilities[i]
				if until, in := flaw.in(v); whole && in && flaw.roles.Has(p.Role()) {
					flaws = append(flaws, flaw.cve+" ("+flaw.what+")")
					if fixed.Compare(until) < 0 {
						fixed = until
					}
				}
			}
			old := !v.AtLeast(lastUnmaintained.Major, lastUnmaintained.Minor+1)
			switch {
			case old && flaws != nil:
				p.Evidence(v.String()+" ("+from+")", secure)
				p.Summary("use an image with Spark %s", secure)
				report("Spark %s gets no more releases; %s has %s", v.Line(), v, strings.Join(flaws, " and "))
			case old:
				p.Level(rule.Advice)
				p.Evidence(v.String()+" ("+from+")", secure)
				p.Summary("use an image with Spark %s", secure)
				report("Spark %s gets no more releases; new security flaws are not fixed", v.Line())
			case flaws != nil:
				p.Evidence(v.String()+" ("+from+")", fixed.String())
				p.Summary("use an image with Spark %s or a later %s release", fixed, v.Line())
				report("Spark %s has %s", v, strings.Join(flaws, " and "))
			}
		}),
	}
}

// in says whether a version has the flaw, and which release of the line mends it.
func (f *vulnerability) in(v spark.Version) (until spark.Version, in bool) {
	for _, r := range f.affected {
		if r.Has(v) {
			return r.Until, true
		}
	}
	return spark.Version{}, false
}

// releaseOf is the version of the image where its tag tells, else what the workload says of itself: a resource's
// sparkVersion is often left as it was copied. whole says that it names a release and not only its line; report makes a
// finding at the image, else at what says it, and from names what says it.
func releaseOf(p *rule.WorkloadPass) (v spark.Version, whole bool, from string, report func(format string, args ...any)) {
	if source, ok := reading.NamedImage(p); ok {
		if facts, _ := spark.Facts(source.Text, nil); facts.Spark.Known() {
			return facts.Spark, reading.NamesRelease(source.Reference.Tag), "from the image's tag", func(format string, args ...any) { reading.ReportImage(p, source, format, args...) }
		}
	}
	var at rule.Path
	from = "from the version in the resource"
	if t := p.Template(); t != nil && t.Labels[spark.LabelVersion] != "" {
		from, at = "from label "+spark.LabelVersion, rule.Path{"metadata", "labels", spark.LabelVersion}
	}
	if c := p.Main(); c != nil && c.Image != "" {
		at = p.At("image") // another one is the remedy
	}
	return p.Version(), reading.ExactVersion(p), from, func(format string, args ...any) { p.Report(at, format, args...) }
}
