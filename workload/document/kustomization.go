package document

import (
	"bytes"

	sigsyaml "sigs.k8s.io/yaml"
)

// KustomizationFiles are the names that kustomize looks for in a folder.
func KustomizationFiles() []string {
	return []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}
}

// Kustomization is what a kustomization says of the files around it.
type Kustomization struct {
	Patches   []string // files that change others, relative to its folder
	Resources []string // files and folders that are objects by themselves
}

// ReadKustomization reads a kustomization; what is none names no file.
func ReadKustomization(raw []byte) Kustomization {
	var read struct {
		Resources             []string
		Patches               []struct{ Path string }
		PatchesJSON6902       []struct{ Path string } `json:"patchesJson6902"`
		PatchesStrategicMerge []string
	}
	if len(raw) > MaxWhole || sigsyaml.Unmarshal(raw, &read) != nil {
		return Kustomization{}
	}
	k := Kustomization{Resources: read.Resources, Patches: read.PatchesStrategicMerge}
	for _, p := range append(read.Patches, read.PatchesJSON6902...) {
		if p.Path != "" {
			k.Patches = append(k.Patches, p.Path)
		}
	}
	return k
}

// PatchContent is the content of a file that a kustomization in a folder lists as a patch. Such a file is a part of an object,
// or operations on one, and is judged in what kustomize makes of it.
func PatchContent(t Text, folder string) Content {
	c := Content{Other: "kustomize patch", Position: start(t)}
	if bytes.Contains(bytes.ToLower(t.Raw), []byte("spark")) {
		c.Note = "kustomize patch, not checked: run kubectl kustomize " + word(folder) + " | kubectl spark doctor -f -"
	}
	return c
}
