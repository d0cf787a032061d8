package image

import (
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

func cannotBePulled() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I022", Name: "cannot-be-pulled", Level: rule.Error, Area: rule.Image, Client: true,
		About: model.FactLife, Uses: []rule.Key{model.FactEvents},
		Doc: rule.Doc{
			Title: "An image cannot be pulled",
			Why: "The kubelet cannot pull the image, and the container waits (ErrImagePull, ImagePullBackOff, InvalidImageName). " +
				"The kubelet tries again, at most every five minutes. Until then the pod does not start, and the application waits. " +
				"Registries answer a wrong name and a missing right alike, so the reason may be either.",
			Remedy: "correct the image's name or tag, give the pod a pull secret, or make the registry reachable from the nodes",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: images, ImagePullBackOff; pkg/kubelet/images/types.go",
				"containerd: errors of pull and resolve",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			_, _ = rule.Get(p, model.FactEvents) // they have the registry's answer, which the pod's status loses
			for _, h := range reading.Happened(p, model.ImagePull) {
				why, needed, order := reasonOf(h.Cause, placesOf(p, &h))
				image := h.Example.Image
				if image == "" {
					image = "of container " + h.Container
				}
				if h.Cause == model.PullUnknown {
					order += ": " + reading.Describe(&h)
				}
				p.Pod().Happened(h.Pods)
				p.Evidence(reading.Seen(&h, h.Example.Reason), needed)
				p.Summary("%s", order)
				const form = "image %s cannot be pulled (%s); %s cannot start"
				if p.Main() == nil {
					p.ReportOwner(rule.Path{"status"}, form, image, why, reading.Who(p, &h))
					continue
				}
				p.Report(p.At("image"), form, image, why, reading.Who(p, &h))
			}
		}),
	}
}

// places are where the image, its pull secrets and its pull policy are set.
type places struct{ image, secrets, policy string }

// placesOf are those of the pods to which something happened: settings, where Spark makes the pods, else fields.
func placesOf(p rule.Pass, h *model.Happening) places {
	if reading.RoleOf(p, h).Job() && reading.IsSpark(p, h) && !reading.ClientDriver(p) {
		const image = "spark.kubernetes.container.image"
		return places{image, image + ".pullSecrets", image + ".pullPolicy"}
	}
	return places{"container " + h.Container, "imagePullSecrets of the pod", "imagePullPolicy of container " + h.Container}
}

// reasonOf words a reason, what is needed instead and what to do.
func reasonOf(cause string, at places) (why, needed, order string) {
	switch cause {
	case model.PullName:
		return "its name is invalid", "a valid image reference", "correct the image name in " + at.image
	case model.PullMissing:
		return "the registry has no such image or tag", "an image that exists", "correct the image name or tag in " + at.image + ", or push the image"
	case model.PullRights:
		return "the registry refuses access", "an image pull secret with access", "set " + at.secrets + " to a Secret with access, or correct the image name"
	case model.PullNetwork:
		return "the node did not reach the registry", "a registry that the nodes reach", "check the registry name in " + at.image + ", and DNS, proxy and certificates on the node"
	case model.PullArchitecture:
		return "it has no variant for the node's processor", "an image for the node's processor", "build the image for the node's processor, or select other nodes with nodeSelector"
	case model.PullNever:
		return "pull policy Never, and the node lacks it", "the image on the node", "set " + at.policy + " to IfNotPresent, or load the image onto the node"
	}
	return "the reason is not in the status", "an image that can be pulled", "find the reason in the Events"
}
