package source

import (
	"testing"
)

// TestOnlyWhatIsNamedIsHeldAsATemplate: a dump of a cluster is thousands of files of one pod each.
func TestOnlyWhatIsNamedIsHeldAsATemplate(t *testing.T) {
	const pod = "kind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: c}]\n"
	templates := Templates{}
	if templates.Offer(opened(t, "lives.yaml", "kind: Pod\nmetadata: {name: a, uid: b}\nspec:\n  containers: [{name: c}]\n")) || len(templates) > 0 {
		t.Error("a pod of a cluster is taken for a template")
	}
	named := opened(t, "k/pod.yaml", pod)
	if !templates.Offer(named) || !templates.Offer(opened(t, "k/other.yaml", pod)) {
		t.Error("a pod that a configuration may name is not taken")
	}
	submit := opened(t, "k/run.sh", "spark-submit --master k8s://https://x --conf spark.kubernetes.driver.podTemplateFile=pod.yaml a.py\n").Docs[0]
	templates.Give(submit, "k/run.sh")
	if templates.Drop(); len(templates) != 1 || templates["k/pod.yaml"] != named || !named.has("driver") {
		t.Errorf("held: %d files, roles %v", len(templates), named.roles)
	}
	inImage := opened(t, "k/image.sh", "spark-submit --master k8s://https://x --conf spark.kubernetes.executor.podTemplateFile=/pod.yaml a.py\n").Docs[0]
	if templates.Give(inImage, "k/image.sh"); named.has("executor") {
		t.Error("an absolute path is taken for a file beside the script")
	}
	if templates.Give(submit, "k/run.sh"); len(named.roles) != 1 {
		t.Error("what was given is given again")
	}
}
