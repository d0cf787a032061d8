package document

import (
	"runtime"
	"sync/atomic"
)

// Bounds of what a queue holds: a batch has about this size, in bytes, or is one object, and all together have room for so many,
// a larger one taking the room of several. To hand a batch on costs a turn of the processor, which on a busy machine takes longer
// than its work.
const (
	batchSize = 1 << 20
	maxHeld   = 8
)

// queue has work prepared on every processor and done in its order, while more is put into it.
type queue struct {
	prepare chan *batch // to be prepared
	order   chan *batch // to be done
	next    *batch      // is filled
	room    chan struct{}
	failed  atomic.Bool
	ended   chan error // the error of the first work that failed, or nil
}

// batch is work, prepared as one.
type batch struct {
	looks    []func() func() error
	size     int // in bytes
	prepared chan []func() error
}

// room is how many batches of the common size the batch takes the room of.
func (b *batch) room() int { return min(max(b.size/batchSize, 1), maxHeld) }

func newQueue() *queue {
	q := &queue{prepare: make(chan *batch, maxHeld), order: make(chan *batch, maxHeld), room: make(chan struct{}, maxHeld), ended: make(chan error, 1)}
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
			for range b.room() {
				<-q.room
			}
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
	if q.next.size += size; q.next.size >= batchSize {
		q.hand()
	}
}

// hand hands on what was put, as soon as there is room for it.
func (q *queue) hand() {
	if q.next != nil {
		for range q.next.room() {
			q.room <- struct{}{} // batches that are done make room, whatever came of them
		}
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
