package installation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Allowance is what the webhook does with a pod of an image.
type Allowance struct {
	Role    spark.Role   `json:"role"`
	Profile rule.Profile `json:"profile"`
	Edits   []string     `json:"edits"`             // parts that are made
	Refused []Held       `json:"refused,omitempty"` // parts that are not made because of the image
}

// Held is a part that is not made, and why.
type Held struct {
	Part   string      `json:"part"`
	Reason rule.Reason `json:"reason"`
}

// ofImage are the reasons that lie in the image, or in what is known of it.
var ofImage = []rule.Reason{rule.ImageUnknown, rule.JavaUnknown, rule.LibcUnknown, rule.SparkUnknown, rule.RunsAsRoot}

// Allowances runs the webhook's rules on a driver and an executor as spark-submit makes them, with facts of their image.
func Allowances(rules *rule.Set, reference string, facts spark.Image, profile rule.Profile) ([]Allowance, error) {
	if _, ok := spark.ParseReference(reference); !ok { // a folder or an archive
		reference = "localhost/image:read"
	}
	facts.Match = repository(reference)
	var all []Allowance
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		pod := sample(false)
		pod.Annotations = nil
		pod.Spec.Containers[0].Image = reference
		pod.Labels["spark-version"] = facts.Spark.String()
		if !facts.Spark.Known() {
			delete(pod.Labels, "spark-version")
		}
		if role == spark.Executor {
			executor(pod)
		}
		raw, err := json.Marshal(pod)
		if err != nil {
			return nil, err
		}
		template := &corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
		done, _, err := rules.AdmitPod(raw, template, rule.Marks{}, rule.Options{Profile: profile, Images: spark.Catalogue{facts}})
		if err != nil {
			return nil, fmt.Errorf("the edits of a sample %s cannot be computed: %w", role, err)
		}
		one := Allowance{Role: role, Profile: profile, Edits: []string{}}
		for _, e := range done.Edits {
			if part := e.Code + "/" + e.Part; !slices.Contains(one.Edits, part) {
				one.Edits = append(one.Edits, part)
			}
		}
		for _, r := range done.Refusals {
			if slices.Contains(ofImage, r.Reason) {
				if held := (Held{r.Code + "/" + r.Part, r.Reason}); !slices.Contains(one.Refused, held) {
					one.Refused = append(one.Refused, held)
				}
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// executor makes the sample a pod as Spark makes it for an executor.
func executor(p *corev1.Pod) {
	p.Labels["spark-role"], p.Labels["spark-exec-id"] = "executor", "1"
	p.GenerateName = ""
	p.Name = manifests.ServiceName + "-sample-exec-1"
	c := &p.Spec.Containers[0]
	c.Name, c.Args = "spark-kubernetes-executor", []string{"executor"}
	for name, value := range map[string]string{"SPARK_EXECUTOR_CORES": "1", "SPARK_EXECUTOR_MEMORY": "1024m", "SPARK_CONF_DIR": "/opt/spark/conf", "SPARK_EXECUTOR_ID": "1", "SPARK_APPLICATION_ID": "spark-sample"} {
		c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: value})
	}
	slices.SortFunc(c.Env, func(a, b corev1.EnvVar) int { return strings.Compare(a.Name, b.Name) })
}

// repository is what an entry of the settings matches an image by.
func repository(reference string) string {
	ref, _ := spark.ParseReference(reference)
	return ref.Repository
}
