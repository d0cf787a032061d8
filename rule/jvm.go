package rule

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// MergeTokens gives the role's JVM one more option, through the channel that belongs to the role
// (see spark.Channel): a variable whose value is a string of options, or for executors one variable an option.
// An option whose key is set in any channel that can be seen fulfils the wish. Spark itself refuses some options
// there (Xmx, -Dspark.* of an executor): a rule that asks for those is mistaken, and the run fails. A collector is given
// only where it is certain that no other is chosen, because a JVM does not start with two.
func (p podVerbs) MergeTokens(part, token string) {
	if !p.Wanted(part) {
		return
	}
	c := p.Main()
	options := p.JVMOptions()
	_, collector := spark.Collector(token)
	_, chosen := spark.CollectorOf(options.Tokens)
	switch {
	case strings.Contains(token, "Xmx"), p.Role() == spark.Executor && strings.HasPrefix(token, "-Dspark"):
		p.run.fail(fmt.Errorf("%s asks for an option that Spark refuses among those of the %s", p.rule.Code, p.Role()))
	case options.Has(spark.OptionKey(token)):
		p.keptToken(part, token)
	case !options.Visible && options.Why == "unbalanced-quotes":
		p.RefuseFor(part, p.At("env"), Unreadable, "the Java options have an unclosed quote")
	case len(c.EnvFrom) > 0:
		p.Refuse(part, p.At("envFrom"), EnvFrom)
	case !options.Visible:
		p.Refuse(part, p.At("env"), ValueFrom)
	case collector && chosen:
		p.Refuse(part, p.At("env"), UserSet)
	case collector && readsConf(p.Role()):
		p.Refuse(part, p.At("env"), ConfUnseen)
	case p.Role() == spark.Executor:
		next := spark.NextOption(c)
		p.carry(part, p.At("env", "-"), reflect.ValueOf(corev1.EnvVar{Name: spark.Channel(spark.Executor) + strconv.Itoa(next), Value: token}), "")
		p.merged(spark.Channel(spark.Executor), token)
	default:
		p.mergeInto(part, spark.Channel(p.Role()), token)
	}
}

// readsConf says whether the role's JVM has options from a configuration that its container does not show.
func readsConf(role spark.Role) bool {
	return role == spark.Driver || role == spark.Connect || role == spark.Thrift
}

func (p podVerbs) mergeInto(part, name, token string) {
	c := p.Main()
	i := lastEnv(c, name)
	if i < 0 && !p.run.in.has(FactImage) {
		// The image may set the variable itself (ENV), and what a pod sets hides that.
		p.RefuseFor(part, p.At("image"), ImageUnknown, "the image may set "+name+", which a value in the pod would hide; describe the image in annotation "+ImageAnnotation)
		return
	}
	at := p.At("env", strconv.Itoa(max(i, 0)), "value")
	switch {
	case i < 0:
		p.carry(part, p.At("env", "-"), reflect.ValueOf(corev1.EnvVar{Name: name, Value: token}), "")
	case c.Env[i].Value == "":
		p.carry(part, at, reflect.ValueOf(token), "")
	default:
		p.replace(part, at, reflect.ValueOf(c.Env[i].Value+" "+token))
		last := &p.run.edits[len(p.run.edits)-1]
		last.Undo = p.run.undo(at, len(at), " "+token)
	}
	p.merged(name, token)
}

// merged says of the edit that was just recorded that it is about an option of the JVM.
func (p *pass) merged(name, token string) {
	if p.run.err == nil {
		last := &p.run.edits[len(p.run.edits)-1]
		last.Token, last.Env = token, name
	}
}

// keptToken remembers the edits that could have brought a token which is there already.
func (p podVerbs) keptToken(part, token string) {
	if p.run.kept == nil {
		return
	}
	c, channel := p.Main(), spark.Channel(p.Role())
	seen := map[string]bool{} // of a name that stands twice the last counts, and is what an edit names
	for i := len(c.Env) - 1; i >= 0; i-- {
		name := c.Env[i].Name
		if seen[name] || name != channel && !(p.Role() == spark.Executor && strings.HasPrefix(name, channel)) {
			continue
		}
		seen[name] = true
		at := p.At("env", strconv.Itoa(i))
		if strings.Contains(c.Env[i].Value+" ", " "+token+" ") {
			p.fulfilled(part, at.With("value"), " "+token)
		}
		if c.Env[i].Value == token || strings.HasPrefix(c.Env[i].Value, token+" ") {
			p.fulfilled(part, at, "")
			p.fulfilled(part, at.With("value"), "")
		}
	}
}
