package security

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// others is where the fields of other containers than Spark's stand.
const others = "in the securityContext of init containers and sidecars"

func hardening() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S011", Name: "hardening", Level: rule.Warning, Area: rule.Security, Client: true, Admit: true,
		Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "The container is not hardened",
			Why: "Without these fields an attacker in the JVM can gain privileges and use every system call. In images that run as root the attacker can own the node's files. " +
				"Spark sets only allowPrivilegeEscalation itself, from 4.3 on. " +
				"runAsNonRoot alone keeps official images from starting, because they name their user without a number. A uid without a passwd entry in the image breaks Hadoop's login. " +
				"So uid and runAsNonRoot are set together, and only for known images. " +
				"The Pod Security level restricted checks every container, so profile restricted also hardens init containers and sidecars. Containers that need rights, such as istio-init, are not changed.",
			Remedy:      "set the fields in a pod template or in the operator's securityContext",
			Since:       "0.1.0",
			Subject:     "container not hardened",
			Consequence: "an attacker in it has more rights than Spark needs",
			Where:       "in the container's securityContext",
			Sources: []string{
				"Kubernetes: Pod Security Standards, profile restricted",
				"Kubernetes: ValidateSecurityContext refuses allowPrivilegeEscalation=false with privileged or CAP_SYS_ADMIN",
				"Spark 4.3.0 as captured: allowPrivilegeEscalation=false on driver and executor",
				"Spark images: USER spark by name, uid 185; Bitnami: uid 1001",
			},
		},
		Parts: []rule.Part{
			{Name: "allowPrivilegeEscalation", Profile: rule.Safe, State: "privilege escalation allowed", Sets: "allowPrivilegeEscalation: false", Says: "`allowPrivilegeEscalation: false`"},
			{Name: "seccomp", Profile: rule.Standard, State: "no seccomp profile", Sets: "seccompProfile.type: RuntimeDefault", Says: "`seccompProfile: RuntimeDefault`"},
			{Name: "runAsNonRoot", Profile: rule.Standard, State: "may run as root", Sets: "runAsNonRoot: true, runAsUser: the number of a user in the image", Says: "`runAsNonRoot` with the image's uid, where its facts are known"},
			{Name: "capabilities", Profile: rule.Standard, State: "default Linux capabilities kept", Sets: "capabilities.drop: [ALL]", Says: "`capabilities.drop: [ALL]`, where the uid is known and not root"},
			{Name: "fsGroup", Profile: rule.Restricted, State: "no fsGroup for the mounted claim", Sets: "fsGroup: the number of a group, such as that of runAsUser", Where: "in the pod's securityContext", Says: "`fsGroup` of the image's uid where a claim is mounted"},
			{Name: "others", Profile: rule.Restricted, State: "init container or sidecar not hardened", Sets: "allowPrivilegeEscalation: false, seccompProfile.type: RuntimeDefault", Where: others, Says: "`allowPrivilegeEscalation: false` and `seccompProfile` for init containers and sidecars"},
			{Name: "othersUser", Profile: rule.Restricted, State: "sidecar may run as root", Sets: "runAsNonRoot: true", Where: others, Says: "`runAsNonRoot` and `capabilities.drop: [ALL]` for init containers and sidecars whose user is known"},
			{Name: "readOnlyRoot", Profile: rule.ByWant, State: "writable root file system", Sets: "readOnlyRootFilesystem: true", Says: "`readOnlyRootFilesystem` with the mounts that Spark writes to"},
		},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			c := p.Main()
			if sc := c.SecurityContext; privileged(sc) {
				p.Sets("allowPrivilegeEscalation", "allowPrivilegeEscalation: false (first remove "+grantOf(sc)+")")
				refusePrivileged(p, "allowPrivilegeEscalation", p.At("securityContext"), sc)
			} else {
				p.Correct("allowPrivilegeEscalation", p.At("securityContext", "allowPrivilegeEscalation"), false)
			}
			ensureSeccomp(p)
			uid, known := ensureUser(p)
			ensureCapabilities(p, uid, known)
			if claimed(p.Template()) {
				ensureGroup(p, uid, known)
			}
			ensureReadOnlyRoot(p, known && uid != 0)
			ensureOthers(p)
		}),
	}
}

func privileged(sc *corev1.SecurityContext) bool { return grantOf(sc) != "" }

// grantOf is what gives the container the rights of its node's root: privileged: true or a capability; "" where nothing does.
func grantOf(sc *corev1.SecurityContext) string {
	if sc == nil {
		return ""
	}
	if sc.Privileged != nil && *sc.Privileged {
		return "privileged: true"
	}
	if sc.Capabilities != nil {
		for _, added := range sc.Capabilities.Add {
			if added == "SYS_ADMIN" || added == "CAP_SYS_ADMIN" || added == "ALL" {
				return string(added) + " from capabilities.add"
			}
		}
	}
	return ""
}

// refusePrivileged says that a part is not done next to what makes the container privileged.
func refusePrivileged(p *rule.PodPass, part string, at rule.Path, sc *corev1.SecurityContext) {
	p.RefuseFor(part, at, rule.Privileged, "first remove "+grantOf(sc)+"; the API server refuses allowPrivilegeEscalation: false next to it")
}

func ensureSeccomp(p *rule.PodPass) {
	pod, sc := p.Template().Spec.SecurityContext, p.Main().SecurityContext
	at := p.At("securityContext", "seccompProfile")
	switch {
	case oldSeccomp(p, p.Main()):
		p.Refuse("seccomp", at, rule.UserSet)
	case sc != nil && sc.SeccompProfile != nil && sc.SeccompProfile.Type != corev1.SeccompProfileTypeUnconfined:
		p.Fill("seccomp", at, corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault})
	case (sc == nil || sc.SeccompProfile == nil) && pod != nil && pod.SeccompProfile != nil && pod.SeccompProfile.Type != corev1.SeccompProfileTypeUnconfined:
	default:
		if pod != nil && pod.SeccompProfile != nil && (sc == nil || sc.SeccompProfile == nil) {
			// Unconfined for the whole pod is a user's word: correcting one container would overrule it.
			at = rule.Path{"spec", "securityContext", "seccompProfile"}
		}
		p.Correct("seccomp", at, corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault})
	}
}

// oldSeccomp says whether an annotation of old chooses the container's profile: the API server refuses a field that differs.
func oldSeccomp(p rule.Pass, c *corev1.Container) bool {
	a := p.Template().Annotations
	_, pod := a["seccomp.security.alpha.kubernetes.io/pod"]
	_, own := a["container.seccomp.security.alpha.kubernetes.io/"+c.Name]
	return pod || own
}

// ensureUser makes the container run as a number that is not root and returns the uid that it runs as then.
func ensureUser(p *rule.PodPass) (uid int64, known bool) {
	pod, sc := p.Template().Spec.SecurityContext, p.Main().SecurityContext
	user, nonRoot := userOf(pod, sc)
	given := user
	at := p.At("securityContext", "runAsNonRoot")
	image, has := p.Image()
	switch {
	case user != nil && *user == 0:
		p.Refuse("runAsNonRoot", p.At("securityContext", "runAsUser"), rule.RunsAsRoot)
		return 0, true
	case user == nil && (!has || image.UID == nil):
		if nonRoot == nil || !*nonRoot {
			p.Refuse("runAsNonRoot", at, rule.ImageUnknown)
		}
		return 0, false
	case user == nil && *image.UID == 0:
		p.Refuse("runAsNonRoot", at, rule.RunsAsRoot)
		return 0, true
	case user == nil:
		user = image.UID
		p.Fill("runAsNonRoot", p.At("securityContext", "runAsUser"), *user)
	case has && image.UID != nil && *image.UID == *user && sc != nil && sc.RunAsUser != nil:
		p.Fill("runAsNonRoot", p.At("securityContext", "runAsUser"), *user)
	}
	number := strconv.FormatInt(*user, 10)
	p.Sets("fsGroup", "fsGroup: "+number+", so that this user can write to the claim,")
	switch {
	case given != nil:
		p.Sets("runAsNonRoot", "runAsNonRoot: true")
		if nonRoot == nil {
			p.State("runAsNonRoot", "runAsNonRoot is not set")
		}
	case nonRoot != nil && *nonRoot:
		p.State("runAsNonRoot", "runAsUser is not set")
		p.Sets("runAsNonRoot", "runAsUser: "+number)
	default:
		p.Sets("runAsNonRoot", "runAsNonRoot: true, runAsUser: "+number)
	}
	if nonRoot == nil || (sc != nil && sc.RunAsNonRoot != nil) {
		p.Correct("runAsNonRoot", at, true)
	} else if !*nonRoot {
		p.Correct("runAsNonRoot", rule.Path{"spec", "securityContext", "runAsNonRoot"}, true)
	}
	return *user, true
}

func userOf(pod *corev1.PodSecurityContext, sc *corev1.SecurityContext) (user *int64, nonRoot *bool) {
	if pod != nil {
		user, nonRoot = pod.RunAsUser, pod.RunAsNonRoot
	}
	if sc != nil && sc.RunAsUser != nil {
		user = sc.RunAsUser
	}
	if sc != nil && sc.RunAsNonRoot != nil {
		nonRoot = sc.RunAsNonRoot
	}
	return user, nonRoot
}

func ensureCapabilities(p *rule.PodPass, uid int64, known bool) {
	at := p.At("securityContext", "capabilities", "drop")
	sc := p.Main().SecurityContext
	var drop []corev1.Capability
	if sc != nil && sc.Capabilities != nil {
		drop = sc.Capabilities.Drop
	}
	for _, dropped := range drop {
		if dropped == "ALL" {
			p.Fill("capabilities", at, []corev1.Capability{"ALL"})
			return
		}
	}
	switch {
	case privileged(sc):
		refusePrivileged(p, "capabilities", at, sc)
	case !known:
		// The stock entrypoint of an image that starts as root changes user by itself, which takes capabilities.
		p.Refuse("capabilities", at, rule.ImageUnknown)
	case uid == 0:
		p.Refuse("capabilities", at, rule.RunsAsRoot)
	default:
		p.Correct("capabilities", at, []corev1.Capability{"ALL"})
	}
}

func claimed(t *corev1.PodTemplateSpec) bool {
	for _, v := range t.Spec.Volumes {
		if v.PersistentVolumeClaim != nil || v.Ephemeral != nil {
			return true
		}
	}
	return false
}

func ensureGroup(p *rule.PodPass, uid int64, known bool) {
	at := rule.Path{"spec", "securityContext", "fsGroup"}
	pod := p.Template().Spec.SecurityContext
	switch {
	case pod != nil && pod.FSGroup != nil:
		if known && uid != 0 && uid == *pod.FSGroup && pod.FSGroupChangePolicy != nil {
			p.Fill("fsGroup", at, uid)
			p.Fill("fsGroup", at[:2].With("fsGroupChangePolicy"), corev1.FSGroupChangeOnRootMismatch)
		}
	case !known:
		p.Refuse("fsGroup", at, rule.ImageUnknown)
	case uid == 0:
		p.Refuse("fsGroup", at, rule.RunsAsRoot)
	default:
		// A recursive change of owner on every start would take long on large volumes.
		p.Fill("fsGroup", at, uid)
		p.Fill("fsGroup", at[:2].With("fsGroupChangePolicy"), corev1.FSGroupChangeOnRootMismatch)
	}
}

// writable lists where Spark writes when the root file system is read-only, per role. The entrypoint of 3.3 and
// before writes its options to /tmp, later ones to the working directory; daemons write logs and process ids.
func writable(role spark.Role) []struct{ name, path string } {
	paths := []struct{ name, path string }{{"kubectl-spark-tmp", "/tmp"}, {"kubectl-spark-work-dir", "/opt/spark/work-dir"}}
	if role.Server() {
		paths = append(paths, struct{ name, path string }{"kubectl-spark-logs", "/opt/spark/logs"})
	}
	if role == spark.Worker {
		paths = append(paths, struct{ name, path string }{"kubectl-spark-work", "/opt/spark/work"})
	}
	return paths
}

func ensureReadOnlyRoot(p *rule.PodPass, unprivileged bool) {
	at := p.At("securityContext", "readOnlyRootFilesystem")
	if sc := p.Main().SecurityContext; sc != nil && sc.ReadOnlyRootFilesystem != nil && !*sc.ReadOnlyRootFilesystem {
		p.Correct("readOnlyRoot", at, true)
		return
	}
	image, known := p.Image()
	if !known || !unprivileged || (image.Entrypoint != "spark" && image.Entrypoint != "spark-docker") {
		if sc := p.Main().SecurityContext; sc == nil || sc.ReadOnlyRootFilesystem == nil {
			p.Refuse("readOnlyRoot", at, rule.ImageUnknown)
		}
		return
	}
	for _, v := range p.Template().Spec.Volumes {
		if strings.HasPrefix(v.Name, "kubectl-spark-") && v.EmptyDir == nil {
			p.Refuse("readOnlyRoot", at, rule.PathTaken) // a volume of that name that is not ours
			return
		}
	}
	for _, d := range p.Main().VolumeDevices {
		for _, w := range writable(p.Role()) {
			if strings.TrimSuffix(d.DevicePath, "/") == w.path || d.Name == w.name {
				p.Refuse("readOnlyRoot", p.At("volumeDevices"), rule.PathTaken)
				return
			}
		}
	}
	for _, w := range writable(p.Role()) {
		if mountedBy(p.Main(), w.path, w.name) {
			continue
		}
		p.AddVolume("readOnlyRoot", corev1.Volume{Name: w.name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
		p.Mount("readOnlyRoot", corev1.VolumeMount{Name: w.name, MountPath: w.path})
	}
	p.Fill("readOnlyRoot", at, true)
}

// mountedBy says whether something else than our own volume is mounted at the path already.
func mountedBy(c *corev1.Container, path, own string) bool {
	for _, m := range c.VolumeMounts {
		if strings.TrimSuffix(m.MountPath, "/") == path && m.Name != own {
			return true
		}
	}
	return false
}
