// Package dashboards has Grafana dashboards of Spark on Kubernetes: the JSON files beside it, packed. Each is written from the YAML file of its
// name by test/dashboards, which packs them as well.
package dashboards

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the packed files
	"encoding/json"
	"fmt"
)

// packed are all dashboards, as JSON that is compressed.
//
//go:embed dashboards.json.gz
var packed []byte

// File is one dashboard as Grafana reads it.
type File struct {
	Name string          `json:"name"` // of the file, without .json
	JSON json.RawMessage `json:"json"`
}

// Files are the dashboards, in the order in which they are listed.
func Files() (all []File) {
	from, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		err = json.NewDecoder(from).Decode(&all)
	}
	if err != nil {
		panic(fmt.Errorf("embedded dashboards: %w", err)) // a test reads them
	}
	return all
}
