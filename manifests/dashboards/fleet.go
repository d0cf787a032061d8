package dashboards

// apps are the labels of one application, however often it runs.
const apps = "namespace, application_name"

func fleet() Dashboard {
	cores := "metrics_executor_totalCores{" + ofNamespace + noDriver + "}"
	tasks := "metrics_executor_activeTasks{" + ofNamespace + noDriver + "}"
	return Dashboard{
		Name: "fleet", Title: "Spark / Fleet", Of: "metrics_executor_totalCores",
		Description: "All Spark applications of the namespaces: what runs, what it uses, and what fails. " + executorsEndpoint,
		Rows: []Row{
			{"Now", []Panel{
				number("Applications", "Applications whose driver answers.", count, "count(count by (application_id) (metrics_executor_totalCores{"+ofNamespace+"}))"),
				number("Executors", "Executors that are registered with their driver.", count, "count("+cores+")"),
				number("Cores", "Cores of all executors.", count, "sum("+cores+")"),
				number("Cores in use", "Share of the cores that run a task.", share, "sum("+tasks+") / (sum("+cores+") > 0)"),
				number("Drivers that wait", "Drivers whose pod is pending. "+kubeState, count,
					`sum(kube_pod_status_phase{`+ofNamespace+`, phase="Pending"} and on (namespace, pod) kube_pod_container_resource_requests{`+ofNamespace+`, container="spark-kubernetes-driver"})`),
				number("Killed for memory", "Drivers and executors that the kernel killed at their memory limit, of the pods that are still there. "+kubeState, count,
					`sum(kube_pod_container_status_terminated_reason{`+ofNamespace+`, container=~"spark-kubernetes-(driver|executor)", reason="OOMKilled"})`),
			}},
			{"Applications", []Panel{
				graph("Executors by application", "Executors that are registered with their driver.", count, Query{"count by (" + apps + ") (" + cores + ")", perApp}),
				graph("Cores in use by application", "Share of an application's cores that run a task. A low share for a long time: too many executors.", share, Query{of(apps, tasks, cores), perApp}),
				graph("Failed tasks", "Tasks that failed, per second. Spark runs each up to four times.", perSec, Query{by(apps, rate("metrics_executor_failedTasks_total{"+ofNamespace+"}")), perApp}),
				graph("Garbage collection", "Share of the executors' task time that is garbage collection. Above 20 % the heap is too small, or SerialGC runs.", share,
					Query{of(apps, rate("metrics_executor_totalGCTime_seconds_total{"+ofNamespace+noDriver+"}"), rate("metrics_executor_totalDuration_seconds_total{"+ofNamespace+noDriver+"}")), perApp}),
			}},
			{"Namespaces", []Panel{
				graph("Cores by namespace", "Cores of all executors.", count, Query{by("namespace", cores), "{{namespace}}"}),
				graph("Memory that pods request", "Memory requests of drivers and executors. "+kubeState, bytes,
					Query{by("namespace", `kube_pod_container_resource_requests{`+ofNamespace+`, resource="memory", container=~"spark-kubernetes-(driver|executor)"}`), "{{namespace}}"}),
				graph("Pods by phase", "Pods of drivers and executors. Pods that stay pending find no node. "+kubeState, count, Query{by("phase", "kube_pod_status_phase{"+ofNamespace+"}"+sparkPods), "{{phase}}"}),
				graph("Drivers by Spark version", "Drivers of each Spark version.", count, Query{"count by (version) (spark_info{" + ofNamespace + "})", "{{version}}"}),
			}},
		},
	}
}
