package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatLinesSayBecomesOneRowAKey holds the catalogue's form against rows as Keys.java prints them, of two lines.
func TestWhatLinesSayBecomesOneRowAKey(t *testing.T) {
	lines := [2]string{`entry	spark.a
entry	spark.new.name
old	spark.old.name	spark.new.name	
old	spark.translated	spark.a	1.4
type	spark.a	int>=1
type	spark.new.name	ms
type	spark.executor.cores	int
entry	spark.executor.cores
gone	spark.old.name	3.1.0	Please use spark.new.name
gone	spark.never	2.0	Not used anymore.
gone	spark.frowned.upon	3.5.2	Ask us first.
removed	spark.sql.x.level	3.1.0	Please use ` + "`spark.sql.y.level`" + ` instead.	trace
word	spark.sentence.
word	spark.a
`, `entry	spark.a
entry	spark.new.name
entry	spark.late
type	spark.a	int>=1
type	spark.new.name	s
type	spark.late	bool
entry	spark.executor.cores
type	spark.executor.cores	int
gone	spark.old.name	3.1.0	Not used anymore. Please use spark.new.name
gone	spark.never	2.0	Not used anymore.
removed	spark.sql.x.level	3.1.0	Use 'spark.sql.y.level'.	trace
`}
	c := newCatalogue(len(lines))
	for i, facts := range lines {
		if err := c.add(i, facts); err != nil {
			t.Fatal(err)
		}
	}
	text := string(c.format([]string{"3.5.9", "4.1.4"}))
	for _, row := range []string{
		"lines 3.5 4.1", "spark.a K :int>=1", "spark.new.name K :ms|s", "spark.late -K :bool", "spark.executor.cores K :int>=1", "spark.sentence T-", "spark.frowned.upon T-", "spark.app.name K",
		"spark.old.name OG >spark.new.name @3.1.0", "spark.translated O- ~spark.a", "spark.never G @2.0", "spark.sql.x.level R >spark.sql.y.level @3.1.0 =trace",
	} {
		if !strings.Contains(text, "\n"+row+"\n") {
			t.Errorf("no row %q in\n%s", row, text)
		}
	}
	for _, row := range []string{"entry\n", "type\tspark.a\tA|B\n"} {
		if err := c.add(0, row); err == nil {
			t.Errorf("the row %q was read", row)
		}
	}
}

func TestScriptsAreReadAndTheirTestsAreNot(t *testing.T) {
	folder := t.TempDir()
	for name, code := range map[string]string{
		"a.py": `conf.get("spark.a.b") + 'spark.c' + spark.sql(x)`, "run": `"spark.d"`, "e.txt": `"spark.e"`, "tests/f.py": `"spark.f"`,
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	words, err := scripts(folder)
	if got := strings.Join(words, " "); err != nil || got != "spark.a.b spark.c spark.d" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := scripts(filepath.Join(folder, "none")); err == nil {
		t.Error("a folder that is not there was read")
	}
}
