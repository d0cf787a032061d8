package webhook

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

func TestMeasure(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		objects int
		why     string
	}{
		"nothing":             {},
		"objects":             {text: `{"a":[{},{}],"b":"{{{"}`, objects: 3},
		"quotes and escapes":  {text: `{"a":"\"{\\","b":{}}`, objects: 2},
		"a string left open":  {text: `{"a":"{{{`, objects: 1},
		"more ends than open": {text: `}}]]{`, objects: 1},
		"elements":            {text: "[" + strings.Repeat("0,", maxElements) + "0]", why: "elements"},
		"members":             {text: "{" + strings.Repeat(`"a":0,`, maxElements) + `"b":0}`, why: "elements"},
		"as many as allowed":  {text: "[" + strings.Repeat("0,", maxElements-1) + "0]"},
		"lists side by side":  {text: "[" + strings.Repeat("[0,0,0],", maxElements/2) + "0]"},
		"objects in all":      {text: "[" + strings.Repeat("[{},{},{},{}],", maxObjects/4) + "{}]", why: "objects"},
		"depth":               {text: strings.Repeat("[", maxDepth), why: "deep"},
		"text":                {text: `["` + strings.Repeat("x", maxText+1) + `"]`, why: "text"},
		"quoted backslashes":  {text: `["` + strings.Repeat(`\\`, 1000) + `",{}]`, objects: 1},
	} {
		s, err := measure([]byte(c.text))
		why := ""
		if err != nil {
			why = err.Error()
		}
		if c.why == "" && (why != "" || s.objects != c.objects) || !strings.Contains(why, c.why) {
			t.Errorf("%s: %d objects, %q; want %d, %q", name, s.objects, why, c.objects, c.why)
		}
	}
}

func TestEditsMakeNoPodLargerThanEtcdTakes(t *testing.T) {
	edit := []patch.Op{{Op: patch.Add, Path: "/metadata/annotations/a", Value: []byte(`"` + strings.Repeat("x", 1000) + `"`)}}
	for size, want := range map[int]bool{1000: true, maxStored - 1100: true, maxStored - 1000: false, maxStored + 1: false} {
		if fits(make([]byte, size), edit) != want {
			t.Errorf("a pod of %d bytes fits: %v, want %v", size, !want, want)
		}
	}
	if !fits(make([]byte, maxStored+1), nil) {
		t.Error("a pod without edits is not the webhook's to judge")
	}
}
