package workload

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// KindDockerfile is the kind of a document that is a Dockerfile.
const KindDockerfile = "Dockerfile"

// OfDockerfile makes a document of a Dockerfile. It has one place, which is no pod's.
func OfDockerfile(name string, file *dockerfile.File, places Places) *Document {
	version, _ := spark.ParseVersion(file.Version())
	slot := Slot{Version: version, Identity: spark.Identity{Container: -1, Certain: true, Version: version}}
	d := &Document{Kind: KindDockerfile, Name: name, Line: 1, Dockerfile: file, Slots: []Slot{slot}, Places: places}
	for _, i := range file.All() {
		if i.Unread != "" {
			d.Notes = append(d.Notes, fmt.Sprintf("the commands of RUN on line %d were not checked: %s", i.First, i.Unread))
		}
	}
	return d
}
