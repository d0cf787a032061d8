package dashboards

func standalone() Dashboard {
	master := func(metric string) string { return "metrics_master_" + metric + "_Value{" + ofNamespace + "}" }
	worker := func(metric string) string { return "metrics_worker_" + metric + "_Value{" + ofNamespace + "}" }
	return Dashboard{
		Name: "standalone", Title: "Spark / Standalone cluster", Of: "metrics_master_workers_Value",
		Description: "Masters and workers of standalone clusters: what is alive, in use and waiting. The metrics come from the Prometheus servlet of master and worker, /metrics/prometheus/.",
		Rows: []Row{
			{"Now", []Panel{
				number("Workers alive", "Workers whose heartbeat the master has.", count, "sum("+master("aliveWorkers")+")"),
				number("Workers lost", "Workers that the master knows and hears nothing of. It forgets them after 16 minutes.", count, "sum("+master("workers")+" - "+master("aliveWorkers")+")"),
				number("Applications", "Applications that are registered with the master.", count, "sum("+master("apps")+")"),
				number("Applications that wait", "Applications without a core. Often one application holds all of them.", count, "sum("+master("waitingApps")+")"),
				number("Cores in use", "Share of the workers' cores that applications hold.", share, "sum("+worker("coresUsed")+") / (sum("+worker("coresUsed")+") + sum("+worker("coresFree")+") > 0)"),
				number("Memory in use", "Share of the workers' memory that applications hold.", share, "sum("+worker("memUsed_MB")+") / (sum("+worker("memUsed_MB")+") + sum("+worker("memFree_MB")+") > 0)"),
			}},
			{"Masters", []Panel{
				graph("Workers", "Workers that are alive and that the master knows.", count, Query{master("aliveWorkers"), "{{namespace}} {{pod}} alive"}, Query{master("workers"), "{{namespace}} {{pod}} known"}),
				graph("Applications", "Applications that are registered, and those of them that wait for cores.", count, Query{master("apps"), "{{namespace}} {{pod}} registered"}, Query{master("waitingApps"), "{{namespace}} {{pod}} waiting"}),
			}},
			{"Workers", []Panel{
				graph("Cores", "Cores of each worker that applications hold, and that are free.", count, Query{worker("coresUsed"), "{{namespace}} {{pod}} used"}, Query{worker("coresFree"), "{{namespace}} {{pod}} free"}),
				graph("Memory", "Memory of each worker that applications hold, and that is free.", "mbytes", Query{worker("memUsed_MB"), "{{namespace}} {{pod}} used"}, Query{worker("memFree_MB"), "{{namespace}} {{pod}} free"}),
				graph("Executors", "Executors that run on each worker.", count, Query{worker("executors"), "{{namespace}} {{pod}}"}),
			}},
		},
	}
}
