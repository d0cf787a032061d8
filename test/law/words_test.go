package law

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// spoken are the packages whose texts a user reads.
var spoken = []string{"rule", "rulebook", "change", "tuner", "report", "plugin", "installation", "scene", "neighbour", "workload", "webhook", "life",
	"diagnosis", "cluster", "settings", "manifests", "spark", "patch", "terminal", "cmd", "eventlog", "prediction", "fleet", "image"}

// unwanted are words and shapes that no user should have to read, with what to write instead.
var unwanted = []struct {
	shape   *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`(?i)\bmend(s|ed|ing)?\b`), "fix"},
	{regexp.MustCompile(`(?i)\badvices\b|\b[0-9d] advice\b`), "suggestions"},
	{regexp.MustCompile(`(?i)\b(who|what)ever\b`), "every, any, all"},
	{regexp.MustCompile(`(?i)\b(some|no)body\b`), "who it is, or the passive"},
	{regexp.MustCompile(`(?i)\bof (its|his|her|their|our|your) own\b`), "its own, separate"},
	{regexp.MustCompile(`(?i)\bit may not\b`), "it cannot"},
	{regexp.MustCompile(`(?i)\bleft to (you|people|users)\b`), "manual"},
	{regexp.MustCompile(`(?i)\b(gave|given) up\b`), "removed, failed, lost"},
	{regexp.MustCompile(`(?i)\bwithout a word\b`), "silently"},
	{regexp.MustCompile(`(?i)\bhand(s|ed)? out\b`), "offers, exposes"},
	{regexp.MustCompile(`(?i)\bfor ever\b`), "forever"},
	{regexp.MustCompile(`(?i)\b(a|the) way (leads|in)\b|\bin a way that\b`), "what it is, without a metaphor"},
	{regexp.MustCompile(`(?i)\b(cannot|can|could) be told\b|\b(would|runs?|RSS) tells?\b`), "is unknown"},
	{regexp.MustCompile(`(?i)^what [^.;:,]{1,60} that\b|[.;:,] what [^.;:,]{1,60} that\b`), "a sentence that begins with its subject"},
	{regexp.MustCompile(`(?i)\bnot known: `), "needs"},
	{regexp.MustCompile(`(?i)\bbeside\b`), "with, next to, and"},
	{regexp.MustCompile(`(?i)\b(take|takes|took|taken) (it|them|the [a-z]+) out\b`), "remove"},
	{regexp.MustCompile(`(?i)\bat the (least|most)\b`), "at least, at most"},
	{regexp.MustCompile(`(?i)\bis no (size|boolean|number|key|setting|option)\b`), "is not a"},
	{regexp.MustCompile(`(?i)\bnothing (closes|tells|reads|serves)\b|\b(quote|what) that nothing\b`), "an unclosed quote, is not read"},
	{regexp.MustCompile(`(?i)\bof (ours|theirs|yours)\b`), "what it is"},
	{regexp.MustCompile(`\b[Aa]n? %[svq]`), "a sentence without the article: what stands there may begin with a vowel, or not"},
	{regexp.MustCompile(`\b[Aa] (executor|event|object|option|image|application|account|address|error|owner|operator|admission|API|environment|init)\b`), "an"},
	{regexp.MustCompile(`\b[Aa]n (driver|master|worker|history|connect|thrift|pod|container|server|webhook|Connect|Thrift|History)\b`), "a"},
	{regexp.MustCompile(`(?i)\b(house|houses|living|breathes|murders?)\b`), "what it is, without a metaphor"},
}

// formulas are the tables of conditions and sums, which tuner/README.md explains.
const formulas = "formulas.go"

// TestWordsThatUsersRead reads the texts of the sources, those of errors, notes and status lines among them: what is not a text for users
// (an identifier, a pattern) has no blank. What stands behind a semicolon is a sentence: an error says the consequence and the remedy there.
func TestWordsThatUsersRead(t *testing.T) {
	read := 0
	for _, dir := range spoken {
		err := filepath.WalkDir("../../"+dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, is := n.(*ast.CallExpr); is && vocabulary(call) {
					return false
				}
				e, is := n.(ast.Expr)
				if !is {
					return true
				}
				text, is := literal(e)
				if !is {
					return true
				}
				if !strings.Contains(text, " ") {
					return false
				}
				read++
				most := mostInSentence
				if filepath.Base(name) == formulas || strings.Contains(text, "\n  ") { // or a list, as of examples
					most = 1000
				}
				for _, part := range strings.Split(text, "; ") {
					judge(t, files.Position(e.Pos()).String(), part, most)
				}
				return false
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 1500 {
		t.Errorf("%d texts were read", read)
	}
}

// literal is the text of a string literal, or of several that are joined: what is put in between is a mark.
func literal(e ast.Expr) (text string, is bool) {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return literal(x.X)
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			text, err := strconv.Unquote(x.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		if x.Op == token.ADD {
			left, a := literal(x.X)
			right, b := literal(x.Y)
			if !a {
				left = "X"
			}
			if !b {
				right = "X"
			}
			return left + right, a || b
		}
	}
	return "", false
}

// vocabulary says that a call makes a set of words, which no user reads.
func vocabulary(call *ast.CallExpr) bool {
	name, is := call.Fun.(*ast.Ident)
	return is && name.Name == "words"
}

func short(text string) string {
	if len(text) > 90 {
		return text[:90] + "..."
	}
	return text
}

// sentences parts a text where a full stop or a question mark is followed by the next sentence.
var sentenceEnd = regexp.MustCompile(`[.?!:]["')]*\s+|\n\s*\n`)

func longSentences(text string, most int) (long []string) {
	for _, sentence := range sentenceEnd.Split(text, -1) {
		if len(strings.Fields(sentence)) > most {
			long = append(long, sentence)
		}
	}
	return long
}

const (
	mostInFinding  = 20
	mostInSentence = 24
)

// listing are the findings that name all that they are about: lists of flags, fields, flaws and allowed values.
var listing = map[string]string{
	"spk_p014.txtar": "several faults of one variable",
	"spk_p040.txtar": "the fields",
	"spk_p045.txtar": "the values that Spark takes",
	"spk_s006.txtar": "the rights",
	"spk_s011.txtar": "the fields",
	"spk_s013.txtar": "the secrets",
	"spk_s028.txtar": "the flaws",
}

// TestFindingsAreShort reads what every rule says in its cases, values put in: the message and the fix.
func TestFindingsAreShort(t *testing.T) {
	cases, err := filepath.Glob("../../rulebook/testdata/spk_*.txtar")
	if err != nil || len(cases) < 50 {
		t.Fatal(len(cases), err)
	}
	head := regexp.MustCompile(`^finding (error|warning|advice)\b`)
	findings := 0
	for _, name := range cases {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines, in := strings.Split(string(raw), "\n"), false
		for i, line := range lines {
			switch {
			case head.MatchString(line):
				in = true
				findings++
			case !strings.HasPrefix(line, "  "):
				in = false
			case !in || strings.HasPrefix(line, "  conf "):
			default:
				at := name + ":" + strconv.Itoa(i+1)
				text := strings.TrimPrefix(strings.TrimSpace(line), "fix: ")
				most := mostInFinding
				if listing[filepath.Base(name)] != "" || strings.HasPrefix(line, "  observed ") {
					most = 1000
				}
				judge(t, at, text, most)
			}
		}
	}
	if findings < 400 {
		t.Errorf("%d findings were read", findings)
	}
}

// TestRuleDocumentsAreShort reads what explain, the rule index and refusals say of every rule.
func TestRuleDocumentsAreShort(t *testing.T) {
	rules := rulebook.All()
	if len(rules) < 50 {
		t.Fatalf("%d rules", len(rules))
	}
	for _, r := range rules {
		d := &r.Doc
		for _, text := range []string{d.Title, d.Why, d.Subject, d.Consequence, d.Where} {
			judge(t, r.Code, text, mostInSentence)
		}
		for _, cases := range []string{d.Remedy, d.Levels} { // one after the other, each by itself
			for text := range strings.SplitSeq(cases, "; ") {
				judge(t, r.Code, text, mostInSentence)
			}
		}
		for _, p := range r.Parts {
			for _, text := range []string{p.State, p.Says, p.Sets} {
				judge(t, r.Code+"/"+p.Name, text, mostInSentence)
			}
		}
	}
	for word, text := range rule.Reasons() {
		judge(t, string(word), text, mostInSentence)
	}
}

// TestHelpIsShort reads what --help says of every command and flag.
func TestHelpIsShort(t *testing.T) {
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}
	commands := 0
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Name() == "completion" || c.Name() == "help" {
			return // cobra's own
		}
		commands++
		judge(t, c.CommandPath(), c.Short, mostInSentence)
		judge(t, c.CommandPath(), c.Long, mostInSentence)
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { judge(t, c.CommandPath()+" --"+f.Name, f.Usage, mostInSentence) })
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(plugin.New(streams, rulebook.New, ""))
	if commands < 12 {
		t.Errorf("%d commands were read", commands)
	}
}

// pages are the documents of users. Those with formulas are held to the words alone.
var pages = map[string]int{"README.md": mostInSentence, "examples/README.md": mostInSentence, "examples/metrics/README.md": mostInSentence, "webhook/README.md": mostInSentence, "eventlog/README.md": mostInSentence, "manifests/dashboards/README.md": mostInSentence, "manifests/alerts/README.md": mostInSentence, "manifests/companions/README.md": mostInSentence, "manifests/logs/README.md": mostInSentence,
	"plugin/README.md": mostInSentence, "rulebook/README.md": 1000, "prediction/README.md": 1000, "tuner/README.md": 1000}

// code is what stands in a sentence as one word.
var code = regexp.MustCompile("`[^`]*`")

// TestPagesThatUsersRead reads the README and the pages that it leads to, without commands and output. Cells of a table are lists.
func TestPagesThatUsersRead(t *testing.T) {
	for page, most := range pages {
		raw, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		var prose strings.Builder
		block, read := false, 0
		for i, line := range strings.Split(string(raw), "\n") {
			at := page + ":" + strconv.Itoa(i+1)
			switch {
			case strings.HasPrefix(line, "```"):
				block = !block
			case block:
			case strings.HasPrefix(line, "|"), strings.HasPrefix(line, "#"):
				judge(t, at, line, 1000)
				prose.WriteString("\n\n")
			default:
				if strings.HasPrefix(strings.TrimSpace(line), "- ") {
					prose.WriteString("\n\n")
				}
				prose.WriteString(strings.ReplaceAll(code.ReplaceAllString(line, "X"), "; ", ";\n\n") + "\n")
				read++
			}
		}
		if judge(t, page, prose.String(), most); read < 5 {
			t.Errorf("%s: %d lines were read", page, read)
		}
	}
}

// judge holds a text to the words and to the length of its sentences.
func judge(t *testing.T, at, text string, most int) {
	t.Helper()
	for _, u := range unwanted {
		if found := u.shape.FindString(text); found != "" {
			t.Errorf("%s: %q in %q: write %s", at, strings.TrimSpace(found), short(text), u.instead)
		}
	}
	for _, long := range longSentences(text, most) {
		t.Errorf("%s: a sentence of more than %d words: %q", at, most, long)
	}
}
