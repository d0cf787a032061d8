package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// pods are lists of as many pods, of more than MaxFile bytes, as kubectl prints them. One is of another image.
func pods(count, other int) (asJSON, asYAML []byte) {
	var j, y bytes.Buffer
	j.WriteString("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n")
	y.WriteString("apiVersion: v1\nitems:\n")
	padding := strings.Repeat("x", 20_000)
	for i := range count {
		image := "apache/spark:3.5.6"
		if i == other {
			image = "apache/spark:3.5.5"
		}
		end := ","
		if i == count-1 {
			end = ""
		}
		fmt.Fprintf(&j, `        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "annotations": {"padding": "%s"},
                "labels": {"spark-role": "executor", "spark-app-selector": "spark-1", "spark-exec-id": "%d"},
                "name": "etl-exec-%d",
                "namespace": "jobs"
            },
            "spec": {"nodeName": "node-%d", "containers": [
                {"name": "spark-kubernetes-executor",
                 "image": "%s"}]}
        }%s
`, padding, i, i, i%50, image, end)
		fmt.Fprintf(&y, `- apiVersion: v1
  kind: Pod
  metadata:
    annotations:
      padding: %s
    labels: {spark-role: executor, spark-app-selector: spark-1, spark-exec-id: "%d"}
    name: etl-exec-%d
    namespace: jobs
  spec:
    nodeName: node-%d
    containers:
    - name: spark-kubernetes-executor
      image: %s
`, padding, i, i, i%50, image)
	}
	j.WriteString("    ],\n    \"kind\": \"List\",\n    \"metadata\": {}\n}\n")
	y.WriteString("kind: List\nmetadata: {}\n")
	return j.Bytes(), y.Bytes()
}

const manyPods = 500

// TestLargeListsAreReadOneByOne: JSON and YAML alike, with the lines and columns of the file; what is like is folded.
func TestLargeListsAreReadOneByOne(t *testing.T) {
	asJSON, asYAML := pods(manyPods, 400)
	head, items, _ := bytes.Cut(asYAML, []byte("items:\n"))
	items, tail, _ := bytes.Cut(items, []byte("\nkind: List"))
	inset := bytes.Join([][]byte{head, []byte("items:\n  # the pods\n  "), bytes.ReplaceAll(items, []byte("\n"), []byte("\n  ")), []byte("\nkind: List"), tail}, nil)
	for name, raw := range map[string][]byte{"pods.json": asJSON, "pods.yaml": asYAML, "inset.yaml": inset, "two.yaml": append([]byte("kind: Service\n---\n"), asYAML...)} {
		if len(raw) <= MaxFile {
			t.Fatalf("%s has only %d bytes", name, len(raw))
		}
		var docs []*workload.Document
		fold := workload.NewFold()
		seen := 0
		err := Stream(name, bytes.NewReader(raw), nil, func(f *File) error {
			if !f.Piece || len(f.Docs) != 1 {
				return fmt.Errorf("%d documents in a piece", len(f.Docs))
			}
			d := f.Docs[0]
			if d.Kind == "Service" {
				return nil
			}
			seen++
			if seen%200 == 1 {
				at := patch.Path{"spec", "containers", "0", "image"}
				line, column := d.Position(at)
				lines := bytes.SplitN(raw, []byte("\n"), line+1)
				if text := string(lines[line-1]); !strings.Contains(text, "image") || strings.IndexAny(text, `"i`) != column-1 {
					return fmt.Errorf("%s is said to be image of %s, on line %d from column %d", text, d.Name, line, column)
				}
				if err := f.Edit(d, []patch.Op{add(patch.Path{"metadata", "x"}, `"y"`)}); err == nil || !strings.Contains(err.Error(), name+": larger than 8 MiB: split the file to edit it") {
					return fmt.Errorf("an edit gave %v", err)
				}
			}
			if like, _ := fold.Into(d); like == nil {
				docs = append(docs, d)
			}
			return nil
		})
		if err != nil || seen != manyPods {
			t.Errorf("%s: %v, %d pods", name, err, seen)
		}
		ws := workload.Group(docs)
		if len(docs) != 2 || len(ws) != 1 || len(ws[0].Subjects) != 2 || ws[0].Subjects[0].Count != manyPods-1 || len(ws[0].Subjects[0].Names) != 5 || ws[0].Subjects[0].Names[1] != "etl-exec-1" {
			t.Errorf("%s: %d documents, %+v", name, len(docs), ws)
		}
	}
}

// TestWhatIsWrongInALargeFileIsOneErrorWithItsLine, and what stands before it was read.
func TestWhatIsWrongInALargeFileIsOneErrorWithItsLine(t *testing.T) {
	good, _ := pods(manyPods, -1)
	before, after, _ := bytes.Cut(good, []byte(`"name": "etl-exec-450"`))
	line := bytes.Count(before, []byte("\n")) + 1
	for name, c := range map[string]struct {
		raw  []byte
		want string
		most int
	}{
		"syntax":   {bytes.Join([][]byte{before, after}, []byte(`"name" "etl"`)), fmt.Sprintf("x.json:%d: the object that begins here is no JSON: invalid character", line-6-1), 450},
		"twice":    {bytes.Join([][]byte{before, after}, []byte(`"name": "a", "name": "b"`)), fmt.Sprintf("x.json:%d: key \"name\" is already on line %d: keep one of the two", line, line), 450},
		"type":     {bytes.Join([][]byte{before, after}, []byte(`"labels": 7, "name": "a"`)), fmt.Sprintf("x.json:%d: key \"labels\" is already on line", line), 450},
		"cut":      {before, "the file ends in the middle of an object", 450},
		"one":      {[]byte(`{"kind":"ConfigMap","data":{"x":"` + strings.Repeat("x", 2*MaxFile) + `"}}`), "x.json:1: an object of more than 8 MiB is not read", 0},
		"no list":  {[]byte(`{"kind":"ConfigMap","data":"` + strings.Repeat("x", MaxFile-10) + `","b":{}}`), "x.json:1: an object of more than 8 MiB that is no list is not read", 0},
		"yaml":     {[]byte("kind: ConfigMap\ndata:\n  x: |\n    " + strings.Repeat("x\n    ", MaxFile/6+1)), "x.json:1: an object of more than 8 MiB is not read", 0},
		"settings": {[]byte(strings.Repeat("spark.x y\n", MaxFile/10+1)), "x.json:1: this properties file is larger than 8 MiB and is not read", 0},
	} {
		seen := 0
		err := Stream("x.json", bytes.NewReader(c.raw), nil, func(*File) error { seen++; return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if seen > c.most || c.most > 0 && seen < c.most-1 {
			t.Errorf("%s: %d were read before it", name, seen)
		}
	}
}

func TestAnErrorOfTheVisitEndsAStream(t *testing.T) {
	list, _ := pods(manyPods, -1)
	stop := errors.New("enough")
	seen := 0
	err := Stream("x.json", bytes.NewReader(list), nil, func(*File) error {
		if seen++; seen == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || seen != 3 {
		t.Errorf("%v after %d", err, seen)
	}
}

// streamed reads a text piece by piece, however small it is.
func streamed(name string, raw []byte) (docs []*workload.Document, err error) {
	err = document.Stream(name, bytes.NewReader(raw), func(o document.Object) func() error {
		return func() error {
			f := &File{Name: name, Raw: o.Raw, Piece: true, parts: []part{{raw: o.Raw, line: o.Line}}}
			more, err := f.piece(o)
			docs = append(docs, more...)
			return err
		}
	})
	return docs, err
}

// same tells in what two readings of a text differ.
func same(got, want []*workload.Document) string {
	tell := func(docs []*workload.Document) (all []string) {
		for _, d := range docs {
			line, column := d.Position(patch.Path{"metadata", "name"})
			var plain bytes.Buffer
			if json.Compact(&plain, d.Raw) != nil {
				plain.Write(d.Raw)
			}
			all = append(all, fmt.Sprintf("%s/%s %s/%s at %q on %d, name on %d:%d, %d slots %v: %s", d.APIVersion, d.Kind, d.Namespace, d.Name, d.At.Pointer(), d.Line, line, column, len(d.Slots), d.Notes, &plain))
		}
		return all
	}
	a, b := tell(got), tell(want)
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("%d documents and %d, which differ from the %dth on:\n%v\n%v", len(a), len(b), i+1, a[min(i, len(a)):], b[min(i, len(b)):])
		}
	}
	return ""
}

// TestAStreamReadsWhatAFileHolds: every fixture read piece by piece gives the documents, with their places, that it gives whole.
func TestAStreamReadsWhatAFileHolds(t *testing.T) {
	read := 0
	for _, name := range all(t) {
		f := open(t, name)
		if format := document.Of(document.Text{Name: name, Raw: f.Raw}).Name; format != "YAML" && format != "JSON" {
			continue
		}
		docs, err := streamed(name, f.Raw)
		if err != nil && strings.Contains(err.Error(), "that is no list") {
			continue // one JSON object alone is not cut
		}
		read++
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if why := same(docs, f.Docs); why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
	if read < 20 {
		t.Errorf("only %d fixtures were read", read)
	}
}

// FuzzStream: what a file holds a stream reads, and nothing makes it panic.
func FuzzStream(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nitems:\n- kind: Pod\n  metadata: {name: a}\n# c\n- kind: Pod\n  metadata:\n    name: b\nkind: List\n"))
	f.Add([]byte("kind: PodList\nitems:\n  - metadata: {name: a}\n  -\n    metadata: {name: b}\n---\nkind: Service\n"))
	f.Add([]byte(`{"kind":"List","items":[{"kind":"Pod"},null,{"kind":"Pod","metadata":{"name":"b"}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		docs, err := streamed("x", raw)
		file, whole := Open("x", raw)
		if err != nil || whole != nil || file == nil {
			return
		}
		if format := document.Of(document.Text{Name: "x", Raw: raw}).Name; format != "YAML" && format != "JSON" {
			return
		}
		if bytes.ContainsAny(raw, "&*!|>\r\t%") {
			return // anchors of one item used in another, and blocks that hold lines like items, are read otherwise
		}
		if slices.ContainsFunc(file.Docs, func(d *workload.Document) bool { return len(d.At) == 0 }) && bytes.Contains(raw, []byte("items:")) {
			return // an object that is no list may have items, too
		}
		if len(docs) != len(file.Docs) {
			t.Fatalf("%q: %d documents, %d in the whole file", raw, len(docs), len(file.Docs))
		}
	})
}

// TestPodsThatAreAlikeAreCountedUnread: of a large list all but the first of each template are never decoded.
func TestPodsThatAreAlikeAreCountedUnread(t *testing.T) {
	list, _ := pods(manyPods, -1)
	counted := func(unread bool) (read, all int) {
		fold := workload.NewFold()
		counts := fold.Counts
		if !unread {
			counts = nil
		}
		var docs []*workload.Document
		if err := Stream("x.json", bytes.NewReader(list), counts, func(f *File) error {
			read++
			if like, _ := fold.Into(f.Docs[0]); like == nil {
				docs = append(docs, f.Docs[0])
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, w := range workload.Group(docs) {
			for _, s := range w.Subjects {
				all += s.Count
			}
		}
		return read, all
	}
	read, all := counted(true)
	everyone, wanted := counted(false)
	if read > 10 || everyone < manyPods || all != wanted || all < manyPods-1 {
		t.Errorf("%d of %d pods were read, %d counted, %d if all are read", read, everyone, all, wanted)
	}
}
