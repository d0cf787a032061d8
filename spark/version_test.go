package spark

import "testing"

func TestVersionsReadFromLabelsAndTags(t *testing.T) {
	for text, want := range map[string]Version{
		"3.5.9": {3, 5, 9}, "4.0": {4, 0, 0}, "v3.5": {3, 5, 0}, "3.5.9-scala2.12-java17": {3, 5, 9}, "4.1.0-preview2": {4, 1, 0},
		"3.5.x": {3, 5, 0}, "4.10.12": {4, 10, 12}, " 3.3.0 ": {3, 3, 0}, "3.5.1.2": {3, 5, 1}, "3.4_mine": {3, 4, 0},
	} {
		if got, ok := ParseVersion(text); !ok || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "latest", "3", "v", "3.", "java17", "20240101.1", "3.5beta", "0.9", "-1.2", "spark-3.5"} {
		if got, ok := ParseVersion(text); ok || got.Known() {
			t.Errorf("%q: got %v, want nothing", text, got)
		}
	}
}

func TestUnknownVersionLiesInTheUnboundedRangeOnly(t *testing.T) {
	since40 := Range{Since: Version{4, 0, 0}}
	before41 := Range{Since: Version{3, 3, 0}, Until: Version{4, 1, 0}}
	for _, test := range []struct {
		r    Range
		v    Version
		want Answer
	}{
		{Range{}, Version{}, Yes}, {Range{}, Version{3, 5, 0}, Yes},
		{since40, Version{}, Unknown}, {since40, Version{3, 5, 9}, No}, {since40, Version{4, 0, 0}, Yes},
		{before41, Version{4, 0, 9}, Yes}, {before41, Version{4, 1, 0}, No}, {before41, Version{3, 2, 4}, No},
	} {
		if got := test.r.Match(test.v); got != test.want || test.r.Has(test.v) != (test.want == Yes) {
			t.Errorf("%+v has %v: got %v, want %v", test.r, test.v, got, test.want)
		}
	}
}
