package rule

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// admit runs the rules. Where the report has no room for what takes every edit back, it begins anew without a part, and
// again, until it has: what cannot be taken back is not done. The parts that were left out are refused by name. Whoever runs
// it on what it gave finds the same parts left out, for they are chosen among those that it has still to bring.
func (s *Set) admit(in Input) (r *run, report string, err error) {
	var without []Refusal
	given := in.Skip
	for {
		in.Skip = given
		for _, left := range without {
			in.Skip = append(in.Skip[:len(in.Skip):len(in.Skip)], fullCode(left.Code, left.Part))
		}
		r = newRun(s, in)
		if _, had := in.Template.Annotations[ReportAnnotation]; had {
			r.kept = map[string]string{}
		}
		r.rules()
		r.refusals = append(r.refusals, without...)
		report, whole := r.report()
		if whole || r.err != nil {
			return r, report, nil
		}
		left := r.partToSkip()
		if left == nil {
			return r, report, nil
		}
		without = append(without, *left)
		var again corev1.PodTemplateSpec
		if err := kjson.Unmarshal(in.Raw, &again); err != nil {
			return r, "", errors.New("the pod cannot be read again")
		}
		*in.Template = again
	}
}

// rules runs those that may be applied at admission.
func (r *run) rules() {
	defer func() {
		if p := recover(); p != nil {
			// The value of a panic may hold what stands in the pod; its type does not.
			r.fail(fmt.Errorf("%s panicked (%T)", r.pass.rule.Code, p))
		}
	}()
	for _, rule := range r.set.rules {
		if !rule.Admit || !r.concerns(rule) || len(r.missing(rule)) > 0 {
			continue
		}
		if r.in.Late != nil && r.in.Late() {
			r.fail(ErrLate)
			return
		}
		if p := r.begin(rule); !p.declined() {
			rule.Ensure.on(r)
		}
	}
}

// partToSkip is the part to skip first if the report has no room for all edits of this run. It is the last part
// that the want annotation adds to the profile, else the last part. It is nil if the run made no edits.
func (r *run) partToSkip() *Refusal {
	var last *Refusal
	for i := len(r.edits) - 1; i >= 0; i-- {
		e := &r.edits[i]
		one := &Refusal{Code: e.Code, Part: e.Part, Reason: NoRoom, Path: e.Path}
		if last == nil {
			last = one
		}
		if declared := r.set.Rule(e.Code).part(e.Part, r.in.Identity.Role); declared != nil && !r.in.Profile.Holds(declared.Profile) {
			return one
		}
	}
	return last
}

// withoutReport leaves a template as it is that has no room for a report, but for a report that is not true, which is emptied.
func (s *Set) withoutReport(in Input) (out Admitted, err error) {
	old := in.Template.Annotations[ReportAnnotation]
	if old == "" {
		return out, nil
	}
	if r, report, err := s.admit(in); err == nil && r.err == nil && len(r.edits) == 0 && report == old {
		return Admitted{Report: report, Refusals: r.refusals}, nil
	}
	var again corev1.PodTemplateSpec
	if err := kjson.Unmarshal(in.Raw, &again); err != nil {
		return out, errors.New("the pod cannot be read again")
	}
	*in.Template = again
	r := newRun(s, in)
	out.Ops = []patch.Op{r.annotate("")}
	if r.err == nil {
		r.err = r.verify(out.Ops)
	}
	if r.err != nil {
		return Admitted{}, r.err
	}
	return out, nil
}
