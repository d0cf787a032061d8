package document

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Bounds of what a queue holds, in bytes: a batch has about this size, or is one object, and all together have that size, or are one
// larger object. To hand a batch on costs a turn of the processor, which on a busy machine takes longer than its work.
const (
	batchSize = 1 << 20
	maxHeld   = 8 << 20
)

// queue has work prepared on every processor and done in its order, while more is put into it.
type queue struct {
	prepare chan *batch // to be prepared
	order   chan *batch // to be done
	next    *batch      // is filled
	room    *semaphore.Weighted
	failed  atomic.Bool
	ended   chan error // the error of the first work that failed, or nil
}

// batch is work, prepared as one.
type batch struct {
	looks    []func() func() error
	size     int64 // in bytes
	prepared chan []func() error
}

func newQueue() *queue {
	const batches = maxHeld / batchSize
	q := &queue{prepare: make(chan *batch, batches), order: make(chan *batch, batches), room: semaphore.NewWeighted(maxHeld), ended: make(chan error, 1)}
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for b := range q.prepare {
				all := make([]func() error, len(b.looks))
				for i, look := range b.looks {
					all[i] = look()
				}
				b.prepared <- all
			}
		}()
	}
	go func() {
		var err error
		for b := range q.order {
			for _, do := range <-b.prepared {
				if err == nil {
					err = do()
				}
			}
			q.failed.Store(err != nil)
			q.room.Release(b.size)
		}
		q.ended <- err
	}()
	return q
}

// put adds work of so many bytes: look prepares it and gives what is to be done in its turn.
func (q *queue) put(size int, look func() func() error) {
	if q.next == nil {
		q.next = &batch{prepared: make(chan []func() error, 1)}
	}
	q.next.looks = append(q.next.looks, look)
	if q.next.size += int64(size); q.next.size >= batchSize {
		q.hand()
	}
}

// hand hands on what was put, as soon as there is room for it.
func (q *queue) hand() {
	if q.next != nil {
		q.next.size = min(q.next.size, maxHeld)
		_ = q.room.Acquire(context.Background(), q.next.size) // room is made by batches that are done, whatever happens
		q.prepare <- q.next
		q.order <- q.next
		q.next = nil
	}
}

// stopped says that work failed: no more is done.
func (q *queue) stopped() bool { return q.failed.Load() }

// end waits until all is done, and gives the first error.
func (q *queue) end() error {
	q.hand()
	close(q.prepare)
	close(q.order)
	return <-q.ended
}
