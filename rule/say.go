package rule

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/wording"
)

// Next ends the finding that the verbs so far make, and begins another: level, message, summary and evidence start anew. Without a verb
// there is nothing to end. An Ensure rule calls it between things that a user would mend apart, such as two keys.
func (p *pass) Next() {
	if len(p.called) > 0 && p.tells() {
		f := p.finding()
		f.Edits = append([]Edit(nil), p.run.edits[p.edited:]...)
		p.found = append(p.found, f)
	}
	p.called, p.edited = nil, len(p.run.edits)
	p.level, p.message, p.fault, p.summary, p.observed, p.needed, p.cause, p.also, p.states, p.orders = p.rule.Level, "", "", "", "", "", "", nil, nil, nil
	p.happened, p.pods = false, 0
}

// State replaces the faulty state of a part as the current finding words it.
func (p *pass) State(part, state string) {
	if !p.tells() {
		return
	}
	if p.states == nil {
		p.states = map[string]string{}
	}
	p.states[part] = state
}

// Sets replaces what a part sets, as the order of the current finding words it.
func (p *pass) Sets(part, order string) {
	if !p.tells() {
		return
	}
	if p.orders == nil {
		p.orders = map[string]string{}
	}
	p.orders[part] = order
}

// Level gives the current finding another level than the rule's usual one.
func (p *pass) Level(level Level) { p.level = level }

// Message replaces the finding's sentence that is otherwise made of the parts' states and the consequence.
func (p *pass) Message(format string, args ...any) {
	if p.tells() {
		p.message, p.fault = fmt.Sprintf(format, args...), format
	}
}

// tells says whether anybody is told what is found: no admission tells, and nobody is told what is only supposed.
func (p *pass) tells() bool { return p.run.correct && !p.run.supposing }

// Summary says in a few words what the fix does.
func (p *pass) Summary(format string, args ...any) {
	if p.tells() {
		p.summary = fmt.Sprintf(format, args...)
	}
}

// SummaryOf is Summary for a text that takes long to make: it is made only where somebody is told.
func (p *pass) SummaryOf(text func() string) {
	if p.tells() {
		p.summary = text()
	}
}

// Evidence names what was observed and what is needed.
func (p *pass) Evidence(observed, needed string) { p.observed, p.needed = observed, needed }

// Happened says that what the current finding tells has happened, to so many pods or, not counted, to 0. It stands before others of its level.
func (p *pass) Happened(pods int) { p.happened, p.pods = true, pods }

// Cause names the code of another rule, the fix of whose finding takes the current one away, too.
func (p *pass) Cause(code string) { p.cause = code }

// Also names a further place in the template of the current finding: of an Inspect rule, of the one that it reports next.
func (p podVerbs) Also(at patch.Path) { p.also = append(p.also, Place{Path: at}) }

// AlsoConf names a further setting, as Also does a place. What an Ensure rule's verbs change besides the first key is named by itself.
func (p confVerbs) AlsoConf(key string) { p.also = append(p.also, p.setting(key)) }

// setting is the place of a key, as the configuration was handed in.
func (p *pass) setting(key string) Place {
	given := p.run.asGiven[key]
	return Place{Path: given.Path, Line: given.Line, Key: key, OfConf: true}
}

// NotKnown says that the rule cannot tell, for lack of what the text names. Where it finds nothing, it counts as skipped for that.
func (p *pass) NotKnown(format string, args ...any) {
	if p.run.notKnown == "" && p.run.correct {
		p.run.notKnown = fmt.Sprintf(format, args...)
	}
}

// NeedsPod is NotKnown for a rule that a configuration alone does not answer.
func (p *ConfPass) NeedsPod() { p.NotKnown("%s", p.run.in.unseen()) }

// unseen names the pod of which there is no template, with the reason.
func (in *Input) unseen() string {
	if in.Unseen == "" {
		return "the pod"
	}
	return "the pod (" + in.Unseen + ")"
}

// Report makes a finding of an Inspect rule at a place in the template.
func (p podVerbs) Report(at patch.Path, format string, args ...any) {
	p.reportAt(Place{Path: at}, format, args...)
}

// ReportConf makes a finding of an Inspect rule at a setting of the configuration.
func (p confVerbs) ReportConf(key, format string, args ...any) {
	p.reportAt(p.setting(key), format, args...)
}

// ReportOwner makes a finding of an Inspect rule at a field of the object that owns the pods: path begins at its root.
func (p reader) ReportOwner(path patch.Path, format string, args ...any) {
	p.reportAt(Place{Path: path, OfConf: true}, format, args...)
}

// ReportPlaces makes one finding at several places of any kind, and one fault whatever its words. That of an Ensure rule holds the verbs so far.
func (p reader) ReportPlaces(places []Place, format string, args ...any) {
	before := len(p.found)
	if p.Message(format, args...); p.rule.Ensure != nil {
		p.Next()
	} else {
		p.reportAt(places[0], format, args...)
	}
	if n := len(p.found); n > before {
		p.found[n-1].Place, p.found[n-1].Also, p.found[n-1].Fault = places[0], places[1:], p.rule.Code
	}
}

// AtField is a place in the template.
func AtField(path patch.Path) Place { return Place{Path: path} }

// AtOwner is a field of the object that owns the pods: the path begins at its root.
func AtOwner(path patch.Path) Place { return Place{Path: path, OfConf: true} }

// AtSetting is where a key of the configuration stands.
func (p confVerbs) AtSetting(key string) Place { return p.setting(key) }

func (p *pass) reportAt(at Place, format string, args ...any) {
	if p.rule.Inspect == nil {
		p.run.fail(fmt.Errorf("%s reports, and only an Inspect rule may", p.rule.Code))
		return
	}
	p.decides()
	message := fmt.Sprintf(format, args...)
	p.found = append(p.found, Finding{Place: at, Message: message, Fault: wording.Fault(format, message),
		Level: p.level, Observed: p.observed, Needed: p.needed, Summary: p.summary, Cause: p.cause, Also: p.also,
		Happened: p.happened, Pods: p.pods})
	p.cause, p.also, p.happened, p.pods = "", nil, false, 0
}
