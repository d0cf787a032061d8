package input

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/scene/stream"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Take parts the arguments of a command: files and folders join those of -f, and the others name workloads. What could be both is a
// file where files are asked for, and else looked for in the cluster first.
func (in *Input) Take(args []string, onlyFiles bool) {
	files, either, names := stream.Paths(args)
	if in.Kustomize != "" {
		in.Names = append(in.Names, scene.Kustomized(in.Kustomize))
	}
	switch {
	case len(in.Names)+len(files) > 0 || onlyFiles:
		files = append(files, either...)
	case len(names) > 0:
		names = append(names, either...)
	default:
		in.either, names = either, either
	}
	in.Names, in.Args = append(in.Names, files...), names
}

// FromCluster is the scene of the cluster; nil where files are to be read. Arguments that could be both are files where the cluster
// shows no workload of these names. What they were taken for is said.
func (in *Input) FromCluster(w io.Writer, live func() (*scene.Scene, error)) (*scene.Scene, error) {
	if len(in.Names) > 0 {
		return nil, nil
	}
	sc, err := live()
	if errors.Is(err, session.ErrNoCluster) {
		if in.either != nil {
			in.Names, in.either, in.Args = in.either, nil, nil
			return nil, nil
		}
		if len(in.Args) > 0 {
			err = fmt.Errorf("there is no file %q, and %w", in.Args[0], err)
		}
		err = fmt.Errorf("%w, or give files", err)
	}
	for _, name := range in.either {
		switch {
		case errors.Is(err, context.Canceled):
		case err == nil:
			fmt.Fprintf(w, "note: %s: taken as a workload; for the file or folder give ./%[1]s\n", clean.Line(name))
		default:
			fmt.Fprintf(w, "note: %s: taken as a file or folder; %s\n", clean.Line(name), clean.Line(mask.Message(err.Error())))
			in.Names = append(in.Names, name)
		}
	}
	if in.either = nil; len(in.Names) > 0 {
		in.Args = nil
		return nil, nil
	}
	return sc, err
}
