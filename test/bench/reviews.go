package main

import (
	"encoding/json"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// reviews makes distinct reviews of the shapes that Spark makes, from those that were captured: drivers and executors of every
// line, the executors with as many variables as those of a team that has settings of its own.
func reviews(n int) ([][]byte, error) {
	all, err := fixtures.All()
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for i := range n {
		var review admissionv1.AdmissionReview
		if err := json.Unmarshal(all[i%len(all)].Review, &review); err != nil {
			return nil, err
		}
		var pod corev1.Pod
		if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
			return nil, err
		}
		pod.Name = fmt.Sprintf("etl-%06x-%d", i*7919, i%200+1)
		pod.Labels["spark-app-selector"] = fmt.Sprintf("spark-%032x", i/200)
		c := &pod.Spec.Containers[0]
		if pod.Labels["spark-role"] == "executor" {
			pod.Labels["spark-exec-id"] = fmt.Sprint(i%200 + 1)
			for j := len(c.Env); j < 60; j++ {
				c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("TEAM_SETTING_%02d", j), Value: fmt.Sprintf("value-%d-of-%d", j, i)})
			}
		}
		if review.Request.Object.Raw, err = json.Marshal(&pod); err != nil {
			return nil, err
		}
		review.Request.UID = types.UID(fmt.Sprintf("0b5a7f0e-0000-4000-8000-%012x", i))
		body, err := json.Marshal(&review)
		if err != nil {
			return nil, err
		}
		out = append(out, body)
	}
	return out, nil
}
