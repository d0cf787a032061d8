package image

import (
	"fmt"
	"io"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Listed is an image that workloads use.
type Listed struct {
	Reference  string                   `json:"reference"`
	Digest     string                   `json:"digest,omitempty"` // of what the registry has for it now
	Workloads  []string                 `json:"workloads"`
	Pods       int                      `json:"pods"`
	Size       int64                    `json:"sizeBytes,omitempty"`       // unpacked, as nodes report it
	Compressed int64                    `json:"compressedBytes,omitempty"` // of its layers in the registry
	Read       bool                     `json:"read"`                      // from its registry
	Facts      model.Facts              `json:"facts"`
	Unknown    []string                 `json:"unknown"`
	Injection  []installation.Allowance `json:"injection"`
	Error      string                   `json:"error,omitempty"` // why it could not be read
	Running    []Digest                 `json:"running,omitempty"`
	Pulls      *Pulls                   `json:"pulls,omitempty"`       // nil: the Events could not be read
	Shared     int64                    `json:"sharedBytes,omitempty"` // compressed, of layers that other images of the list have too
	Added      int64                    `json:"addedBytes,omitempty"`  // compressed, of layers that only this image has
}

// Digest is a digest that pods run.
type Digest struct {
	Digest string `json:"digest"`
	Pods   int    `json:"pods"`
	Now    bool   `json:"now,omitempty"` // of an image that was read: the registry has it for the reference now
}

// Pulls are those that Events tell of, with the wait for other pulls of the node.
type Pulls struct {
	Times    int     `json:"times"`
	Shortest float64 `json:"shortestSeconds,omitempty"`
	Longest  float64 `json:"longestSeconds,omitempty"`
	Bytes    int64   `json:"bytes,omitempty"` // of the image, as the kubelet gives them
}

// Runs counts a pod that runs a digest.
func (l *Listed) Runs(digest string) {
	for i := range l.Running {
		if l.Running[i].Digest == digest {
			l.Running[i].Pods++
			return
		}
	}
	l.Running = append(l.Running, Digest{Digest: digest, Pods: 1})
}

// List is what images tells.
type List struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Images     []*Listed      `json:"images"`
	Nodes      map[string]int `json:"nodes,omitempty"`   // by architecture
	NotRead    []string       `json:"notRead,omitempty"` // what could not be read, and what is unknown without it
	Next       string         `json:"-"`
}

// Names are the names by which a node may hold an image.
func Names(reference string) []string {
	ref, ok := spark.ParseReference(reference)
	if !ok {
		return nil
	}
	tag := ref.Tag
	if tag == "" {
		tag = "latest"
	}
	if ref.Digest != "" {
		return []string{ref.Repository + "@" + ref.Digest}
	}
	return []string{ref.Repository + ":" + tag}
}

// WriteList writes the images that workloads use.
func WriteList(w io.Writer, l *List, o report.Options) error {
	l.APIVersion, l.Kind = report.APIVersion, "ImageList"
	if l.Images == nil {
		l.Images = []*Listed{}
	}
	for _, one := range l.Images {
		one.Error = mask.Message(one.Error)
		masked(one.Facts)
	}
	if o.Printer != nil {
		d := printers.Document{Whole: l}
		for _, one := range l.Images {
			d.Rows, d.Names = append(d.Rows, one), append(d.Names, printers.Name{Name: one.Reference})
		}
		return o.Printer(w, d)
	}
	if o.Format == report.HTML {
		return listPage(w, l)
	}
	return layout.Draw(w, layout.Style{Columns: o.Width, Color: o.Color, ASCII: o.ASCII, Wide: o.Format == "wide"}, func(t *layout.Table) {
		sign := t.Good() + " "
		for _, one := range l.Images {
			if len(one.Unknown)+len(l.NotRead) > 0 {
				sign = t.Paint(layout.Yellow, t.Glyph("‼", "!")) + " "
			}
			card(t, one, l.Nodes)
		}
		if len(l.Images) == 0 {
			sign = ""
		}
		t.Wrapped(sign, "  ", verdict(l))
		if l.Next != "" {
			t.Wrapped("  ", "  ", "next: "+l.Next)
		}
	})
}

// verdict sums the list up.
func verdict(l *List) string {
	switch {
	case len(l.Images) == 0 && len(l.NotRead) > 0:
		return "no Spark image was found here; not everything was read"
	case len(l.Images) == 0:
		return "no Spark image is in use here"
	}
	open := 0
	for _, one := range l.Images {
		if len(one.Unknown) > 0 {
			open++
		}
	}
	text := report.Count(len(l.Images), "Spark image", "Spark images") + " in use"
	if open > 0 {
		text += "; " + report.Count(open, "lacks", "lack") + " facts that edits need"
	}
	if len(l.NotRead) > 0 {
		text += "; not everything was read"
	}
	return text
}

// card is one image.
func card(t *layout.Table, one *Listed, nodes map[string]int) {
	about := []string{report.Count(one.Pods, "pod", "pods") + " of " + report.Count(len(one.Workloads), "workload", "workloads")}
	for _, s := range []string{size(one.Size, " on nodes"), size(one.Compressed, " compressed")} {
		if s != "" {
			about = append(about, s)
		}
	}
	t.WriteString(t.Paint(layout.Bold, clean.Text(one.Reference)) + "\n")
	t.Wrapped("  ", "  ", strings.Join(about, t.Sep()))
	const columns = 10
	line := func(name, text string) {
		t.Wrapped("  "+layout.Pad(name, columns), layout.Pad("", 2+columns), clean.Text(mask.Message(text)))
	}
	if known := Known(one.Facts); known != "" {
		line("known", known)
	}
	if len(one.Unknown) > 0 {
		line("unknown", named(one.Unknown))
	}
	for _, a := range one.Injection {
		text := report.Count(len(a.Edits), "edit", "edits")
		if len(a.Refused) > 0 {
			text += fmt.Sprintf(", %d refused because of the image", len(a.Refused))
		}
		line(string(a.Role), text)
	}
	for _, more := range usage(one, nodes) {
		line(more[0], more[1])
	}
	if one.Error != "" {
		line("not read", one.Error)
	}
	t.WriteByte('\n')
}

// Known words the facts that edits need, in one line.
func Known(facts model.Facts) string {
	var words []string
	for _, name := range model.Injection() {
		switch v := facts.Value(name); {
		case v == "":
		case name == model.Passwd && v == "true":
			words = append(words, "with a passwd entry")
		case name == model.Passwd:
			words = append(words, "without a passwd entry")
		default:
			words = append(words, titles[name]+" "+v)
		}
	}
	return strings.Join(words, ", ")
}

// WriteChange writes how the settings change.
func WriteChange(w io.Writer, before, after, note string, o report.Options) error {
	return layout.Draw(w, layout.Style{Columns: o.Width, Color: o.Color, ASCII: o.ASCII}, func(t *layout.Table) {
		t.WriteByte('\n')
		for line := range strings.Lines(udiff.Unified(manifests.LearnedKey+" (now)", manifests.LearnedKey+" (after)", before, after)) {
			style := ""
			switch line[0] {
			case '+':
				style = layout.Green
			case '-':
				style = layout.Red
			}
			t.WriteString(t.Paint(style, clean.Text(strings.TrimRight(line, "\n"))) + "\n")
		}
		t.Wrapped("", "", note)
	})
}
