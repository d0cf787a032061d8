package source

import (
	"context"
	"io"
)

// calls is a store of a kept client, by its calls alone. A program whose templates may call any method of what they are given keeps all
// methods of all types that an interface holds: a store that holds the client itself would bring them all.
type calls struct {
	at, who string // where the store is, and whose credentials are used
	looks   func(ctx context.Context, key string) (object, error)
	lists   func(ctx context.Context, prefix string, visit func(object) bool) error
	opens   func(ctx context.Context, o object, from int64) (io.ReadCloser, error)
	puts    func(ctx context.Context, key string, data []byte) error
}

func (c *calls) look(ctx context.Context, key string) (object, error) { return c.looks(ctx, key) }

func (c *calls) list(ctx context.Context, prefix string, visit func(object) bool) error {
	return c.lists(ctx, prefix, visit)
}

func (c *calls) open(ctx context.Context, o object, from int64) (io.ReadCloser, error) {
	return c.opens(ctx, o, from)
}

func (c *calls) put(ctx context.Context, key string, data []byte) error {
	return c.puts(ctx, key, data)
}
