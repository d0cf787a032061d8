package webhook

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	runtimemetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Result is what became of a request.
type Result = manifests.Result

// The results.
const (
	Injected     = manifests.Injected
	Shadowed     = manifests.Shadowed
	Probed       = manifests.Probed
	Unchanged    = manifests.Unchanged
	Disabled     = manifests.Disabled
	Unrecognised = manifests.Unrecognised
	Malformed    = manifests.Malformed
	Failed       = manifests.Failed
	TooLarge     = manifests.TooLarge
	Busy         = manifests.Busy
	Late         = manifests.Late
)

// Metrics counts what the handler does, in a registry of its own. Label values come from fixed sets.
type Metrics struct {
	registry *prometheus.Registry
	inFlight prometheus.Gauge
	seconds  prometheus.Histogram
	requests *prometheus.CounterVec
	edits    map[string]map[string]counters // by code and part
	refusals *prometheus.CounterVec
}

// counters of one code: edits made, and edits that shadow mode kept from being made.
type counters struct{ made, shadowed prometheus.Counter }

// NewMetrics makes metrics for the codes of a rule set.
func NewMetrics(set *rule.Set) *Metrics {
	const space = "kubectl_spark_webhook"
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: space, Name: "in_flight", Help: "Reviews being answered."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: space, Name: "duration_seconds", Help: "Time to answer a review.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1}}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: space, Name: "requests_total",
			Help: "Reviews by the pod's role, what launched it, and what became of it."}, []string{"role", "launcher", "result"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: space, Name: "refusals_total",
			Help: "Edits that were wanted and not made, by code and reason."}, []string{"code", "reason"}),
		edits: map[string]map[string]counters{},
	}
	edits := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: space, Name: "edits_total", Help: "Edits made, by code."}, []string{"code"})
	shadowed := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: space, Name: "shadow_edits_total", Help: "Edits that shadow mode kept from being made, by code."}, []string{"code"})
	for _, r := range set.Rules() {
		if !r.Admit {
			continue
		}
		m.edits[r.Code] = map[string]counters{}
		for _, p := range r.Parts {
			name := code(r.Code, p.Name)
			m.edits[r.Code][p.Name] = counters{edits.WithLabelValues(name), shadowed.WithLabelValues(name)}
		}
	}
	m.registry.MustRegister(m.inFlight, m.seconds, m.requests, m.refusals, edits, shadowed, collectors.NewGoCollector())
	return m
}

// WatchCertificate adds the end of the serving certificate, in seconds since 1970.
func (m *Metrics) WatchCertificate(notAfter func() time.Time) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "kubectl_spark_webhook_certificate_not_after_seconds", Help: "When the serving certificate ends, in seconds since 1970.",
	}, func() float64 { return float64(notAfter().Unix()) }))
}

// WatchSettings adds whether the ConfigMap can be understood, 1 or 0.
func (m *Metrics) WatchSettings(problem func() error) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "kubectl_spark_webhook_settings_valid", Help: "1 where the settings are those of the ConfigMap, 0 where that cannot be understood or is missing.",
	}, func() float64 {
		if problem() != nil {
			return 0
		}
		return 1
	}))
}

// WatchLimits adds whether ResourceQuotas and LimitRanges are known, 1 or 0.
func (m *Metrics) WatchLimits(known func() bool) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "kubectl_spark_webhook_limits_known", Help: "1 where ResourceQuotas and LimitRanges are known, 0 where they are not and no resources are set.",
	}, func() float64 {
		if known() {
			return 1
		}
		return 0
	}))
}

// Handler serves the metrics in Prometheus' format, those of controller-runtime's server and certificate watcher among them.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(prometheus.Gatherers{m.registry, runtimemetrics.Registry}, promhttp.HandlerOpts{})
}

func (m *Metrics) request(role spark.Role, launcher spark.Launcher, result Result, took time.Duration) {
	if role == "" || result == Unrecognised {
		role = "none"
	}
	if launcher == "" || result == Unrecognised {
		launcher = "none"
	}
	m.requests.WithLabelValues(string(role), string(launcher), string(result)).Inc()
	m.seconds.Observe(took.Seconds())
}

func (m *Metrics) admitted(a *rule.Admitted, shadow bool) {
	for i := range a.Edits {
		switch c := m.edits[a.Edits[i].Code][a.Edits[i].Part]; {
		case c.made == nil:
		case shadow:
			c.shadowed.Inc()
		default:
			c.made.Inc()
		}
	}
	for i := range a.Refusals {
		r := &a.Refusals[i]
		if m.edits[r.Code] != nil {
			m.refusals.WithLabelValues(code(r.Code, r.Part), string(r.Reason)).Inc()
		}
	}
}

func code(code, part string) string {
	if part == "" {
		return code
	}
	return code + "/" + part
}
