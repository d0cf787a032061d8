package dashboards

func application() Dashboard {
	return Dashboard{
		Name: "application", Title: "Spark / Application", Of: "metrics_executor_totalCores", Application: true,
		Description: "One application: executors, tasks, jobs, stages and data. " + executorsEndpoint + " Jobs, stages, events and dynamic allocation need the driver's own metrics, /metrics/prometheus/.",
		Rows: []Row{
			{"Now", []Panel{
				number("Executors", "Executors that are registered with the driver.", count, "count("+executors("metrics_executor_totalCores")+")"),
				number("Cores", "Cores of all executors.", count, "sum("+executors("metrics_executor_totalCores")+")"),
				number("Active tasks", "Tasks that run now.", count, "sum("+executors("metrics_executor_activeTasks")+")"),
				number("Completed tasks", "Tasks that the executors of now completed.", count, "sum("+executors("metrics_executor_completedTasks_total")+")"),
				number("Failed tasks", "Tasks that failed on the executors of now.", count, "sum("+executors("metrics_executor_failedTasks_total")+")"),
				number("Garbage collection", "Share of the executors' task time that is garbage collection, since they began.", share,
					"sum("+executors("metrics_executor_totalGCTime_seconds_total")+") / (sum("+executors("metrics_executor_totalDuration_seconds_total")+") > 0)"),
			}},
			{"Tasks", []Panel{
				graph("Tasks that run", "Tasks that run, and tasks that could run at the same time.", count,
					Query{by(apps, executors("metrics_executor_activeTasks")), perApp + " active"}, Query{by(apps, executors("metrics_executor_maxTasks")), perApp + " possible"}),
				graph("Tasks that end", "Tasks that end, per second.", perSec,
					Query{by(apps, rate(executors("metrics_executor_completedTasks_total"))), perApp + " completed"}, Query{by(apps, rate(executors("metrics_executor_failedTasks_total"))), perApp + " failed"}),
				graph("Active tasks by executor", "One executor with tasks while the others have none: skewed data.", count, Query{executors("metrics_executor_activeTasks"), perExecutor}),
				graph("Input", "Bytes that tasks read from storage, per second.", flow, Query{by(apps, rate(executors("metrics_executor_totalInputBytes_bytes_total"))), perApp}),
			}},
			{"Jobs and stages", []Panel{
				graph("Active jobs", "Jobs that run. A streaming query or a driver with several threads has more than one. "+own, count, Query{driver("DAGScheduler_job_activeJobs_Value"), "{{pod}}"}),
				graph("Stages", "Stages that run, wait for others, and failed. "+own, count,
					Query{driver("DAGScheduler_stage_runningStages_Value"), "{{pod}} running"}, Query{driver("DAGScheduler_stage_waitingStages_Value"), "{{pod}} waiting"}, Query{driver("DAGScheduler_stage_failedStages_Value"), "{{pod}} failed"}),
				graph("Jobs that end", "Jobs that end, per second. On 3.x needs spark.metrics.appStatusSource.enabled=true. "+own, perSec,
					Query{grown("appStatus_jobs_succeededJobs_Count"), "{{pod}} succeeded"}, Query{grown("appStatus_jobs_failedJobs_Count"), "{{pod}} failed"}),
				graph("Dynamic allocation", "Executors that dynamic allocation asks for, that the tasks need at most, and that are there. Asked for and not there: their pods wait. "+own, count,
					Query{driver("ExecutorAllocationManager_executors_numberTargetExecutors_Value"), "{{pod}} asked for"}, Query{driver("ExecutorAllocationManager_executors_numberMaxNeededExecutors_Value"), "{{pod}} needed at most"},
					Query{driver("ExecutorAllocationManager_executors_numberAllExecutors_Value"), "{{pod}} there"}),
			}},
			{"Driver", []Panel{
				graph("Driver's heap", "Heap that the driver uses, and its limit. Needs the JVM source (spark.metrics.conf.*.source.jvm.class). "+own, bytes,
					Query{driver("jvm_heap_used_Value"), "{{pod}} used"}, Query{driver("jvm_heap_max_Value"), "{{pod}} limit"}),
				graph("Driver's CPU", "Processors that the driver's JVM uses. "+own, count, Query{rate("metrics_spark_driver_JVMCPU_jvmCpuTime_Value{"+ofNamespace+"}") + " / 1e9" + andApplication, "{{pod}}"}),
				graph("Events that wait", "Listener events in the driver's queues. A queue that stays full drops events. "+own, count,
					Query{driver("LiveListenerBus_queue_appStatus_size_Value"), "{{pod}} web UI"}, Query{driver("LiveListenerBus_queue_eventLog_size_Value"), "{{pod}} event log"},
					Query{driver("LiveListenerBus_queue_executorManagement_size_Value"), "{{pod}} executors"}),
				graph("Dropped events", "Listener events that the driver dropped, per second. After that the web UI, the event log and dynamic allocation can be wrong. "+own, perSec,
					Query{grown("LiveListenerBus_queue_appStatus_numDroppedEvents_Count"), "{{pod}} web UI"}, Query{grown("LiveListenerBus_queue_eventLog_numDroppedEvents_Count"), "{{pod}} event log"},
					Query{grown("LiveListenerBus_queue_executorManagement_numDroppedEvents_Count"), "{{pod}} executors"}),
			}},
		},
	}
}
