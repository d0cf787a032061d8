package input

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// Sized gathers the workloads whose sizes a command looks at, and the nodes where they are wanted. edit keeps what is needed to edit
// files.
func (in *Input) Sized(ctx context.Context, s *session.Session, nodes, edit bool) (*scene.Scene, error) {
	sc, err := in.FromCluster(s.ErrOut, func() (*scene.Scene, error) { return in.SizedLive(ctx, s, nodes) })
	if sc != nil || err != nil {
		return sc, err
	}
	files := in.Files(s.In)
	files.Edit = edit
	defer s.Progress.Begin("reading files")()
	return withoutImages(scene.Files(ctx, files))
}

// SizedLive is Sized of the cluster.
func (in *Input) SizedLive(ctx context.Context, s *session.Session, nodes bool) (*scene.Scene, error) {
	sc, err := s.Live(ctx, scene.Scope{Selector: in.Selector, Nodes: nodes, NoNodes: !nodes}, in.Args, in.AllNamespaces)
	if err == nil && len(sc.Workloads) == 0 && len(in.Args) > 0 {
		return nil, fmt.Errorf("%s is not a Spark workload: give a driver, an executor or a workload", strings.Join(in.Args, ", "))
	}
	return sc, err
}

// Show is what to do so that a setting can be seen, by the reason why it cannot.
func Show(why string) string {
	if strings.Contains(why, "which cannot be seen") {
		return "write the value in its place, and run the command again"
	}
	return "run the command on the file with the settings"
}

// withoutImages leaves the Dockerfiles of a scene out: they have no sizes.
func withoutImages(sc *scene.Scene, err error) (*scene.Scene, error) {
	if err != nil {
		return nil, err
	}
	sc.Workloads = slices.DeleteFunc(sc.Workloads, func(w *scene.Workload) bool {
		is := len(w.Subjects) > 0 && w.Subjects[0].Doc.Dockerfile != nil
		if is {
			sc.Notes = append(sc.Notes, w.Place()+": a Dockerfile makes an image, which has no memory and no cores to look at")
		}
		return is
	})
	return sc, nil
}

// Notes are those of a scene, what was not read among them.
func Notes(sc *scene.Scene) (notes []string) {
	notes = append(notes, sc.Notes...)
	if sc.Nothing != "" {
		notes = append(notes, sc.Nothing)
	}
	for _, one := range sc.NotRead {
		notes = append(notes, one.String())
	}
	return notes
}
