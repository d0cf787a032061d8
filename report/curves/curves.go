// Package curves writes a prediction as one HTML page: curves of time and cost over executors as SVG, then what the run's log says. The
// page needs no network and no script, names the only style that it allows, and shows texts of a log as texts. Start reading at Write.
package curves

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/html"
)

// Input is what a page shows. Its texts are safe to print; secrets are masked.
type Input struct {
	Log        *model.Reading
	Run        *model.Run
	Result     *prediction.Result
	Regression *prediction.Regression // nil without a baseline
	Unread     []string               // what of the log was not read
}

//go:embed page.html
var text string

//go:embed page.css
var style string

// view is what the template shows.
type view struct {
	Title, About, Evidence, Verdict string
	Tiles                           []html.Tile
	Charts                          []figure
	Points                          html.Table
	Heaps, Regression               *html.Table
	Notes                           []string
	Tables                          []html.Table
}

// figure is a chart, wide and narrow: one of them is shown.
type figure struct {
	Heading, Caption string
	Legend           []legend
	Forms            []chart
}

type legend struct{ Class, Text string }

// Write writes the page.
func Write(w io.Writer, in Input) error {
	v := of(in)
	return html.Write(w, html.Page{Title: v.Title + ": prediction", Body: text, Style: style, View: v})
}

func of(in Input) view {
	r, p := in.Run, in.Result
	v := view{Title: r.Application.Name}
	if v.Title == "" {
		v.Title = r.Application.ID
	}
	about := []string{r.Application.ID}
	if r.Application.Version != "" {
		about = append(about, "Spark "+r.Application.Version)
	}
	if java, _, _ := strings.Cut(r.Java["Java Version"], " "); java != "" {
		about = append(about, "Java "+java)
	}
	about = append(about, "ran "+span(r.Seconds), count(p.Bounds.Executors, "executor", "executors")+" of "+count(p.Bounds.Cores, "core", "cores"))
	v.About = strings.Join(about, " · ")
	v.Evidence = fmt.Sprintf("Evidence: the event log %s, %d events", in.Log.Name, in.Log.Events)
	knee := p.Knees[0]
	v.Verdict = fmt.Sprintf("%s take %s (%s to %s). More save 10 %% of the time at most.", count(knee.Executors, "executor", "executors"), span(knee.Seconds), span(knee.Low), span(knee.High))
	v.Tiles = []html.Tile{
		{Label: "As it ran", Value: span(r.Seconds), More: count(p.Bounds.Executors, "executor", "executors") + ", " + cost(p.Ran, p.Priced)},
		{Label: "At the knee", Value: span(knee.Seconds), More: count(knee.Executors, "executor", "executors") + ", " + cost(knee.Costs, p.Priced)},
		{Label: "Shortest", Value: span(p.Bounds.CriticalPathSeconds), More: "predicted with a core for every task"},
		{Label: "Outside jobs", Value: span(p.Bounds.SerialSeconds), More: "the driver alone, with any executors"},
	}
	v.Charts = charts(in)
	v.Points = points(p)
	v.Heaps, v.Regression = heaps(p), regression(in.Regression)
	for _, note := range append(slices.Clone(p.Notes), "data and the memory of an executor stay as they were; another run differs by itself") {
		v.Notes = append(v.Notes, sentence(note)+".")
	}
	for _, reason := range in.Unread { // it begins with the name of a file
		v.Notes = append(v.Notes, reason+".")
	}
	v.Tables = evidence(r)
	return v
}

// cost is the money where there are prices, else the memory.
func cost(c prediction.Costs, priced bool) string {
	if priced {
		return "cost " + number(c.Money)
	}
	return number(c.MemoryGiBHours) + " GiB·h"
}

func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
