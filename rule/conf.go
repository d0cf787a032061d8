package rule

import (
	"maps"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Given says whether the configuration sets a key as it was handed in: what an earlier finding set may be refused, and
// is no reason to do without. The rule must declare FactConf.
func (p reader) Given(key string) bool {
	p.asks(FactConf)
	return has(p.run.asGiven, key)
}

// SetConf gives a key of the workload's configuration a value. A key that holds it already fulfils the wish; where it
// does so only since an earlier finding, it is set again: that one may be refused, and this one is carried alone.
// It is carried by fix; no admission changes a configuration. The rule must declare FactConf.
func (p confVerbs) SetConf(part, key, value string) {
	conf, _ := p.Conf()
	holds := func(conf spark.Conf) bool { return conf[key].Value == value && has(conf, key) }
	if !p.Wanted(part) || holds(conf) && holds(p.run.asGiven) {
		return
	}
	p.change(part, spark.Change{Key: key, Value: value})
}

// UnsetConf takes a key out of the workload's configuration where it is set. See SetConf.
func (p confVerbs) UnsetConf(part, key string) {
	conf, _ := p.Conf()
	if !p.Wanted(part) || !has(conf, key) {
		return
	}
	p.change(part, spark.Change{Key: key, Unset: true})
}

// RenameConf gives what stands under a key the name that Spark reads; what stands under that name already stays. Where
// it stands there only since an earlier finding, it is set again: that one may be refused, and this one is carried alone.
// See SetConf.
func (p confVerbs) RenameConf(part, key, to string) {
	conf, _ := p.Conf()
	if !p.Wanted(part) || !has(conf, key) {
		return
	}
	value := conf[key].Value
	taken := has(conf, to)
	if taken {
		value = conf[to].Value
	}
	p.UnsetConf(part, key)
	if !taken || !has(p.run.asGiven, to) {
		p.change(part, spark.Change{Key: to, Value: value, From: key})
	}
}

// RefuseConf says that a change of a key that is wanted is not made, and why: the finding stands at the key.
func (p confVerbs) RefuseConf(part, key string, reason Reason) {
	if !p.Wanted(part) {
		return
	}
	p.decides()
	p.called = append(p.called, call{part: part, path: p.run.asGiven[key].Path, key: key, reason: reason})
	p.run.refusals = append(p.run.refusals, Refusal{Code: p.rule.Code, Part: part, Reason: reason, Path: patch.Path{key}})
}

func (p confVerbs) change(part string, c spark.Change) {
	if !p.run.correct {
		p.RefuseConf(part, c.Key, UserSet)
		return
	}
	p.decides()
	p.called = append(p.called, call{part: part, path: p.run.asGiven[c.Key].Path, key: c.Key})
	p.run.edits = append(p.run.edits, Edit{Code: p.rule.Code, Part: part, Conf: []spark.Change{c}})
	conf := maps.Clone(p.run.in.Conf)
	if conf == nil {
		conf = spark.Conf{}
	}
	if c.Unset {
		delete(conf, c.Key)
	} else {
		setting := conf[c.Key]
		setting.Value = c.Value
		conf[c.Key] = setting
	}
	p.run.holdConf(conf)
}

func has(conf spark.Conf, key string) bool {
	_, set := conf[key]
	return set
}
