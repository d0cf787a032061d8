package rule

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// FactFiles are configuration files that ConfigMaps bring into the container.
var FactFiles = NewFact[Files]("the mounted ConfigMap")

// Files are the text files, by name, that ConfigMaps bring into the configuration folder of the main container. Whole says
// that nothing else is in that folder: no files of the image show there.
type Files struct {
	Text  map[string]string
	Whole bool
}

// Outside is a list of arguments, or of variables, and its path in the object that brings the application: what a
// resource hands to its driver, what the container is given that submits.
type Outside struct {
	Path patch.Path
	Args []string
	Env  []corev1.EnvVar
}
