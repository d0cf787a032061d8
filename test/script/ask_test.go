package script

import (
	"bytes"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestAllIsWhatFixDoesWithoutAsking: fix -i answered with all, or with yes each time, makes what fix makes, byte for byte; with no or
// quit it changes nothing.
func TestAllIsWhatFixDoesWithoutAsking(t *testing.T) {
	var changed atomic.Int64
	var wait sync.WaitGroup
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, r := range inputs(t) {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			if allIsFix(t, r) {
				changed.Add(1)
			}
		})
	}
	wait.Wait()
	if n := changed.Load(); n < 100 {
		t.Errorf("%d inputs were changed", n)
	}
}

func allIsFix(t *testing.T, r *answers) (changed bool) {
	b := benchFor(t.TempDir(), r.name)
	run := func(answers string, args ...string) (said, []byte) {
		s, after, err := b.with(r.text, answers, append([]string{"fix", "--write"}, args...)...)
		if err != nil {
			t.Error(err)
		}
		return s, after
	}
	plain, written := run("")
	for _, c := range []struct {
		answers string
		args    []string
		code    int
		want    []byte
	}{
		{"a\n", []string{"-i"}, plain.code, written},
		{"a\n", []string{"-i", "--all"}, r.fix.code, r.fixed},
		{strings.Repeat("y\n", 200), []string{"-i", "--all"}, r.fix.code, r.fixed},
		{strings.Repeat("n\n", 200), []string{"-i", "--all"}, r.fix.code, r.text},
		{"", []string{"-i"}, plain.code, r.text},
	} {
		if s, after := run(c.answers, c.args...); s.code != c.code || !bytes.Equal(after, c.want) {
			t.Errorf("%s %v: answered %.4q: exit code %d, want %d: %s\n%s\nwithout asking\n%s", r.name, c.args, c.answers, s.code, c.code, s.errs, after, c.want)
		}
	}
	return !bytes.Equal(r.fixed, r.text)
}
