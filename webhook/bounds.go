package webhook

import (
	"bytes"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// What a review may hold. An ordinary pod has some 1,000 values in lists of at most 100; what is over a bound is admitted
// as it is.
const (
	maxBody     = 4 << 20 // bytes of a review; the API server takes requests of 3 MiB
	maxObjects  = 32 << 10
	maxElements = 16 << 10  // of one list or object
	maxText     = 256 << 10 // bytes of one string: all annotations of an object together. Linux starts no process with a longer variable than half of that
	maxDepth    = 100
)

// maxStored is the bytes of a pod and its edits, as JSON. etcd takes requests of 1.5 MiB; as it is stored there, a pod is no larger
// than as JSON. What the API server adds for the edits, its defaults and their managedFields, has room in the rest.
const maxStored = 1<<20 + 448<<10

// fits says whether etcd takes the pod with the edits. Edits hold little beside what they repeat of the pod, so those of an
// ordinary one are not counted.
func fits(pod []byte, edits []patch.Op) bool {
	return len(edits) == 0 || len(pod) <= maxStored/4 || len(pod)+len(appendOps(nil, edits)) <= maxStored
}

// plainBounds are those of a review that is read by its index. The index of an ordinary one has some 400 values.
var plainBounds = patch.Bounds{Depth: maxDepth, Objects: maxObjects, Elements: maxElements, Text: maxText, Values: 2 << 10, Closed: "managedFields"}

// size is what a review holds, counted without decoding it.
type size struct {
	bytes   int
	objects int
}

// cost is a ceiling of the bytes that decoding and judging a review takes: strings are copied, the largest objects are
// containers of some 900 bytes, and a patch repeats some of the text.
func (s size) cost() int64 { return int64(3*s.bytes + s.objects<<10) }

// measure counts the values of a JSON text. The error names the bound that the text exceeds. A text that is no JSON
// is measured as far as it goes: the decoder tells what is wrong with it.
func measure(text []byte) (s size, err error) {
	s.bytes = len(text)
	var elements [maxDepth]int
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := stringEnd(text, i)
			if end-i > maxText {
				return s, fmt.Errorf("a text longer than %d KiB", maxText>>10)
			}
			i = end
		case '{', '[':
			if depth++; depth == maxDepth {
				return s, fmt.Errorf("values more than %d deep", maxDepth)
			}
			elements[depth] = 0
			if text[i] == '{' {
				s.objects++
			}
			if s.objects > maxObjects {
				return s, fmt.Errorf("more than %d objects", maxObjects)
			}
		case '}', ']':
			depth = max(depth-1, 0)
		case ',':
			if elements[depth]++; elements[depth] >= maxElements {
				return s, fmt.Errorf("a list of more than %d elements", maxElements)
			}
		}
	}
	return s, nil
}

// stringEnd is the index of the quote that closes the string which begins at start, or the text's length.
func stringEnd(text []byte, start int) int {
	for i := start + 1; ; i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return len(text)
		}
		i += n
		escapes := 0
		for i-1-escapes > start && text[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}
