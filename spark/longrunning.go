package spark

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// logAgents are names of images, without registry and folder, whose programs collect logs.
var logAgents = []string{
	"alloy", "aws-for-fluent-bit", "aws-otel-collector", "filebeat", "fluent-bit", "fluentd", "fluentd-kubernetes-daemonset", "opentelemetry-collector",
	"opentelemetry-collector-contrib", "opentelemetry-collector-k8s", "otelcol", "promtail", "splunk-otel-collector", "vector",
}

// longRunning are names of further images whose programs serve until somebody stops them: proxies and exporters.
var longRunning = []string{
	"cloud-sql-proxy", "daprd", "envoy", "gce-proxy", "haproxy", "jmx-exporter", "nginx", "nginx-unprivileged", "oauth2-proxy", "proxyv2", "statsd-exporter", "telegraf",
}

// CollectsLogs says whether an image is that of a known log agent.
func CollectsLogs(image string) bool {
	return named(image, logAgents) || strings.Contains(image, "datadog") && named(image, []string{"agent"})
}

func named(image string, names []string) bool {
	ref, ok := ParseReference(image)
	return ok && slices.Contains(names, path.Base(ref.Repository))
}

// RunsForEver says of a container that its program certainly does not end by itself: the image's own, without a shell that may
// end it.
func RunsForEver(c *corev1.Container) bool {
	if !CollectsLogs(c.Image) && !named(c.Image, longRunning) {
		return false
	}
	for _, word := range slices.Concat(c.Command, c.Args) {
		switch base := path.Base(word); base {
		case "sh", "bash", "dash", "ash":
			return false
		default:
			if strings.Contains(word, "quitquitquit") || strings.Contains(word, "exit-on") || strings.Contains(word, "--dry-run") || base == "timeout" {
				return false
			}
		}
	}
	return true
}

// EndsByItself says of a container that its arguments tell a known program to end once its work is done.
func EndsByItself(c *corev1.Container) bool {
	for _, word := range slices.Concat(c.Command, c.Args) {
		switch name, value, _ := strings.Cut(strings.TrimLeft(word, "-"), "="); name {
		case "one-time", "exit-after-auth": // git-sync, vault agent
			return value != "false"
		}
	}
	for _, name := range []string{"GITSYNC_ONE_TIME", "GIT_SYNC_ONE_TIME"} {
		if value := EnvString(c, name); value == "true" || value == "1" {
			return true
		}
	}
	return false
}
