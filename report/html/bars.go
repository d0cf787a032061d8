package html

import (
	"fmt"
	"math"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
)

// Bars is a picture of quantities, a row each. The longest row takes the whole width.
type Bars struct {
	ID      string // of the picture on its page
	Heading string
	Title   string // what a reader hears who sees no picture
	Desc    string
	Caption string
	Legend  []Key
	Rows    []Row
}

// Kinds of parts of a bar. Each has a colour.
const (
	Kept   = "kept"
	Lost   = "lost"
	Shared = "shared"
)

// Key says what a colour is.
type Key struct{ Kind, Text string }

// Row is one bar with its name and the words for its value.
type Row struct {
	Name, Value string
	Parts       []Part
}

// Part is a piece of a bar, from the left.
type Part struct {
	Kind   string
	Amount int64
	Text   string // shown over it
}

// form is the picture for a wide or a narrow screen, in the coordinates of an SVG.
type form struct {
	ID, Class     string
	Width, Height int
	Rows          []drawn
}

type drawn struct {
	Name, Value string
	Text, Bar   int // lines from the top
	Parts       []piece
}

type piece struct {
	Kind, Text string
	X, Width   float64
}

const (
	rowHeight = 40
	barHeight = 14
	perColumn = 12 // of a text at most, in the letters that are widest
)

// Forms are the picture for a wide and for a narrow screen: one of them is shown.
func (b Bars) Forms() []form { return []form{b.form("wide", 760), b.form("narrow", 360)} }

func (b Bars) form(class string, width int) form {
	f := form{ID: b.ID + "-" + class, Class: class, Width: width, Height: max(1, len(b.Rows)) * rowHeight}
	most := int64(1)
	for _, r := range b.Rows {
		most = max(most, r.sum())
	}
	for i, r := range b.Rows {
		one := drawn{Value: r.Value, Text: i*rowHeight + 14, Bar: i*rowHeight + 20}
		one.Name = middle(r.Name, width/perColumn-layout.Columns(r.Value)-2)
		at := int64(0)
		x := func(amount int64) float64 { return math.Round(float64(width)*float64(amount)/float64(most)*100) / 100 }
		for _, p := range r.Parts {
			if p.Amount <= 0 {
				continue
			}
			one.Parts = append(one.Parts, piece{p.Kind, p.Text, x(at), math.Round((x(at+p.Amount)-x(at))*100) / 100})
			at += p.Amount
		}
		f.Rows = append(f.Rows, one)
	}
	return f
}

func (r Row) sum() (all int64) {
	for _, p := range r.Parts {
		all += max(0, p.Amount)
	}
	return all
}

// Height of a bar.
func (f form) Thick() int { return barHeight }

// middle cuts a text in the middle: both ends of a reference or path matter.
func middle(text string, columns int) string {
	if layout.Columns(text) <= columns {
		return text
	}
	head, runes := layout.Cut(text, max(2, columns/3), "…"), []rune(text)
	room, from := columns-layout.Columns(head), len(runes)
	for from > 0 && layout.Columns(string(runes[from-1:])) <= room {
		from--
	}
	return head + string(runes[from:])
}

// Describe lists the rows in words, for those who see no picture.
func Describe(rows []Row) string {
	var words []string
	for _, r := range rows {
		words = append(words, fmt.Sprintf("%s: %s", r.Name, r.Value))
	}
	return strings.Join(words, "; ") + "."
}
