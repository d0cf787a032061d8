package history

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

const serverPart = "historyServer"

func unreadEventLog() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M003", Name: "unread-event-log", Level: rule.Warning, Area: rule.Monitoring, Client: true,
		Roles: reading.Applications,
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles, rule.FactImage, neighbour.FactOperator, neighbour.FactObjects, neighbour.FactEventLogs}, About: neighbour.FactEventLogs,
		Doc: rule.Doc{
			Title: "No History Server reads the event log's folder",
			Why: "A History Server lists the applications whose logs are in spark.history.fs.logDirectory, and in no folder below it. " +
				"An application that writes elsewhere is missing there, and nothing says so. " +
				"s3, s3a and s3n name one store. A folder on a volume is compared by its claim. " +
				"In a cluster the rule reads the Deployments and StatefulSets of all namespaces. In files it compares with the History Servers of the same files, and says nothing without one. " +
				"If no server of the cluster reads the folder, and the namespace has no History Server, fix creates one: a Deployment with the application's image, a Service and a ServiceAccount without rights. " +
				"It gets the application's settings of the file system, its variables that name Secrets, and its account of the cloud. " +
				"Its cleaner deletes event logs that are older than 30 days.",
			Remedy: "set spark.eventLog.dir to the folder that a History Server reads, or give the History Server this folder",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: History.scala (spark.history.fs.logDirectory), package.scala (spark.eventLog.dir), FsHistoryProvider.checkForLogs: it lists the folder and no folder below",
				"Spark: History.scala of 4.3.0: several folders, with commas, from 4.2.0 on (spark.history.fs.logDirectory.names)",
				"seen: the server that fix creates lists a finished application with Spark 3.5.9 and 4.3.0 (test/jvmstart)",
			},
		},
		Parts:  []rule.Part{{Name: serverPart, Profile: rule.Standard, State: "no History Server reads the event log's folder", Says: "a History Server where the cluster has none for the folder"}},
		Ensure: rule.Workload(ensureRead),
	}
}

func ensureRead(p *rule.WorkloadPass) {
	conf, known := p.Conf()
	logs, _ := rule.Get(p, neighbour.FactEventLogs)
	if on, _ := conf.Get(eventLogKey); !known || !reading.IsTrue(on) || len(logs.Servers) == 0 && !logs.Whole && logs.Unread == "" {
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
	own, claim := false, strings.HasPrefix(store, "claim ")
	for _, s := range logs.Servers {
		if claim && s.Namespace != logs.Namespace {
			continue // no pod there can mount the claim
		}
		if len(s.Stores) == 0 || slices.Contains(s.Stores, "") {
			p.NotKnown("the folder of logs of History Server %s", s.Name)
			return
		}
		own = own || s.Namespace == logs.Namespace
		read = append(read, s.Name+" reads "+reading.Listed(s.Folders))
	}
	switch {
	case own || len(read) > 0 && !logs.Whole:
		p.Evidence(folder, "a folder that a History Server reads")
		p.Summary("set %s to the folder that a History Server reads, or add %s to its spark.history.fs.logDirectory (from Spark 4.2 on)", eventLogDirKey, folder)
		p.Message("no History Server reads %s, and none lists this application; %s", folder, reading.Listed(read))
		p.RefuseConf(serverPart, eventLogDirKey, rule.NoExactForm)
	case logs.Whole:
		wantServer(p, logs, folder, store)
	default:
		p.NotKnown("the History Servers of other namespaces (Deployments and StatefulSets: %s)", logs.Unread)
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
