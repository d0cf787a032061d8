package image

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// slow is how long a pull may take.
const slow = time.Minute

func slowPull() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I019", Name: "slow-pull", Level: rule.Warning, Area: rule.Image, Client: true,
		About: model.FactPulls,
		Doc: rule.Doc{
			Title: "Nodes take more than a minute to pull the image",
			Why: "A pod starts when its node has the image. Each new node pulls it once, with all layers that it does not have. Executors on new nodes come that late, and the driver waits for them. " +
				"The times are the kubelet's, from the Events of the pods. The API server keeps Events for an hour.",
			Remedy: "make the image smaller (kubectl spark explain image REFERENCE --layers=always), or share its lower layers with other images; else pull it to new nodes with a DaemonSet",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: pkg/kubelet/images/image_manager.go, Successfully pulled image",
				"Kubernetes: kube-apiserver, --event-ttl",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			pulls, _ := rule.Get(p, model.FactPulls)
			if p.Main() == nil {
				return
			}
			image := p.Main().Image
			pulls = slices.DeleteFunc(slices.Clone(pulls), func(one model.Pull) bool { return one.Image != image || one.Waited <= slow })
			if len(pulls) == 0 {
				return
			}
			longest := pulls[0]
			took := longest.Waited.Round(time.Second).String()
			observed := took + ", pod " + longest.Pod
			if longest.Took < longest.Waited/2 {
				observed += ", " + (longest.Waited - longest.Took).Round(time.Second).String() + " of it for other pulls"
			}
			if longest.Bytes > 0 {
				observed += fmt.Sprintf(", %d MiB", longest.Bytes>>20)
			}
			p.Evidence(observed, "at most "+slow.String())
			p.Summary("make the image smaller (kubectl spark explain image %s --layers=always), or pull it to new nodes before", image)
			if len(pulls) > 1 {
				p.Report(p.At("image"), "%d pulls of the image took up to %s; the %s's pods start that late", len(pulls), took, p.Role())
				return
			}
			p.Report(p.At("image"), "a pull of the image took %s; the %s's pod starts that late", took, p.Role())
		}),
	}
}
