// Command crd writes the table of workload/crd: which fields the custom resources of the Spark operators have, read from
// the operators' own CRDs. README.md says which releases it is given.
//
//	go run ./test/crd FILE... > workload/crd/fields.txt
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	t := tables{}
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err == nil {
			err = t.file(text)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
	}
	w := bufio.NewWriter(os.Stdout)
	t.write(w)
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// definition is what is read of a CRD.
type definition struct {
	Kind string `json:"kind"`
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
		Versions []struct {
			Name   string `json:"name"`
			Served bool   `json:"served"`
			Schema struct {
				Root schema `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

// schema is what is read of a structural schema.
type schema struct {
	Type       string            `json:"type"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Additional *additional       `json:"additionalProperties"`
	Required   []string          `json:"required"`
	Enum       []any             `json:"enum"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	Either     bool              `json:"x-kubernetes-int-or-string"`
	Open       bool              `json:"x-kubernetes-preserve-unknown-fields"`
}

// additional is a schema, or true.
type additional struct{ schema }

func (a *additional) UnmarshalJSON(raw []byte) error {
	if string(raw) == "true" || string(raw) == "false" {
		a.Open = string(raw) == "true"
		return nil
	}
	return yaml.Unmarshal(raw, &a.schema)
}

// file reads the CRDs of one file, of which there may be several.
func (t tables) file(text []byte) error {
	r := bufio.NewReader(bytes.NewReader(text))
	var one bytes.Buffer
	for {
		line, err := r.ReadBytes('\n')
		if end := string(bytes.TrimRight(line, "\r\n")) == "---"; !end {
			one.Write(line) // descriptions hold such lines, too, with blanks in front
			if err == nil {
				continue
			}
		}
		var d definition
		if parsed := yaml.Unmarshal(one.Bytes(), &d); parsed != nil {
			return parsed
		}
		one.Reset()
		for _, v := range d.Spec.Versions {
			if d.Kind == "CustomResourceDefinition" && v.Served {
				t.add(d.Spec.Group+"/"+v.Name+" "+d.Spec.Names.Kind, nodeOf(&v.Schema.Root))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
