package document

import (
	"strings"
	"testing"
	"time"
)

// TestScriptsAreReadInTimeThatGrowsWithTheirSize: whatever is looked at again for every byte, mark or command takes minutes here.
func TestScriptsAreReadInTimeThatGrowsWithTheirSize(t *testing.T) {
	const submit = "spark-submit --class a.B x.jar\n"
	var commands strings.Builder
	for i := range 1_400 {
		name := strings.Repeat("A", 1+i%7) + strings.Repeat("b", i/7%50) + string(rune('a'+i%26)) + strings.Repeat("C", i/350)
		commands.WriteString(name + "=1\n" + submit)
	}
	for what, text := range map[string]string{
		"blanks":   strings.Repeat(" ", 120_000) + "\n" + submit,
		"marks":    "x " + strings.Repeat("<<a", 40_000) + "\n" + submit,
		"commands": commands.String(),
		"and":      "Z=1;Y=1;Y=2;" + strings.Repeat("a=&&", 32_000) + "a=\n" + submit,
		"elif":     "Z=1;Y=1;Y=2;if a=;then a=\n" + strings.Repeat("elif a=;then a=\n", 8_000) + "fi\n" + submit,
	} {
		begun := time.Now()
		found, err := readShell(Text{Name: "a.sh", Raw: []byte(text)})
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %d found, %v", what, len(found), err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s: %d bytes took %s", what, len(text), took)
		}
	}
}

// TestHostileScriptsCostLittle: nesting, length and bytes that are no text, up to the bound and beyond it.
func TestHostileScriptsCostLittle(t *testing.T) {
	for _, unit := range []string{"(", "$((", "{ ", "\"$(", "`", "if ", "if a; then ", "while ", "${a:-", "[[ ", "a|", "a&&", "case a in a)", "f(){ ", "! ", "a<<b\n", "\x00", "\xff", "\\", "'", "é", "$", "#\\\n", "elif a;", "a=1 ", "a=1\nfor a in b; do ", "time "} {
		for _, size := range []int{1 << 14, maxScript - 64, maxScript + 1} {
			begun := time.Now()
			found, err := readShell(Text{Name: "a.sh", Raw: []byte("spark-submit a.jar\n" + strings.Repeat(unit, size/len(unit)) + "\nspark-submit b.jar\n")})
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("%d bytes of %q took %s", size, unit, took)
			}
			if err != nil || len(found) == 0 {
				t.Errorf("%d bytes of %q: %d found, %v", size, unit, len(found), err)
			}
		}
	}
}

// TestCommandsInCommandsAreBounded: each of them holds the text of all that are in it.
func TestCommandsInCommandsAreBounded(t *testing.T) {
	const depth = 900
	for what, c := range map[string]struct {
		script string
		all    bool
	}{
		"deep":      {strings.Repeat("pyspark \"$(", depth) + "pyspark " + strings.Repeat("x ", 50_000) + strings.Repeat(")\"", depth) + "\nspark-submit a.jar\n", false},
		"variables": {"S=spark-submit\n" + strings.Repeat("\"$(", depth) + "a " + strings.Repeat("x ", 50_000) + strings.Repeat(")\"", depth) + "\nspark-submit a.jar\n", false},
		"others":    {"echo \"$(cat $(pyspark \"$(spark-submit b.jar)\" " + strings.Repeat("x ", 50_000) + "))\"\nspark-submit a.jar\n", true},
	} {
		found, err := readShell(Text{Name: "a.sh", Raw: []byte(c.script)})
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %d found, %v", what, len(found), err)
			continue
		}
		size, commands := 0, 0
		for _, one := range found {
			if one.Command != nil {
				size += len(one.Command.Text)
				commands++
			}
		}
		last := found[len(found)-1]
		bounded := last.Note == "commands in commands, together of more than 512 KiB; the rest of the script was not checked"
		if size > maxCommands || bounded == c.all || c.all && commands != 3 {
			t.Errorf("%s: %d commands of %d bytes, %q last", what, commands, size, last.Note)
		}
	}
}
