package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// take parts the arguments of a command: files and folders join those of -f, and names of workloads are returned. What could
// be both is a file where files are asked for, and else looked for in the cluster first.
func (in *input) take(args []string, onlyFiles bool) (names []string) {
	files, either, names := scene.Paths(args)
	if in.kustomize != "" {
		in.names = append(in.names, scene.Kustomized(in.kustomize))
	}
	switch {
	case len(in.names)+len(files) > 0 || onlyFiles:
		files = append(files, either...)
	case len(names) > 0:
		names = append(names, either...)
	default:
		in.either, names = either, either
	}
	in.names = append(in.names, files...)
	return names
}

// fromCluster is the scene of the cluster; nil where files are to be read. Arguments that could be both are files where the cluster
// shows no workload of these names. What they were taken for is said.
func (in *input) fromCluster(args *[]string, w io.Writer, live func() (*scene.Scene, error)) (*scene.Scene, error) {
	if len(in.names) > 0 {
		return nil, nil
	}
	sc, err := live()
	if errors.Is(err, errNoCluster) {
		if in.either != nil {
			in.names, in.either, *args = in.either, nil, nil
			return nil, nil
		}
		if len(*args) > 0 {
			err = fmt.Errorf("there is no file %q, and %w", (*args)[0], err)
		}
	}
	for _, name := range in.either {
		switch {
		case errors.Is(err, context.Canceled):
		case err == nil:
			fmt.Fprintf(w, "note: %s: taken as a workload; for the file or folder give ./%[1]s\n", oneLine(name))
		default:
			fmt.Fprintf(w, "note: %s: taken as a file or folder; %s\n", oneLine(name), oneLine(mask.Message(err.Error())))
			in.names = append(in.names, name)
		}
	}
	if in.either = nil; len(in.names) > 0 {
		*args = nil
		return nil, nil
	}
	return sc, err
}
