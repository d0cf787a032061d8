package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// workloadSource is one workload and, for files, where each of its documents stands.
type workloadSource struct {
	workload.Workload
	file map[*workload.Document]*workload.File
}

// name is what people call it: namespace/name, or the file of a configuration that stands by itself.
func (s *workloadSource) name() string {
	if s.Namespace != "" {
		return s.Namespace + "/" + s.Name
	}
	return s.Name
}

// first is the file that the workload begins in; nil for a live one.
func (s *workloadSource) first() *workload.File {
	if len(s.Subjects) == 0 {
		return nil
	}
	return s.file[s.Subjects[0].Doc]
}

// place is its name behind the place where it begins.
func (s *workloadSource) place() string {
	file := s.first()
	if file == nil || s.name() == file.Name {
		return s.name()
	}
	return fmt.Sprintf("%s:%d: %s", file.Name, max(s.Subjects[0].Doc.Line, 1), s.name())
}

// placed gives an error about a value the file and the line that it stands in.
func (s *workloadSource) placed(err error) error {
	var at *spark.ConfError
	doc := s.Owner()
	if !errors.As(err, &at) || doc == nil || s.file[doc] == nil {
		return fmt.Errorf("%s: %w", s.place(), err)
	}
	placed := *at
	if placed.Setting.Line == 0 && len(placed.Setting.Path) > 0 {
		placed.Setting.Line = doc.LineOf(placed.Setting.Path)
	}
	return errors.New(placed.In(s.file[doc].Name))
}

// part says why the workload's configuration is known in part only; "" where it is the whole.
func (s *workloadSource) part(texts workload.Texts) string {
	for i := range s.Subjects {
		if why := s.Subjects[i].Slot.ConfRest(texts); why != "" {
			return why
		}
	}
	return ""
}

// found is what tune and explain memory look at.
type found struct {
	workloads []workloadSource
	nodes     []cluster.Node
	daemons   bool
	missing   []report.Missing
	notes     []string
	left      *leftOut // files and workloads that could not be read
	texts     workload.Texts
}

// leave goes on without a workload.
func (f *found) leave(s *workloadSource, err error) {
	file := ""
	if first := s.first(); first != nil {
		file = first.Name
	}
	f.left.workload(s.name(), file, err)
}

// nothing is the error where no workload is left; a single one's is its own.
func (f *found) nothing(w io.Writer) error {
	switch err := f.left.nothing(w); {
	case err != nil:
		return err
	case len(f.left.alone) == 0 || len(f.left.alone) < len(f.workloads):
		return nil
	case len(f.left.alone) == 1 && len(f.left.errs) == 0:
		return f.left.alone[0]
	}
	f.left.say(w)
	return fmt.Errorf("none of %s could be worked on", count(len(f.workloads), "workload", "workloads"))
}

// sources reads workloads from files or the cluster, and its nodes where they are wanted.
func (o *tuneOptions) sources(ctx context.Context, nodes bool) (*found, error) {
	if len(o.names) > 0 {
		return o.fromFiles(ctx)
	}
	return o.fromCluster(ctx, nodes)
}

func (o *tuneOptions) fromFiles(ctx context.Context) (*found, error) {
	held := map[*workload.Document]*workload.File{}
	out := &found{texts: workload.Texts{}}
	var docs []*workload.Document
	fold := workload.NewFold()
	left, err := o.each(ctx, o.In, func(file *workload.File) error {
		for _, doc := range file.Docs {
			withConf(doc, file.Name)
			if file.Piece && fold.Into(doc) {
				continue
			}
			out.texts.Add(doc)
			if doc.Spark() || len(doc.Notes) > 0 {
				held[doc] = file
				docs = append(docs, doc)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := left.nothing(o.ErrOut); err != nil {
		return nil, err
	}
	out.left = left
	for _, doc := range docs {
		out.notes = append(out.notes, unread(doc, held[doc].Name, out.texts)...)
	}
	workload.GiveToReaders(docs)
	for _, w := range workload.Group(docs) {
		out.workloads = append(out.workloads, workloadSource{Workload: w, file: held})
	}
	return out, nil
}

func (o *tuneOptions) fromCluster(ctx context.Context, nodes bool) (*found, error) {
	reader, err := o.reader()
	if err != nil {
		return nil, err
	}
	namespace, _, err := o.flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	// The objects are gathered as doctor gathers them; what it would diagnose with is not needed.
	gather, d := &doctorOptions{env: o.env, args: o.args}, &diagnosis{}
	collector := workload.NewCollector()
	out := &found{left: &leftOut{}, texts: workload.Texts{}}
	var gaps []cluster.Gap
	byType := len(o.args) > 0 && strings.Contains(o.args[0], "/")
	if byType {
		err = gather.named(ctx, reader, namespace, func(raw []byte) error { return gather.add(d, collector, raw) })
	} else {
		gaps, err = reader.Workloads(ctx, cluster.Scope{Namespace: namespace}, func(raw []byte) error {
			if finished(raw) {
				return nil
			}
			return gather.add(d, collector, raw)
		})
	}
	if err != nil {
		return nil, err
	}
	wanted := func(w *workload.Workload) bool { return len(o.args) == 0 || byType || called(w, o.args[0]) }
	beside := map[workload.Ref]bool{} // that tell whether arguments are the whole of a configuration
	var refs []workload.Ref           // of the workloads that are told of, and of no other
	for _, w := range collector.Workloads() {
		if wanted(&w) {
			refs = append(refs, w.ConfigMaps()...)
			for _, s := range w.Subjects {
				for _, ref := range s.Slot.ConfMaps() {
					beside[ref] = true
				}
			}
		}
	}
	refs = append(refs, slices.Collect(maps.Keys(beside))...)
	missed, err := readConfigMap(reader.ConfigMap).configMaps(ctx, refs, maxDriverMaps, func(ref workload.Ref, raw []byte) error {
		switch {
		case raw == nil:
			out.texts.Missing(ref)
		case beside[ref]:
			if doc := gather.document(d, raw); doc != nil {
				out.texts.Add(doc)
			}
		default:
			return gather.add(d, collector, raw)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	gaps = append(gaps, missed...)
	if nodes {
		var more []cluster.Gap
		out.nodes, out.daemons, more = reader.Nodes(ctx)
		gaps = append(gaps, more...)
	}
	for _, w := range collector.Workloads() {
		if wanted(&w) {
			out.workloads = append(out.workloads, workloadSource{Workload: w})
		}
	}
	if len(o.args) > 0 && len(out.workloads) == 0 {
		if byType {
			return nil, fmt.Errorf("%s is no Spark workload", o.args[0])
		}
		return nil, fmt.Errorf("no Spark workload is called %q in namespace %q: give its name, its application's id or TYPE/NAME", o.args[0], namespace)
	}
	out.notes = d.notes
	for _, doc := range d.doubtful {
		out.notes = append(out.notes, unread(doc, "", out.texts)...)
	}
	out.missing = missingOf(gaps)
	return out, ctx.Err()
}

// called says whether a workload goes by a name: its own, its application's id, that of one of its pods.
func called(w *workload.Workload, name string) bool {
	if w.Name == name || w.App == name {
		return true
	}
	for _, s := range w.Subjects {
		if slices.Contains(s.Names, name) {
			return true
		}
	}
	return false
}

// missingOf words gaps, each once.
func missingOf(gaps []cluster.Gap) (missing []report.Missing) {
	seen := map[string]bool{}
	for _, gap := range gaps {
		m := report.Missing{Verb: gap.Verb, Group: gap.Group, Resource: gap.Resource, Namespace: gap.Namespace, Reason: gap.Reason(), Grant: gap.Grant(), NeededBy: []string{}}
		if key := m.Verb + m.Group + m.Resource + m.Namespace; !seen[key] {
			seen[key] = true
			missing = append(missing, m)
		}
	}
	return missing
}

// editable is a document of a file that edits can be tried on; a live object becomes a file of its own.
func (s *workloadSource) editable(doc *workload.Document) (*workload.File, *workload.Document, error) {
	if file := s.file[doc]; file != nil {
		return file, doc, nil
	}
	file, err := objectFile(doc)
	if err != nil {
		return nil, nil, err
	}
	return file, file.Docs[0], nil
}

// tellMissing names what could not be read.
func (e *env) tellMissing(missing []report.Missing) {
	for _, gap := range missing {
		fmt.Fprintf(e.ErrOut, "not read: %s %s %s\n", gap.Verb, gap.Resource, oneLine(gap.Reason))
	}
}
