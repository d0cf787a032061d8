// Command grafana reads dashboards, JSON files that its arguments name, as Grafana's published model of them has it. It fails where a field is
// unknown, has another type, or breaks a rule of the schema.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins() // the models of panels and of Prometheus' queries
	failed := false
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func check(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var d dashboard.Dashboard
	var all cog.BuildErrors // without one in it, it is an error that is not nil
	if err := d.UnmarshalJSONStrict(text); err != nil && (!errors.As(err, &all) || len(all) > 0) {
		return err
	}
	return d.Validate()
}
