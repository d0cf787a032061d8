package monitoring

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

func unreadEventLog() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M003", Name: "unread-event-log", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: reading.Applications,
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles, neighbour.FactOperator}, About: neighbour.FactEventLogs,
		Doc: rule.Doc{
			Title: "No History Server reads the event log's folder",
			Why: "A History Server lists the applications whose logs are in spark.history.fs.logDirectory, and in no folder below it. " +
				"An application that writes elsewhere is missing there, and nothing says so. " +
				"This rule compares with the History Servers of the same run of the command, and says nothing without one. " +
				"s3, s3a and s3n name one store. A folder on a volume is compared by its claim.",
			Remedy: "set spark.eventLog.dir to the folder that a History Server reads, or give the History Server this folder",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: History.scala (spark.history.fs.logDirectory), package.scala (spark.eventLog.dir), FsHistoryProvider.checkForLogs: it lists the folder and no folder below",
				"Spark: History.scala of 4.3.0: several folders, with commas, from 4.2.0 on (spark.history.fs.logDirectory.names)",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			conf, known := p.Conf()
			logs, _ := rule.Get(p, neighbour.FactEventLogs)
			if on, _ := conf.Get(eventLogKey); !known || len(logs.Servers) == 0 || !reading.IsTrue(on) {
				return
			}
			folder, set, seen := reading.Property(p, eventLogDirKey)
			if !set {
				if !seen {
					p.NotKnown("all settings (%s may be set elsewhere)", eventLogDirKey)
				}
				return // in the pod, which is another rule's
			}
			if local, is := localFolder(folder); is && !outlivesPod(p, conf, local) {
				return
			}
			store := storeOf(p, logs.Namespace, folder)
			if store == "" {
				p.NotKnown("where %s leads", eventLogDirKey)
				return
			}
			if slices.ContainsFunc(logs.Servers, func(s neighbour.LogUser) bool { return slices.Contains(s.Stores, store) }) {
				return
			}
			var read []string
			for _, s := range logs.Servers {
				if len(s.Stores) == 0 || slices.Contains(s.Stores, "") {
					p.NotKnown("the folder of logs of History Server %s", s.Name)
					return
				}
				read = append(read, s.Name+" reads "+strings.Join(s.Folders, ", "))
			}
			p.Evidence(folder, "a folder that a History Server reads")
			p.Summary("set %s to the folder that a History Server reads, or add %s to its spark.history.fs.logDirectory (from Spark 4.2 on)", eventLogDirKey, folder)
			p.ReportConf(eventLogDirKey, "no History Server reads %s, and none lists this application; %s", folder, reading.Listed(read))
		}),
	}
}

// storeOf names the store of a folder of event logs; see neighbour.Stored.
func storeOf(p rule.Pass, namespace, folder string) string {
	conf, _ := p.Conf()
	if t := p.Template(); t != nil {
		return neighbour.Stored(folder, namespace, &t.Spec, p.Main(), conf)
	}
	return neighbour.Stored(folder, namespace, nil, nil, conf)
}
