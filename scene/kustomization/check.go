package kustomization

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Fields, in lower case as kustomize takes any, that name files or what kustomize could fetch.
var (
	// builds name kustomizations and files of objects: kustomize fetches remote ones with git.
	builds = []string{"resources", "bases", "components"}
	// plugins name files of generators and transformers, or hold them.
	plugins = []string{"generators", "transformers", "validators"}
	// loads name files alone: kustomize fetches URLs.
	loads = []string{"crds", "configurations", "patchesstrategicmerge", "path", "paths", "files", "envs", "env", "targetfilepath"}
	// charts make kustomize run helm.
	charts = []string{"helmcharts", "helmchartinflationgenerator"}
)

// checkKustomization is an error for a kustomization that would open a connection or run a program.
func checkKustomization(path string, text []byte) error {
	var k yaml.Node
	if err := yaml.Unmarshal(text, &k); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return (&checker{path, map[*yaml.Node]bool{}}).fields(&k)
}

// checker looks at a document of a file, at what aliases stand for once.
type checker struct {
	path string
	seen map[*yaml.Node]bool
}

// fields looks at all fields below a value.
func (c *checker) fields(n *yaml.Node) error {
	if n = behind(n); n == nil || c.seen[n] {
		return nil
	}
	c.seen[n] = true
	if n.Tag == "!!binary" {
		return fmt.Errorf("%s:%d: encoded values are not read in a kustomization: write it as text", c.path, n.Line)
	}
	for i, below := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			if err := c.field(strings.ToLower(behind(n.Content[i-1]).Value), below); err != nil {
				return err
			}
		}
		if err := c.fields(below); err != nil {
			return err
		}
	}
	return nil
}

// field looks at the names that a field holds.
func (c *checker) field(key string, value *yaml.Node) error {
	switch {
	case slices.Contains(charts, key):
		return fmt.Errorf("%s: %s makes kustomize run helm, and a kustomization runs no program: run kubectl kustomize --enable-helm and give its output with -f -", c.path, key)
	case slices.Contains(builds, key):
		return each(value, func(name string) error { return local(c.path, name) })
	case slices.Contains(plugins, key):
		return each(value, func(name string) error { return plugin(c.path, name) })
	case slices.Contains(loads, key):
		return each(value, func(name string) error {
			if _, file, named := strings.Cut(name, "="); named && fetched(file) || fetched(name) {
				return refused(c.path, name)
			}
			return nil
		})
	}
	return nil
}

// behind is what an alias stands for.
func behind(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// each looks at a text, or at those of a list.
func each(n *yaml.Node, look func(string) error) error {
	switch n = behind(n); n.Kind {
	case yaml.ScalarNode:
		return look(n.Value)
	case yaml.SequenceNode:
		for _, one := range n.Content {
			if one = behind(one); one.Kind == yaml.ScalarNode {
				if err := look(one.Value); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func refused(path, name string) error {
	return fmt.Errorf("%s: %q is remote, and a kustomization opens no connection: run kubectl kustomize and give its output with -f -", path, name)
}

func local(path, name string) error {
	if remote(name) {
		return refused(path, name)
	}
	return nil
}

// plugin is an error for a generator or transformer that is no file: its configuration could be put together while kustomize
// runs, and name what nobody has looked at. One that stands in the kustomization itself is looked at here.
func plugin(path, name string) error {
	if strings.Contains(strings.TrimSpace(name), "\n") {
		return checkPlugins(path, []byte(name))
	}
	if err := local(path, name); err != nil {
		return err
	}
	if info, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err == nil && info.IsDir() {
		return fmt.Errorf("%s: %q is a folder: generators and transformers are read from files alone", path, name)
	}
	return nil
}

// checkPlugins looks at configurations of kustomize's own generators and transformers among the objects of a file. What is no
// YAML is none.
func checkPlugins(path string, text []byte) error {
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var n yaml.Node
		if d.Decode(&n) != nil || len(n.Content) == 0 {
			return nil
		}
		object := behind(n.Content[0])
		for i := 0; object.Kind == yaml.MappingNode && i+1 < len(object.Content); i += 2 {
			if strings.EqualFold(behind(object.Content[i]).Value, "apiVersion") && behind(object.Content[i+1]).Value == "builtin" {
				if err := (&checker{path, map[*yaml.Node]bool{}}).fields(object); err != nil {
					return err
				}
			}
		}
	}
}

// remote says that kustomize would clone what a name stands for with git, or fetch it.
func remote(name string) bool {
	lower := strings.ToLower(name)
	return fetched(name) || strings.Contains(name, "://") || strings.Contains(name, "@") || strings.HasPrefix(lower, "git::") || strings.HasPrefix(lower, "github.com")
}

// fetched says that kustomize would fetch a name.
func fetched(name string) bool {
	u, err := url.Parse(name)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https")
}
