// Package shipping runs the configurations of manifests/logs in a real OpenTelemetry Collector, which sends to a real Loki, and asks Loki for
// every line.
package shipping

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	manifests = "../../manifests/logs"
	askedEnv  = "KUBECTL_SPARK_E2E" // set by make e2e
)

// asked leaves a test to make e2e: Collector and Loki take minutes to build.
func asked(t *testing.T) {
	t.Helper()
	if os.Getenv(askedEnv) == "" {
		t.Skip("make e2e runs it")
	}
}

func inOrder(lines []kept) {
	slices.SortStableFunc(lines, func(a, b kept) int { return cmp.Compare(a.at, b.at) })
}

// agent is the configuration of agent-values.yaml for a folder of pods.
func agent(t *testing.T, s *store, pods string) (config string) {
	t.Helper()
	return write(t, "agent.yaml", moved(t, values(t, "agent-values.yaml")["alternateConfig"], "/var/log/pods", pods, "/var/lib/spark-logs", t.TempDir(),
		"http://loki.logging.svc:3100", s.address, "${env:MY_POD_IP}:13133", "127.0.0.1:0", "port: 8888", "port: 0"))
}

// complete compares what a container has written with what Loki holds of it: each line once, at its time.
func complete(t *testing.T, s *store, c *container) {
	t.Helper()
	namespace, pod, _ := strings.Cut(filepath.Base(c.pod), "_")
	pod, _, _ = strings.Cut(pod, "_")
	query := fmt.Sprintf(`{k8s_namespace_name=%q,k8s_pod_name=%q,k8s_container_name="spark-kubernetes-executor"}`, namespace, pod)
	s.settled(t, query, len(c.written))
	held := map[line]int{}
	for _, k := range s.lines(t, query) {
		held[line{k.at, k.text}]++
	}
	lost := 0
	for _, l := range c.written {
		if held[l] == 0 {
			if lost++; lost <= 5 {
				t.Errorf("%s: lost: %d %.200q", pod, l.at, l.text)
			}
		}
		held[l]--
	}
	maps.DeleteFunc(held, func(_ line, n int) bool { return n <= 0 })
	for l, n := range held {
		t.Errorf("%s: %d more of %d %.200q", pod, n, l.at, l.text)
		break
	}
	if lost > 0 || len(held) > 0 {
		t.Errorf("%s: of %d lines Loki lacks %d, and has %d that were not written", pod, len(c.written), lost, len(held))
	}
}

// TestEveryLineOfAContainerArrives: of an executor that lived for two seconds while Loki was not there, of one whose log is rotated, and of
// one that writes while the agent is restarted.
func TestEveryLineOfAContainerArrives(t *testing.T) {
	asked(t)
	pods, s := t.TempDir(), newStore(t)
	config := agent(t, s, pods)
	collector := collect(t, config, "MY_POD_IP=127.0.0.1")
	text := executorLines(t)

	short := newContainer(t, pods, "payments", "etl-5f2-exec-1", "6a0d1f7c-5d63-4c43-9f59-1f0b5e0f1a01", "spark-kubernetes-executor")
	for i, start := 0, time.Now(); time.Since(start) < 2*time.Second; i++ {
		short.write(t, text[i%len(text)])
		time.Sleep(2 * time.Millisecond)
	}
	short.write(t, "the last line")
	short.remove(t)
	s.start(t)

	chatty := newContainer(t, pods, "payments", "etl-5f2-exec-2", "6a0d1f7c-5d63-4c43-9f59-1f0b5e0f1a02", "spark-kubernetes-executor")
	end := chatty.watch(t)
	for i, from := 0, time.Now(); chatty.rotations() < 2; {
		// Somewhat more than 10 MiB from one rotation to the next, most of it plans in one line each. An agent that hardly gets a processor follows.
		for range 80 {
			chatty.write(t, text[i%len(text)])
			i++
		}
		chatty.write(t, strings.Repeat("+- Project ["+text[i%len(text)]+"]", 44<<10/(14+len(text[i%len(text)]))))
		from = from.Add(100 * time.Millisecond)
		time.Sleep(time.Until(from))
	}
	end()
	chatty.write(t, "the last line")
	chatty.remove(t)

	steady := newContainer(t, pods, "payments", "etl-5f2-exec-3", "6a0d1f7c-5d63-4c43-9f59-1f0b5e0f1a03", "spark-kubernetes-executor")
	for i := range 3000 {
		switch i {
		case 1000:
			collector.stop(t)
		case 1500:
			steady.rotate(t)
		case 2000:
			collector = collect(t, config, "MY_POD_IP=127.0.0.1")
		}
		steady.write(t, text[i%len(text)])
		time.Sleep(time.Millisecond)
	}

	t.Logf("%d, %d and %d lines, %d rotations", len(short.written), len(chatty.written), len(steady.written), chatty.rotations())
	for _, c := range []*container{short, chatty, steady} {
		complete(t, s, c)
	}
	if t.Failed() {
		t.Logf("the agent's log:\n%s", collector.said())
	}
}

func (c *container) rotations() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rotated
}
