package model

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Pods is what a Prometheus that scrapes the kubelet's cAdvisor knows of the pods of a run, by role; nil of a role of which it knows nothing.
type Pods struct {
	// Server is the address that was asked, without credentials.
	Server    string      `json:"server"`
	Driver    *PodFigures `json:"driver,omitempty"`
	Executors *PodFigures `json:"executors,omitempty"`
	// Partial says that the server itself calls its answers incomplete.
	Partial bool `json:"partial,omitempty"`
	// Unread says which figures are missing, and why: a sentence each.
	Unread []string `json:"unread,omitempty"`
}

// PodFigures are of the containers of a role in which Spark ran, and of executors those of the default resource profile.
type PodFigures struct {
	// Pods is how many of them have series.
	Pods int64 `json:"pods"`
	// MemoryBytes is the highest working set that was sampled, and MemoryPod whose: it holds page cache that was used lately, and what
	// came and went between two scrapes is not in it.
	MemoryBytes int64  `json:"peakMemoryBytes,omitempty"`
	MemoryPod   string `json:"peakMemoryPod,omitempty"`
	// CPUSeconds is what all of them used together; 0 where it is unknown.
	CPUSeconds float64 `json:"cpuSeconds,omitempty"`
	// Periods are those of the CPU limits in which something ran, of all pods, and Throttled those of them in which the kernel throttled
	// it; 0 where no limit is set.
	Periods   int64 `json:"cpuPeriods,omitempty"`
	Throttled int64 `json:"throttledPeriods,omitempty"`
	// OOMKills counts processes that the kernel killed at the memory limit; nil where it is unknown.
	OOMKills *int64 `json:"oomKills,omitempty"`
}

// PodNames is where the pods of a run were, by its properties.
type PodNames struct {
	Namespace string
	// Driver is the name of the driver's pod, and Executors a regular expression of RE2 that the names of those of the default resource
	// profile match as a whole; "" where the log does not say it.
	Driver, Executors string
	// Containers are the names of the containers that hold Spark: the driver's and the executors'.
	DriverContainer, ExecutorContainer string
	// From and To are the first and the last moment of the run.
	From, To time.Time
}

const (
	keyNamespace = "spark.kubernetes.namespace"
	keyDriverPod = "spark.kubernetes.driver.pod.name"
	keyPrefix    = "spark.kubernetes.executor.podNamePrefix"
	// mostNamed is how many executors are named one by one.
	mostNamed = 200
	// longestRun bounds the time that is asked about.
	longestRun = 400 * 24 * time.Hour
)

// podName and ids are what Kubernetes allows as the name of a pod, and Spark as the id of an executor on Kubernetes.
var (
	podName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	ids     = regexp.MustCompile(`^[0-9]{1,9}$`)
)

// IsPodName says whether Kubernetes would allow a pod or a container of that name.
func IsPodName(name string) bool { return podName.MatchString(name) }

// PodNames are the names that the pods of the run had. An error says why they are not known.
func (r *Run) PodNames() (p PodNames, err error) {
	property := func(key, unset string) string {
		if value := r.Spark[key]; value != "" {
			return value
		}
		return unset
	}
	if !strings.HasPrefix(r.Spark["spark.master"], "k8s://") {
		return p, errors.New("the log does not say that the application ran on Kubernetes")
	}
	p = PodNames{Namespace: property(keyNamespace, "default"), Driver: r.Spark[keyDriverPod],
		DriverContainer:   property("spark.kubernetes.driver.podTemplateContainerName", "spark-kubernetes-driver"),
		ExecutorContainer: property("spark.kubernetes.executor.podTemplateContainerName", "spark-kubernetes-executor")}
	p.From, p.To = r.Application.Started, r.Application.Ended
	if p.To.IsZero() {
		p.To = p.From.Add(time.Duration(r.Seconds * float64(time.Second)))
	}
	prefix := r.Spark[keyPrefix]
	for _, name := range []string{p.Namespace, p.Driver, prefix} {
		if name != "" && !IsPodName(name) {
			return p, fmt.Errorf("the log names a pod or namespace %.80q, which Kubernetes does not allow", name)
		}
	}
	switch took := p.To.Sub(p.From); {
	case p.From.Unix() <= 0, took <= 0, took > longestRun:
		return p, errors.New("the log does not say when the application ran")
	case p.Driver == "" && prefix == "":
		return p, errors.New("the log does not name the pods of the application")
	case prefix != "":
		p.Executors = regexp.QuoteMeta(prefix) + "-exec-" + r.ofDefault()
	}
	if p.Executors == regexp.QuoteMeta(prefix)+"-exec-" {
		p.Executors = ""
	}
	return p, nil
}

// ofDefault is an expression of the ids of executors of the default resource profile: of any where there is no other profile, and "" where
// there is none of it, or too many to be named.
func (r *Run) ofDefault() string {
	if !slices.ContainsFunc(r.Each, func(ex Executor) bool { return ex.Profile != 0 }) {
		return "[0-9]+"
	}
	var own []string
	for i := range r.Each {
		if ex := &r.Each[i]; ex.Profile == 0 && ids.MatchString(ex.ID) {
			own = append(own, ex.ID)
		}
	}
	if len(own) == 0 || len(own) > mostNamed {
		return ""
	}
	return "(" + strings.Join(own, "|") + ")"
}
