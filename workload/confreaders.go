package workload

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// GiveToReaders gives the spark-defaults.conf of a ConfigMap to the servers that read it, where nothing else among the
// documents speaks of the ConfigMap: it is no application's then, and none of its executors is to be sized. Connect and
// Thrift servers are applications.
func GiveToReaders(docs []*Document) {
	readers := map[Ref][]spark.Identity{}
	for _, doc := range docs {
		for i := range doc.Slots {
			s := &doc.Slots[i]
			if !slices.Contains([]spark.Role{spark.Master, spark.Worker, spark.History}, s.Role) || s.Template == nil || s.Identity.Container < 0 || !s.Identity.Certain {
				continue
			}
			folder := ConfFolderOf(doc.Namespace, s.Template, s.Identity.Container)
			if folder == nil {
				continue
			}
			for _, part := range folder.ConfigMaps {
				readers[part.Ref] = append(readers[part.Ref], s.Identity)
			}
		}
	}
	for _, doc := range docs {
		found := readers[Ref{Namespace: doc.Namespace, Name: doc.Name}]
		if doc.Kind == "ConfigMap" && found != nil && onlyDefaults(doc) && !mentioned(docs, doc) {
			serve(doc, found)
		}
	}
}

// onlyDefaults says that a ConfigMap's spark-defaults.conf is all of it that speaks of Spark.
func onlyDefaults(doc *Document) bool {
	for _, s := range doc.Slots {
		if !s.Missing {
			return false // a pod template
		}
	}
	for _, setting := range doc.Conf {
		if !slices.Contains(setting.Path, KeyDefaults) {
			return false
		}
	}
	return doc.Conf != nil
}

// mentioned says whether a document that is no server's names the ConfigMap.
func mentioned(docs []*Document, conf *Document) bool {
	name, err := json.Marshal(conf.Name)
	return err != nil || slices.ContainsFunc(docs, func(d *Document) bool {
		served := slices.ContainsFunc(d.Slots, func(s Slot) bool {
			return !s.Role.Server() || s.Role == spark.Connect || s.Role == spark.Thrift
		})
		return d != conf && d.Namespace == conf.Namespace && served && (bytes.Contains(d.Raw, name))
	})
}

// serve puts the servers in the place of the application that a configuration by itself is taken for. Their version stays
// the servers' own to tell of.
func serve(doc *Document, readers []spark.Identity) {
	doc.Slots = nil
	for _, id := range readers {
		if slices.ContainsFunc(doc.Slots, func(s Slot) bool { return s.Role == id.Role }) {
			continue
		}
		id = spark.Identity{Role: id.Role, Launcher: id.Launcher, Container: -1, Certain: true}
		doc.Slots = append(doc.Slots, Slot{Role: id.Role, Launcher: id.Launcher, Identity: id, Conf: doc.Conf, Missing: true, Served: true})
	}
}
