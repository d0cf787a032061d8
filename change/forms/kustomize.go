// Package forms writes edits of objects for other programs: as JSON patches, as a kustomization, and as values of Helm charts.
package forms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// kustomization is what kustomize builds: objects and the patches that change them.
type kustomization struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Resources  []string         `json:"resources,omitempty"`
	Patches    []kustomizePatch `json:"patches"`
}

type kustomizePatch struct {
	Target selector `json:"target"`
	Patch  string   `json:"patch"`
}

type selector struct {
	Group     string `json:"group,omitempty"`
	Version   string `json:"version"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// Patches writes edits as operations: a list of the objects with a JSON patch each, a kustomization, or the values of Helm charts. Notes
// name what is not in it.
func Patches(all []change.Edited, output string) (out []byte, notes []string, err error) {
	switch output {
	case "kustomize":
		for _, one := range all {
			if one.Create != nil {
				notes = append(notes, fmt.Sprintf("the kustomization names %s, which is not there yet: save %s there, as -o yaml prints it", resource(one.File), called(one)))
			}
		}
		out, err = Kustomize(all)
		return out, notes, err
	case "helm-values":
		all, notes = edits(all)
		out, more, err := helmValues(all)
		return out, append(notes, more...), err
	}
	all, notes = edits(all)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(all)
	return patchjson.Escaped(b.Bytes(), patchjson.MaxYAML), notes, err
}

// edits are those of objects that are there. Notes name the others.
func edits(all []change.Edited) (out []change.Edited, notes []string) {
	out = []change.Edited{}
	for _, one := range all {
		if one.Create == nil {
			out = append(out, one)
			continue
		}
		notes = append(notes, called(one)+" is new, and no patch creates an object: -o yaml prints it")
	}
	return out, notes
}

// called is an object for people.
func called(one change.Edited) string { return one.Kind + " " + one.Name }

// Kustomize writes edits as a kustomization: the files that hold the objects are its resources, and each object has a patch
// of JSON 6902. Edits of live objects are a Component, for a kustomization that holds the objects.
func Kustomize(all []change.Edited) ([]byte, error) {
	out := kustomization{APIVersion: "kustomize.config.k8s.io/v1beta1", Kind: "Kustomization", Patches: []kustomizePatch{}}
	seen, named := map[selector]string{}, map[selector]int{}
	for _, one := range all {
		named[selector{Kind: one.Kind, Version: one.APIVersion, Name: one.Name}]++
	}
	for _, one := range all {
		if len(one.Operations) == 0 && one.Name == "" {
			continue // nothing to change, in what may be no object
		}
		group, version, has := strings.Cut(one.APIVersion, "/")
		if !has {
			group, version = "", one.APIVersion
		}
		target := selector{group, version, one.Kind, one.Namespace, one.Name}
		if err := selectable(one, seen[target]); err != nil {
			return nil, err
		}
		seen[target] = one.File
		if one.Live {
			out.APIVersion, out.Kind = "kustomize.config.k8s.io/v1alpha1", "Component"
		}
		if one.Built != "" && !slices.Contains(out.Resources, resource(one.Built)) {
			out.Resources = append(out.Resources, resource(one.Built))
		}
		if name := resource(one.File); (!one.Live || one.Create != nil) && !slices.Contains(out.Resources, name) {
			out.Resources = append(out.Resources, name)
		}
		if len(one.Operations) == 0 {
			continue
		}
		target.Name = regexp.QuoteMeta(one.Name)
		target.Namespace = selected(one, named[selector{Kind: one.Kind, Version: one.APIVersion, Name: one.Name}] == 1)
		text, err := operationsText(one.Operations)
		if err != nil {
			return nil, err
		}
		out.Patches = append(out.Patches, kustomizePatch{target, text})
	}
	return yaml.Marshal(out)
}

// selected is the namespace that a patch selects, a regular expression, so that it changes no object of the same name in another one.
// kustomize takes an object without a namespace for one in "default". A live object may stand without one, for its kustomization may
// give it the namespace after the patch; alone says that no other object of the name is edited, and several cannot get theirs that way.
func selected(one change.Edited, alone bool) string {
	switch {
	case one.Namespace == "" || one.Namespace == metav1.NamespaceDefault:
		return metav1.NamespaceDefault
	case one.Live && alone:
		return one.Namespace + "|" + metav1.NamespaceDefault
	}
	return one.Namespace
}

// operationsText writes operations as YAML or, where that would not survive it that kustomize trims a patch, as JSON: a text
// at the very end would lose its last line feed. So are runes that YAML does not escape and a terminal must not see.
func operationsText(ops []patch.Op) (string, error) {
	raw, err := json.Marshal(ops)
	if err != nil {
		return "", err
	}
	if safe := patchjson.Escaped(raw, patchjson.MaxYAML); len(safe) > len(raw) {
		return string(safe), nil
	}
	text, err := yaml.JSONToYAML(raw)
	if err != nil {
		return "", err
	}
	if back, err := yaml.YAMLToJSON(bytes.TrimSpace(text)); err == nil {
		if same, err := patch.SameJSON(raw, back); err == nil && same {
			return string(text), nil
		}
	}
	return string(raw), nil
}

// selectable is nil for an edit whose object a kustomization can read and select, and else the sentence that says why not.
func selectable(one change.Edited, before string) error {
	file := filepath.ToSlash(one.File)
	folder, made := scene.KustomizedFrom(one.File)
	switch {
	case one.Reviewed:
		return fmt.Errorf("%s: kustomize cannot select the object of an admission review: use -o patch", one.File)
	case one.Name == "":
		return fmt.Errorf("%s: %s without a name cannot be selected by kustomize: use -o diff", one.File, one.Kind)
	case before != "":
		return fmt.Errorf("%s: %s %s stands in %s, too, and kustomize takes each object once", one.File, one.Kind, one.Name, before)
	case one.File == scene.StandardInput:
		return fmt.Errorf("kustomize reads files, and standard input is none: give the file with -f")
	case made && filepath.IsAbs(folder):
		return fmt.Errorf("a kustomization names its folders by relative paths: give -k the path of %s from here", folder)
	case made && path.Clean(folder) == ".":
		return fmt.Errorf("the changes are a kustomization with this folder as its resource, and need another folder: run it in the folder above")
	case made:
	case one.Live || strings.Contains(file, "://"):
	case !filepath.IsLocal(one.File):
		return fmt.Errorf("%s: kustomize reads only files in or below the folder of the kustomization: run it in that folder", one.File)
	}
	return nil
}

func resource(name string) string {
	if strings.Contains(name, "://") {
		return name
	}
	if folder, made := scene.KustomizedFrom(name); made {
		name = folder
	}
	return path.Clean(filepath.ToSlash(name))
}
