// Package hidden finds which checks depend on settings whose values cannot be seen: those that a script takes from variables.
package hidden

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// images are references of each sort: with a fixed version, with a moving tag, and of a repository that is no longer kept. What depends on
// the version alone says so by itself.
var images = []string{"registry.example.org/team/job:1.0", "registry.example.org/team/spark", "apache/spark:latest", "docker.io/bitnami/spark:3.5.6"}

// values are numbers, sizes, durations, switches and names, from the smallest to the largest that rules compare with.
var values = []string{"true", "false", "0", "1", "64", "1m", "512m", "900g", "1s", "2h", "default", "team-account", "org.example.Class", "/var/data", "file:/tmp/x", "s3a://bucket/x"}

// others are what the other hidden settings have meanwhile; "" leaves them out.
var others = []string{"", "1", "64"}

// Despite is what rules say whatever the hidden settings have. d is what they say without those, and judge what they say of a configuration
// with some value for each. A rule whose findings differ is skipped, with the settings that decide it as the reason.
func Despite(d rule.Diagnosis, conf spark.Conf, hidden []submit.Hidden, judge func(spark.Conf) rule.Diagnosis) rule.Diagnosis {
	decides := map[string][]string{} // by code
	lost := map[string]bool{}        // findings that a value makes go away, or read otherwise
	for i, one := range hidden {
		probes, image := values, isImage(one.Key)
		if image {
			probes = images
		}
		for _, other := range others[:min(len(hidden), 2)*2-1] {
			base := with(conf, hidden, i, other)
			for _, value := range probes {
				base[one.Key] = spark.Setting{Value: value}
				for code := range differ(d, judge(base), image, lost) {
					if why := one.Key + " is " + one.From; !slices.Contains(decides[code], why) {
						decides[code] = append(decides[code], why)
					}
				}
			}
		}
	}
	d.Findings = slices.DeleteFunc(slices.Clone(d.Findings), func(f rule.Finding) bool { return lost[sign(f, false)] })
	for _, code := range slices.Sorted(maps.Keys(decides)) {
		is := func(s rule.Skip) bool { return s.Code == code }
		if slices.ContainsFunc(d.Skipped, is) {
			continue
		}
		if !slices.ContainsFunc(d.Findings, func(f rule.Finding) bool { return f.Code == code }) {
			d.Checked = slices.DeleteFunc(slices.Clone(d.Checked), func(c string) bool { return c == code })
		}
		d.Skipped = append(d.Skipped[:len(d.Skipped):len(d.Skipped)], rule.Skip{Code: code, Reason: "needs a value (" + strings.Join(decides[code], ", ") + ")"})
	}
	return d
}

func isImage(key string) bool { return strings.HasSuffix(key, "container.image") }

// with is a configuration with a value for all hidden settings but one.
func with(conf spark.Conf, hidden []submit.Hidden, but int, value string) spark.Conf {
	all := maps.Clone(conf)
	for i, one := range hidden {
		if i != but && value != "" && !isImage(one.Key) {
			all[one.Key] = spark.Setting{Value: value}
		}
	}
	return all
}

// differ are the codes of the rules that say something else. Of a fault that stands whatever the image is the words may differ.
func differ(d, now rule.Diagnosis, image bool, lost map[string]bool) map[string]bool {
	codes := map[string]bool{}
	before, after := signs(d, image), signs(now, image)
	for _, f := range d.Findings {
		if !after[sign(f, image)] {
			codes[f.Code], lost[sign(f, false)] = true, true
		}
	}
	for _, f := range now.Findings {
		if !before[sign(f, image)] {
			codes[f.Code] = true
		}
	}
	for _, code := range d.Checked {
		if !slices.Contains(now.Checked, code) && slices.ContainsFunc(now.Skipped, func(s rule.Skip) bool { return s.Code == code }) {
			codes[code] = true
		}
	}
	return codes
}

func signs(d rule.Diagnosis, image bool) map[string]bool {
	all := map[string]bool{}
	for _, f := range d.Findings {
		all[sign(f, image)] = true
	}
	return all
}

// sign is what two findings have in common that say the same.
func sign(f rule.Finding, image bool) string {
	if image {
		return f.Code + string(f.Level)
	}
	return f.Code + string(f.Level) + f.Message
}
