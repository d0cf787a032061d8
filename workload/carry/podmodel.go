package carry

import (
	"slices"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// podModel is a predicted pod while wishes for it are carried out one behind the other: each wish speaks of the pod
// as the wishes before it left it.
type podModel struct {
	raw     []byte // the pod
	origins []pod.Origin
}

func newPodModel(p *pod.Pod) *podModel {
	return &podModel{raw: p.Raw, origins: slices.Clone(p.Origins)}
}

func copies(all []*podModel) (out []*podModel) {
	for _, p := range all {
		out = append(out, &podModel{raw: p.raw, origins: slices.Clone(p.origins)})
	}
	return out
}

// advance does to the pod what a wish wants, and says that the document holds the place at at; nil where it holds it nowhere.
func (p *podModel) advance(wish Wish, at patch.Path) {
	path := wish.Path
	if list, ok := appended(path); ok {
		n, _ := patch.Len(p.raw, list)
		path = list.With(strconv.Itoa(n))
	}
	var op patch.Op
	switch list, element := appended(wish.Path); {
	case wish.Op == patch.Remove:
		op = patch.Op{Op: patch.Remove, Path: path.Pointer()}
	case element:
		op = patch.Op{Op: patch.Add, Path: wish.Path.Pointer(), Value: wish.Value}
		if _, stands := patch.Len(p.raw, list); !stands {
			op = patch.Put(p.raw, list, slices.Concat([]byte("["), wish.Value, []byte("]")))
		}
	default:
		op = patch.Put(p.raw, path, wish.Value)
	}
	if raw, err := patchjson.Apply(p.raw, []patch.Op{op}); err == nil {
		p.raw = raw
	}
	if wish.Op == patch.Remove {
		p.origins = slices.DeleteFunc(p.origins, func(o pod.Origin) bool { return len(o.Pod) > 0 && patch.Under(o.Pod, path) })
		for i := range p.origins {
			p.origins[i].Pod = moved(p.origins[i].Pod, path)
		}
		return
	}
	p.origins = append(p.origins, pod.Origin{Pod: path, At: at, Below: at != nil, Stands: at != nil})
}

// appended is the list that a path adds an element to.
func appended(path patch.Path) (list patch.Path, ok bool) {
	if len(path) == 0 || patch.Last(path) != "-" {
		return nil, false
	}
	return path[:len(path)-1], true
}

// removed says that the document no longer holds a place: of a list the elements behind it move up.
func (p *podModel) removed(at patch.Path) {
	for i := range p.origins {
		o := &p.origins[i]
		if len(o.Pod) > 0 && patch.Under(o.At, at) {
			o.Gone = true
		}
		o.At = moved(o.At, at)
	}
}

// moved is where a place is once an element of a list in front of it is taken out.
func moved(at, out patch.Path) patch.Path {
	last := len(out) - 1
	index, err := strconv.Atoi(out[last])
	if err != nil || len(at) <= last || !patch.Under(at, out[:last]) {
		return at
	}
	n, err := strconv.Atoi(at[last])
	if err != nil || n <= index {
		return at
	}
	at = slices.Clone(at)
	at[last] = strconv.Itoa(n - 1)
	return at
}
