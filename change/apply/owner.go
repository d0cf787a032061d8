package apply

import (
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tool is what writes an object anew from what it was told elsewhere, so that a change of the object alone does not last.
type tool struct {
	name, what string // what is an application, a release or a kustomization
	remedy     string
}

// owned skips an object that Helm, Argo CD, Flux or a controller writes over.
func (o *Object) owned() {
	var object metav1.PartialObjectMetadata
	if json.Unmarshal(o.live, &object) != nil {
		return
	}
	if by := toolOf(&object); by != nil {
		o.skip(Owned, by.remedy, "%s owns it (%s) and would write over the change", by.name, by.what)
		return
	}
	if by := metav1.GetControllerOf(&object); by != nil {
		o.skip(Controlled, "change "+by.Kind+"/"+by.Name, "%s/%s made it and would write over the change, or make the next one without it", by.Kind, by.Name)
	}
}

// toolOf is the tool that an object belongs to, by the labels and annotations that each tool sets, and by its field manager; nil
// where it is none. A chart that Argo CD or Flux renders is theirs.
func toolOf(object *metav1.PartialObjectMetadata) *tool {
	labels, notes := object.Labels, object.Annotations
	managed := func(names ...string) bool {
		for _, entry := range object.ManagedFields {
			for _, name := range names {
				if entry.Subresource == "" && entry.Manager == name {
					return true
				}
			}
		}
		return false
	}
	switch id, _, _ := strings.Cut(notes["argocd.argoproj.io/tracking-id"], ":"); {
	case id != "":
		return argo("application " + id)
	case labels["argocd.argoproj.io/instance"] != "":
		return argo("application " + labels["argocd.argoproj.io/instance"])
	case managed("argocd-controller", "argocd-application-controller"):
		return argo("its field manager")
	}
	for _, kind := range []string{"kustomize", "helm"} {
		group := kind + ".toolkit.fluxcd.io"
		what := map[string]string{"kustomize": "Kustomization ", "helm": "HelmRelease "}[kind]
		switch name := labels[group+"/name"]; {
		case name != "":
			return flux(what + labels[group+"/namespace"] + "/" + name)
		case managed(kind + "-controller"):
			return flux("field manager " + kind + "-controller")
		}
	}
	switch release := notes["meta.helm.sh/release-name"]; {
	case release != "":
		return helm("release " + release)
	case labels["app.kubernetes.io/managed-by"] == "Helm":
		return helm("label app.kubernetes.io/managed-by")
	case managed("helm"):
		return helm("its field manager")
	}
	return nil
}

func argo(what string) *tool {
	return &tool{"Argo CD", what, "make the change in the repository that it syncs from"}
}

func flux(what string) *tool {
	return &tool{"Flux", what, "make the change in the source that it reconciles"}
}

func helm(what string) *tool {
	return &tool{"Helm", what, "make the change in the values of the chart"}
}
