package dashboards

func memory() Dashboard {
	each := func(metric string) Query { return Query{executors("metrics_executor_" + metric), perExecutor} }
	const peaks = " A peak since the executor began: it never falls."
	return Dashboard{
		Name: "memory", Title: "Spark / Executor memory and GC", Of: "metrics_executor_totalCores", Application: true,
		Description: "Heap, off-heap and container memory of executors, and their garbage collection. " + executorsEndpoint + " Executors report peaks with their heartbeats; short tasks show nothing.",
		Rows: []Row{
			{"Garbage collection", []Panel{
				graph("Share of task time", "Garbage collection as a share of the task time. Above 20 % the heap is too small, or SerialGC runs.", share,
					Query{of("application_name, executor_id", rate(executors("metrics_executor_totalGCTime_seconds_total")), rate(executors("metrics_executor_totalDuration_seconds_total"))), perExecutor}),
				graph("Collections", "Collections of the young and of the old generation, per second.", perSec,
					Query{rate(executors("metrics_executor_MinorGCCount_total")), perExecutor + " young"}, Query{rate(executors("metrics_executor_MajorGCCount_total")), perExecutor + " old"}),
				graph("Time of young collections", "Seconds of young collections in each second.", share, Query{rate(executors("metrics_executor_MinorGCTime_seconds_total")), perExecutor}),
				graph("Time of old collections", "Seconds of old collections in each second. They stop all tasks of the executor.", share, Query{rate(executors("metrics_executor_MajorGCTime_seconds_total")), perExecutor}),
			}},
			{"Heap", []Panel{
				graph("Heap", "Heap that was used at most."+peaks, bytes, each("JVMHeapMemory_bytes")),
				graph("Execution memory", "Memory on the heap for shuffles, joins, sorts and aggregations."+peaks, bytes, each("OnHeapExecutionMemory_bytes")),
				graph("Storage memory", "Memory on the heap for cached blocks and broadcasts."+peaks, bytes, each("OnHeapStorageMemory_bytes")),
				graph("Cached blocks", "Share of the storage memory that cached blocks fill now.", share, Query{executors("metrics_executor_memoryUsed_bytes") + " / (" + executors("metrics_executor_maxMemory_bytes") + " > 0)", perExecutor}),
			}},
			{"Outside of the heap", []Panel{
				graph("JVM outside of the heap", "Metaspace, compiled code and other memory of the JVM outside of the heap."+peaks, bytes, each("JVMOffHeapMemory_bytes")),
				graph("Direct and mapped buffers", "Buffers of the network and of files. They count against the memory overhead."+peaks, bytes,
					Query{executors("metrics_executor_DirectPoolMemory_bytes"), perExecutor + " direct"}, Query{executors("metrics_executor_MappedPoolMemory_bytes"), perExecutor + " mapped"}),
				graph("Process memory of the JVM", "Resident memory of the executor's JVM. Needs spark.executor.processTreeMetrics.enabled=true."+peaks, bytes, each("ProcessTreeJVMRSSMemory_bytes")),
				graph("Process memory of Python", "Resident memory of the executor's Python workers. Needs spark.executor.processTreeMetrics.enabled=true."+peaks, bytes, each("ProcessTreePythonRSSMemory_bytes")),
			}},
			{"Containers", []Panel{
				graph("Memory of the containers", "Memory of the 20 largest executors of the namespaces, as a share of their limit. At 100 % the kernel kills the container. "+kubelet+" "+kubeState, share,
					Query{`topk(20, max by (namespace, pod) (container_memory_working_set_bytes{` + ofNamespace + `, container="spark-kubernetes-executor"}) / on (namespace, pod) max by (namespace, pod) (kube_pod_container_resource_limits{` + ofNamespace + `, container="spark-kubernetes-executor", resource="memory"}))`, "{{pod}}"}),
				graph("Killed for memory", "Processes that the kernel killed in executors' containers, per second. "+kubelet, perSec,
					Query{by("namespace, pod", rate(`container_oom_events_total{`+ofNamespace+`, container="spark-kubernetes-executor"}`)) + " > 0", "{{pod}}"}),
			}},
		},
	}
}
