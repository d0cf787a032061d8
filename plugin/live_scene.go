package plugin

import (
	"context"

	"github.com/kubectl-spark/kubectl-spark/scene"
)

// clusterScene gathers from the cluster what names stand for; without names all of the namespace, or of every one.
func (e *env) clusterScene(ctx context.Context, scope scene.Scope, names []string, all bool) (*scene.Scene, error) {
	reader, err := e.reader()
	if err != nil {
		return nil, err
	}
	namespace, err := e.namespace()
	if err != nil {
		return nil, err
	}
	if scope.Namespace = namespace; all {
		scope.Namespace = ""
	}
	if len(names) > 0 {
		scope.Names = &scene.Names{Given: names, Namespace: namespace, Server: e.flags}
	}
	defer e.progress.Ask("reading the cluster")()
	return scene.Live(ctx, reader, scope)
}

// namespace is that of the flags, or of the context.
func (e *env) namespace() (string, error) {
	namespace, _, err := e.flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", badKubeconfig(err)
	}
	return namespace, nil
}
