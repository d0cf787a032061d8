package crd

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// scheduled is the kind whose schedule the API server takes whatever it says, and the operator reads.
const scheduled = "ScheduledSparkApplication"

// schedule checks the schedule of a resource as Kubeflow's operator reads it, with the library that it uses (spark-operator v2.3,
// internal/controller/scheduledsparkapplication/controller.go): the time zone first, then five fields, or a word such as @daily.
func (c *check) schedule(tree any) {
	resource, _ := tree.(map[string]any)
	spec, _ := resource["spec"].(map[string]any)
	text, is := spec["schedule"].(string)
	if is && !unrendered(text) && !readable(text) {
		c.add(FieldError{Kind: Value, Path: patch.Path{"spec", "schedule"}, Operator: true, Found: text, Expected: "five cron fields, or @daily"})
	}
	zone, _ := spec["timeZone"].(string)
	if !unrendered(zone) && zoneUnknown(zone) {
		c.add(FieldError{Kind: Value, Path: patch.Path{"spec", "timeZone"}, Operator: true, Found: zone, Expected: "an IANA time zone, as Europe/Berlin"})
	}
}

// readable says that a schedule can be read. It may begin with a time zone of its own.
func readable(text string) bool {
	if strings.HasPrefix(text, "TZ=") || strings.HasPrefix(text, "CRON_TZ=") {
		zone, rest, more := strings.Cut(text, " ") // cron v3.0.1 panics where nothing follows
		_, zone, _ = strings.Cut(zone, "=")
		if !more || zoneUnknown(zone) {
			return false
		}
		text = strings.TrimSpace(rest)
	}
	_, err := cron.ParseStandard(text)
	return err == nil
}

// zoneUnknown says that no time zone has the name. Where this machine knows no zones, that is not said of any.
func zoneUnknown(name string) bool {
	if _, err := time.LoadLocation(name); err == nil {
		return false
	}
	_, err := time.LoadLocation("America/New_York")
	return err == nil
}
