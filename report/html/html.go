// Package html writes pages that need no network and no script. A page names the only style that it allows, and shows texts as texts.
// Start with Write; a page's own template defines "body".
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed base.html
var base string

//go:embed base.css
var common string

// Page is one page. Its texts are safe to print; secrets are masked.
type Page struct {
	Title string
	Body  string // template that defines "body"; Table and Bars have templates "table" and "bars"
	Style string // beyond that of all pages
	View  any    // what the body shows
}

// Table has numbers on the right, but for the columns that are named as texts.
type Table struct {
	Heading string
	Head    []Cell
	Rows    [][]Cell
	Note    string
}

// Cell is one field of a table.
type Cell struct {
	Text   string
	Number bool
	Strong bool
}

// Head are headings of columns; # before a name marks a column of numbers.
func Head(names ...string) (all []Cell) {
	for _, one := range names {
		text, number := strings.CutPrefix(one, "#")
		all = append(all, Cell{Text: text, Number: number})
	}
	return all
}

// Tile is a figure at the top of a page.
type Tile struct{ Label, Value, More string }

// Write writes the page.
func Write(w io.Writer, p Page) error {
	t, err := template.New("page").Parse(base)
	if err == nil {
		t, err = t.Parse(p.Body)
	}
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	style := common + p.Style
	sum := sha256.Sum256([]byte(style))
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Title string
		Style template.CSS
		Hash  string // of the style, in base64
		View  any
	}{p.Title, template.CSS(style), base64.StdEncoding.EncodeToString(sum[:]), p.View}) // the style is ours
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}
