package model

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// BenchmarkRecord is the time of a log's lines, read and kept: of the shape that the bench of the whole command takes.
func BenchmarkRecord(b *testing.B) {
	lines := sample(b, events.Shape{Executors: 40, Stages: 10, Tasks: 400, Accumulators: 12})
	size := 0
	for _, line := range lines {
		size += len(line) + 1
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		r := NewRecorder()
		for _, line := range lines {
			if err := r.Record(line); err != nil {
				b.Fatal(err)
			}
		}
	}
}
