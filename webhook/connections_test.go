package webhook

import (
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// conn tells whether it was closed.
type conn struct {
	net.Conn
	closed bool
}

func (c *conn) Close() error { c.closed = true; return nil }

func TestANewConnectionTakesTheOldestIdleOnesPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := newConnections(3)
		idle, sending, busy := &conn{}, &conn{}, &conn{}
		enter := func(c *conn, states ...http.ConnState) {
			for _, s := range append([]http.ConnState{http.StateNew}, states...) {
				kept.state(c, s)
			}
			time.Sleep(10 * time.Millisecond)
		}
		enter(sending, http.StateActive)
		enter(idle, http.StateActive, http.StateIdle)
		enter(busy, http.StateActive)
		first, second, third := &conn{}, &conn{}, &conn{}
		enter(first, http.StateActive)
		if !idle.closed || sending.closed || busy.closed || first.closed {
			t.Errorf("idle %v, sending %v, busy %v, first %v", idle.closed, sending.closed, busy.closed, first.closed)
		}
		enter(second)
		if !second.closed {
			t.Error("all others were in use, and the new one was kept")
		}
		time.Sleep(slowSender)
		enter(third)
		if !sending.closed || busy.closed || third.closed {
			t.Errorf("sending %v, busy %v, third %v", sending.closed, busy.closed, third.closed)
		}
		kept.state(third, http.StateClosed)
		kept.state(idle, http.StateIdle) // of one that was closed already
		if len(kept.all) != 2 {
			t.Errorf("%d are kept", len(kept.all))
		}
	})
}
