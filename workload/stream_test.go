package workload

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
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
		var docs []*Document
		fold := NewFold()
		seen := 0
		err := Stream(name, bytes.NewReader(raw), func(f *File) error {
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
			if !fold.Into(d) {
				docs = append(docs, d)
			}
			return nil
		})
		if err != nil || seen != manyPods {
			t.Errorf("%s: %v, %d pods", name, err, seen)
		}
		ws := Group(docs)
		if len(docs) != 2 || len(ws) != 1 || len(ws[0].Subjects) != 2 || ws[0].Subjects[0].Count != manyPods-1 || len(ws[0].Subjects[0].Names) != maxNames || ws[0].Subjects[0].Names[1] != "etl-exec-1" {
			t.Errorf("%s: %d documents, %s", name, len(docs), summary(ws))
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
		"settings": {[]byte(strings.Repeat("spark.x y\n", MaxFile/10+1)), "x.json:1: a properties file of more than 8 MiB is not read", 0},
	} {
		seen := 0
		err := Stream("x.json", bytes.NewReader(c.raw), func(*File) error { seen++; return nil })
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
	err := Stream("x.json", bytes.NewReader(list), func(*File) error {
		if seen++; seen == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || seen != 3 {
		t.Errorf("%v after %d", err, seen)
	}
}
