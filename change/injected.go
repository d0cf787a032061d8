package change

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Injected is what an Injection did.
type Injected struct {
	Edited []Edited // each object that makes Spark pods
	Notes  []string
	files  []worked
}

// worked is a file that was edited; of its documents only what is printed is kept.
type worked struct {
	name    string
	text    []byte
	changed bool
	no      string // what the file is that has no JSON form; "": it has one
	objects []json.RawMessage
}

// Changed says whether any file is not what it was.
func (d *Injected) Changed() bool {
	return slices.ContainsFunc(d.files, func(f worked) bool { return f.changed })
}

// Files edits files, in memory. Of several one that cannot be edited is left out.
func (in *Injection) Files(ctx context.Context, given scene.Input) (*Injected, *scene.LeftOut, error) {
	done := &Injected{Edited: []Edited{}}
	type object struct {
		file string
		why  error
	}
	var objects []object
	left, err := given.Each(ctx, func(file *source.File) error {
		if err := file.Editable(); err != nil {
			return err
		}
		before := file.Bytes()
		made, said, not, err := in.File(ctx, file)
		if err != nil {
			return err
		}
		for _, one := range not {
			objects = append(objects, object{file.Name, one})
		}
		done.Notes, done.Edited = append(done.Notes, said...), append(done.Edited, made...)
		one := worked{name: file.Name, text: file.Bytes(), changed: !bytes.Equal(before, file.Bytes())}
		for _, doc := range file.Docs {
			switch {
			case doc.Properties:
				one.no = "a properties file"
			case doc.Dockerfile != nil:
				one.no = "a Dockerfile"
			}
			if in.Output == "json" && len(doc.Text) == 0 { // the object around it holds it
				one.objects = append(one.objects, doc.Raw)
			}
		}
		done.files = append(done.files, one)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, one := range objects {
		left.Workload("", one.file, one.why)
	}
	return done, left, nil
}

// Render writes the files as they are now, as YAML or JSON; Output "" leaves their form. Package forms writes operations.
func (in *Injection) Render(d *Injected) ([]byte, error) {
	var b bytes.Buffer
	if in.Output == "json" {
		return renderJSON(d.files)
	}
	for i, file := range d.files {
		out := file.text
		if in.Output == "yaml" && json.Valid(out) {
			var err error
			if out, err = yaml.JSONToYAML(out); err != nil {
				return nil, fmt.Errorf("%s: %w", file.name, err)
			}
		}
		if i > 0 {
			if n := b.Len(); n > 0 && b.Bytes()[n-1] != '\n' {
				b.WriteByte('\n')
			}
			if !bytes.HasPrefix(out, []byte("---")) {
				b.WriteString("---\n")
			}
		}
		b.Write(out)
	}
	return b.Bytes(), nil
}

func renderJSON(files []worked) ([]byte, error) {
	var items []json.RawMessage
	for _, file := range files {
		if file.no != "" {
			return nil, fmt.Errorf("%s is %s, which has no JSON form: leave out -o", file.name, file.no)
		}
		items = append(items, file.objects...)
	}
	var value any = map[string]any{"apiVersion": "v1", "kind": "List", "items": items}
	if len(items) == 1 {
		value = items[0]
	}
	out, err := json.MarshalIndent(value, "", "  ")
	return append(patchjson.Escaped(out, patchjson.MaxYAML), '\n'), err
}
