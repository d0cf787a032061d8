package launcher

import "testing"

// The operator's own sums (crd/mod.rs, its tests of subtract_spark_memory_overhead).
func TestStackableTakesTheOverheadOffTheHeap(t *testing.T) {
	for _, c := range []struct {
		limit int64
		java  bool
		want  int64
	}{{4096, true, 3712}, {4096, false, 2925}, {1024, true, 640}, {256, true, 256}, {16384, true, 14894}} {
		if got := withoutOverhead(c.limit, c.java); got != c.want {
			t.Errorf("%d, java %v: %d, want %d", c.limit, c.java, got, c.want)
		}
	}
}
