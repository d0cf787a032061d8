package tuner

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// Whole is the input with what its configuration, its launcher and its containers tell.
func (in Input) Whole() Input { return in.whole(nil) }

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
