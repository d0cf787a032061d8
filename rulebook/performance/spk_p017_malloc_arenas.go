package performance

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func mallocArenas() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P017", Name: "malloc-arenas", Level: rule.Advice, Area: rule.Performance, Admit: true,
		Uses: []rule.Key{rule.FactConf, rule.FactImage},
		Doc: rule.Doc{
			Title: "glibc may keep freed memory in many malloc arenas",
			Why: "glibc's malloc gives threads separate arenas, up to eight per processor. It seldom returns freed blocks to the kernel. " +
				"The JVM's native memory (compiler, GC, zip and network buffers) then grows in the container's overhead. " +
				"Two arenas limit that growth. The variable has no effect with another allocator, and musl has no arenas.",
			Remedy:      "set the variable MALLOC_ARENA_MAX=2 in the container (jobs: spark.kubernetes.driverEnv.*, spark.executorEnv.*), or preload jemalloc",
			Since:       "0.1.0",
			Consequence: "freed native memory stays in the container and uses up its memory overhead",
			Sources:     []string{"glibc: mallopt(3), M_ARENA_MAX", "Spark images since June 2026 ship libjemalloc2 and do not preload it"},
		},
		Parts: []rule.Part{
			{Name: "mallocArenaMax", Profile: rule.Standard, State: "MALLOC_ARENA_MAX is not set", Says: "`MALLOC_ARENA_MAX=2` on glibc"},
		},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			image, known := p.Image()
			_, _, preloaded := spark.EnvValue(p.Main(), "LD_PRELOAD")
			if conf, has := p.Conf(); has && p.Role().Job() {
				prefix := map[spark.Role]string{spark.Driver: "spark.kubernetes.driverEnv.", spark.Executor: "spark.executorEnv."}[p.Role()]
				_, arenas := conf.Get(prefix + "MALLOC_ARENA_MAX")
				_, allocator := conf.Get(prefix + "LD_PRELOAD")
				preloaded = preloaded || arenas || allocator
			}
			switch {
			case !p.Wanted("mallocArenaMax"):
			case preloaded:
				p.Decline("mallocArenaMax", rule.UserSet)
			case known && image.Libc == "musl":
				p.Decline("mallocArenaMax", rule.NoGlibc)
			case !known || image.Libc != "glibc":
				p.Decline("mallocArenaMax", rule.LibcUnknown)
			default:
				p.AppendEnv("mallocArenaMax", "MALLOC_ARENA_MAX", "2")
			}
		}),
	}
}
