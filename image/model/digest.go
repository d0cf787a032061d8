package model

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Digest is the digest in the ID that a container runtime gives a running image: repository@sha256:..., with or without a scheme in front;
// "" where it names none, as the ID of an image that was never in a registry.
func Digest(imageID string) string {
	if _, digest, ok := strings.Cut(imageID, "@"); ok && strings.Contains(digest, ":") {
		return digest
	}
	return ""
}

// at is a catalogue for a container that runs a digest of an image. What was learned of the digest counts. What was learned of the image's tag when
// it had another digest is left out.
func at(images spark.Catalogue, reference, digest string) spark.Catalogue {
	r, ok := spark.ParseReference(reference)
	if !ok || digest == "" || r.Digest != "" {
		return images
	}
	var out spark.Catalogue
	pinned := false
	for _, one := range images {
		_, of, has := strings.Cut(one.Match, "@")
		if !one.Learned || !has || (spark.Catalogue{one}).Read(r.Repository+"@"+of) == nil {
			continue
		}
		pinned = true
		if of == digest {
			sealed := one.Sealed()
			if one.Match = r.Repository + ":" + r.Tag; r.Tag == "" {
				one.Match += "latest"
			}
			if sealed {
				one = one.Seal()
			}
			out = append(out, one)
		}
	}
	if !pinned { // nothing says which digest was read
		return images
	}
	return append(out, slices.DeleteFunc(slices.Clone(images), func(one spark.Image) bool {
		return one.Learned && one.Single() && (spark.Catalogue{one}).Read(reference) != nil
	})...)
}
