package security

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// roomForOthers is how many bytes edits of other containers may take in the report: what it cannot name could not be taken
// back. The options of a master or worker take more of it, and so do the mounts of a read-only root.
func roomForOthers(p rule.Pass) int {
	room := 800
	if p.Role() == spark.Master || p.Role() == spark.Worker {
		room = 540
	}
	if p.Wanted("readOnlyRoot") {
		room -= 450
	}
	return room
}

// ensureOthers brings init containers and sidecars to what Pod Security's profile restricted asks of every container of a
// pod. Fields are set on each container and not on the pod, so that nothing changes for a container that comes later.
func ensureOthers(p *rule.PodPass) {
	if !p.Wanted("others") && !p.Wanted("othersUser") {
		return
	}
	spec := &p.Template().Spec
	seen := map[string]bool{p.Main().Name: true}
	room := roomForOthers(p)
	for _, list := range [...]struct {
		field      string
		containers []corev1.Container
	}{{"initContainers", spec.InitContainers}, {"containers", spec.Containers}} {
		for i := range list.containers {
			c := &list.containers[i]
			if list.field == "containers" && i == p.Identity().Container {
				continue
			}
			at := rule.Path{"spec", list.field, strconv.Itoa(i), "securityContext"}
			if seen[c.Name] || !plain(c.Name) {
				continue // no API server lets it in, and a report could not name it
			}
			seen[c.Name] = true
			if room -= spaceOf(p, c); room < 0 {
				p.Refuse("others", at, rule.NoRoom)
				p.Refuse("othersUser", at, rule.NoRoom)
				return
			}
			ensureOther(p, c, at)
		}
	}
}

// spaceOf is how many bytes the container's edits take in the report, at most: those that are to be made, and those that
// the report of an earlier pass names, so that the next pass decides as this one.
func spaceOf(p rule.Pass, c *corev1.Container) int {
	sc := c.SecurityContext
	if sc == nil {
		sc = &corev1.SecurityContext{}
	}
	ours := 0
	for _, holds := range []bool{sc.AllowPrivilegeEscalation != nil && !*sc.AllowPrivilegeEscalation, sc.SeccompProfile != nil && sc.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		sc.RunAsUser != nil, sc.RunAsNonRoot != nil && *sc.RunAsNonRoot, sc.Capabilities != nil && slices.Contains(sc.Capabilities.Drop, "ALL")} {
		if holds {
			ours++
		}
	}
	// Anybody may have written the report: it names no more edits than the container shows.
	edits := min(ours, strings.Count(p.Template().Annotations[rule.ReportAnnotation], `"@`+c.Name+`/`))
	for _, missing := range []bool{sc.AllowPrivilegeEscalation == nil, sc.SeccompProfile == nil, sc.RunAsUser == nil, sc.RunAsNonRoot == nil,
		sc.Capabilities == nil || len(sc.Capabilities.Drop) == 0} {
		if missing {
			edits++
		}
	}
	return edits * (len(c.Name) + 40)
}

// plain says whether the name is made of what Kubernetes takes for one: small letters, digits and dashes.
func plain(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func ensureOther(p *rule.PodPass, c *corev1.Container, at rule.Path) {
	pod, sc := p.Template().Spec.SecurityContext, c.SecurityContext
	if sc == nil {
		sc = &corev1.SecurityContext{}
	}
	if needsRights(sc) {
		p.Refuse("others", at, rule.NeedsRights)
		p.Refuse("othersUser", at, rule.NeedsRights)
		return
	}
	// Another value was chosen for a container that is not Spark's: it is named, and not even fix changes it.
	if at := at.With("allowPrivilegeEscalation"); sc.AllowPrivilegeEscalation != nil && *sc.AllowPrivilegeEscalation {
		p.Refuse("others", at, rule.UserSet)
	} else {
		p.Fill("others", at, false)
	}
	inherits := sc.SeccompProfile == nil && pod != nil && pod.SeccompProfile != nil
	switch at := at.With("seccompProfile"); {
	case oldSeccomp(p, c), unconfined(sc.SeccompProfile), inherits && unconfined(pod.SeccompProfile):
		p.Refuse("others", at, rule.UserSet)
	case !inherits:
		p.Fill("others", at, corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault})
	}
	ensureOtherUser(p, c, sc, at)
}

// ensureOtherUser makes the container run as a number that is not root and without capabilities, where the number can
// be told: what an unknown image runs as, its makers know.
func ensureOtherUser(p *rule.PodPass, c *corev1.Container, sc *corev1.SecurityContext, at rule.Path) {
	user, nonRoot := userOf(p.Template().Spec.SecurityContext, sc)
	image := otherImage(p, c)
	forced := nonRoot != nil && *nonRoot // then the kubelet starts it as anyone but root
	switch {
	case user != nil && *user == 0, user == nil && image != nil && *image == 0:
		p.Refuse("othersUser", at.With("runAsUser"), rule.RunsAsRoot)
		return
	case nonRoot != nil && !*nonRoot:
		p.Refuse("othersUser", at.With("runAsNonRoot"), rule.UserSet)
		return
	case user == nil && image == nil && !forced:
		p.Refuse("othersUser", at, rule.ImageUnknown)
		return
	case image != nil && (user == nil || *image == *user && sc.RunAsUser != nil):
		p.Fill("othersUser", at.With("runAsUser"), *image)
	}
	if !forced || sc.RunAsNonRoot != nil {
		p.Fill("othersUser", at.With("runAsNonRoot"), true)
	}
	drop := at.With("capabilities", "drop")
	if sc.Capabilities != nil && len(sc.Capabilities.Drop) > 0 && !slices.Contains(sc.Capabilities.Drop, "ALL") {
		p.Refuse("othersUser", drop, rule.UserSet)
		return
	}
	p.Fill("othersUser", drop, []corev1.Capability{"ALL"})
}

// otherImage is the user that a container's image runs as: of the main container's own image, or of a public one.
func otherImage(p rule.Pass, c *corev1.Container) *int64 {
	if image, known := p.Image(); known && c.Image == p.Main().Image {
		return image.UID
	}
	image, _ := spark.Facts(c.Image, nil)
	return image.UID
}

// needsRights says whether the container asks for rights that Pod Security's profile restricted does not grant.
func needsRights(sc *corev1.SecurityContext) bool {
	if privileged(sc) {
		return true
	}
	if sc.Capabilities == nil {
		return false
	}
	return slices.ContainsFunc(sc.Capabilities.Add, func(added corev1.Capability) bool { return added != "NET_BIND_SERVICE" })
}

func unconfined(profile *corev1.SeccompProfile) bool {
	return profile != nil && profile.Type == corev1.SeccompProfileTypeUnconfined
}
