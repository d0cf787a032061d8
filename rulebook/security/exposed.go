package security

import (
	"fmt"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// outside is the widest of the ways that lead from outside of the cluster's network to a port without asking for a
// login. The rule must declare FactServices.
func outside(p rule.Pass, port int32) (widest neighbour.Exposure, found bool) {
	ways, _ := rule.Get(p, neighbour.FactServices)
	for _, way := range ways {
		if way.Outside && !way.Guarded && way.Port == port && (!found || open(way) && !open(widest)) {
			widest, found = way, true
		}
	}
	return widest, found
}

// leadsElsewhere says whether a way from outside leads to a port that is none of the role's standard ones: a setting may have moved
// one there.
func leadsElsewhere(p rule.Pass, standard int32) bool {
	ways, _ := rule.Get(p, neighbour.FactServices)
	for _, way := range ways {
		if c := p.Main(); way.Outside && !way.Guarded && way.Port != standard && way.Port != spark.ServicePort(c, p.Role()) && way.Port != spark.WebPort(c, p.Role()) {
			return true
		}
	}
	return false
}

// open says whether nothing is known to stand in the way: no private network, and no Ingress or gateway, which may ask
// for a login by means that their objects do not show.
func open(way neighbour.Exposure) bool { return way.Kind == "Service" && !way.Private }

// wayLevel is an error where the way is open, and a warning where something may stand in it.
func wayLevel(way neighbour.Exposure) rule.Level {
	if open(way) {
		return rule.Error
	}
	return rule.Warning
}

// wayName words a way: Service etl-ui (LoadBalancer), Ingress etl.
func wayName(way neighbour.Exposure) string {
	if way.Kind == "Service" {
		return fmt.Sprintf("Service %s (%s)", way.Name, way.Type)
	}
	return way.Kind + " " + way.Name
}

// wayPorts names what of a way leads to a port: spec.ports of Service etl-ui (LoadBalancer).
func wayPorts(way neighbour.Exposure) string {
	if way.Kind == "Service" {
		return "spec.ports of " + wayName(way)
	}
	return wayName(way)
}

// portSet is the port that a setting names, else the standard one; 0, which nothing leads to, where it cannot be read.
// The rule must declare FactConf and FactFiles.
func portSet(p rule.Pass, key string, standard int32) int32 {
	text, set, seen := reading.Property(p, key)
	if !set {
		if !seen && leadsElsewhere(p, standard) {
			p.NotKnown("all settings (%s may be set elsewhere)", key)
		}
		return standard
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int32(n)
}
