package forms

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/helm"
)

// helmValues writes edits as the values of the Helm releases that made the objects, a document for each release. Notes name what no
// value sets. Where nothing can be said in values that is the error.
func helmValues(all []change.Edited) (out []byte, notes []string, err error) {
	type release struct{ name, chart string }
	merged := map[release]map[string]any{}
	var order []release
	changes := 0
	for _, one := range all {
		if len(one.Operations) == 0 {
			continue
		}
		changes++
		object := strings.ToLower(one.Kind) + "/" + one.Name
		c, err := helm.Values(one.Kind, one.Before, one.Operations)
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s: %s: -o kustomize writes a patch", object, err))
			continue
		}
		if len(c.Left) > 0 {
			notes = append(notes, fmt.Sprintf("%s: no value of chart %s sets %s: -o kustomize writes a patch", object, c.Chart, strings.Join(c.Left, ", ")))
		}
		at := release{c.Release, c.Chart}
		if merged[at] == nil && len(c.Values) > 0 {
			merged[at] = map[string]any{}
			order = append(order, at)
		}
		maps.Copy(merged[at], c.Values)
	}
	if changes > 0 && len(order) == 0 {
		return nil, nil, errors.New("nothing can be written as values of a Helm chart: " + strings.Join(notes, "; "))
	}
	var b bytes.Buffer
	for i, at := range order {
		text, err := yaml.Marshal(merged[at])
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(&b, "# release %s, chart %s: helm upgrade %s CHART --reuse-values -f FILE\n%s", word(at.name), word(at.chart), word(at.name), text)
	}
	return b.Bytes(), slices.Compact(notes), nil
}

// word is a name of the cluster in a comment: what no name may hold ends it.
func word(name string) string {
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._+", r))
	}
	if at := strings.IndexFunc(name, bad); at >= 0 {
		name = name[:at]
	}
	if name == "" {
		return "RELEASE"
	}
	return name
}
