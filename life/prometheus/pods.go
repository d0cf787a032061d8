package prometheus

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// after is how much later than the end of a run values are looked at: the last scrape of a pod comes when it has ended, and so does that of
// a kill.
const after = time.Minute

// The most that can be: bytes of a pod, processors of one, pods of a run and kills of them.
const (
	mostMemory     = 1 << 50
	mostProcessors = 4096
	mostPods       = 1 << 20
	mostKills      = 1 << 30
)

// Names of cAdvisor (prometheus.go, PrometheusCollector).
const (
	memory    = "container_memory_working_set_bytes"
	cpu       = "container_cpu_usage_seconds_total"
	periods   = "container_cpu_cfs_periods_total"
	throttled = "container_cpu_cfs_throttled_periods_total"
	kills     = "container_oom_events_total"
)

// Pods is what the server knows of the pods of a run: six queries for each role. What it does not know is named in Unread. An error says
// that the server cannot be asked, or that its answers cannot be true.
func (s *Server) Pods(ctx context.Context, run *model.Run) (*model.Pods, error) {
	out := &model.Pods{Server: s.Name}
	names, err := run.PodNames()
	if err != nil {
		out.Unread = append(out.Unread, err.Error())
		return out, nil
	}
	window := names.To.Sub(names.From) + after
	a := s.start(names.To.Add(after))
	for _, role := range []struct {
		name, pods, container string
		figures               **model.PodFigures
	}{
		{"driver", strings.ReplaceAll(names.Driver, ".", `\.`), names.DriverContainer, &out.Driver},
		{"executors", names.Executors, names.ExecutorContainer, &out.Executors},
	} {
		if role.pods == "" {
			out.Unread = append(out.Unread, "the log does not name the pods of the "+role.name)
			continue
		}
		q := queries{namespace: names.Namespace, pods: role.pods, seconds: int64(math.Ceil(window.Seconds()))}
		figures, why, err := a.role(ctx, q, role.container)
		if err != nil {
			return nil, fmt.Errorf("the Prometheus at %s: %w", s.Name, err)
		}
		if *role.figures = figures; why != "" {
			out.Unread = append(out.Unread, fmt.Sprintf("%s: %s", role.name, why))
		}
	}
	if out.Partial = len(a.warnings) > 0; out.Partial {
		out.Unread = append(out.Unread, "the server calls its answers incomplete: "+said(a.warnings[0]))
	}
	return out, nil
}

// queries are the expressions about the pods of one role.
type queries struct {
	namespace, pods string
	seconds         int64 // before the evaluation
}

// series selects a metric of the containers of the pods. Values of labels are quoted: they come from a log.
func (q queries) series(metric string) string {
	return fmt.Sprintf(`%s{namespace=%s,pod=~%s,container!="",container!="POD"}`, metric, strconv.Quote(q.namespace), strconv.Quote(q.pods))
}

// peak is the highest value of each container. Series that are scraped twice count once.
func (q queries) peak() string {
	return fmt.Sprintf("max by (pod, container) (max_over_time(%s[%ds]))", q.series(memory), q.seconds)
}

// grown is by how much a counter of each container grew: from what it was at the start, and from 0 where it was not there yet, which
// increase() would not count. A container that was started again has another id.
func (q queries) grown(metric string) string {
	most := fmt.Sprintf("max_over_time(%s[%ds])", q.series(metric), q.seconds)
	return fmt.Sprintf("sum by (pod, container) (max by (pod, container, id) (clamp_min(%[1]s - (%[2]s offset %[3]ds or 0 * %[1]s), 0)))", most, q.series(metric), q.seconds)
}

// role asks about the pods of one role. why says what is not known of them; figures are nil where nothing is.
func (a *asking) role(ctx context.Context, q queries, container string) (figures *model.PodFigures, why string, err error) {
	peaks, err := a.ask(ctx, fmt.Sprintf("topk by (container) (1, %s)", q.peak()))
	if err != nil {
		return nil, "", err
	}
	peaks = slices.DeleteFunc(peaks, func(one sample) bool { return !model.IsPodName(one.container) || !model.IsPodName(one.pod) })
	switch at := slices.IndexFunc(peaks, func(one sample) bool { return one.container == container }); {
	case len(peaks) == 0:
		return nil, fmt.Sprintf("no %s of their pods: cAdvisor was not scraped, or the series were removed", memory), nil
	case at >= 0:
		peaks = peaks[at : at+1]
	case len(peaks) > 1:
		return nil, fmt.Sprintf("which of their %d containers holds Spark is not certain", len(peaks)), nil
	}
	container = peaks[0].container
	figures = &model.PodFigures{MemoryPod: peaks[0].pod}
	of := func(metric, expression string, most float64) (value float64, known bool, err error) {
		all, err := a.ask(ctx, expression)
		if err != nil {
			return 0, false, err
		}
		for _, one := range all {
			if one.container == container {
				value, err = possible(metric, one.value, most)
				return value, err == nil, err
			}
		}
		return 0, false, nil
	}
	peak, err := possible(memory, peaks[0].value, mostMemory)
	if err != nil {
		return nil, "", err
	}
	figures.MemoryBytes = int64(peak)
	pods, _, err := of("the number of pods", fmt.Sprintf("count by (container) (%s)", q.peak()), mostPods)
	if err != nil {
		return nil, "", err
	}
	figures.Pods = int64(max(pods, 1))
	seconds := float64(q.seconds) * float64(figures.Pods) * mostProcessors
	sum := func(metric string) string { return fmt.Sprintf("sum by (container) (%s)", q.grown(metric)) }
	if figures.CPUSeconds, _, err = of(cpu, sum(cpu), seconds); err != nil {
		return nil, "", err
	}
	all, _, err := of(periods, sum(periods), seconds)
	if err != nil {
		return nil, "", err
	}
	some, _, err := of(throttled, sum(throttled), all)
	if err != nil {
		return nil, "", err
	}
	figures.Periods, figures.Throttled = int64(all), int64(some)
	killed, known, err := of(kills, sum(kills), mostKills)
	if err != nil {
		return nil, "", err
	}
	if !known {
		return figures, "no " + kills + ": whether the kernel killed processes is unknown", nil
	}
	count := int64(killed)
	figures.OOMKills = &count
	return figures, "", nil
}

// possible is a value that can be.
func possible(metric string, value, most float64) (float64, error) {
	if math.IsNaN(value) || value < 0 || value > most {
		return 0, fmt.Errorf("it answers with %g for %s, which cannot be: its answers are not used", value, metric)
	}
	return value, nil
}
