package workload

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
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

// LabelOfOnePod says that the value of a label differs from pod to pod of one template.
func LabelOfOnePod(label string) bool { return slices.Contains(labelsOfOne, label) }

// VariableOfOnePod says so of a container's variable.
func VariableOfOnePod(name string) bool { return envOfOne[name] }

// textKey is the same for texts of pods that have the same alikeHash and the same owner: it takes no decoding. Texts of the same pod
// that differ in the order of keys or in blanks have another. ok is false where the pod's name alone says whose it is.
func (f *Fold) textKey(kind string, raw []byte) (key [sha256.Size]byte, name string, ok bool) {
	var meta []byte
	patch.Members(raw, func(key, value []byte) {
		switch {
		case patch.KeyIs(key, "kind"):
			_ = json.Unmarshal(value, &kind)
		case patch.KeyIs(key, "metadata"):
			meta = value
		}
	})
	if kind != "Pod" {
		return key, "", false
	}
	app, _ := patch.Lookup(meta, patch.Path{"labels", spark.LabelApp})
	called, _ := patch.Lookup(meta, patch.Path{"name"})
	var of string
	if json.Unmarshal(app, &of) != nil || of == "" || json.Unmarshal(called, &name) != nil {
		return key, "", false
	}
	text, ok := f.cut.Append(make([]byte, 0, len(raw)), raw)
	HideNames(text)
	return sha256.Sum256(text), name, ok
}

// ofOnePod is what of a pod's text differs from pod to pod of one template.
func ofOnePod() *patch.Cut {
	out := func(names ...string) map[string]*patch.Cut {
		members := map[string]*patch.Cut{}
		for _, name := range names {
			members[name] = nil
		}
		return members
	}
	value := &patch.Cut{Members: out("value")}
	container := &patch.Cut{Members: map[string]*patch.Cut{"env": {Element: func(variable []byte) *patch.Cut {
		raw, _ := patch.Lookup(variable, patch.Path{"name"})
		if len(raw) > 1 && envOfOne[string(raw[1:len(raw)-1])] {
			return value
		}
		return nil
	}}}}
	containers := &patch.Cut{Element: func([]byte) *patch.Cut { return container }}
	meta, spec := &patch.Cut{Members: out(metaOfOnePod...)}, &patch.Cut{Members: out(specOfOnePod...)}
	meta.Members["labels"] = &patch.Cut{Members: out(labelsOfOne...)}
	spec.Members["containers"], spec.Members["initContainers"] = containers, containers
	return &patch.Cut{Members: map[string]*patch.Cut{"metadata": meta, "spec": spec, "status": nil}}
}

// HideNames overwrites what in the text of a pod is a name of its own: the letters of the volume that holds the token of its account,
// and the number of the executor in a claim that Spark makes for it.
func HideNames(text []byte) {
	overwrite(text, "kube-api-access-", func(rest []byte) int {
		const letters = 5
		if len(rest) < letters || bytes.ContainsFunc(rest[:letters], func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			return 0
		}
		return letters
	})
	overwrite(text, "-exec-", func(rest []byte) int {
		digits := len(rest) - len(bytes.TrimLeft(rest, "0123456789"))
		if bytes.HasPrefix(rest[digits:], []byte("-pvc-")) {
			return digits
		}
		return 0
	})
}

// overwrite overwrites so many letters behind each occurrence of a text.
func overwrite(text []byte, behind string, letters func(rest []byte) int) {
	for {
		at := bytes.Index(text, []byte(behind))
		if at < 0 {
			return
		}
		text = text[at+len(behind):]
		for i := range letters(text) {
			text[i] = '.'
		}
	}
}

// alikeHash is that of the slot's pod, which is not changed while it is asked for.
func (s *Slot) alikeHash() [sha256.Size]byte {
	if s.hash == nil {
		hash := alikeHash(s.Raw)
		if s.Submitted { // one file may be the pod template of several roles
			hash = sha256.Sum256(append(hash[:], s.Role...))
		}
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
