package crd

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark/spelling"
)

// meant is the one field of an object that somebody meant who wrote a name that it has not, and that is not set beside it.
func meant(f *field, name string, held map[string]any) string {
	for _, near := range []func(candidate string) bool{
		func(candidate string) bool { return plain(candidate) == plain(name) },
		func(candidate string) bool { return slices.Contains(words[plain(name)], candidate) },
		func(candidate string) bool { return slip(plain(candidate), plain(name)) },
		func(candidate string) bool { return begins(plain(candidate), plain(name)) },
	} {
		found := ""
		for _, candidate := range slices.Sorted(maps.Keys(f.fields)) {
			if held[candidate] != nil || !near(candidate) || candidate == "status" || !f.fields[candidate].takes(held[name]) {
				continue
			}
			if found != "" {
				return "" // more than one
			}
			found = candidate
		}
		if found != "" {
			return found
		}
	}
	return ""
}

// words are names from elsewhere for what a resource calls otherwise.
var words = map[string][]string{
	"replicas": {"instances"}, "instances": {"replicas"}, "numexecutors": {"instances"}, "cpu": {"cores", "coreRequest"}, "cpulimit": {"coreLimit"}, "cpurequest": {"coreRequest"},
	"args": {"arguments"}, "arguments": {"args"}, "conf": {"sparkConf"}, "mainfile": {"mainApplicationFile"}, "serviceaccountname": {"serviceAccount"},
	"extrajavaoptions": {"javaOptions"}, "mainclassname": {"mainClass"}, "version": {"sparkVersion"},
}

// plain is a name without what people vary: case, dashes and underscores.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(name))
}

// slip says whether two names differ by a letter or two, of which short ones have none to spare.
func slip(a, b string) bool {
	most := 2
	switch short := min(len(a), len(b)); {
	case short <= 3:
		return false
	case short <= 7:
		most = 1
	}
	return spelling.Distance(a, b, most) <= most
}

// begins says whether one name is the other with more behind it.
func begins(a, b string) bool {
	return min(len(a), len(b)) >= 6 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// aside are lists whose containers are not Spark's, and objects of which a place in them says nothing.
var aside = map[string]bool{"sidecars": true, "initContainers": true, "ephemeralContainers": true, "status": true, "metadata": true, "volumes": true,
	"affinity": true, "volumeClaimTemplates": true, "horizontalPodAutoscalerSpec": true}

// maxDepth bounds how deep a place is looked for: spec.template.driver.template.spec.containers[].readinessProbe.
const maxDepth = 8

// places looks for the places, least deep first, at which the resource has fields of the names that are unknown elsewhere.
func (c *check) places() {
	wanted := map[string][]*FieldError{}
	for i := range c.slips {
		if s := &c.slips[i]; s.Kind == Unknown && s.Meant == "" {
			name := s.Path[len(s.Path)-1]
			wanted[name] = append(wanted[name], s)
		}
	}
	type place struct {
		path string
		f    *field
	}
	level := []place{{"", c.root}}
	for depth := 0; depth < maxDepth && len(wanted) > 0; depth++ {
		found := map[string][]place{}
		var next []place
		for _, p := range level {
			f, path := p.f, p.path
			if f.kind == 'p' {
				f = c.schemas.pod
			}
			if f.kind == 'l' {
				f, path = f.of, path+"[]"
			}
			for field, held := range f.fields {
				if aside[field] && path != "" || field == "metadata" || field == "status" {
					continue
				}
				if wanted[field] != nil {
					found[field] = append(found[field], place{path, held})
				}
				if here := strings.TrimPrefix(path+"."+field, "."); strings.IndexByte("olp", held.kind) >= 0 {
					next = append(next, place{here, held})
				}
			}
		}
		for name, at := range found {
			slices.SortFunc(at, func(a, b place) int { return strings.Compare(a.path, b.path) })
			for _, s := range wanted[name] {
				for _, p := range at {
					if p.f.takes(s.value) {
						s.Places = append(s.Places, p.path)
					}
				}
				if len(s.Places) > maxPlaces { // so common that it says nothing
					s.Places = nil
				}
			}
			delete(wanted, name)
		}
		level = next
	}
}

// takes says whether a value may stand in a field, roughly.
func (f *field) takes(v any) bool {
	switch v.(type) {
	case map[string]any:
		return strings.IndexByte("omp*", f.kind) >= 0
	case []any:
		return f.kind == 'l' || f.kind == '*'
	}
	return strings.IndexByte("olmp", f.kind) < 0
}
