package script

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// objectName is the name of an object as it stands behind metadata.
var objectName = regexp.MustCompile(`(?s)(metadata:.*?[\s{,]name:\s*["']?)([a-z][a-z0-9.-]*)`)

// copies are the documents of a file, with other names, so often: each begins with a line of which the word is the same in all, or one of
// its own.
func copies(text string, word func(copy int) string) string {
	var all []string
	for n, digits := range []string{"17", "8", "40", "41", "9"} {
		for document := range strings.SplitSeq("\n"+text, "\n---\n") {
			if at := objectName.FindStringSubmatchIndex(document); at != nil {
				document = document[:at[5]] + "-" + digits + document[at[5]:]
			}
			all = append(all, "# "+word(n)+"\n"+strings.TrimSuffix(strings.TrimPrefix(document, "\n"), "\n")+"\n")
		}
	}
	return strings.Join(all, "---\n")
}

// TestWhatDiffersInNamesIsToldAndFixedAsByItself: documents that differ in the digits of their names are judged and changed once. With a
// word in each that the others lack they are not, and the same is said and done.
func TestWhatDiffersInNamesIsToldAndFixedAsByItself(t *testing.T) {
	words := []string{"wordone", "wordtwo", "wordthr", "wordfou", "wordfiv"}
	same := regexp.MustCompile(strings.Join(words, "|") + `|[^\s"]*/Test[^\s"]*/[0-9]+/`) // and the folder
	files := append(written(t, "handmade", "faulty", "corrected", "forms"), "../fixtures/shaped/anchors-inside.yaml")
	owners, err := filepath.Glob("testdata/owners/*.yaml")
	if err != nil || len(owners) == 0 {
		t.Fatal(owners, err)
	}
	compared := 0
	for i, path := range append(owners, files...) {
		if i%4 != 0 && filepath.Base(path) != "anchors-inside.yaml" && filepath.Base(path) != "kubeflow-pi.yaml" { // for time
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if ext := filepath.Ext(path); ext != ".yaml" && ext != ".yml" || !objectName.Match(raw) {
			continue
		}
		compared++
		for _, args := range [][]string{{"doctor", "-o", "json"}, {"fix"}, {"fix", "--all", "-o", "patch"}, {"fix", "--all", "--write"}} {
			var told [2]string
			for i, word := range []func(int) string{func(int) string { return words[0] }, func(n int) string { return words[n] }} {
				out, after, said, code := run(t, filepath.Base(path), []byte(copies(string(raw), word)), args...)
				told[i] = same.ReplaceAllString(fmt.Sprintf("%d\n%s\n%s\n%s", code, out, said, after), "word")
			}
			if told[0] != told[1] {
				t.Errorf("%s %q: of documents that are alike\n%s\nand of others\n%s", path, args, told[0], told[1])
			}
		}
	}
	if compared < 10 {
		t.Errorf("only %d files were compared", compared)
	}
}

// TestWhatSelectsOneOfManyThatAreAlikeIsToldOfThatOne: a Service is about the pods whose labels it selects, and the name is one.
func TestWhatSelectsOneOfManyThatAreAlikeIsToldOfThatOne(t *testing.T) {
	application := fixtures.Application
	service := "---\napiVersion: v1\nkind: Service\nmetadata: {name: open, namespace: lab}\nspec: {type: LoadBalancer, selector: {sparkoperator.k8s.io/app-name: a11, spark-role: driver}, ports: [{port: 4040}]}\n"
	var told [2]string
	for i, words := range [][]string{{"wordone", "wordone", "wordone"}, {"wordone", "wordtwo", "wordthr"}} {
		var all []string
		for n, word := range words {
			all = append(all, "# "+word+"\n"+fmt.Sprintf(application, 10+n))
		}
		out, _, said, code := run(t, "open.yaml", []byte(strings.Join(all, "---\n")+service), "doctor", "-o", "json")
		told[i] = regexp.MustCompile(`[^\s"]*/Test[^\s"]*/[0-9]+/`).ReplaceAllString(fmt.Sprintf("%d\n%s\n%s", code, out, said), "")
	}
	if told[0] != told[1] {
		t.Errorf("of documents that are alike\n%s\nand of others\n%s", told[0], told[1])
	}
	if strings.Count(told[0], "\"level\": \"error\"") != 1 {
		t.Errorf("the Service is told of otherwise than once:\n%s", told[0])
	}
}
