package document

import (
	"strings"
	"testing"
)

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("of the parser") }

// TestAPanicOfTheParserIsAnError, also of what stands behind a mapping in braces.
func TestAPanicOfTheParserIsAnError(t *testing.T) {
	if err := decodes(panics{}); err == nil || err.Error() != "the parser failed: of the parser" {
		t.Errorf("got %v", err)
	}
	for text, fault := range map[string]bool{"{a: b}\n": false, "{a: b}\n--- {c: d}\n": false, "{a: b} }\n": true} {
		if err := behind([]byte(text)); (err != nil) != fault {
			t.Errorf("%q: %v", strings.TrimSpace(text), err)
		}
	}
}
