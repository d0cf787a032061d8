package carry

import (
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// renamed makes two changes, of which one takes out a key and the other sets another one in its place, as one: the text around the
// key stays. next is nil where that cannot be, because the two have no place in common or would not take effect.
func renamed(d *workload.Document, gone, come spark.Change) (ops []patch.Op, next *workload.Document) {
	if ops = renamedArgument(d, gone.Key, come); ops == nil {
		ops = renamedMember(d, gone, come)
	}
	if ops == nil {
		return nil, nil
	}
	edited, err := source.Edited(d, ops)
	if err != nil {
		return nil, nil
	}
	conf := edited.EffectiveConf()
	_, stands := conf[gone.Key]
	if setting, set := conf[come.Key]; stands || !set || setting.Value != come.Value {
		return nil, nil
	}
	return ops, edited
}

// renamedMember is for a mapping that holds the key, and would hold the other one.
func renamedMember(d *workload.Document, gone, come spark.Change) []patch.Op {
	out, err := confOps(d, gone)
	if err != nil || len(out) != 1 || out[0].Op != patch.Remove {
		return nil
	}
	without, err := source.Edited(d, out)
	if err != nil {
		return nil
	}
	in, err := confOps(without, come)
	if err != nil || len(in) != 1 || in[0].Op != patch.Add {
		return nil
	}
	move := patch.Op{Op: patch.Move, From: out[0].Path, Path: in[0].Path}
	if _, _, err := move.Renamed(); err != nil {
		return nil
	}
	ops := []patch.Op{move}
	if d.EffectiveConf()[gone.Key].Value != come.Value {
		ops = append(ops, patch.Op{Op: patch.Replace, Path: move.Path, Value: in[0].Value})
	}
	return ops
}
