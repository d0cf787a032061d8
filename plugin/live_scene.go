package plugin

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/cli-runtime/pkg/resource"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// clusterScene gathers from the cluster what names stand for; without names all of the namespace, or of every one.
func (e *env) clusterScene(ctx context.Context, scope scene.Scope, names []string, all bool) (*scene.Scene, error) {
	reader, err := e.reader()
	if err != nil {
		return nil, err
	}
	namespace, _, err := e.flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	if scope.Namespace = namespace; all {
		scope.Namespace = ""
	}
	if len(names) > 0 {
		scope.Named = func(ctx context.Context, visit func(raw []byte) error) error {
			return e.named(ctx, reader, namespace, names, visit)
		}
	}
	defer e.progress.Ask("reading the cluster")()
	return scene.Live(ctx, reader, scope)
}

// named reads the objects that arguments name by type.
func (e *env) named(ctx context.Context, reader *cluster.Reader, namespace string, names []string, visit func(raw []byte) error) error {
	result := resource.NewBuilder(e.flags).Unstructured().NamespaceParam(namespace).DefaultNamespace().
		ResourceTypeOrNameArgs(false, names...).RequestChunksOf(500).Flatten().Latest().Do()
	return reader.Answered(ctx, result.Visit(func(info *resource.Info, err error) error {
		if err != nil {
			return err
		}
		raw, err := json.Marshal(info.Object)
		if err != nil {
			return err
		}
		return visit(raw)
	}))
}
