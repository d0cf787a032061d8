package dashboards

func shuffle() Dashboard {
	written := rate(executors("metrics_executor_totalShuffleWrite_bytes_total"))
	return Dashboard{
		Name: "shuffle", Title: "Spark / Shuffle", Of: "metrics_executor_totalCores", Application: true,
		Description: "Data that moves between executors, and how evenly. " + executorsEndpoint + " The totals of an executor grow when a task ends. Bytes spilled to disk are not among these metrics: kubectl spark tune reads them from the event log.",
		Rows: []Row{
			{"Now", []Panel{
				number("Shuffle written", "Bytes that the executors of now wrote for shuffles.", bytes, "sum("+executors("metrics_executor_totalShuffleWrite_bytes_total")+")"),
				number("Shuffle read", "Bytes that the executors of now read from shuffles.", bytes, "sum("+executors("metrics_executor_totalShuffleRead_bytes_total")+")"),
				number("Cached blocks on disk", "Bytes of cached blocks on the executors' disks.", bytes, "sum("+executors("metrics_executor_diskUsed_bytes")+")"),
				number("Cached blocks", "Blocks of cached tables and RDDs.", count, "sum("+executors("metrics_executor_rddBlocks")+")"),
			}},
			{"Applications", []Panel{
				graph("Shuffle written", "Bytes per second.", flow, Query{by(apps, written), perApp}),
				graph("Shuffle read", "Bytes per second.", flow, Query{by(apps, rate(executors("metrics_executor_totalShuffleRead_bytes_total"))), perApp}),
				graph("Shuffle as a share of the input", "Shuffle bytes for each byte of input. Above 100 % the job moves more than it reads.", share,
					Query{of(apps, executors("metrics_executor_totalShuffleWrite_bytes_total"), executors("metrics_executor_totalInputBytes_bytes_total")), perApp}),
				graph("Largest executor against the mean", "Shuffle bytes of the executor that wrote most, divided by the mean. 1 is even; above 2 the data is skewed.", count,
					Query{"max by (" + apps + ") (" + executors("metrics_executor_totalShuffleWrite_bytes_total") + ") / (avg by (" + apps + ") (" + executors("metrics_executor_totalShuffleWrite_bytes_total") + ") > 0)", perApp}),
			}},
			{"Executors", []Panel{
				graph("Shuffle written by executor", "Bytes per second.", flow, Query{written, perExecutor}),
				graph("Shuffle read by executor", "Bytes per second.", flow, Query{rate(executors("metrics_executor_totalShuffleRead_bytes_total")), perExecutor}),
				graph("Cached blocks by executor", "Blocks of cached tables and RDDs.", count, Query{executors("metrics_executor_rddBlocks"), perExecutor}),
				graph("Disk of cached blocks by executor", "Bytes of cached blocks on disk.", bytes, Query{executors("metrics_executor_diskUsed_bytes"), perExecutor}),
			}},
		},
	}
}
