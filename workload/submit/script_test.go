package submit

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestScriptsAreReadAsTheShellReadsThem: words by words, and a comment ends its line whatever stands at its end.
func TestScriptsAreReadAsTheShellReadsThem(t *testing.T) {
	c := &corev1.Container{Env: []corev1.EnvVar{{Name: "X", Value: "v w"}}}
	for script, want := range map[string]string{
		"a 'b c' \"d $X\" e\\ f":       "a|b c|d v w|e f",
		"a \\\n b":                     "a|b",
		"a\r\nb\r\n":                   "a;b",
		"a # c \\\n b":                 "a;b",
		"# c \\\n# d \\\na":            "a",
		"a '# c \\\n b'":               "a|# c \\\n b",
		"a \"$@\">/dev/null 2>&1 && b": "a|A;b",
		"export X=1 Y && a":            "export|X=1|Y;a",
		"X=1 a \"$HOME\\\n\"/b":        "a|$HOME/b",
		"a 2>&1x":                      "! its script holds >&",
		"if a; then b; fi":             "! its script holds if",
		"a; (b)":                       "! its script holds (",
		"a & b":                        "! its script holds &",
		"! a":                          "! its script holds !",
		"a <(b)":                       "! its script holds <(",
		"a[1]=b c":                     "! its script cannot be parsed: line 1: inline variables cannot be arrays",
		"a {b,c}":                      "! its script holds {",
		"a $((1))":                     "! its script holds a $ that is no plain variable",
		"a `b`":                        "! its script holds `",
		"a\nb\n'":                      "! its script cannot be parsed: line 3: reached EOF without closing quote `'`",
		"a\nfi":                        "! its script cannot be parsed: line 2: `fi` can only be used to end an `if`",
	} {
		commands, err := splitScript(c, Word{Text: script, List: "args"}, []Word{{Text: "A"}})
		var all []string
		for _, command := range commands {
			var words []string
			for _, w := range command.words {
				words = append(words, w.Text)
			}
			all = append(all, strings.Join(words, "|"))
		}
		got := strings.Join(all, ";")
		if err != nil {
			got = "! " + err.Error()
		}
		if got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", script, got, want)
		}
	}
}

// TestHostileScriptsCostLittle: nesting, length and bytes that are no text.
func TestHostileScriptsCostLittle(t *testing.T) {
	c := &corev1.Container{}
	for _, unit := range []string{"(", "((", "$((", "{ ", "\"$(", "`", "if ", "while ", "${a:-", "[[ ", "a|", "a&&", "case a in a)", "f(){ ", "! ", "a<<b\n", "\x00", "\xff", "\\", "'", "é", "$", "#\\\n", "elif a;"} {
		for _, size := range []int{1 << 11, 1 << 14, 128 << 10, 128<<10 + 1} {
			begun := time.Now()
			commands, err := splitScript(c, Word{Text: strings.Repeat(unit, size/len(unit)+1)}, nil)
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("%d bytes of %q took %s", size, unit, took)
			}
			why := ""
			if err != nil {
				why = err.Error()
			}
			if len(why) > 200 || strings.Contains(why, "\n") {
				t.Errorf("%d bytes of %q: %q", size, unit, why)
			}
			if size > 128<<10 && (commands != nil || why != "its script holds more than 128 KiB") {
				t.Errorf("%d bytes of %q: %d commands, %q", size, unit, len(commands), why)
			}
		}
	}
	if _, err := splitScript(c, Word{Text: strings.Repeat("(", 2001)}, nil); err == nil || err.Error() != "its script holds more than 2000 brackets" {
		t.Errorf("got %q", err)
	}
}
