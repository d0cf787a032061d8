// Package image is what explain image and images say: the facts of an image, what they allow the webhook to do, and where the image's
// bytes are. Start with Write.
package image

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Explained is what explain image tells.
type Explained struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	*model.Image
	// Injection is what the webhook does with pods of the image.
	Injection []installation.Allowance `json:"injection"`
	// Settings is the entry for the webhook's settings.
	Settings string `json:"settings,omitempty"`
}

// Write writes what is known of an image.
func Write(w io.Writer, e *Explained, o report.Options) error {
	e.APIVersion, e.Kind = report.APIVersion, "Image"
	for i := range e.Layers {
		e.Layers[i].CreatedBy = mask.Message(e.Layers[i].CreatedBy) // a build's arguments stand there
	}
	masked(e.Facts)
	if o.Printer != nil {
		return o.Printer(w, printers.Document{Whole: e, Rows: []any{e}, Names: []printers.Name{{Name: e.Reference}}})
	}
	if o.Format == report.HTML {
		return explainedPage(w, e)
	}
	return layout.Draw(w, layout.Style{Columns: o.Width, Color: o.Color, ASCII: o.ASCII, Wide: o.Format == "wide"}, func(t *layout.Table) {
		p := &page{Table: t, Explained: e}
		p.head()
		p.facts()
		p.injection()
		p.contents()
		p.layers()
		p.jars()
		p.settings()
	})
}

// masked masks facts, some of which are an image's own words.
func masked(facts model.Facts) {
	for i := range facts {
		facts[i].Value, facts[i].From = mask.Message(facts[i].Value), mask.Message(facts[i].From)
	}
}

type page struct {
	*layout.Table
	*Explained
}

func (p *page) head() {
	about := []string{}
	for _, s := range []string{p.Platform, size(p.Compressed, " compressed")} {
		if s != "" {
			about = append(about, clean.Text(s))
		}
	}
	if p.Contents != nil {
		about = append(about, size(p.Contents.Unpacked, " unpacked"))
	}
	if len(p.Layers) > 0 {
		about = append(about, report.Count(len(p.Layers), "layer", "layers"))
	}
	p.WriteString(p.Paint(layout.Bold, clean.Text(p.Reference)) + "\n")
	if len(about) > 0 {
		p.Wrapped("  ", "  ", strings.Join(about, p.Sep()))
	}
	p.WriteByte('\n')
}

// titles are the words of facts.
var titles = map[string]string{
	model.UID: "uid", model.Passwd: "passwd entry", model.Java: "Java", model.Spark: "Spark", model.Entrypoint: "entrypoint", model.Libc: "C library", model.Arch: "architecture", model.User: "user", model.JavaVersion: "Java version",
	model.JavaHome: "Java home", model.JavaKind: "Java kind", model.SparkHome: "Spark home", model.Python: "Python", model.Hadoop: "Hadoop", model.AWSSDKv1: "AWS SDK 1", model.AWSSDKv2: "AWS SDK 2",
	model.GCSConnector: "GCS connector", model.JMXExporter: "JMX exporter",
}

const titleColumns = 16

func (p *page) facts() {
	needed := model.Injection()
	for _, name := range needed {
		if p.Facts.Value(name) == "" {
			p.Wrapped("  "+layout.Pad(titles[name], titleColumns), layout.Pad("", 2+titleColumns), p.Paint(layout.Yellow, "unknown"))
			continue
		}
		p.fact(name)
	}
	for _, f := range p.Facts {
		if !slices.Contains(needed, f.Name) && (f.Name != model.User || f.Value != p.Facts.Value(model.UID)) {
			p.fact(f.Name)
		}
	}
	if p.NotRead != "" {
		p.Wrapped("  "+p.Glyph("· ", "- "), "    ", "layers were not read: "+p.NotRead)
	}
	p.WriteByte('\n')
}

func (p *page) fact(name string) {
	for _, f := range p.Facts {
		if f.Name != name {
			continue
		}
		p.Wrapped("  "+layout.Pad(title(name), titleColumns), layout.Pad("", 2+titleColumns), clean.Text(f.Value+"  ("+f.From+")"))
	}
}

func (p *page) injection() {
	if len(p.Injection) == 0 {
		return
	}
	fmt.Fprintf(p, "%s (profile %s)\n", p.Paint(layout.Bold, "Injection"), p.Injection[0].Profile)
	for _, a := range p.Injection {
		text := report.Count(len(a.Edits), "edit", "edits")
		sign := p.Good()
		if len(a.Refused) > 0 {
			sign = p.Paint(layout.Yellow, p.Glyph("‼", "!"))
			text += fmt.Sprintf("; %d refused because of the image: %s", len(a.Refused), Refused(a.Refused))
		}
		p.Wrapped("  "+sign+" "+layout.Pad(string(a.Role), titleColumns-2), layout.Pad("", 2+titleColumns), text)
	}
	p.WriteByte('\n')
}

// Refused words edits that are not made, by their reason.
func Refused(all []installation.Held) string {
	var reasons []string
	parts := map[string][]string{}
	for _, h := range all {
		if parts[string(h.Reason)] == nil {
			reasons = append(reasons, string(h.Reason))
		}
		parts[string(h.Reason)] = append(parts[string(h.Reason)], h.Part)
	}
	for i, reason := range reasons {
		reasons[i] = strings.Join(parts[reason], ", ") + " (" + reason + ")"
	}
	return strings.Join(reasons, "; ")
}

// contents draws where the bytes are.
func (p *page) contents() {
	c := p.Contents
	if c == nil || c.Unpacked == 0 {
		return
	}
	fmt.Fprintf(p, "%s (%s unpacked)\n", p.Paint(layout.Bold, "Where the bytes are"), size(c.Unpacked, ""))
	for _, s := range shares(c) {
		p.row(s.Cause, s.Bytes, c.Unpacked)
	}
	p.Wrapped("  ", "  ", fmt.Sprintf("efficiency %.1f %% as dive counts it; paths that several layers have hold %s", 100*c.Efficiency, size(c.Wasted, "")))
	for _, w := range c.Paths[:min(3, len(c.Paths))] {
		p.Item(fmt.Sprintf("%s: %d layers, %s", clean.Text(w.Path), w.Layers, size(w.Bytes, "")))
	}
	p.WriteByte('\n')
}

// What later layers hide, as it is shown beside causes.
const (
	replaced = "replaced by a later layer"
	deleted  = "deleted by a later layer"
)

const (
	causeColumns = 38
	sizeColumns  = 11
)

// row draws one share: its name, its size and a bar.
func (p *page) row(name string, bytes, whole int64) {
	line := "  " + layout.Pad(name, causeColumns) + layout.Pad("", sizeColumns-layout.Columns(size(bytes, ""))) + size(bytes, "") + fmt.Sprintf(" %3d %% ", 100*bytes/whole)
	room := p.Width - layout.Columns(line)
	if room > 3 {
		line += strings.Repeat(p.Glyph("█", "#"), int(int64(room)*bytes/whole))
	}
	p.WriteString(strings.TrimRight(line, " ") + "\n")
}

func (p *page) layers() {
	if len(p.Layers) == 0 {
		return
	}
	fmt.Fprintf(p, "%s, the lowest first\n", p.Paint(layout.Bold, "Layers"))
	for i, l := range p.Layers {
		var parts []string
		for _, s := range []string{size(l.Compressed, " compressed"), size(l.Unpacked, " unpacked"), size(l.Hidden, " hidden by later layers")} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		if len(l.Causes) > 0 && l.Causes[0].Bytes > 0 {
			parts = append(parts, "most: "+l.Causes[0].Cause)
		}
		head := fmt.Sprintf("  %3d  ", i+1)
		p.Wrapped(head, layout.Pad("", len(head)), strings.Join(parts, p.Sep()))
		if l.CreatedBy != "" {
			step := clean.Text(strings.Join(strings.Fields(l.CreatedBy), " "))
			if !p.Wide {
				step = layout.Cut(step, p.Width-len(head), p.Glyph("…", "..."))
			}
			p.WriteString(layout.Pad("", len(head)) + p.Paint(layout.Dim, p.Plain(step)) + "\n")
		}
	}
	p.WriteByte('\n')
}

// shownJars is how many repeated jars the table names.
const shownJars = 8

func (p *page) jars() {
	if p.Contents == nil || len(p.Contents.Jars) == 0 {
		return
	}
	fmt.Fprintf(p, "%s\n", p.Paint(layout.Bold, "Jars that are there more than once"))
	all := p.Contents.Jars
	for _, j := range all[:min(shownJars, len(all))] {
		what := report.Count(len(j.Paths), "copy", "copies")
		if len(j.Versions) > 1 {
			what = "versions " + strings.Join(j.Versions, ", ")
		}
		p.Item(clean.Text(fmt.Sprintf("%s: %s, %s too many", j.Artifact, what, size(j.Bytes, ""))))
	}
	if len(all) > shownJars {
		fmt.Fprintf(p, "  %s %d more (-o yaml)\n", p.Glyph("…", "..."), len(all)-shownJars)
	}
	p.WriteByte('\n')
}

// settings ends with the entry that can be copied.
func (p *page) settings() {
	if p.Settings == "" {
		return
	}
	p.Wrapped("", "", "Entry for the webhook's settings (key images of ConfigMap spark-webhook):")
	p.WriteByte('\n')
	p.WriteString(p.Settings)
}

// size words a number of bytes; "" where it is none.
func size(bytes int64, unit string) string {
	switch {
	case bytes == 0 && unit != "":
		return ""
	case bytes < 1<<10:
		return fmt.Sprintf("%d B%s", bytes, unit)
	case bytes < 1<<20:
		return fmt.Sprintf("%.0f KiB%s", float64(bytes)/(1<<10), unit)
	case bytes < 1<<30:
		return fmt.Sprintf("%.0f MiB%s", float64(bytes)/(1<<20), unit)
	}
	return fmt.Sprintf("%.2f GiB%s", float64(bytes)/(1<<30), unit)
}
