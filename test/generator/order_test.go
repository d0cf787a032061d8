package generator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	undoing "github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestOrderDoesNotMatter: a pod that is injected, changed by another webhook and injected again is the pod that the other webhook
// changes first, in every profile. Kubernetes lets it in wherever it lets in what the other webhook makes of the pod.
func TestOrderDoesNotMatter(t *testing.T) {
	secondCalls(t, *pods/16, func(uint64) []rule.Profile { return rule.Profiles() }, func(set *rule.Set, profile rule.Profile, seed uint64) second {
		o := order{set: set, profile: profile, seed: seed}
		problem := o.problem()
		return second{problem, o.added, o.tried, o.again.Back, o.theirs, o.got}
	})
}

// order is one pod in both orders.
type order struct {
	set                     *rule.Set
	profile                 rule.Profile
	seed                    uint64
	plain, injected, theirs []byte
	added                   string
	again                   rule.Admitted
	got, want               []byte
	tried                   bool
}

// problem is the law that the pod breaks.
func (o *order) problem() string {
	raw, _ := Pod(o.seed)
	o.plain = withManagedFields(raw)
	first, certain, err := admit(o.set, o.plain, o.profile)
	if err != nil {
		return "refused: " + err.Error()
	}
	if !certain || len(first.Ops) == 0 {
		return ""
	}
	if o.injected, err = patchjson.Apply(o.plain, first.Ops); err != nil {
		return err.Error()
	}
	text, _ := json.Marshal(another(o.seed, o.plain, o.injected))
	o.added = string(text)
	if o.theirs, err = patchjson.Apply(o.plain, another(o.seed, o.plain, o.plain)); err != nil {
		return err.Error()
	}
	after, err := patchjson.Apply(o.injected, another(o.seed, o.plain, o.injected))
	if err != nil {
		return err.Error()
	}
	second, certain, err := admit(o.set, o.theirs, o.profile)
	if err != nil || !certain || len(second.Ops) == 0 {
		return "" // it makes another pod of it
	}
	if o.want, err = patchjson.Apply(o.theirs, second.Ops); err != nil {
		return err.Error()
	}
	if o.again, _, err = admit(o.set, after, o.profile); err != nil {
		return "refused the second time: " + err.Error()
	}
	o.tried = true
	if o.got, err = patchjson.Apply(after, o.again.Ops); err != nil {
		return err.Error()
	}
	if one, other := unordered(o.got), unordered(o.want); one != other {
		return "order matters: " + differs(one, other)
	}
	// An API server calls a webhook twice at the most: whoever calls it again sends the pod anew, with all that it holds.
	if thrice, _, err := admit(o.set, withManagedFields(o.got), o.profile); err != nil || len(thrice.Ops) > 0 {
		return fmt.Sprintf("once more is not the same: %v %s", err, differs(thrice.Report, o.again.Report))
	}
	back, kept, err := undo(o.set, o.got)
	if err != nil || len(kept) > 0 {
		return fmt.Sprintf("not taken back: %v %v", kept, err)
	}
	restored, err := patchjson.Apply(o.got, back)
	if err != nil {
		return err.Error()
	}
	if same, err := patch.SameJSON(restored, o.theirs); err != nil || !same {
		return "what is taken back leaves another pod: " + differs(unordered(restored), unordered(o.theirs))
	}
	return ""
}

// differs shows where two texts begin to differ.
func differs(one, other string) string {
	at := 0
	for at < min(len(one), len(other)) && one[at] == other[at] {
		at++
	}
	around := func(text string) string { return text[max(0, min(at, len(text))-150):min(len(text), at+250)] }
	return "\n" + around(one) + "\nand not\n" + around(other)
}

// another is what another webhook does to a pod, of a seed the same to every pod: it adds elements, and sets fields whatever they
// hold. What was sent it does not set anew: neither a variable nor a user nor an annotation.
func another(seed uint64, sent, raw []byte) (ops []patch.Op) {
	g := &generator{rand.New(rand.NewPCG(seed, 16))}
	var pod struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
		Spec struct {
			Volumes, InitContainers []any
			SecurityContext         map[string]any
			Containers              []struct {
				Name                       string
				Env, EnvFrom, VolumeMounts []any
				SecurityContext            map[string]any
				Resources                  map[string]map[string]any
			}
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw, &pod); err != nil {
		panic(err)
	}
	user, limited := bytes.Contains(sent, []byte(`"runAsUser":`)), bytes.Contains(sent, []byte(`"limits":`))
	main := 0
	for i := range pod.Spec.Containers {
		if !strings.HasPrefix(pod.Spec.Containers[i].Name, "beside-") {
			main = i
		}
	}
	c, at := &pod.Spec.Containers[main], fmt.Sprintf("/spec/containers/%d/", main)
	add := func(path, value string) { ops = append(ops, patch.Op{Op: patch.Add, Path: path, Value: []byte(value)}) }
	element := func(list *[]any, path, value string) {
		if *list == nil {
			*list = []any{}
			add(path, "[]")
		}
		add(path+"/-", value)
	}
	for n := range 1 + g.IntN(3) {
		theirs := fmt.Sprint(`"theirs-`, n, `"`)
		switch g.IntN(9) {
		case 0:
			element(&c.EnvFrom, at+"envFrom", pick(g, `{"configMapRef":{"name":"theirs"}}`, `{"secretRef":{"name":"theirs"},"prefix":"X_"}`))
		case 1:
			variable := pick(g, `{"name":"MALLOC_ARENA_MAX","value":"4"}`, `{"name":"MALLOC_ARENA_MAX","value":"2"}`, `{"name":"SPARK_SUBMIT_OPTS","value":"-Dtheirs=1"}`,
				`{"name":"SPARK_DAEMON_JAVA_OPTS","value":"-Dtheirs=1"}`, `{"name":"JAVA_TOOL_OPTIONS","value":"-javaagent:/agent.jar -XX:ActiveProcessorCount=3"}`, `{"name":"LD_PRELOAD","value":"/jemalloc.so"}`,
				`{"name":"JAVA_TOOL_OPTIONS","valueFrom":{"configMapKeyRef":{"name":"theirs","key":"k"}}}`, `{"name":"SPARK_DAEMON_JAVA_OPTS","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}`,
				`{"name":"SPARK_JAVA_OPT_90","value":"-Dtheirs=1"}`, `{"name":"SPARK_DAEMON_MEMORY","value":"3g"}`, `{"name":"TEAM","value":"of theirs"}`)
			if name, _, _ := strings.Cut(variable, ","); !bytes.Contains(sent, []byte(name)) {
				element(&c.Env, at+"env", variable)
			}
		case 2:
			path := pick(g, "/var/log", "/var/log/spark-gc", "/tmp", "/opt/spark/work-dir", "/theirs")
			element(&pod.Spec.Volumes, "/spec/volumes", `{"name":`+theirs+`,"emptyDir":{}}`)
			element(&c.VolumeMounts, at+"volumeMounts", `{"name":`+theirs+`,"mountPath":"`+path+`"}`)
		case 3:
			element(&pod.Spec.InitContainers, "/spec/initContainers", `{"name":`+theirs+`,"image":"istio/proxyv2:1.27","restartPolicy":"Always"}`)
		case 4:
			add("/spec/containers/-", `{"name":`+theirs+pick(g, `,"image":"istio/proxyv2:1.27"}`, `,"image":"busybox","securityContext":{"runAsUser":1000}}`))
		case 5:
			context := pick(g, `{"privileged":true}`, `{"runAsUser":0}`, `{"runAsUser":1000,"runAsGroup":1000}`, `{"capabilities":{"add":["SYS_ADMIN"]}}`, `{"allowPrivilegeEscalation":true}`, `{}`)
			if !user {
				add(at+"securityContext", context)
			}
		case 6:
			context := pick(g, `{"runAsUser":0}`, `{"runAsUser":1000,"fsGroup":1000}`, `{"seccompProfile":{"type":"Unconfined"}}`, `{"runAsNonRoot":false}`)
			if !user {
				add("/spec/securityContext", context)
			}
		case 7:
			key := strings.ReplaceAll(pick(g, "kubectl-spark.io/skip", "prometheus.io/path", "seccomp.security.alpha.kubernetes.io/pod", "theirs"), "/", "~1")
			value := pick(g, `"SPK-P017"`, `"/theirs"`, `"runtime/default"`)
			if pod.Metadata.Annotations == nil {
				pod.Metadata.Annotations = map[string]string{}
				add("/metadata/annotations", "{}")
			}
			if !bytes.Contains(sent, []byte(strings.ReplaceAll(key, "~1", "/"))) {
				add("/metadata/annotations/"+key, value)
			}
		default:
			name, size := pick(g, "cpu", "memory", "ephemeral-storage"), pick(g, `"2"`, `"4Gi"`, `"32Mi"`)
			if c.Resources == nil {
				c.Resources = map[string]map[string]any{}
				add(at+"resources", "{}")
			}
			if c.Resources["limits"] == nil {
				c.Resources["limits"] = map[string]any{}
				add(at+"resources/limits", "{}")
			}
			if !limited {
				add(at+"resources/limits/"+name, size)
			}
		}
		if g.one(2) {
			break
		}
	}
	return ops
}

var executorOption = regexp.MustCompile(`SPARK_JAVA_OPT_[0-9]+`)

// unordered is the pod without the order of what stands in lists by its name. Of variables of one name the order is kept, since the
// last one counts; those of an executor's options have no numbers.
func unordered(raw []byte) string {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		panic(err)
	}
	annotations, _ := tree["metadata"].(map[string]any)["annotations"].(map[string]any)
	text, _ := annotations[rule.ReportAnnotation].(string)
	if report, err := rule.ReadReport(text); err == nil {
		own := "metadata/annotations/kubectl-spark.io~1report"
		report.Undo = slices.DeleteFunc(report.Undo, func(entry string) bool { return undoing.Bare(entry) == own })
		for i := range report.Undo { // who made the list or object that both stand in differs
			report.Undo[i] = executorOption.ReplaceAllString(undoing.Bare(report.Undo[i]), "SPARK_JAVA_OPT_N")
		}
		slices.Sort(report.Undo)
		told, _ := json.Marshal(report)
		annotations[rule.ReportAnnotation] = string(told)
	}
	var sorted func(any)
	sorted = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, below := range v {
				sorted(below)
			}
		case []any:
			for _, below := range v {
				sorted(below)
			}
			sort.SliceStable(v, func(i, j int) bool { return nameOf(v[i]) < nameOf(v[j]) })
		}
	}
	sorted(tree["spec"])
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(tree)
	return executorOption.ReplaceAllString(b.String(), "SPARK_JAVA_OPT_N")
}

func nameOf(value any) string {
	element, _ := value.(map[string]any)
	for _, field := range []string{"mountPath", "name"} {
		if name, is := element[field].(string); is && executorOption.MatchString(name) {
			return fmt.Sprint("SPARK_JAVA_OPT_", element["value"])
		} else if is {
			return name
		}
	}
	return ""
}

// withManagedFields is the pod with what an API server says of the fields of a request, before it calls webhooks.
func withManagedFields(raw []byte) []byte {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		panic(err)
	}
	delete(tree, "apiVersion")
	delete(tree, "kind")
	value, _ := json.Marshal([]any{map[string]any{"manager": "client", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": fieldsOf("", tree)}})
	out, err := patchjson.Apply(raw, []patch.Op{{Op: patch.Add, Path: "/metadata/managedFields", Value: value}})
	if err != nil {
		panic(err)
	}
	return out
}

func fieldsOf(name string, value any) map[string]any {
	fields := map[string]any{}
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			list, is := below.([]any)
			object, has := below.(map[string]any)
			if below == nil || is && len(list) == 0 || has && len(object) == 0 && key == "annotations" {
				continue // an API server writes none
			}
			fields["f:"+key] = fieldsOf(key, below)
		}
		if len(fields) > 0 && name != "" {
			fields["."] = map[string]any{}
		}
	case []any:
		keys := map[string][]string{"containers": {"name"}, "initContainers": {"name"}, "env": {"name"}, "volumes": {"name"}, "volumeMounts": {"mountPath"}, "ports": {"containerPort", "protocol"}}[name]
		if keys == nil {
			return fields
		}
		for _, below := range v {
			element, _ := below.(map[string]any)
			key := map[string]any{}
			for _, k := range keys {
				if element[k] != nil {
					key[k] = element[k]
				}
			}
			text, _ := json.Marshal(key)
			fields["k:"+string(text)] = fieldsOf("element", below)
		}
		if len(fields) > 0 {
			fields["."] = map[string]any{}
		}
	}
	return fields
}
