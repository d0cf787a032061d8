// Package dashboards writes the dashboards of manifests/dashboards: from the YAML file that describes one the JSON file of its name, as Grafana
// reads it. Start with All.
package dashboards

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// Dashboard is one dashboard.
type Dashboard struct {
	Name        string `json:"-"` // of the files, and the end of the uid
	Title       string `json:"title"`
	Description string `json:"description"`           // what it shows, and which metrics it needs
	Of          string `json:"of"`                    // a metric that every target of it has: its namespaces are the variable's values
	Application bool   `json:"application,omitempty"` // has a variable for the application
	Rows        []Row  `json:"rows"`
}

// Row is a line of panels under a title.
type Row struct {
	Title  string  `json:"title"`
	Panels []Panel `json:"panels"`
}

// Panel is a graph over time, or one number.
type Panel struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Unit        string `json:"unit"`             // of Grafana: s, bytes, percentunit, cps (per second), Bps (bytes per second), none for a count
	Number      string `json:"number,omitempty"` // the expression of the one number; "": a graph
	Lines       []Line `json:"lines,omitempty"`  // of the graph
}

// Line is an expression of PromQL with the name of each of its series.
type Line struct {
	Expr   string `json:"expr"`
	Legend string `json:"legend"`
}

// All are the dashboards that a folder describes, in the order in which they are listed.
func All(folder string) (all []Dashboard, err error) {
	for _, name := range []string{"fleet", "application", "memory", "shuffle", "standalone", "streaming", "webhook"} {
		text, err := os.ReadFile(filepath.Join(folder, name+".yaml"))
		if err != nil {
			return nil, err
		}
		d := Dashboard{Name: name}
		if err := yaml.UnmarshalStrict([]byte(marks().Replace(string(text))), &d); err != nil {
			return nil, fmt.Errorf("%s.yaml: %w", name, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// marks of the descriptions, with what they stand for. The driver's own metrics do not name the application: they are joined with the
// executors' endpoint of the same pod, which does.
func marks() *strings.Replacer {
	const namespace = `namespace=~"$namespace"`
	const application = namespace + `, application_name=~"$application"`
	return strings.NewReplacer("<namespace>", namespace, "<application>", application, "<executors>", application+`, executor_id!="driver"`,
		"<join>", `and on (namespace, pod) metrics_executor_totalCores{`+application+`, executor_id="driver"}`, "<window>", "$__rate_interval")
}
