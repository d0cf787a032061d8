package rule

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// placeUnknown says whether the value at a place is unknown. It then records that the part was not checked.
func (r *run) placeUnknown(code, part string, at patch.Path) bool {
	for _, u := range r.in.Unknown {
		if len(at) < len(u.Path) || !slices.Equal(at[:len(u.Path)], u.Path) {
			continue
		}
		skip := Skip{Code: fullCode(code, part), Reason: "needs " + u.Path.Field() + " (" + u.Reason + ")"}
		if u.Path[len(u.Path)-1] == part { // which the code names already
			skip.Reason = u.Reason
		}
		if !slices.Contains(r.skipped, skip) {
			r.skipped = append(r.skipped, skip)
		}
		return true
	}
	return false
}
