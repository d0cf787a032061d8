package performance

import (
	"fmt"
	"time"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// The two keys and their defaults (internal/config/Network.scala, internal/config/package.scala).
const (
	keyNetworkTimeout = "spark.network.timeout"
	keyHeartbeat      = "spark.executor.heartbeatInterval"

	defaultNetworkTimeout = 120 * time.Second
	defaultHeartbeat      = 10 * time.Second
)

func heartbeatTimeout() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P032", Name: "heartbeat-timeout", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The heartbeat interval exceeds the network timeout",
			Why: "The driver counts an executor as lost after spark.network.timeout (120s) without a heartbeat. " +
				"spark.executor.heartbeatInterval (10s) must be much shorter. Spark refuses to start if the timeout is not greater than the interval. " +
				"It compares the timeout in whole seconds with the interval in milliseconds. A bare number means seconds in the timeout and milliseconds in the interval.",
			Remedy: "keep the interval at 10s, and raise spark.network.timeout if executors pause for long",
			Since:  "0.1.0",
			Sources: []string{
				"Spark 3.3.4 to 4.3.0, run: \"The value of spark.network.timeout=10000ms must be greater than the value of spark.executor.heartbeatInterval=10000ms\" (SparkConf.scala validateSettings)",
			},
		},
		Parts: []rule.Part{{Name: "timeout", Profile: rule.Safe, State: "the timeout is not longer than the interval", Says: "a timeout longer than the heartbeat's interval"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			timeout, ok := durationOr(conf, keyNetworkTimeout, time.Second, defaultNetworkTimeout)
			interval, ok2 := durationOr(conf, keyHeartbeat, time.Millisecond, defaultHeartbeat)
			timeout = timeout.Truncate(time.Second)
			interval = interval.Truncate(time.Millisecond)
			if !ok || !ok2 || timeout > interval {
				return
			}
			p.Evidence(written(timeout), "more than "+written(interval))
			p.Message("%s is %s, not greater than %s (%s); Spark refuses to start", keyNetworkTimeout, written(timeout), keyHeartbeat, written(interval))
			// A default is right beside anything that was right with a default.
			if timeout <= defaultHeartbeat {
				p.Summary("remove %s (120s by default)", keyNetworkTimeout)
				p.UnsetConf("timeout", keyNetworkTimeout)
			}
			if interval >= defaultNetworkTimeout || timeout > defaultHeartbeat {
				p.Summary("remove %s (10s by default)", keyHeartbeat)
				p.UnsetConf("timeout", keyHeartbeat)
			}
			if timeout <= defaultHeartbeat && interval >= defaultNetworkTimeout {
				p.Summary("remove %s and %s (120s and 10s by default)", keyNetworkTimeout, keyHeartbeat)
			}
		}),
	}
}

// durationOr reads a duration; ok says that it could be read.
func durationOr(conf spark.Conf, key string, unit, fallback time.Duration) (d time.Duration, ok bool) {
	d, set, err := conf.Duration(key, unit)
	if !set {
		return fallback, true
	}
	return d, err == nil
}

// written is a duration as Spark's documentation writes it: 120s, 1500ms.
func written(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return fmt.Sprintf("%dms", d/time.Millisecond)
}
