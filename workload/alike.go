package workload

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"
)

// podFields that differ from pod to pod of one template.
var (
	metaOfOnePod = []string{"name", "generateName", "uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"}
	specOfOnePod = []string{"nodeName", "hostname"}
	labelsOfOne  = []string{"spark-exec-id", "apps.kubernetes.io/pod-index", "statefulset.kubernetes.io/pod-name"}
	envOfOne     = map[string]bool{"SPARK_EXECUTOR_ID": true, "SPARK_EXECUTOR_POD_NAME": true}
	// tokenVolume is the volume that the service account admission adds under a name of its own for each pod.
	tokenVolume = regexp.MustCompile(`kube-api-access-[a-z0-9]{5}`)
	// claimOfOne is the volume claim that Spark makes for one executor on demand.
	claimOfOne = regexp.MustCompile(`-exec-[0-9]+-pvc-`)
)

// alikeHash is that of the slot's pod, which is not changed while it is asked for.
func (s *Slot) alikeHash() [sha256.Size]byte {
	if s.hash == nil {
		hash := alikeHash(s.Raw)
		s.hash = &hash
	}
	return *s.hash
}

// alikeHash is a hash that pods made from one template share: identity, node, status and the like do not count.
func alikeHash(raw []byte) [sha256.Size]byte {
	var pod struct {
		Metadata map[string]any `json:"metadata"`
		Spec     map[string]any `json:"spec"`
	}
	if json.Unmarshal(raw, &pod) != nil {
		return sha256.Sum256(raw)
	}
	for _, field := range metaOfOnePod {
		delete(pod.Metadata, field)
	}
	for _, field := range specOfOnePod {
		delete(pod.Spec, field)
	}
	if labels, ok := pod.Metadata["labels"].(map[string]any); ok {
		for _, label := range labelsOfOne {
			delete(labels, label)
		}
	}
	for _, list := range []string{"containers", "initContainers"} {
		containers, _ := pod.Spec[list].([]any)
		for _, c := range containers {
			forgetEnv(c)
		}
	}
	plain, err := json.Marshal(pod) // maps are written in the order of their keys
	if err != nil {
		return sha256.Sum256(raw)
	}
	text := tokenVolume.ReplaceAllString(string(plain), "kube-api-access")
	return sha256.Sum256([]byte(claimOfOne.ReplaceAllString(text, "-pvc-")))
}

func forgetEnv(container any) {
	c, _ := container.(map[string]any)
	env, _ := c["env"].([]any)
	for _, one := range env {
		if e, ok := one.(map[string]any); ok {
			if name, _ := e["name"].(string); envOfOne[name] {
				delete(e, "value")
			}
		}
	}
}

// ownerName is the name of what an owner was made by: a Deployment's for a ReplicaSet's pod.
func ownerName(kind, name, hash string) (string, string) {
	if kind == "ReplicaSet" && hash != "" && strings.HasSuffix(name, "-"+hash) {
		return "Deployment", strings.TrimSuffix(name, "-"+hash)
	}
	return kind, name
}
