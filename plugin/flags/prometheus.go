package flags

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
)

// PrometheusHeaders is the variable of the environment that holds headers for a Prometheus.
const PrometheusHeaders = "KUBECTL_SPARK_PROMETHEUS_HEADERS"

// Prometheus says which Prometheus is asked about the pods of runs.
type Prometheus struct{ URL, HeaderFile string }

// AddFlags adds the flags and their completion.
func (p *Prometheus) AddFlags(cmd *cobra.Command, complete Complete) {
	f := cmd.Flags()
	f.StringVar(&p.URL, "prometheus", "", "with --event-log: ask the Prometheus at this `URL` what the pods of the runs used. svc://NAMESPACE/SERVICE:PORT is a Service of the cluster, through the API server")
	f.StringVar(&p.HeaderFile, "prometheus-headers", "", "with --prometheus: a `FILE` of headers to send, one per line, such as Authorization: Bearer TOKEN; by default those in "+PrometheusHeaders)
	Under(f, EventLogs, "prometheus", "prometheus-headers")
	complete(cmd, "prometheus", completePrometheus)
}

// completePrometheus completes the beginning of a URL.
func completePrometheus(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"http://", "https://", "svc://"}, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// Read checks the flags; changed says which were given, and logs that there are some to ask about.
func (p *Prometheus) Read(changed func(flag string) bool, logs bool) error {
	switch {
	case !changed("prometheus") && changed("prometheus-headers"):
		return errors.New("--prometheus-headers is about a Prometheus: give its URL with --prometheus")
	case !changed("prometheus"):
		return nil
	case p.URL == "":
		return errors.New("--prometheus is empty: give a URL, such as http://localhost:9090 or svc://monitoring/prometheus-operated:9090")
	case !logs:
		return errors.New("--prometheus asks about the pods of a run: give its log with --event-log or --history-server")
	case changed("executors"), changed("baseline"), changed("verify"):
		return errors.New("--prometheus is evidence for recommendations: give it without --executors, --baseline and --verify")
	}
	return nil
}

// Words are the flags as they were given, to be pasted.
func (p *Prometheus) Words() (words []string) {
	if p.URL != "" {
		words = append(words, "--prometheus="+change.Quote(p.URL))
	}
	if p.HeaderFile != "" {
		words = append(words, "--prometheus-headers="+change.Quote(p.HeaderFile))
	}
	return words
}
