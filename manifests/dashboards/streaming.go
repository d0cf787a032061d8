package dashboards

func streaming() Dashboard {
	// Spark writes the name of the query into the name of the metric.
	query := func(metric string) string {
		name := "metrics_spark_driver_spark_streaming_(.+)_" + metric + "_Value"
		return `label_replace({__name__=~"` + name + `", ` + ofNamespace + `}, "query", "$1", "__name__", "` + name + `")` + andApplication
	}
	const each = "{{pod}} {{query}}"
	return Dashboard{
		Name: "streaming", Title: "Spark / Streaming", Of: "metrics_executor_totalCores", Application: true,
		Description: "Queries of Structured Streaming: input, processing, delay and state. Needs spark.sql.streaming.metricsEnabled=true, and the driver's own metrics, /metrics/prometheus/. A query needs a name (queryName) to be found again after a restart.",
		Rows: []Row{
			{"Rates", []Panel{
				graph("Input", "Rows that arrive, per second.", "rowsps", Query{query("inputRate_total"), each}),
				graph("Processing", "Rows that the query could process, per second. Below the input it falls behind.", "rowsps", Query{query("processingRate_total"), each}),
				graph("Time of a batch", "Milliseconds of the last batch. Above the trigger's interval the query falls behind.", "ms", Query{query("latency"), each}),
				graph("Delay of the watermark", "Seconds that the watermark is behind now. Zero without a watermark.", seconds, Query{"time() - ((" + query("eventTime_watermark") + ") > 0) / 1000", each}),
			}},
			{"State", []Panel{
				graph("Rows of state", "Rows that aggregations, joins and deduplication keep. State that only grows needs a watermark.", count, Query{query("states_rowsTotal"), each}),
				graph("Memory of state", "Bytes that the state store holds in the executors' memory.", bytes, Query{query("states_usedBytes"), each}),
			}},
		},
	}
}
