package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQuantilesAreThoseOfTheValues: exact of few, within 1.6 % of many.
func TestQuantilesAreThoseOfTheValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 5, 256, 257, 1000, 50_000} {
		for name, draw := range map[string]func() int64{
			"small":      func() int64 { return random.Int64N(10) },
			"sizes":      func() int64 { return random.Int64N(1 << 40) },
			"log":        func() int64 { return int64(math.Exp(random.Float64() * 40)) },
			"mostly 0":   func() int64 { return max(random.Int64N(100)-90, 0) * 1e9 },
			"the same":   func() int64 { return 12345 },
			"everything": func() int64 { return random.Int64() },
		} {
			var s sketch
			s.add(99)
			s.reset()
			all := make([]int64, n)
			for i := range all {
				all[i] = draw()
				s.add(all[i])
			}
			slices.Sort(all)
			d := s.distribution(int64(n))
			for q, got := range map[float64]int64{.25: d.P25, .5: d.P50, .75: d.P75, .95: d.P95, .99: d.P99} {
				want := all[min(int(q*float64(n)), n-1)]
				if off := math.Abs(float64(got - want)); off > float64(want)/64+.5 || n <= maxExact && off > 0 {
					t.Errorf("%s, %d values: quantile %v is %d, not %d", name, n, q, got, want)
				}
			}
			if d.Min != all[0] || d.Max != all[n-1] {
				t.Errorf("%s, %d values: %d to %d, not %d to %d", name, n, d.Min, d.Max, all[0], all[n-1])
			}
		}
	}
}

func TestBucketsAreInOrder(t *testing.T) {
	last := -1
	for v := int64(0); v < 1<<20; v++ {
		at := bucket(v)
		if at != last && at != last+1 {
			t.Fatalf("%d is in bucket %d after %d", v, at, last)
		}
		last = at
		if m := middle(at); math.Abs(float64(m-v)) > float64(v)/64+.5 || bucket(m) != at {
			t.Fatalf("%d stands for %d", m, v)
		}
	}
}
