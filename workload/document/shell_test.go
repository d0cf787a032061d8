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
	for i := range 8_000 {
		name := strings.Repeat("A", 1+i%7) + strings.Repeat("b", i/7%50) + string(rune('a'+i%26)) + strings.Repeat("C", i/350)
		commands.WriteString(name + "=1\n" + submit)
	}
	for what, text := range map[string]string{
		"blanks":   strings.Repeat(" ", 1<<20) + "\n" + submit,
		"marks":    "x " + strings.Repeat("<<a", 300_000) + "\n" + submit,
		"commands": commands.String(),
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
