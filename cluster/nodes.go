package cluster

import (
	"context"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
)

// Nodes reads all nodes, with what DaemonSets request taken off what each can give. daemons tells whether those could be read; what
// could not is among the gaps. An error means that the server did not answer.
func (r *Reader) Nodes(ctx context.Context) (nodes []neighbour.Node, daemons bool, gaps []Gap, err error) {
	set := neighbour.New()
	g := neighbourReader{r: r, set: set}
	g.list(ctx, nodeKind, Scope{})
	if g.err != nil || len(g.gaps) > 0 {
		return nil, false, g.gaps, g.err
	}
	g.list(ctx, daemonSetKind, Scope{})
	nodes, _ = set.Nodes()
	return nodes, len(g.gaps) == 0, g.gaps, g.err
}
