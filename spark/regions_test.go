package spark

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

func TestRegionsEqualThoseOfSparksMemoryManager(t *testing.T) {
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, row := range table(t, "regions.tsv", 55) {
		version, _ := ParseVersion(row[0])
		heap, conf := number(row[1]), Conf{}
		for _, word := range strings.Fields(row[3]) {
			key, value, _ := strings.Cut(word, "=")
			conf[key] = Setting{Value: value}
		}
		got, err := MemoryRegions(heap, version, conf)
		if row[4] == "error" {
			if _, executors := conf["spark.executor.memory"]; err == nil && !executors {
				t.Errorf("%v: got %+v, Spark says %s", row[:4], got, row[5])
			}
			continue
		}
		if err != nil || got.Unified != number(row[4]) || got.StorageFloor != number(row[5]) || got.Reserved+got.Unified+got.User != heap {
			t.Errorf("%v: got %+v, %v, want %s and %s", row[:4], got, err, row[4], row[5])
		}
		// Where off-heap memory is not enabled Spark reads its size all the same and then uses none.
		if on, _, _ := conf.Bool(KeyOffHeapEnabled); on && (got.OffHeap != number(row[6]) || got.OffHeapStorageFloor != number(row[7])) || !on && got.OffHeap != 0 {
			t.Errorf("%v: off the heap %d and %d, want %s and %s", row[:4], got.OffHeap, got.OffHeapStorageFloor, row[6], row[7])
		}
	}
}

func TestRegionsRefuseWhatSparkRefuses(t *testing.T) {
	if _, err := MemoryRegions(MinHeapMiB<<20, Version{}, nil); err != nil {
		t.Error(err)
	}
	if _, err := MemoryRegions(MinHeapMiB<<20-1, Version{}, nil); err == nil || !strings.Contains(err.Error(), "450Mi") {
		t.Errorf("got %v", err)
	}
	for key, value := range map[string]string{KeyMemoryFraction: "1.5", KeyStorageFraction: "-0.1", KeyOffHeapSize: "3 g"} {
		var bad *ConfError
		_, err := MemoryRegions(1<<30, Version{}, Conf{key: {Value: value, Line: 3}, KeyOffHeapEnabled: {Value: "true"}})
		if !errors.As(err, &bad) || bad.Key != key || bad.Line() != 3 {
			t.Errorf("%s=%s: got %v", key, value, err)
		}
	}
}

func TestTasksShareAPool(t *testing.T) {
	if least, most := TaskShare(1000, 4); least != 125 || most != 250 {
		t.Errorf("got %d and %d", least, most)
	}
	if least, most := TaskShare(1000, 0); least != 0 || most != 0 {
		t.Errorf("got %d and %d", least, most)
	}
}
