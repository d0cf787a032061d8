package history

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const rollingKey = "spark.eventLog.rolling.enabled"

func rollingEventLog() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M004", Name: "rolling-event-log", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles},
		Doc: rule.Doc{
			Title: "A long run's event log grows without limit",
			Why: "Without rolling, a streaming query, a Connect or a Thrift server writes one file that grows until the application stops. " +
				"The History Server rereads the whole file each time it has grown. On an object store the file appears only when it is closed. " +
				"Compaction works on rolled files only. Rolling is on by default from 4.0 on.",
			Remedy:      "set spark.eventLog.rolling.enabled=true",
			Since:       "0.1.0",
			Consequence: "it grows without limit, and the History Server rereads all of it",
			Sources: []string{
				"seen: the default of spark.eventLog.rolling.enabled is false in 3.3.4 and 3.5.9, and true in 4.0.5, 4.1.4, 4.2.1 and 4.3.0; SPARK-45771 made it so in 4.0.0",
				"Spark: EventLogFileWriters.scala, monitoring.md: applying compaction on rolling event log files",
			},
		},
		Parts: []rule.Part{{Name: "rolling", Profile: rule.Safe, State: "the event log is a single file", Says: "a rolling event log"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			if on, _ := conf.Get(eventLogKey); !reading.IsTrue(on) || !runsOn(p, conf) {
				return
			}
			value, set, seen := reading.Property(p, rollingKey)
			off := reading.IsFalse(value) || !set && seen && p.Version().AtLeast(3, 0) && !p.Version().AtLeast(4, 0)
			if !off {
				if v := p.Version(); !set && !seen && v.Known() && !v.AtLeast(4, 0) {
					p.NotKnown("all settings (%s may be set elsewhere)", rollingKey)
				}
				return
			}
			observed := "false, the default of Spark " + p.Version().String()
			if set {
				observed = "false"
			}
			p.Evidence(rollingKey+" "+observed, "true")
			p.SetConf("rolling", rollingKey, "true")
		}),
	}
}

// runsOn says whether an application runs until it is stopped: a server, or a stream that says so in its configuration.
func runsOn(p rule.Pass, conf spark.Conf) bool {
	if p.Role() != spark.Driver {
		return true
	}
	for key := range conf {
		if strings.HasPrefix(key, "spark.streaming.") {
			return true
		}
	}
	return reading.Streams(conf)
}
