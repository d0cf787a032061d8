package image

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// usage words how an image is used: on which nodes, by which digests, how long it takes to pull, and what it shares.
func usage(one *Listed, nodes map[string]int) (lines [][2]string) {
	add := func(name, text string) {
		if text != "" {
			lines = append(lines, [2]string{name, text})
		}
	}
	add("pulled", pulled(one))
	add("layers", layers(one))
	add("nodes", elsewhere(one, nodes))
	add("running", running(one))
	return lines
}

func pulled(one *Listed) string {
	switch p := one.Pulls; {
	case p == nil:
		return ""
	case p.Times == 0:
		return "unknown: no Event of the last hour tells of a pull"
	case p.Times == 1:
		return "once, in " + layout.Span(p.Longest)
	default:
		return fmt.Sprintf("%d times, in %s to %s", p.Times, layout.Span(p.Shortest), layout.Span(p.Longest))
	}
}

func layers(one *Listed) string {
	switch {
	case one.Shared+one.Added == 0:
		return ""
	case one.Shared == 0:
		return "none is shared with other images here"
	}
	return fmt.Sprintf("%s of %s shared with other images here, %s in this image alone", size(one.Shared, ""), size(one.Shared+one.Added, ""), size(one.Added, ""))
}

// elsewhere names nodes of an architecture that the image has no variant for.
func elsewhere(one *Listed, nodes map[string]int) string {
	entry := one.Facts.Entry()
	all, without := 0, []string(nil)
	for _, arch := range slices.Sorted(maps.Keys(nodes)) {
		all += nodes[arch]
		if runs, known := entry.RunsOn(arch); known && !runs {
			without = append(without, fmt.Sprintf("%d %s", nodes[arch], arch))
		}
	}
	if len(without) == 0 {
		return ""
	}
	return fmt.Sprintf("the image is for %s; of %s %s: its pods fail there (SPK-I004)", one.Facts.Value(model.Arch), report.Count(all, "node", "nodes"), strings.Join(without, ", "))
}

// running says that pods run different digests, or another than the tag has now.
func running(one *Listed) string {
	former := 0
	for _, r := range one.Running {
		if !r.Now {
			former += r.Pods
		}
	}
	switch {
	case one.Read && former > 0:
		return fmt.Sprintf("the tag was pushed again: %s what it had before, new pods run %s", report.Count(former, "pod runs", "pods run"), short(one.Digest))
	case len(one.Running) > 1:
		var each []string
		for _, r := range one.Running {
			each = append(each, fmt.Sprintf("%s in %s", short(r.Digest), report.Count(r.Pods, "pod", "pods")))
		}
		return "different images by the same tag: " + strings.Join(each, ", ")
	}
	return ""
}

// short is a digest as people compare it.
func short(digest string) string { return digest[:min(len(digest), len("sha256:")+12)] }
