package rule

import (
	"cmp"

	"github.com/kubectl-spark/kubectl-spark/rule/internal/possible"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// asked is what a rule asked for of the facts that have few possible values.
type asked uint8

const (
	askedVersion asked = 1 << iota
	askedImage
	askedAlone // the image, whatever the version
)

// answer is what a rule says of the subject. If it finds nothing, and something that it asked for is not known, it passes only if
// nothing that this may be makes a finding.
func (r *run) answer(rule *Rule) (found []Finding, err error) {
	if rule.Spark.Has(r.in.Identity.Version) {
		if found, err = r.diagnose(rule); err != nil || len(found) > 0 || r.notKnown != "" {
			return found, err
		}
	} else {
		r.asked, r.notKnown = askedVersion, ""
	}
	r.notKnown = r.undecided(rule, r.in, r.asked)
	return nil, nil
}

// undecided names what a rule needs that finds nothing in an input, and asked for facts of it; "" where nothing that they may be
// makes a finding.
func (r *run) undecided(rule *Rule, in Input, asked asked) (needs string) {
	known, _ := imageOf(&in, r.template != nil)
	if version := &in.Identity.Version; asked&askedVersion != 0 && !version.Known() {
		for _, *version = range possible.Versions(known) {
			if !rule.Spark.Has(*version) {
				continue
			}
			open, more := r.suppose(rule, in)
			if open {
				return possible.Version(r.running(), r.in.Identity.Role.Job())
			}
			if also := r.undecided(rule, in, more); also != "" {
				*version = spark.Version{} // the image alone may decide
				return cmp.Or(r.undecided(rule, in, asked&askedImage|askedAlone), possible.Version(r.running(), r.in.Identity.Role.Job())+" and "+also)
			}
		}
		return ""
	}
	if asked&askedImage == 0 {
		return ""
	}
	Put(&in.Facts, FactImage, known) // the last of a list of its own
	supposed := &in.Facts.known[len(in.Facts.known)-1]
	decides := func(image spark.Image) bool {
		supposed.value = image
		open, more := r.suppose(rule, in)
		return open || asked&askedAlone == 0 && r.undecided(rule, in, more&askedVersion) != ""
	}
	for image := range possible.Images(known, in.Identity.Version) {
		if decides(image) {
			return possible.Needed(ImageAnnotation, known, image, func(without spark.Image) bool { return !decides(without) })
		}
	}
	return ""
}

// running says that the subject is a pod, or becomes one by a template: it is not made of settings.
func (r *run) running() bool {
	return r.template != nil && (r.in.Conf == nil || r.template.UID != "" || r.in.Identity.Launcher != spark.Submitter())
}

// suppose runs a rule as if more were known. open says that it finds or lacks something then; more is what it asked for.
func (r *run) suppose(rule *Rule, in Input) (open bool, more asked) {
	before, skipped, refusals := r.in, len(r.skipped), len(r.refusals)
	r.in, r.supposing, r.decided = in, true, false
	_, _ = r.diagnose(rule)
	open, more = r.decided || r.notKnown != "", r.asked
	r.in, r.supposing, r.err, r.skipped, r.refusals = before, false, nil, r.skipped[:skipped], r.refusals[:refusals]
	return open, more
}

// decides ends a rule that is run on what is supposed: it finds something, and what that is does not matter. Nothing is edited.
func (p *pass) decides() {
	if p.run.decided = p.run.supposing; p.run.decided {
		panic("decided")
	}
}
