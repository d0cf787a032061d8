package image

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
)

func runsAsRoot() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I005", Name: "runs-as-root", Level: rule.Error, Area: rule.Image, Client: true,
		Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "Spark runs as root",
			Why: "Spark runs user code. As root, this code can change Spark itself, and one flaw of the kernel or the runtime makes it root on the node. " +
				"Files that it writes to volumes belong to root. Spark does not need root. It is not checked if neither the pod nor the image's facts name a user.",
			Remedy:  "set runAsUser in the securityContext to the image's own user, or add USER 185 to the Dockerfile",
			Levels:  "a warning in a Dockerfile for a user without a number, which the kubelet cannot tell from root",
			Since:   "0.1.0",
			Sources: []string{"Kubernetes: Pod Security Standards, restricted", "Spark: kubernetes/dockerfiles Dockerfile, USER 185"},
		},
		Build: built(rule.Error, userOf),
		Parts: []rule.Part{{Name: "runAsUser", Profile: rule.Safe, State: "Spark runs as root", Says: "`runAsUser` of the image"}},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			user, at := saidUser(p)
			image, known := p.Image()
			if user == nil {
				at = p.At("image")
				if !known || image.UID == nil || *image.UID != 0 {
					return
				}
				p.Message("the image's user is root, and the pod sets no runAsUser; the application's code runs as root")
				orderUser(p, at)
				p.Refuse("runAsUser", at, rule.RunsAsRoot)
				return
			}
			if *user != 0 {
				return
			}
			p.Message("runAsUser is 0; the application's code runs as root")
			if !known || image.UID == nil || *image.UID == 0 {
				orderUser(p, at)
				p.Refuse("runAsUser", at, rule.ImageUnknown)
				return
			}
			p.Evidence("0", "the image's user")
			p.Summary("set securityContext.runAsUser of %s to %d, the image's user", whose(p, at), *image.UID)
			p.Correct("runAsUser", at, *image.UID)
		}),
	}
}

// orderUser says what to do where the image's own user is root, or unknown.
func orderUser(p rule.Pass, at rule.Path) {
	p.Summary("set securityContext.runAsUser of %s to a user of the image, or add USER 185 to the Dockerfile", whose(p, at))
}

// whose is the holder of the securityContext that a path leads to: the pod, or the main container.
func whose(p rule.Pass, at rule.Path) string {
	if len(at) > 1 && at[1] == "securityContext" {
		return "the pod"
	}
	return "container " + p.Main().Name
}

// saidUser is the user that the pod says the main container runs as, and where; nil where it says none.
func saidUser(p rule.Pass) (*int64, rule.Path) {
	if s := p.Main().SecurityContext; s != nil && s.RunAsUser != nil {
		return s.RunAsUser, p.At("securityContext", "runAsUser")
	}
	if s := p.Template().Spec.SecurityContext; s != nil && s.RunAsUser != nil {
		return s.RunAsUser, rule.Path{"spec", "securityContext", "runAsUser"}
	}
	return nil, nil
}
