package dashboards

func webhook() Dashboard {
	own := func(metric, more string) string {
		return "kubectl_spark_webhook_" + metric + "{" + ofNamespace + more + "}"
	}
	// The API server's metrics are of the whole cluster.
	const ours = `{name=~"(labelled|detected)[.]kubectl-spark[.]io"}`
	const unanswered = `, result=~"failed|too-large|busy|late|malformed"`
	quantile := func(q, buckets string) string {
		return "histogram_quantile(" + q + ", sum by (le) (" + rate(buckets) + "))"
	}
	const api = " Needs the API server's metrics."
	return Dashboard{
		Name: "webhook", Title: "Spark / Webhook", Of: "kubectl_spark_webhook_in_flight",
		Description: "What spark-webhook does with new Spark pods, and how fast. The metrics come from port 8080 of its pods, /metrics, and from the API server.",
		Rows: []Row{
			{"Now", []Panel{
				number("Edited pods", "Pods that the webhook edited in the last hour.", count, "sum(increase("+own("requests_total", `, result="injected"`)+"[1h]))"),
				number("Missed pods", "Pods that the webhook left as they are because of a fault or a limit, in the last hour.", count, "sum(increase("+own("requests_total", unanswered)+"[1h]))"),
				number("Not reached", "Pods that the API server created without asking the webhook, in the last hour."+api, count, "sum(increase(apiserver_admission_webhook_fail_open_count"+ours+"[1h]))"),
				number("Certificate", "Time until the serving certificate ends. It is renewed days before.", seconds, "min("+own("certificate_not_after_seconds", "")+") - time()"),
				number("Settings valid", "1: ConfigMap spark-webhook can be read. 0: the webhook goes on with older settings.", count, "min("+own("settings_valid", "")+")"),
				number("Limits known", "1: ResourceQuotas and LimitRanges are known. 0: no resources are set.", count, "min("+own("limits_known", "")+")"),
			}},
			{"Pods", []Panel{
				graph("Requests by result", "Requests per second, by what became of the pod.", perSec, Query{by("result", rate(own("requests_total", ""))), "{{result}}"}),
				graph("Requests by role", "Requests per second, by the pod's role and launcher.", perSec, Query{by("role, launcher", rate(own("requests_total", ""))), "{{role}} {{launcher}}"}),
				graph("Edits by code", "Edits per second. kubectl spark explain CODE says why.", perSec, Query{by("code", rate(own("edits_total", ""))), "{{code}}"}),
				graph("Refused edits", "Edits that were wanted and not made, per second, by code and reason.", perSec, Query{by("code, reason", rate(own("refusals_total", ""))), "{{code}} {{reason}}"}),
				graph("Edits of shadow mode", "Edits per second that shadow mode kept from being made.", perSec, Query{by("code", rate(own("shadow_edits_total", ""))), "{{code}}"}),
				graph("Requests in flight", "Requests that the webhook answers at this moment.", count, Query{by("pod", own("in_flight", "")), "{{pod}}"}),
			}},
			{"Time", []Panel{
				graph("Time of an answer", "Seconds of the webhook's own work.", seconds,
					Query{quantile("0.5", own("duration_seconds_bucket", "")), "half of the requests"}, Query{quantile("0.99", own("duration_seconds_bucket", "")), "99 % of the requests"}),
				graph("Time of a call", "Seconds that the API server waits, network included. After 2 seconds it creates the pod without the edits."+api, seconds,
					Query{quantile("0.99", "apiserver_admission_webhook_admission_duration_seconds_bucket"+ours), "99 % of the calls"}),
			}},
		},
	}
}
