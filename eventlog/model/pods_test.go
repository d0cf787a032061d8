package model

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func run(pairs ...string) *Run {
	r := &Run{Spark: map[string]string{"spark.master": "k8s://https://h"}, Seconds: 60, Application: Application{Started: time.UnixMilli(1_760_000_000_000)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Spark[pairs[i]] = pairs[i+1]
	}
	return r
}

// TestPodsOfARunAreKnownByName, and names that Kubernetes does not allow are no names.
func TestPodsOfARunAreKnownByName(t *testing.T) {
	full := []string{keyNamespace, "jobs", keyDriverPod, "etl.v1-driver", keyPrefix, "etl.v1"}
	p, err := run(full...).PodNames()
	if err != nil || p.Namespace != "jobs" || p.Driver != "etl.v1-driver" || p.Executors != `etl\.v1-exec-[0-9]+` || p.ExecutorContainer != "spark-kubernetes-executor" || p.To.Sub(p.From) != time.Minute {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := run(keyPrefix, "etl", "spark.kubernetes.executor.podTemplateContainerName", "main").PodNames(); err != nil || p.Namespace != "default" || p.Driver != "" || p.ExecutorContainer != "main" {
		t.Errorf("%+v %v", p, err)
	}
	r := run(full...)
	r.Application.Ended = r.Application.Started.Add(time.Hour)
	r.Each = []Executor{{ID: "1"}, {ID: "2", Profile: 1}, {ID: "3"}, {ID: ".*"}}
	if p, err := r.PodNames(); err != nil || p.Executors != `etl\.v1-exec-(1|3)` || p.To.Sub(p.From) != time.Hour {
		t.Errorf("%+v %v", p, err)
	}
	r.Each = r.Each[1:2]
	for i := range mostNamed + 1 {
		if p, err := r.PodNames(); i == 0 && (err != nil || p.Executors != "") || i > 0 && p.Executors == "" {
			t.Errorf("%d: %+v %v", i, p, err)
		}
		r.Each = append(r.Each, Executor{ID: fmt.Sprint(i)})
	}
	if p, err := r.PodNames(); err != nil || p.Executors != "" {
		t.Errorf("%+v %v", p, err)
	}
	for want, r := range map[string]*Run{
		"ran on Kubernetes": run("spark.master", "spark://h:7077"),
		"does not allow":    run(keyPrefix, `x"} or vector(1) #`),
		"not allow":         run(keyNamespace, "A", keyDriverPod, "etl"),
		"when":              {Spark: run(full...).Spark, Seconds: 1},
		"name the pods":     run(keyNamespace, "jobs"),
	} {
		if _, err := r.PodNames(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, seconds := range []float64{0, -1, 1e9} {
		r := run(full...)
		r.Seconds = seconds
		if _, err := r.PodNames(); err == nil {
			t.Errorf("%g seconds are a run", seconds)
		}
	}
}
