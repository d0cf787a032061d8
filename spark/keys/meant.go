package keys

import (
	"slices"
	"strings"
)

// maxName bounds what is compared; Spark's longest key has less than 100 characters.
const maxName = 128

// wrong are mistakes that are made often and lie further from the key than a slip.
var wrong = map[string]string{
	"spark.kubernetes.authenticate.driver.serviceAccount":   "spark.kubernetes.authenticate.driver.serviceAccountName",
	"spark.kubernetes.authenticate.executor.serviceAccount": "spark.kubernetes.authenticate.executor.serviceAccountName",
	"spark.kubernetes.driver.serviceAccountName":            "spark.kubernetes.authenticate.driver.serviceAccountName",
	"spark.kubernetes.executor.serviceAccountName":          "spark.kubernetes.authenticate.executor.serviceAccountName",
}

// meant finds the one key, read by all lines of the span, that somebody meant who wrote a name that no line has. "" where
// there is none, or more than one.
func (c *Catalogue) meant(name string, first, end int) string {
	if !strings.HasPrefix(name, "spark.") || len(name) > maxName {
		return ""
	}
	if to := wrong[name]; to != "" && c.read(to, first, end) {
		return to
	}
	if open(name) {
		return ""
	}
	if to := familyMeant(name); to != "" {
		return to
	}
	for _, candidates := range [][]string{c.plain[plain(name)], misplaced(name), c.sorted[sorted(name)]} {
		if to := c.single(candidates, first, end); to != "" {
			return to
		}
	}
	var near [maxSlips + 1][]string
	own := shapeOf(name)
	for length := len(name) - maxSlips; length <= len(name)+maxSlips; length++ {
		for _, candidate := range c.long[length] {
			if !own.near(candidate) {
				continue
			}
			if n := distance(name, candidate.name); n <= maxSlips && c.read(candidate.name, first, end) {
				near[n] = append(near[n], candidate.name)
			}
		}
	}
	for _, candidates := range near {
		if len(candidates) > 0 {
			return c.single(candidates, first, end)
		}
	}
	return ""
}

// single is the one candidate that is read.
func (c *Catalogue) single(candidates []string, first, end int) (found string) {
	for _, candidate := range candidates {
		if !c.read(candidate, first, end) {
			continue
		}
		if found != "" {
			return ""
		}
		found = candidate
	}
	return found
}

// plain is a name without what people vary: case, dots, dashes and underscores.
func plain(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' {
			return -1
		}
		return r
	}, name))
}

func sorted(name string) string {
	segments := strings.Split(name, ".")
	slices.Sort(segments)
	return strings.Join(segments, ".")
}

// misplaced are the keys that the name would be with the segment "kubernetes" put in or left out: Spark has some
// settings of a pod under spark.executor and others under spark.kubernetes.executor.
func misplaced(name string) []string {
	if rest, ok := strings.CutPrefix(name, "spark.kubernetes."); ok {
		return []string{"spark." + rest}
	}
	for _, role := range []string{"spark.driver.", "spark.executor.", "spark.container."} {
		if strings.HasPrefix(name, role) {
			return []string{"spark.kubernetes." + strings.TrimPrefix(name, "spark.")}
		}
	}
	return nil
}

// mapNames are wrong names of maps, and the right ones.
var mapNames = [...][2]string{
	{"labels.", "label."}, {"annotations.", "annotation."}, {"secret.", "secrets."}, {"secretKeyRefs.", "secretKeyRef."}, {"volume.", "volumes."},
	{"nodeSelector.", "node.selector."}, {"node-selector.", "node.selector."}, {"nodeselector.", "node.selector."},
}

// familyMeant corrects the beginning of a key that stands in a map: labels for label, spark.executor.env for
// spark.executorEnv. What the user chose below it is kept.
func familyMeant(name string) string {
	for _, pair := range [...][2]string{
		{"spark.executor.env.", "spark.executorEnv."}, {"spark.executorenv.", "spark.executorEnv."}, {"spark.kubernetes.executorEnv.", "spark.executorEnv."},
		{"spark.driverEnv.", "spark.kubernetes.driverEnv."}, {"spark.kubernetes.nodeSelector.", "spark.kubernetes.node.selector."},
	} {
		if rest, ok := strings.CutPrefix(name, pair[0]); ok && rest != "" {
			return pair[1] + rest
		}
	}
	for _, role := range []string{"driver.", "executor."} {
		for _, beginning := range []string{"spark." + role, "spark.kubernetes." + role} {
			rest, ok := strings.CutPrefix(name, beginning)
			if !ok {
				continue
			}
			to := "spark.kubernetes." + role + rest
			for _, pair := range mapNames {
				if below, ok := strings.CutPrefix(rest, pair[0]); ok {
					to = "spark.kubernetes." + role + pair[1] + below
				}
			}
			if to != name && open(to) {
				return to
			}
		}
	}
	return ""
}
