package image

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

func otherArchitecture() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I004", Name: "architecture", Level: rule.Error, Area: rule.Image, Client: true,
		Needs: []rule.Key{neighbour.FactNodes}, Uses: []rule.Key{rule.FactImage},
		Doc: rule.Doc{
			Title: "The image does not run on nodes that take its pods",
			Why: "An image is built for processor architectures, and a node has one (label kubernetes.io/arch). On another node the image cannot be pulled, or its programs end with exec format error. " +
				"The scheduler does not know the image's architectures. Executors of one application fail or run, as the scheduler places them. " +
				"It is checked if the image was read (kubectl spark images --learn), or if its entry in the settings has arch.",
			Remedy: "build the image for the architectures of all nodes (docker buildx build --platform), or choose nodes with spark.kubernetes.node.selector.kubernetes.io/arch or nodeSelector",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: well-known labels, kubernetes.io/arch",
				"OCI image index: platform",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			nodes, _ := rule.Get(p, neighbour.FactNodes)
			if p.Main() == nil || len(nodes) == 0 {
				return
			}
			spec := *p.Template().Spec.DeepCopy()
			spec.NodeName = "" // the next pod may get another node
			image, _ := p.Image()
			of, others := map[string]int{}, 0
			var without []string
			for i := range nodes {
				arch := nodes[i].Labels[corev1.LabelArchStable]
				if arch == "" || !nodes[i].Takes(&spec) {
					continue
				}
				of[arch]++
				if runs, known := image.RunsOn(arch); known && !runs {
					others++
					if !slices.Contains(without, arch) {
						without = append(without, arch)
					}
				}
			}
			if image.Arch == "" && len(of) > 1 {
				p.NotKnown("the image's architectures")
				return
			}
			if len(without) == 0 {
				return
			}
			slices.Sort(without)
			total := 0
			for _, n := range of {
				total += n
			}
			p.Evidence(image.Arch, strings.Join(without, ", "))
			p.Summary("build the image for %s too, or choose nodes with %s", strings.Join(without, ", "), chosenBy(p, image.Arch))
			p.Report(p.At("image"), "the image is for %s, and %s %s; the %s's pods fail there", image.Arch, counted(others, total), strings.Join(without, ", "), p.Role())
		}),
	}
}

// counted words how many of the nodes that take a pod are of another architecture.
func counted(some, all int) string {
	switch {
	case all == 1:
		return "the only node for its pods is"
	case some == all:
		return fmt.Sprintf("all %d nodes for its pods are", all)
	case some == 1:
		return fmt.Sprintf("1 of %d nodes for its pods is", all)
	}
	return fmt.Sprintf("%d of %d nodes for its pods are", some, all)
}

// chosenBy is the setting that chooses nodes of the image's first architecture.
func chosenBy(p *rule.PodPass, archs string) string {
	first, _, _ := strings.Cut(archs, ",")
	if p.Role().Job() {
		return "spark.kubernetes.node.selector." + corev1.LabelArchStable + "=" + first
	}
	return "nodeSelector " + corev1.LabelArchStable + ": " + first
}
