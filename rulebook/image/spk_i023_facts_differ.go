package image

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func factsDiffer() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I023", Name: "image-facts-differ", Level: rule.Warning, Area: rule.Image, Client: true,
		Uses: []rule.Key{rule.FactImage, model.FactRead},
		Doc: rule.Doc{
			Title: "The image is not what the settings say",
			Why: "The webhook uses facts of the image: from the pod's annotation, from its settings, and then from the image itself. Facts in the annotation and the settings are not checked against the image. " +
				"With a wrong uid it makes Spark run as a user that the image may not have. A user without an entry in /etc/passwd has no name, and the JVM exits. " +
				"Other wrong facts cost edits, or bring edits without effect. " +
				"Only images that were read are checked (kubectl spark images --learn). Each entry that it writes has a sum, so that a change by hand under learnedImages is found, too.",
			Remedy: "correct the entry in the webhook's settings or the pod's annotation, or remove it; if the tag was pushed again, read the image again: kubectl spark images --learn",
			Levels: "an error where uid or passwd differ, or learned facts were changed by hand",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: configure a security context, runAsUser",
				"Spark 3.5.9 and 4.3.0 run as a user without an entry in /etc/passwd",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			said, known := p.Image()
			read, was := rule.Get(p, model.FactRead)
			if !known || !was {
				return
			}
			if read.Learned && !read.Sealed() {
				p.Level(rule.Error)
				p.Evidence("another entry than images --learn wrote", "the facts of the image")
				p.Summary("remove the key learnedImages, and read the images again: kubectl spark images --learn")
				p.Report(p.At("image"), "facts under learnedImages were changed by hand; Spark may run as a user without a name")
				return
			}
			differ, harmful := differences(&said, &read)
			if len(differ) == 0 {
				return
			}
			var names, have, want []string
			for _, d := range differ {
				names, have, want = append(names, d.name), append(have, d.name+" "+d.said), append(want, d.name+" "+d.read)
			}
			p.Evidence(strings.Join(have, ", "), strings.Join(want, ", "))
			p.Summary("correct the image's entry in annotation %s or the webhook's settings: %s", rule.ImageAnnotation, strings.Join(want, ", "))
			wrong := strings.Join(names, ", ")
			if harmful {
				p.Level(rule.Error)
				p.Report(p.At("image"), "the settings give wrong facts of the image (%s); Spark may run as a user without a name", wrong)
				return
			}
			p.Report(p.At("image"), "the settings give wrong facts of the image (%s); the webhook's edits may have no effect", wrong)
		}),
	}
}

// difference is a fact of which a user says something else than the image.
type difference struct{ name, said, read string }

// differences are the facts that differ, as far as both are known; harmful says that the user is among them.
func differences(said, read *spark.Image) (all []difference, harmful bool) {
	if said.UID != nil && read.UID != nil && *said.UID != *read.UID {
		all, harmful = append(all, difference{"uid", fmt.Sprint(*said.UID), fmt.Sprint(*read.UID)}), true
	} else if said.Passwd != nil && read.Passwd != nil && *said.Passwd != *read.Passwd {
		all, harmful = append(all, difference{"passwd", fmt.Sprint(*said.Passwd), fmt.Sprint(*read.Passwd)}), true
	}
	if said.Java != 0 && read.Java != 0 && said.Java != read.Java {
		all = append(all, difference{"java", fmt.Sprint(said.Java), fmt.Sprint(read.Java)})
	}
	if said.Spark.Known() && read.Spark.Known() && said.Spark != read.Spark {
		all = append(all, difference{"spark", said.Spark.String(), read.Spark.String()})
	}
	for _, d := range []difference{{"entrypoint", said.Entrypoint, read.Entrypoint}, {"libc", said.Libc, read.Libc}} {
		if d.said != "" && d.read != "" && d.said != d.read {
			all = append(all, d)
		}
	}
	return all, harmful
}
