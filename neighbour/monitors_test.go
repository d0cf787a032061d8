package neighbour

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestAnAgentThatIsNotReadIsNotAbsent: a PrometheusAgent may read what no Prometheus does.
func TestAnAgentThatIsNotReadIsNotAbsent(t *testing.T) {
	s := New()
	for _, kind := range []string{kindPodMonitor, kindServiceMonitor, kindPrometheus} {
		s.Whole(kind, "")
	}
	s.Cut(kindPrometheusAgent, "", "prometheusagents is forbidden")
	m := Monitors{set: s, namespace: "payments"}
	if m.Prometheus() != spark.Unknown {
		t.Error("an agent that could not be read counts as none")
	}
	given(t, s, `apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: k8s, namespace: monitoring}
spec: {podMonitorSelector: {matchLabels: {release: kps}}, podMonitorNamespaceSelector: {}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: drivers, namespace: payments}
spec: {selector: {}, podMetricsEndpoints: [{port: spark-ui}]}`)
	if all := m.Of(map[string]int32{"spark-ui": 4040}); len(all) != 1 || all[0].Read != spark.Unknown {
		t.Errorf("%+v", all)
	}
	if _, _, err := m.Labels("PodMonitor", nil); err == nil || !strings.Contains(err.Error(), "prometheusagents is forbidden") {
		t.Errorf("%v", err)
	}
}

// TestListsForPeopleAreBounded: an object of a cluster may name any number.
func TestListsForPeopleAreBounded(t *testing.T) {
	many := map[string]string{}
	for _, key := range strings.Split(strings.Repeat("a,", 5)+"b,c,d,e,f,g,h,i,j,k", ",") {
		many[key] = "v"
	}
	if got := Pairs(many); got != "a=v, b=v, c=v, d=v and 7 more" {
		t.Error(got)
	}
}
