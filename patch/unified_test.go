package patch

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
)

func TestUnifiedIsEmptyForTheSame(t *testing.T) {
	t.Parallel()
	if got := Unified("x.yaml", []byte("a\n"), []byte("a\n")); got != "" {
		t.Errorf("got %q", got)
	}
	want := "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a\n+b\n"
	if got := Unified("x.yaml", []byte("a\n"), []byte("b\n")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUnifiedShowsOnlyWhatChangedAmongLinesThatRepeat: manifests are made of lines that stand in every container.
func TestUnifiedShowsOnlyWhatChangedAmongLinesThatRepeat(t *testing.T) {
	container := "    - name: NAME\n      limits:\n        cpu: 1\n        memory: 4Gi\n      env:\n      - name: A\n        value: b\n      ports: []\n"
	before := strings.ReplaceAll(container, "NAME", "x") + strings.ReplaceAll(container, "NAME", "y")
	after := strings.ReplaceAll(strings.ReplaceAll(before, "        cpu: 1\n", ""), "        value: b\n", "        value: b\n      - name: M\n        value: 2\n")
	removed, added := 0, 0
	for line := range strings.Lines(Unified("x.yaml", []byte(before), []byte(after))) {
		switch {
		case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
		case line[0] == '-':
			removed++
		case line[0] == '+':
			added++
		}
	}
	if removed != 2 || added != 4 {
		t.Errorf("%d lines are shown as removed and %d as added, want 2 and 4", removed, added)
	}
}

// TestUnifiedOfPiecesIsTheLibrarysDifference: cutting a text into pieces, and its difference into hunks, changes nothing but the
// line numbers that the library writes wrong.
func TestUnifiedOfPiecesIsTheLibrarysDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var pieces []Piece
		for n := range 1 + random.IntN(5) {
			var before, after []string
			for line := range random.IntN(25) {
				text := fmt.Sprintf("%d.%d %d\n", n, line, random.IntN(3))
				switch random.IntN(12) {
				case 0:
					before = append(before, text)
				case 1:
					after = append(after, text)
				default:
					before, after = append(before, text), append(after, text)
				}
			}
			pieces = append(pieces, Piece{[]byte(strings.Join(before, "")), []byte(strings.Join(after, ""))})
		}
		if last := &pieces[len(pieces)-1]; random.IntN(3) == 0 {
			last.Before, last.After = bytes.TrimSuffix(last.Before, []byte("\n")), bytes.TrimSuffix(last.After, []byte("\n"))
		}
		var before, after []byte
		for _, p := range pieces {
			before, after = append(before, p.Before...), append(after, p.After...)
		}
		want := renumbered(udiff.Unified("a/x", "b/x", string(before), string(after)))
		if got := Unified("x", before, after); got != want {
			t.Fatalf("of\n%s\nand\n%s\ngot\n%s\nwant\n%s", before, after, got, want)
		}
		if got := UnifiedOf("x", pieces); got != want {
			t.Fatalf("in pieces, of\n%q\ngot\n%s\nwant\n%s", pieces, got, want)
		}
	}
}

// renumbered has the second line number of every hunk by the counts of those before it.
func renumbered(diff string) string {
	lines := strings.SplitAfter(diff, "\n")
	shift := 0
	for i, line := range lines {
		if !strings.HasPrefix(line, "@@ -") {
			continue
		}
		var old, oldCount, fresh, freshCount int
		ranges := strings.Fields(line)
		readRange(ranges[1], &old, &oldCount)
		readRange(ranges[2], &fresh, &freshCount)
		if oldCount > 0 && freshCount > 0 {
			lines[i] = fmt.Sprintf("@@ %s +%s @@\n", ranges[1], writeRange(old-1+shift, freshCount))
		}
		shift += freshCount - oldCount
	}
	return strings.Join(lines, "")
}

// readRange reads "-12,3", or "-12" for one line.
func readRange(s string, start, count *int) {
	if n, _ := fmt.Sscanf(s[1:], "%d,%d", start, count); n < 2 {
		*count = 1
		_, _ = fmt.Sscanf(s[1:], "%d", start)
	}
}

// TestPiecesInWhichTheSameLinesChangedAreShownAsEachByItself: what stays may differ, as a name does, and what changed may not.
func TestPiecesInWhichTheSameLinesChangedAreShownAsEachByItself(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	line := func(first rune) string {
		name := string(first + rune(random.IntN(3)))
		return name + "1\n" + strings.Repeat(name+"2\n", random.IntN(2))
	}
	for range 3000 {
		var pieces []Piece
		var want strings.Builder
		stays, out, in := line('d')+"x\n", line('a'), line('a')
		for range 1 + random.IntN(5) {
			switch random.IntN(6) {
			case 0:
				stays = line('d') + "x\n"
			case 1:
				out = line('a')
			case 2:
				in = line('a')
			}
			pieces = append(pieces, Piece{[]byte(stays + out + stays), []byte(stays + in + stays)})
		}
		offset := 0
		for _, p := range pieces {
			for _, e := range udiff.Lines(string(p.Before), string(p.After)) {
				fmt.Fprintln(&want, e.Start+offset, e.End+offset, e.New)
			}
			offset += len(p.Before)
		}
		var got strings.Builder
		for e := range edited(pieces) {
			fmt.Fprintln(&got, e.Start, e.End, e.New)
		}
		if got.String() != want.String() {
			t.Fatalf("of %q\ngot\n%s\nwant\n%s", pieces, got.String(), want.String())
		}
	}
}

// TestUnifiedOfManyDocumentsShowsEachByItself: thousands of changes are as many small hunks, and not one that takes out all.
func TestUnifiedOfManyDocumentsShowsEachByItself(t *testing.T) {
	const documents = 500
	var pieces []Piece
	for i := range documents {
		before := fmt.Sprintf("---\nname: a%d\n%sold: 1\n", i, strings.Repeat("same: 1\n", 8))
		pieces = append(pieces, Piece{[]byte(before), []byte(strings.Replace(before, "old", "new", 1) + "more: 2\n")})
	}
	diff := UnifiedOf("x", pieces)
	if n := strings.Count(diff, "\n-"); n != documents {
		t.Errorf("%d lines are taken out, of %d that changed", n, documents)
	}
}
