package webhook

import (
	"context"
	"slices"
	"sync"
	"time"
)

// fair is room that namespaces share: by bytes, and by reviews at a time. Who waits gets it in turns by namespace, so that one that
// sends many reviews waits for itself alone.
type fair struct {
	mu      sync.Mutex
	bytes   int64
	reviews int // below 0 where one more is in
	few     int // while at most so many wait, one more may be in; 0: never
	waits   int
	turns   []string // namespaces that wait, the next one first
	waiting map[string][]*waiting
}

type waiting struct {
	bytes int64
	let   chan struct{} // closed when it is in
}

func newFair(bytes int64, reviews, few int) *fair {
	return &fair{bytes: bytes, reviews: reviews, few: few, waiting: map[string][]*waiting{}}
}

// enter waits until then for room; who is in leaves with the same bytes. The namespace is asked for when there is something to wait for.
func (f *fair) enter(ctx context.Context, until time.Time, bytes int64, namespace func() string) bool {
	if f.enterNow(bytes) {
		return true
	}
	name, w := namespace(), &waiting{bytes: bytes, let: make(chan struct{})}
	f.mu.Lock()
	if len(f.waiting[name]) == 0 {
		f.turns = append(f.turns, name)
	}
	f.waiting[name] = append(f.waiting[name], w)
	f.waits++
	f.let() // room may have come meanwhile
	f.mu.Unlock()
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select {
	case <-w.let:
		return true
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-w.let:
		return true
	default:
	}
	f.gone(name, slices.Index(f.waiting[name], w))
	f.let() // who waits behind it may need less
	return false
}

// enterNow enters where there is room and nobody waits.
func (f *fair) enterNow(bytes int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waits > 0 || f.full() || f.bytes < bytes {
		return false
	}
	f.take(bytes)
	return true
}

// full says whether as many reviews are in as may be.
func (f *fair) full() bool {
	if f.few > 0 && f.waits <= f.few {
		return f.reviews < 0
	}
	return f.reviews <= 0
}

func (f *fair) take(bytes int64) { f.bytes, f.reviews = f.bytes-bytes, f.reviews-1 }

// leave gives room back.
func (f *fair) leave(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes, f.reviews = f.bytes+bytes, f.reviews+1
	f.let()
}

// let lets in who is next, as long as there is room. A namespace that has had its turn goes to the end.
func (f *fair) let() {
	for f.waits > 0 && !f.full() {
		name := f.turns[0]
		w := f.waiting[name][0]
		if w.bytes > f.bytes {
			return // what is dear is not passed by for ever
		}
		f.take(w.bytes)
		f.gone(name, 0)
		if len(f.turns) > 0 && f.turns[0] == name {
			f.turns = append(f.turns[1:], name)
		}
		close(w.let)
	}
}

// gone takes one who waited out of the queue.
func (f *fair) gone(name string, i int) {
	f.waiting[name] = slices.Delete(f.waiting[name], i, i+1)
	f.waits--
	if len(f.waiting[name]) == 0 {
		delete(f.waiting, name)
		f.turns = slices.DeleteFunc(f.turns, func(of string) bool { return of == name })
	}
}
