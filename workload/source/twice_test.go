package source

import (
	"strings"
	"testing"
)

// TestAnObjectThatStandsTwiceAndTextInUTF16AreOneClearError, with file, lines and what was expected. Objects of other
// namespaces, kinds and versions are others, and so are those that the API server will name.
func TestAnObjectThatStandsTwiceAndTextInUTF16AreOneClearError(t *testing.T) {
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x1}\n"
	for text, want := range map[string]string{
		pod + "---\n" + pod: `f.yaml:5: Pod "a" is already on line 1, and kubectl would apply the last: keep one of the two`,
		pod + "---\n" + strings.Replace(pod, "namespace: x1", "namespace: x2", 1): "",
		pod + "---\n" + strings.Replace(pod, "Pod", "PodTemplate", 1):             "",
		"\xff\xfea\x00:\x00": "f.yaml:1: the text is UTF-16, and UTF-8 is expected",
		"\xfe\xff\x00a\x00:": "f.yaml:1: the text is UTF-16, and UTF-8 is expected",
	} {
		_, err := Open("f.yaml", []byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %q", text, err, want)
		}
	}
}
