package model

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// FactRead are facts that were read from the image itself (kubectl spark images --learn), whatever a user says of it.
var FactRead = rule.NewFact[spark.Image]("the facts read from the image")

// Put says what is known of an image, of which a container runs a digest ("" where that is unknown): by the pod's annotation and the
// webhook's settings, and what was read from it. An error names an annotation that cannot be read; the rest is put all the same.
func Put(f *rule.Facts, reference, digest, annotation string, images spark.Catalogue) error {
	images = at(images, reference, digest)
	known, err := rule.ImageFacts(reference, annotation, images)
	if known != nil {
		rule.Put(f, rule.FactImage, *known)
	}
	if read := images.Read(reference); read != nil {
		rule.Put(f, FactRead, *read)
	}
	return err
}
