package keys

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestMistakesInTheDataAreNamedByLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no states":       {"# c\nlines 3.5 4.0\nspark.a\n", "keys.txt:3: not a key"},
		"too many states": {"lines 3.5 4.0\nspark.a KKK\n", "keys.txt:2: not a key"},
		"too few states":  {"lines 3.5 4.0 4.1\nspark.a KK\n", "keys.txt:2: not a key"},
		"unknown state":   {"lines 3.5 4.0\nspark.a KX\n", "keys.txt:2: not a key"},
		"unknown mark":    {"lines 3.5 4.0\nspark.a K spark.b\n", `keys.txt:2: unknown mark "spark.b"`},
		"lines of none":   {"lines\nspark.a K\n", "keys.txt:1: not a key"},
	} {
		if _, err := parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatTwoKeysAreEquallyNearToIsNeither(t *testing.T) {
	c, err := parse("lines 3.5 4.0\nspark.alpha.timeouts K\nspark.alpha.timeoutx K\nspark.gamma.onetwo -K\nspark.gamma.onetwx K-\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"spark.alpha.timeout": "", "spark.alpha.timeoutsx": "", "spark.gamma.onetw": "spark.gamma.onetwx", "spark.alpah.timeouts": "spark.alpha.timeouts"} {
		if got := c.Look(name, spark.Version{Major: 3, Minor: 5}); got.To != want {
			t.Errorf("%s: %+v, want %q", name, got, want)
		}
	}
}

func TestSlipsAreCountedBySegment(t *testing.T) {
	for _, c := range []struct {
		a, b string
		n    int // maxSlips + 1: no slips
	}{
		{"spark.abcd", "spark.abcd", 0},
		{"spark.abcd", "spark.abdc", 1},
		{"spark.abcd", "spark.abc", 3},   // three letters must be right
		{"spark.abcde", "spark.abcd", 1}, // four may have one slip
		{"spark.abcdefg", "spark.abcdeyz", 3},
		{"spark.abcdefgh", "spark.abcdefyz", 2},
		{"spark.abcdefgh", "spark.abcdexyz", 3},
		{"spark.abcdefgh", "spark.abcdefghij", 2},
		{"spark.abcdefgh", "spark.abcdefghijk", 3},
		{"spark.abcdefgh.abcdefgh", "spark.abcdefg.abcdefg", 2},
		{"spark.abcdefgh.abcdefgh", "spark.abcdef.abcdefg", 3},
		{"spark.abcdefghij.abcdefgh", "spark.abcdefgh.abcdefg", 3},
		{"spark.version1", "spark.version2", 3},
		{"spark.version0", "spark.versions", 3},
		{"spark.version9", "spark.versions", 3},
		{"spark.a.bcde", "spark.a", 3},
		{"spark.sql.abcdefgh", "spark.sqls.abcdefgh", 3},
		{"abcdefgh", "badcefgh", 2},
		{"abcdefgh", "habcdefg", 2},
	} {
		if got := min(distance(c.a, c.b), maxSlips+1); got != c.n {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.n)
		}
		if got := min(distance(c.b, c.a), maxSlips+1); got != c.n {
			t.Errorf("%s, %s: %d, want %d", c.b, c.a, got, c.n)
		}
		if c.n <= maxSlips && !shapeOf(c.a).near(shapeOf(c.b)) {
			t.Errorf("%s, %s: their shapes are not near", c.a, c.b)
		}
	}
}
