package image

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/html"
)

//go:embed page.html
var pageText string

// view is what a page shows.
type view struct {
	Title, Verdict string
	About          []string
	Tiles          []html.Tile
	Pictures       []html.Bars
	Tables         []html.Table
	Settings       string
}

func (v *view) write(w io.Writer) error {
	return html.Write(w, html.Page{Title: v.Title, Body: pageText, View: v})
}

// explainedPage writes what is known of an image as one page.
func explainedPage(w io.Writer, e *Explained) error {
	v := &view{Title: clean.Text(e.Reference)}
	for line := range strings.Lines(e.Settings) {
		v.Settings += clean.Text(strings.TrimSuffix(line, "\n")) + "\n"
	}
	if about := []string{e.Platform, e.Digest}; strings.Join(about, "") != "" {
		v.About = append(v.About, clean.Text(strings.Join(slices.DeleteFunc(about, func(s string) bool { return s == "" }), " · ")))
	}
	v.Verdict = "Every fact that edits need is known."
	if len(e.Unknown) > 0 {
		v.Verdict = "Unknown: " + named(e.Unknown) + ". Edits that need it are refused."
	}
	if e.NotRead != "" {
		v.About = append(v.About, "Layers were not read: "+clean.Text(e.NotRead)+".")
	}
	tile := func(label, value, more string) {
		if value != "" {
			v.Tiles = append(v.Tiles, html.Tile{Label: label, Value: value, More: more})
		}
	}
	layers := report.Count(len(e.Layers), "layer", "layers")
	tile("Compressed", size(e.Compressed, ""), layers)
	if c := e.Contents; c != nil && c.Unpacked > 0 {
		tile("Unpacked", size(c.Unpacked, ""), layers)
		tile("Hidden", size(c.Replaced+c.Deleted, ""), "replaced or deleted by later layers")
		tile("Efficiency", fmt.Sprintf("%.1f %%", 100*c.Efficiency), "as dive counts it")
		v.Pictures = append(v.Pictures, causesPicture(c))
	}
	if len(e.Layers) > 0 {
		v.Pictures = append(v.Pictures, layersPicture(e.Layers))
	}
	facts := html.Table{Heading: "Facts", Head: html.Head("fact", "value", "from")}
	for _, f := range e.Facts {
		facts.Rows = append(facts.Rows, words(title(f.Name), f.Value, f.From))
	}
	for _, name := range e.Unknown {
		facts.Rows = append(facts.Rows, words(title(name), "unknown", ""))
	}
	v.Tables = append(v.Tables, facts, injectionTable(e.Injection))
	if len(e.Layers) > 0 {
		v.Tables = append(v.Tables, layersTable(e.Layers))
	}
	if c := e.Contents; c != nil {
		v.Tables = append(v.Tables, contentTables(c)...)
	}
	v.Tables = slices.DeleteFunc(v.Tables, func(t html.Table) bool { return len(t.Rows) == 0 })
	return v.write(w)
}

// title words the name of a fact.
func title(name string) string {
	if known := titles[name]; known != "" {
		return known
	}
	return name
}

func named(facts []string) string {
	all := slices.Clone(facts)
	for i := range all {
		all[i] = title(all[i])
	}
	return strings.Join(all, ", ")
}

func words(all ...string) (row []html.Cell) {
	for _, one := range all {
		row = append(row, html.Cell{Text: clean.Text(one)})
	}
	return row
}

func number(text string) html.Cell { return html.Cell{Text: text, Number: true} }

// bytesOf leaves out what is not known.
func bytesOf(n int64) html.Cell {
	if n == 0 {
		return number("")
	}
	return number(size(n, ""))
}

// shares are the causes of the bytes, and what later layers hide.
func shares(c *model.Contents) []model.Share {
	all := slices.Clone(c.Causes)
	for _, hidden := range []model.Share{{Cause: replaced, Bytes: c.Replaced}, {Cause: deleted, Bytes: c.Deleted}} {
		if hidden.Bytes > 0 {
			all = append(all, hidden)
		}
	}
	return all
}

func causesPicture(c *model.Contents) html.Bars {
	b := html.Bars{ID: "causes", Heading: "Where the bytes are", Title: "Unpacked bytes by what they are for", Caption: "Unpacked bytes of all layers. Hidden bytes are pulled and stored, and no container sees them.",
		Legend: []html.Key{{Kind: html.Kept, Text: "in the container"}, {Kind: html.Lost, Text: "hidden by later layers"}}}
	for _, s := range shares(c) {
		if s.Bytes == 0 {
			continue
		}
		kind := html.Kept
		if s.Cause == replaced || s.Cause == deleted {
			kind = html.Lost
		}
		value := fmt.Sprintf("%s, %d %%", size(s.Bytes, ""), 100*s.Bytes/c.Unpacked)
		b.Rows = append(b.Rows, html.Row{Name: s.Cause, Value: value, Parts: []html.Part{{Kind: kind, Amount: s.Bytes, Text: s.Cause + ": " + value}}})
	}
	b.Desc = html.Describe(b.Rows)
	return b
}

// layersPicture shows unpacked bytes; of layers that were not read the compressed ones.
func layersPicture(layers []model.Layer) html.Bars {
	read := slices.ContainsFunc(layers, func(l model.Layer) bool { return l.Unpacked > 0 })
	b := html.Bars{ID: "layers", Heading: "Layers", Title: "Bytes of each layer, the lowest first", Caption: "Compressed bytes of each layer, the lowest first."}
	if read {
		b.Caption = "Unpacked bytes of each layer, the lowest first."
		b.Legend = []html.Key{{Kind: html.Kept, Text: "in the container"}, {Kind: html.Lost, Text: "hidden by later layers"}}
	}
	for i, l := range layers {
		row := html.Row{Name: "layer " + strconv.Itoa(i+1)}
		if !read {
			row.Value = size(l.Compressed, "")
			row.Parts = []html.Part{{Kind: html.Kept, Amount: l.Compressed, Text: row.Value}}
		} else {
			row.Value = size(l.Unpacked, "")
			row.Parts = []html.Part{{Kind: html.Kept, Amount: l.Unpacked - l.Hidden, Text: size(l.Unpacked-l.Hidden, " in the container")}, {Kind: html.Lost, Amount: l.Hidden, Text: size(l.Hidden, " hidden")}}
		}
		if len(l.Causes) > 0 && l.Causes[0].Bytes > 0 {
			row.Name += ": " + l.Causes[0].Cause
		}
		b.Rows = append(b.Rows, row)
	}
	b.Desc = html.Describe(b.Rows)
	return b
}

func layersTable(layers []model.Layer) html.Table {
	t := html.Table{Heading: "What made each layer", Head: html.Head("#layer", "#compressed", "#unpacked", "#hidden", "#files", "step")}
	for i, l := range layers {
		files := ""
		if l.Files > 0 {
			files = strconv.Itoa(l.Files)
		}
		t.Rows = append(t.Rows, append([]html.Cell{number(strconv.Itoa(i + 1)), bytesOf(l.Compressed), bytesOf(l.Unpacked), bytesOf(l.Hidden), number(files)},
			words(strings.Join(strings.Fields(l.CreatedBy), " "))...))
	}
	return t
}

func injectionTable(all []installation.Allowance) html.Table {
	t := html.Table{Heading: "Injection", Head: html.Head("role", "#edits", "refused because of the image")}
	for _, a := range all {
		t.Heading = "Injection (profile " + string(a.Profile) + ")"
		t.Rows = append(t.Rows, []html.Cell{{Text: string(a.Role)}, number(strconv.Itoa(len(a.Edits))), {Text: Refused(a.Refused)}})
	}
	return t
}

func contentTables(c *model.Contents) []html.Table {
	paths := html.Table{Heading: "Paths that several layers have", Head: html.Head("path", "#layers", "#bytes in all of them")}
	for _, w := range c.Paths {
		paths.Rows = append(paths.Rows, append(words(w.Path), number(strconv.Itoa(w.Layers)), number(size(w.Bytes, ""))))
	}
	jars := html.Table{Heading: "Jars that are there more than once", Head: html.Head("artifact", "versions", "paths", "#too many")}
	for _, j := range c.Jars {
		jars.Rows = append(jars.Rows, append(words(j.Artifact, strings.Join(j.Versions, ", "), strings.Join(j.Paths, ", ")), number(size(j.Bytes, ""))))
	}
	return []html.Table{paths, jars}
}

// listPage writes the images that workloads use as one page.
func listPage(w io.Writer, l *List) error {
	v := &view{Title: "Spark images in use", Verdict: sentence(verdict(l))}
	b := html.Bars{ID: "images", Heading: "Sizes", Title: "Bytes of each image", Caption: "Unpacked bytes as nodes report them. A node reports its 50 largest images."}
	t := html.Table{Heading: "Images", Head: html.Head("image", "#pods", "#workloads", "#on nodes", "#compressed", "known", "unknown", "not read because")}
	use := html.Table{Heading: "Pulls, layers, nodes and digests", Head: html.Head("image", "", "")}
	shared := html.Bars{ID: "shared", Heading: "Layers", Title: "Compressed bytes of each image's layers", Caption: "Compressed bytes. A node pulls a shared layer once.",
		Legend: []html.Key{{Kind: html.Shared, Text: "in other images of the list too"}, {Kind: html.Kept, Text: "only in this image"}}}
	injected := html.Table{Heading: "Injection", Head: html.Head("image", "role", "#edits", "refused because of the image")}
	for _, one := range l.Images {
		reference := clean.Text(one.Reference)
		if whole := one.Shared + one.Added; whole > 0 {
			shared.Rows = append(shared.Rows, html.Row{Name: reference, Parts: []html.Part{{Kind: html.Shared, Amount: one.Shared, Text: size(one.Shared, " shared")}, {Kind: html.Kept, Amount: one.Added, Text: size(one.Added, " in this image alone")}}})
			shared.Rows[len(shared.Rows)-1].Value = size(one.Shared, " shared, ") + size(one.Added, " in this image alone")
		}
		for _, more := range usage(one, l.Nodes) {
			use.Rows = append(use.Rows, append(words(reference), words(more[0], more[1])...))
		}
		if one.Size > 0 {
			b.Rows = append(b.Rows, html.Row{Name: reference, Value: size(one.Size, ""), Parts: []html.Part{{Kind: html.Kept, Amount: one.Size, Text: size(one.Size, " on nodes")}}})
		}
		t.Rows = append(t.Rows, slices.Concat(words(reference), []html.Cell{number(strconv.Itoa(one.Pods)), number(strconv.Itoa(len(one.Workloads))), bytesOf(one.Size), bytesOf(one.Compressed)},
			words(Known(one.Facts), named(one.Unknown), one.Error)))
		for _, a := range one.Injection {
			injected.Rows = append(injected.Rows, []html.Cell{{Text: reference}, {Text: string(a.Role)}, number(strconv.Itoa(len(a.Edits))), {Text: Refused(a.Refused)}})
		}
	}
	for _, picture := range []html.Bars{b, shared} {
		if len(picture.Rows) > 0 {
			picture.Desc = html.Describe(picture.Rows)
			v.Pictures = append(v.Pictures, picture)
		}
	}
	v.Tables = slices.DeleteFunc([]html.Table{t, use, injected}, func(t html.Table) bool { return len(t.Rows) == 0 })
	return v.write(w)
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }
