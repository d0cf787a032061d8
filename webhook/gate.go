package webhook

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"
)

const (
	smallBody   = 64 << 10  // bytes that every connection may send at once
	largeBodies = 2         // longer reviews that are in memory at a time
	smallCost   = 512 << 10 // bytes; a dearer review waits for others of its kind and never in front of an ordinary one
	smallRoom   = 12 << 20
	largeRoom   = 33 << 20
	fewWait     = 8 // ordinary reviews; so many are done before somebody notices them
)

var (
	errLong = errors.New("the review is too long")
	errBusy = errors.New("too many reviews at once")
)

// gate lets reviews in by what they cost, so that all that comes at once fits into the server's memory, so that ordinary reviews
// never wait behind large ones, and so that nobody waits for what one namespace sends, but that namespace.
type gate struct {
	bodies, small, large *fair
}

// newGate lets reviews of either kind work on all processors but one. On that one others are read as they come, so that they wait for
// their turn and not for a processor: with as many as there are, an ordinary review waits four times as long beside 48 others. While
// few ordinary ones wait, they work on all processors.
func newGate() *gate {
	reviews, few := runtime.GOMAXPROCS(0)-1, fewWait
	if reviews == 0 {
		reviews, few = 1, 0
	}
	return &gate{bodies: newFair(0, largeBodies, 0), small: newFair(smallRoom, reviews, few), large: newFair(largeRoom, reviews, 0)}
}

// read reads a body into spare as its bytes arrive: nothing is set aside for what a sender only declares. leave must be
// called when the body is needed no more.
func (g *gate) read(ctx context.Context, until time.Time, spare *buffers, body io.Reader) (leave func(), err error) {
	leave = func() {}
	n, err := spare.body.ReadFrom(io.LimitReader(body, smallBody))
	if err != nil || n < smallBody {
		return leave, err
	}
	if !g.bodies.enter(ctx, until, 0, spare.namespace) {
		return leave, errBusy
	}
	leave = func() { g.bodies.leave(0) }
	n, err = spare.body.ReadFrom(io.LimitReader(body, maxBody-smallBody+1))
	if n > maxBody-smallBody {
		err = errLong
	}
	return leave, err
}

// enter waits until there is room for what a review costs.
func (g *gate) enter(ctx context.Context, until time.Time, spare *buffers, cost int64) (leave func(), err error) {
	room, limit := g.small, int64(smallRoom)
	if cost > smallCost {
		room, limit = g.large, largeRoom
	}
	cost = min(cost, limit)
	if !room.enter(ctx, until, cost, spare.namespace) {
		return func() {}, errBusy
	}
	return func() { room.leave(cost) }, nil
}
