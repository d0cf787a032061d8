package webhook

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	smallBody   = 64 << 10 // bytes that every connection may send at once
	largeBodies = 2        // longer reviews that are in memory at a time
	smallCost   = 1 << 20  // bytes; a dearer review waits for others of its kind and never in front of an ordinary one
	smallRoom   = 12 << 20
	largeRoom   = 33 << 20
)

var (
	errLong = errors.New("the review is too long")
	errBusy = errors.New("too many large reviews at once")
)

// gate lets reviews in by what they cost, so that all that comes at once fits into the server's memory, and so that
// ordinary reviews never wait behind large ones.
type gate struct {
	bodies, small, large *semaphore.Weighted
}

func newGate() *gate {
	return &gate{bodies: semaphore.NewWeighted(largeBodies), small: semaphore.NewWeighted(smallRoom), large: semaphore.NewWeighted(largeRoom)}
}

// read reads a body into spare as its bytes arrive: nothing is set aside for what a sender only declares. leave must be
// called when the body is needed no more.
func (g *gate) read(ctx context.Context, until time.Time, spare *buffers, body io.Reader) (leave func(), err error) {
	leave = func() {}
	n, err := spare.body.ReadFrom(io.LimitReader(body, smallBody))
	if err != nil || n < smallBody {
		return leave, err
	}
	if !acquire(ctx, until, g.bodies, 1) {
		return leave, errBusy
	}
	leave = func() { g.bodies.Release(1) }
	n, err = spare.body.ReadFrom(io.LimitReader(body, maxBody-smallBody+1))
	if n > maxBody-smallBody {
		err = errLong
	}
	return leave, err
}

// enter waits until there is room for what a review costs.
func (g *gate) enter(ctx context.Context, until time.Time, cost int64) (leave func(), err error) {
	room, limit := g.small, int64(smallRoom)
	if cost > smallCost {
		room, limit = g.large, largeRoom
	}
	cost = min(cost, limit)
	if !acquire(ctx, until, room, cost) {
		return func() {}, errBusy
	}
	return func() { room.Release(cost) }, nil
}

// acquire waits for room until then. Where there is room at once it sets no timer, which would wake a thread for each review.
func acquire(ctx context.Context, until time.Time, room *semaphore.Weighted, n int64) bool {
	if room.TryAcquire(n) {
		return true
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return room.Acquire(ctx, n) == nil
}
