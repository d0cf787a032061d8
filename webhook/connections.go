package webhook

import (
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	maxConnections = 512         // kept at a time; one API server opens as many as it has reviews under way
	slowSender     = time.Second // a review that takes longer to arrive than this may lose its connection to another
)

// connections keeps the number of connections within a bound: a new one takes the place of the one that has been idle, or
// has been sending its review, for the longest time. Holding connections open keeps nobody else out.
type connections struct {
	limit int
	mu    sync.Mutex
	all   map[net.Conn]phase
}

// phase is what a connection has been doing, and since when.
type phase struct {
	active bool
	since  time.Time
}

func newConnections(limit int) *connections {
	return &connections{limit: limit, all: map[net.Conn]phase{}}
}

// state follows a connection; it is the server's ConnState hook.
func (c *connections) state(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if len(c.all) >= c.limit && !c.closeOldest() {
			_ = conn.Close()
			return
		}
		c.all[conn] = phase{since: time.Now()}
	case http.StateActive, http.StateIdle:
		if _, kept := c.all[conn]; kept {
			c.all[conn] = phase{state == http.StateActive, time.Now()}
		}
	case http.StateClosed, http.StateHijacked:
		delete(c.all, conn)
	}
}

// closeOldest makes room for a connection; false where all are in use and none is slow.
func (c *connections) closeOldest() bool {
	var oldest net.Conn
	var found phase
	for conn, p := range c.all {
		if p.active && time.Since(p.since) < slowSender {
			continue
		}
		if oldest == nil || found.active && !p.active || found.active == p.active && p.since.Before(found.since) {
			oldest, found = conn, p
		}
	}
	if oldest == nil {
		return false
	}
	delete(c.all, oldest)
	_ = oldest.Close()
	return true
}
