package patch

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Unified returns a unified diff of two versions of a file, or nothing if they are the same. The anchored diff of Go's own
// tools (go-internal/diff) shows lines as changed that are not: in manifests hardly a line stands only once.
func Unified(name string, before, after []byte) string {
	return renumber(udiff.Unified("a/"+name, "b/"+name, string(before), string(after)))
}

// renumber writes the second line number of every hunk anew. go-udiff v0.4.1 forgets the unchanged lines between
// two edits of one hunk, after which patch(1) and editors look in the wrong place.
func renumber(diff string) string {
	lines := strings.SplitAfter(diff, "\n")
	shift := 0
	for i := range lines {
		if !strings.HasPrefix(lines[i], "@@ -") {
			continue
		}
		var old, oldCount, fresh, freshCount int
		ranges := strings.Fields(lines[i])
		if len(ranges) != 4 || !readRange(ranges[1], &old, &oldCount) || !readRange(ranges[2], &fresh, &freshCount) {
			continue
		}
		if oldCount > 0 && freshCount > 0 {
			count := ""
			if freshCount != 1 {
				count = fmt.Sprintf(",%d", freshCount)
			}
			lines[i] = fmt.Sprintf("@@ %s +%d%s @@\n", ranges[1], old+shift, count)
		}
		shift += freshCount - oldCount
	}
	return strings.Join(lines, "")
}

// readRange reads "-12,3", or "-12" for one line.
func readRange(s string, start, count *int) bool {
	if n, _ := fmt.Sscanf(s[1:], "%d,%d", start, count); n == 2 {
		return true
	}
	*count = 1
	n, _ := fmt.Sscanf(s[1:], "%d", start)
	return n == 1
}
