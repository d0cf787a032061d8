package history

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

func noEventLog() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M001", Name: "no-event-log", Level: rule.Advice, Area: rule.Monitoring, Client: true,
		Roles: reading.Applications,
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles}, About: neighbour.FactEventLogs,
		Doc: rule.Doc{
			Title: "The application writes no event log, and others do",
			Why: "The web UI ends with the driver. Without an event log nothing shows afterwards which stage was slow or failed, and tune has no figures. " +
				"spark.eventLog.enabled is false by default. " +
				"This rule needs a known store: a History Server, or another application of the namespace with an event log, in the same run of the command. " +
				"A driver that cannot write the log's folder fails when it starts. So this rule reports only applications that already use that file system. " +
				"An explicit spark.eventLog.enabled=false stays as it is: the fix is manual.",
			Remedy: "set spark.eventLog.enabled=true and spark.eventLog.dir to the folder that a History Server reads; the driver needs the file system's jars and the right to write there",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: package.scala of 3.5.9 and 4.3.0 (spark.eventLog.enabled is false by default)",
				"Spark: EventLogFileWriters.scala (requireLogBaseDirAsDirectory): the driver fails without the folder",
			},
		},
		Parts: []rule.Part{{Name: "eventLog", Profile: rule.Standard, State: "the application writes no event log", Says: "an event log where others have theirs, if the application uses that file system"}},
		Ensure: rule.Conf(func(p *rule.ConfPass) {
			conf, _ := p.Conf()
			on, set, seen := reading.Property(p, eventLogKey)
			if set && !reading.IsFalse(on) {
				return
			}
			if !set && (!seen || !reading.ConfComplete(p, conf) && !p.Launcher().Traits().ByHand) {
				p.NotKnown("all settings (%s may be set elsewhere)", eventLogKey)
				return
			}
			folder, whose := knownFolder(p)
			if folder == "" || !usesFileSystem(p, folder) {
				return
			}
			p.Message("the application writes no event log; after its end nothing shows what it did, and %s", whose)
			p.Evidence(eventLogKey+"=false", "true, in "+folder)
			p.Summary("set %s=true and %s=%s", eventLogKey, eventLogDirKey, folder)
			if own, has := conf.Get(eventLogDirKey); has {
				folder = own
				p.Summary("set %s=true", eventLogKey)
			}
			if set {
				p.Message("%s is false; after its end nothing shows what the application did, and %s", eventLogKey, whose)
				p.RefuseConf("eventLog", eventLogKey, rule.UserSet)
				return
			}
			p.SetConf("eventLog", eventLogKey, "true")
			p.SetConf("eventLog", eventLogDirKey, folder)
		}),
	}
}

// knownFolder is where the event log of the application belongs, and who has it there: the one folder of a History Server, those of
// the namespace first, else that of other applications of the namespace. "" where there is none, or more than one to choose from.
func knownFolder(p rule.Pass) (folder, whose string) {
	logs, _ := rule.Get(p, neighbour.FactEventLogs)
	elsewhere := func(u neighbour.LogUser) bool { return u.Namespace != logs.Namespace }
	for _, users := range [][]neighbour.LogUser{slices.DeleteFunc(slices.Clone(logs.Servers), elsewhere), logs.Servers, slices.DeleteFunc(slices.Clone(logs.Writers), elsewhere)} {
		stores := map[string]bool{}
		for _, u := range users {
			for i, store := range u.Stores {
				if strings.Contains(store, "://") {
					stores[store] = true
					folder, whose = u.Folders[i], u.Name+" writes to "+u.Folders[i]
					if len(logs.Servers) > 0 {
						whose = "History Server " + u.Name + " reads " + u.Folders[i]
					}
				}
			}
		}
		if len(stores) == 1 {
			return folder, whose
		}
		if len(stores) > 1 {
			return "", ""
		}
	}
	return "", ""
}

// usesFileSystem says that a setting of the application names a place in the file system of a folder, or configures that.
func usesFileSystem(p rule.Pass, folder string) bool {
	conf, _ := p.Conf()
	scheme, _, _ := strings.Cut(folder, ":")
	for key, setting := range conf {
		if key != eventLogDirKey && strings.Contains(setting.Value, scheme+"://") || strings.HasPrefix(key, "spark.hadoop.fs."+scheme+".") {
			return true
		}
	}
	return false
}
