package browser

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// Elements reads a page as strictly as XML. It gives every element with its attributes, and every text by the element that it stands in.
func Elements(t *testing.T, text string) (all []xml.StartElement, texts map[string][]string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	texts = map[string][]string{}
	var in []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			all = append(all, x.Copy())
			in = append(in, x.Name.Local)
		case xml.EndElement:
			in = in[:len(in)-1]
		case xml.CharData:
			if len(in) > 0 {
				texts[in[len(in)-1]] = append(texts[in[len(in)-1]], string(x))
			}
		}
	}
	return all, texts
}

// NeedsNothing checks that a page is well-formed and has no script, no address, and no style but the one that its policy names by its hash.
func NeedsNothing(t *testing.T, text string) {
	t.Helper()
	all, texts := Elements(t, text)
	known := []string{"html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "p", "ul", "li", "span", "strong", "section", "figure", "figcaption", "svg", "desc", "line", "text", "polygon", "polyline", "circle", "rect", "pre", "code", "div", "table", "thead", "tbody", "tr", "th", "td"}
	for _, e := range all {
		if !slices.Contains(known, e.Name.Local) {
			t.Errorf("<%s>", e.Name.Local)
		}
		for _, a := range e.Attr {
			if name := strings.ToLower(a.Name.Local); strings.HasPrefix(name, "on") || slices.Contains([]string{"href", "src", "style", "srcset", "action"}, name) || strings.Contains(a.Value, "<") {
				t.Errorf("<%s %s=%q>", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
	if strings.Contains(text, "http://") || strings.Contains(text, "https://") || strings.Contains(text, "url(") || strings.Contains(text, "@import") {
		t.Error("the page names an address")
	}
	sum := sha256.Sum256([]byte(strings.Join(texts["style"], "")))
	policy := all[slices.IndexFunc(all, func(e xml.StartElement) bool {
		return slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Value == "Content-Security-Policy" })
	})]
	if want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !slices.ContainsFunc(policy.Attr, func(a xml.Attr) bool { return strings.HasPrefix(a.Value, want) }) {
		t.Errorf("%+v is not %s", policy, want)
	}
	if len(texts["style"]) != 1 || !strings.Contains(texts["style"][0], "prefers-color-scheme: dark") {
		t.Errorf("%d styles", len(texts["style"]))
	}
}
