package image

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/test/browser"
)

// hostile is a text that would be markup, style or script, and is longer than any picture is wide.
const hostile = `</style></title><script>alert(1)</script><img src=x onerror="alert(1)">'"{{.}}` + "javascript:MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM"

// hostileImage has it wherever an image has words of its own.
func hostileImage() *Explained {
	e := explained()
	e.Reference, e.Digest, e.Settings = hostile, "sha256:1", "# "+hostile+"\n"
	e.Facts = append(e.Facts, model.Fact{Name: model.System, Value: hostile, From: hostile})
	e.Layers = append(e.Layers, model.Layer{Digest: "sha256:2", Compressed: 1, Unpacked: 100 << 20, CreatedBy: hostile}, model.Layer{Digest: "sha256:3", CreatedBy: hostile})
	e.Contents.Paths = append(e.Contents.Paths, model.Waste{Path: hostile, Bytes: 1, Layers: 2})
	e.Contents.Jars = append(e.Contents.Jars, model.Jar{Artifact: hostile, Versions: []string{hostile}, Paths: []string{hostile}})
	return e
}

func listed(names ...string) *List {
	l := &List{}
	for i, name := range names {
		l.Images = append(l.Images, &Listed{Reference: name, Workloads: []string{"a/b"}, Pods: 3, Size: int64(i+1) << 30, Facts: explained().Facts, Unknown: []string{model.Spark, model.Libc}, Injection: explained().Injection, Error: name})
	}
	return l
}

func htmlOf(t *testing.T, what any) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch x := what.(type) {
	case *Explained:
		err = Write(&b, x, report.Options{Format: report.HTML})
	case *List:
		err = WriteList(&b, x, report.Options{Format: report.HTML})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPagesInABrowser: of a hostile image, of one whose layers were not read, and of lists.
func TestPagesInABrowser(t *testing.T) {
	closed := explained()
	closed.Contents, closed.NotRead = nil, "not asked for"
	for name, c := range map[string]struct {
		what  any
		texts int // labels of the pictures
	}{
		"hostile": {hostileImage(), 12}, "not read": {closed, 2}, "list": {listed("registry.example/team/etl:1.4", hostile), 4}, "empty": {&List{}, 0},
	} {
		text := htmlOf(t, c.what)
		browser.NeedsNothing(t, text)
		if c.texts == 0 {
			continue
		}
		for _, seen := range browser.Looks(t, text) {
			if seen.Shown == 0 || seen.Texts != c.texts {
				t.Errorf("%s: %+v", name, seen)
			}
		}
	}
}

// TestTextsOfAnImageStayTexts: each stands on the page as it is, secrets of the build do not.
func TestTextsOfAnImageStayTexts(t *testing.T) {
	text := htmlOf(t, hostileImage())
	_, texts := browser.Elements(t, text)
	if !slices.Contains(texts["h1"], hostile) || !slices.Contains(texts["title"], hostile) || !slices.Contains(texts["code"], "# "+hostile+"\n") || strings.Contains(text, "ghp_16") || strings.Contains(text, "\x1b") {
		t.Errorf("%q %q %q", texts["h1"], texts["title"], texts["code"])
	}
	found := 0
	for _, one := range texts["td"] {
		if one == hostile {
			found++
		}
	}
	if found != 8 { // two of a fact, two steps, a path, three of a jar
		t.Errorf("%d cells: %q", found, texts["td"])
	}
}

// TestBarsAreAsLongAsTheirBytes: 300, 50 and 50 of 400 MiB, and a layer with 50 of its 300 MiB hidden.
func TestBarsAreAsLongAsTheirBytes(t *testing.T) {
	all, texts := browser.Elements(t, htmlOf(t, explained()))
	widths := map[string][]float64{}
	picture := ""
	for _, e := range all {
		attributes := map[string]string{}
		for _, a := range e.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if e.Name == (xml.Name{Space: e.Name.Space, Local: "svg"}) {
			picture = attributes["aria-labelledby"]
		}
		if e.Name.Local == "rect" && strings.Contains(picture, "wide") && attributes["class"] != "bar-room" {
			w, err := strconv.ParseFloat(attributes["width"], 64)
			if err != nil {
				t.Fatal(err)
			}
			key := strings.TrimSuffix(strings.Fields(picture)[0], "-wide-title") + " " + attributes["class"]
			widths[key] = append(widths[key], w)
		}
	}
	for key, want := range map[string][]float64{"causes bar-kept": {760, 126.67}, "causes bar-lost": {126.67}, "layers bar-kept": {633.33}, "layers bar-lost": {126.67}} {
		if !slices.Equal(widths[key], want) {
			t.Errorf("%s: %v is not %v", key, widths[key], want)
		}
	}
	if want := "Spark jars: 300 MiB, 75 %; Java: 50 MiB, 12 %; deleted by a later layer: 50 MiB, 12 %."; !slices.Contains(texts["desc"], want) {
		t.Errorf("%q", texts["desc"])
	}
}
