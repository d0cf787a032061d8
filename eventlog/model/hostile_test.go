package model

import "testing"

// TestALineIsSearchedInVainOnce: a line of many arrays, none followed by what Spark writes, takes time by its length alone.
func TestALineIsSearchedInVainOnce(t *testing.T) {
	s := scanner{b: []byte(`[1][2,3]`)}
	s.jump([]byte(`x`))
	s.jump([]byte(`2`))
	if s.bad || s.i != len(s.b) {
		t.Errorf("stands at %d of %d, bad %v", s.i, len(s.b), s.bad)
	}
}
