package mask

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkMessage masks what the rules say in their cases, each sentence once a round: the time of one is that by their number.
func BenchmarkMessage(b *testing.B) {
	files, err := filepath.Glob("../../../rulebook/testdata/spk_*.txtar")
	if err != nil {
		b.Fatal(err)
	}
	var messages []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		in := false
		for line := range strings.Lines(string(text)) {
			switch {
			case strings.HasPrefix(line, "finding "):
				in = true
			case in && strings.HasPrefix(line, "  "):
				messages = append(messages, strings.TrimPrefix(strings.TrimSpace(line), "fix: "))
			default:
				in = false
			}
		}
	}
	if len(messages) < 500 {
		b.Fatalf("%d messages", len(messages))
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, m := range messages {
			Message(m)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(messages)), "ns/message")
}
