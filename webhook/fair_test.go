package webhook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestNamespacesTakeTurns(t *testing.T) {
	for name, c := range map[string]struct {
		waiting []string // in the order in which they come
		want    []string // in which they get in
	}{
		"one sends many":       {[]string{"tenant", "tenant", "tenant", "tenant", "other"}, []string{"tenant", "other", "tenant", "tenant", "tenant"}},
		"two send many":        {[]string{"a", "a", "a", "b", "b", "c"}, []string{"a", "b", "c", "a", "b", "a"}},
		"one sends them alone": {[]string{"a", "a"}, []string{"a", "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFair(10, 1, 0)
				if !f.enter(t.Context(), time.Now(), 1, func() string { t.Error("asked for the namespace with room at once"); return "" }) {
					t.Fatal("there is room")
				}
				var in []string
				var all sync.WaitGroup
				for _, namespace := range c.waiting {
					all.Go(func() {
						if !f.enter(t.Context(), time.Now().Add(time.Minute), 1, func() string { return namespace }) {
							t.Error("it has waited for a minute")
						}
						in = append(in, namespace) // one is in at a time
						f.leave(1)
					})
					synctest.Wait()
				}
				f.leave(1)
				all.Wait()
				if !slices.Equal(in, c.want) {
					t.Errorf("they got in as %v, want %v", in, c.want)
				}
			})
		})
	}
}

// TestWhoWaitsTooLongHoldsNobodyUp: a dear one is not passed by, and when it gives up the others get in.
func TestWhoWaitsTooLongHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFair(10, 5, 0)
		f.enter(t.Context(), time.Now(), 4, nil)
		began := time.Now()
		var dear, cheap time.Duration
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if f.enter(t.Context(), time.Now().Add(time.Second), 7, func() string { return "dear" }) {
				t.Error("seven more than there is")
			}
			dear = time.Since(began)
		})
		synctest.Wait()
		all.Go(func() {
			if f.enter(gone, time.Now().Add(time.Minute), 1, func() string { return "gone" }) {
				t.Error("let in, although nobody waits for it")
			}
		})
		synctest.Wait()
		leave()
		all.Go(func() {
			if !f.enter(t.Context(), time.Now().Add(time.Minute), 1, func() string { return "cheap" }) {
				t.Error("there is room for it")
			}
			cheap = time.Since(began)
		})
		all.Wait()
		if dear != time.Second || cheap != time.Second {
			t.Errorf("the dear one waited %v, the cheap one %v; want a second", dear, cheap)
		}
		f.leave(4)
		f.leave(1)
		if f.bytes != 10 || f.reviews != 5 || len(f.turns)+len(f.waiting) > 0 {
			t.Errorf("left over: %+v", f)
		}
	})
}

// TestRoomIsNeverGivenTwice: many come and go, some too late; never more are in than there is room for, and at the end all of it is there.
func TestRoomIsNeverGivenTwice(t *testing.T) {
	f := newFair(20, 4, 0)
	var mu sync.Mutex
	var bytes int64
	in, let := 0, 0
	var all sync.WaitGroup
	for n := range 64 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			for range 50 {
				cost := random.Int64N(20) + 1
				if !f.enter(t.Context(), time.Now().Add(time.Duration(random.IntN(3000))*time.Microsecond), cost, func() string { return fmt.Sprint(n % 5) }) {
					continue
				}
				mu.Lock()
				bytes, in, let = bytes+cost, in+1, let+1
				if bytes > 20 || in > 4 {
					t.Errorf("%d bytes of %d reviews are in", bytes, in)
				}
				mu.Unlock()
				time.Sleep(time.Duration(random.IntN(100)) * time.Microsecond)
				mu.Lock()
				bytes, in = bytes-cost, in-1
				mu.Unlock()
				f.leave(cost)
			}
		})
	}
	all.Wait()
	if f.bytes != 20 || f.reviews != 4 || len(f.turns)+len(f.waiting) > 0 || let == 0 {
		t.Errorf("%d got in; left over: %+v", let, f)
	}
}

// TestAllProcessorsWorkWhileFewWait: one more is in while at most two wait, and none more beyond that.
func TestAllProcessorsWorkWhileFewWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFair(20, 1, 2)
		in := 0
		var all sync.WaitGroup
		for come, want := range []int{1, 2, 2, 2, 2} {
			all.Go(func() {
				if !f.enter(t.Context(), time.Now().Add(time.Minute), 1, func() string { return fmt.Sprint(come) }) {
					t.Error("it has waited for a minute")
				}
				in++
			})
			synctest.Wait()
			if in != want {
				t.Errorf("%d have come, %d are in; want %d", come+1, in, want)
			}
		}
		for left, want := range []int{2, 4, 5} { // while three wait, one that leaves makes no room; then they are few
			f.leave(1)
			synctest.Wait()
			if in != want {
				t.Errorf("%d have left, %d have got in; want %d", left+1, in, want)
			}
		}
		all.Wait()
		f.leave(1)
		f.leave(1)
		if f.bytes != 20 || f.reviews != 1 || f.waits+len(f.turns)+len(f.waiting) > 0 {
			t.Errorf("left over: %+v", f)
		}
	})
}
