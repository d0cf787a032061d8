package tuner

import (
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// whole is the input with what its configuration, its launcher, its containers and its last run tell; nil: there is none.
func (in Input) whole(last *evidence.Run) Input {
	kind, submitted := in.Conf.Get(spark.KeyResourceType) // spark-submit writes it for the driver that it makes
	in.Python, in.R = in.Python || kind == "python", in.R || kind == "r"
	mode, _ := in.Conf.Get("spark.submit.deployMode")
	in.ClusterMode = in.ClusterMode || submitted || mode == "cluster"
	in.Pods = slices.Clone(in.Pods)
	if last != nil {
		in.Python = in.Python || last.Python
		if !in.Version.Known() {
			in.Version = last.Version
		}
	}
	for i := range in.Pods {
		p := &in.Pods[i]
		if last != nil && p.Java == 0 && p.Role.Job() {
			p.Java = last.Java
		}
		p.Open = p.Open || p.Container != nil && open(p)
		in.ClusterMode = in.ClusterMode || in.Launcher.Traits().ClusterMode && p.Role.Job()
	}
	return in
}

// open says whether a container takes settings from where they cannot be seen: a mounted folder, envFrom.
func open(p *Pod) bool {
	return spark.ConfMounted(p.Container, p.Spec) && p.Files == nil || len(p.Container.EnvFrom) > 0
}

// Shapes groups nodes by what they can give, in their order, and counts each shape. One without a name is called by its size.
func Shapes(nodes []Node) (shapes []Node) {
	for _, n := range nodes {
		if n.Name == "" {
			n.Name = fmt.Sprintf("%gx%dMi", float64(n.CapacityMilli)/1000, n.MemoryMiB)
		}
		n.Count = 1
		at := slices.IndexFunc(shapes, func(held Node) bool {
			held.Count = 1
			return held == n
		})
		if at >= 0 {
			shapes[at].Count++
			continue
		}
		shapes = append(shapes, n)
	}
	return shapes
}
