// Package helm says a change of an object in the values of the chart that made the object, so that it stays when the release is upgraded.
// It knows Bitnami's chart "spark" (bitnami/charts, templates/statefulset-master.yaml and statefulset-worker.yaml).
package helm

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// Change is what the values of a release must say.
type Change struct {
	Release, Chart string         // the chart with its version: spark-9.2.1
	Values         map[string]any // only what changes: Helm merges maps, and replaces lists as a whole
	Left           []string       // pointers of what no value sets
}

// object is what is read of a StatefulSet.
type object struct {
	Metadata struct {
		Labels, Annotations map[string]string
	}
	Spec struct {
		Replicas any
		Template struct {
			Metadata struct {
				Labels      map[string]string
				Annotations map[string]any
			}
			Spec map[string]any
		}
	}
}

// label is one of the object, or of its pods where helm template was read without it.
func (o *object) label(name string) string {
	if value := o.Metadata.Labels[name]; value != "" {
		return value
	}
	return o.Spec.Template.Metadata.Labels[name]
}

// container is that of the role; -1 where it is not there.
func (o *object) container(role string) (map[string]any, int) {
	containers, _ := o.Spec.Template.Spec["containers"].([]any)
	for i, one := range containers {
		if c, _ := one.(map[string]any); c["name"] == "spark-"+role {
			return c, i
		}
	}
	return nil, -1
}

// Values says the operations on an object in the values of its chart. The error says why there are none.
func Values(kind string, before []byte, ops []patch.Op) (Change, error) {
	after, err := patchjson.Apply(before, ops)
	if err != nil {
		return Change{}, err
	}
	var was, is object
	if err := json.Unmarshal(before, &was); err != nil {
		return Change{}, err
	}
	if err := json.Unmarshal(after, &is); err != nil {
		return Change{}, err
	}
	c := Change{Release: was.Metadata.Annotations["meta.helm.sh/release-name"], Chart: was.label("helm.sh/chart")}
	if c.Release == "" {
		c.Release = was.label("app.kubernetes.io/instance")
	}
	role := was.label("app.kubernetes.io/component")
	_, at := was.container(role)
	name, version, _ := strings.Cut(c.Chart, "-")
	switch {
	case c.Chart == "":
		return c, fmt.Errorf("no chart made it: it has no label helm.sh/chart")
	case kind != "StatefulSet", name != "spark", version == "" || version[0] < '0' || version[0] > '9', role != "master" && role != "worker", at < 0:
		return c, fmt.Errorf("the values of chart %s are not known, only those of Bitnami's chart spark for master and workers", c.Chart)
	}
	v := values{role: role, was: &was, is: &is, pod: "/spec/template/spec/", container: fmt.Sprintf("/spec/template/spec/containers/%d/", at), set: map[string]any{}}
	for _, op := range ops {
		if pointer := op.Path; !v.take(pointer) && !slices.Contains(c.Left, pointer) {
			c.Left = append(c.Left, pointer)
		}
	}
	c.Left = append(c.Left, v.left...)
	if len(v.set) > 0 {
		c.Values = map[string]any{role: v.set}
	}
	return c, nil
}

// values are those of a role.
type values struct {
	role           string
	was, is        *object
	pod, container string // where pod and container begin, as pointers
	set            map[string]any
	left           []string
	env            bool // the variables were taken
}

// whole are the fields of a pod and a container that a value replaces as a whole; the chart gives the value a name.
var whole = map[string]string{
	"pod/terminationGracePeriodSeconds": "terminationGracePeriodSeconds", "pod/automountServiceAccountToken": "automountServiceAccountToken",
	"pod/priorityClassName": "priorityClassName", "pod/tolerations": "tolerations", "pod/affinity": "affinity", "pod/topologySpreadConstraints": "topologySpreadConstraints",
	"container/livenessProbe": "customLivenessProbe", "container/readinessProbe": "customReadinessProbe", "container/startupProbe": "customStartupProbe",
	"container/lifecycle": "lifecycleHooks", "container/command": "command", "container/args": "args",
}

// merged are maps that Helm merges with what the chart says.
var merged = map[string]string{
	"pod/securityContext": "podSecurityContext", "pod/nodeSelector": "nodeSelector",
	"container/resources": "resources", "container/securityContext": "containerSecurityContext",
}

// lists hold entries of the chart, which have these names, and those of a value.
var lists = map[string]string{"pod/volumes": "extraVolumes", "container/volumeMounts": "extraVolumeMounts"}

var ownVolumes = []string{"config", "certs", "shared-certs", "empty-dir", "custom-init-scripts", "custom-init-scripts-cm", "custom-init-scripts-secret"}

// take sets the value for what an operation changes, and says whether there is one.
func (v *values) take(pointer string) bool {
	const annotations, labels = "/spec/template/metadata/annotations", "/spec/template/metadata/labels"
	was, is := &v.was.Spec.Template, &v.is.Spec.Template
	switch {
	case pointer == "/spec/replicas" && v.role == "worker":
		v.set["replicaCount"] = v.is.Spec.Replicas
		return true
	case pointer == annotations || strings.HasPrefix(pointer, annotations+"/"):
		v.set["podAnnotations"] = difference(was.Metadata.Annotations, is.Metadata.Annotations)
		return true
	case pointer == labels || strings.HasPrefix(pointer, labels+"/"):
		v.set["podLabels"] = difference(loose(was.Metadata.Labels), loose(is.Metadata.Labels))
		return true
	}
	if rest, inside := strings.CutPrefix(pointer, v.container); inside {
		before, _ := v.was.container(v.role)
		after, at := v.is.container(v.role)
		field, _, _ := strings.Cut(rest, "/")
		if field == "env" && at >= 0 {
			v.variables(before, after)
			return true
		}
		return at >= 0 && v.field("container/"+field, field, before, after)
	}
	rest, inside := strings.CutPrefix(pointer, v.pod)
	field, _, _ := strings.Cut(rest, "/")
	return inside && v.field("pod/"+field, field, was.Spec, is.Spec)
}

func (v *values) field(key, field string, before, after map[string]any) bool {
	if name := whole[key]; name != "" {
		v.set[name] = after[field]
		return after[field] != nil // the chart has its own in its place
	}
	if name := merged[key]; name != "" {
		was, _ := before[field].(map[string]any)
		is, _ := after[field].(map[string]any)
		changed := difference(was, is)
		switch name {
		case "resources": // the whole of them, which else come from resourcesPreset
			changed = overlay(is, changed)
		case "podSecurityContext", "containerSecurityContext":
			changed["enabled"] = true
		}
		v.set[name] = changed
		return true
	}
	name := lists[key]
	if name == "" {
		return false
	}
	entries, _ := after[field].([]any)
	v.set[name] = slices.DeleteFunc(slices.Clone(entries), func(one any) bool {
		entry, _ := one.(map[string]any)
		called, _ := entry["name"].(string)
		return slices.Contains(ownVolumes, called)
	})
	return true
}

// ownVariables are those that the chart sets itself, and the values that it takes them from; "" where there is none for it.
var ownVariables = map[string]string{
	"SPARK_DAEMON_MEMORY": "daemonMemoryLimit", "SPARK_WORKER_MEMORY": "memoryLimit", "SPARK_WORKER_CORES": "coreLimit", "SPARK_WORKER_DIR": "dir",
	"SPARK_WORKER_OPTS": "configOptions", "SPARK_MASTER_OPTS": "configOptions", "SPARK_DAEMON_JAVA_OPTS": "javaOptions",
	"SPARK_MODE": "", "BITNAMI_DEBUG": "", "BASH_DEBUG": "", "SPARK_METRICS_ENABLED": "", "SPARK_MASTER_URL": "", "SPARK_MASTER_PORT": "", "SPARK_MASTER_WEBUI_PORT": "",
	"SPARK_WORKER_PORT": "", "SPARK_WORKER_WEBUI_PORT": "", "SPARK_RPC_AUTHENTICATION_ENABLED": "", "SPARK_RPC_AUTHENTICATION_SECRET": "", "SPARK_RPC_ENCRYPTION_ENABLED": "",
	"SPARK_LOCAL_STORAGE_ENCRYPTION_ENABLED": "", "SPARK_SSL_ENABLED": "", "SPARK_SSL_KEY_PASSWORD": "", "SPARK_SSL_KEYSTORE_PASSWORD": "", "SPARK_SSL_TRUSTSTORE_PASSWORD": "",
	"SPARK_SSL_NEED_CLIENT_AUTH": "", "SPARK_SSL_PROTOCOL": "", "SPARK_WEBUI_SSL_PORT": "",
}

// variables takes all variables of the container at once: a list of Helm's is replaced as a whole.
func (v *values) variables(before, after map[string]any) {
	if v.env {
		return
	}
	v.env = true
	was, is := named(before["env"]), named(after["env"])
	extra := []any{}
	changed := false
	for _, one := range entries(after["env"]) {
		name, _ := one["name"].(string)
		key, own := ownVariables[name]
		own = own && !(name == "SPARK_DAEMON_JAVA_OPTS" && v.role == "master") // javaOptions are of workers alone
		same := reflect.DeepEqual(one, was[name])
		if !own {
			extra = append(extra, one)
			changed = changed || !same
			continue
		}
		if same {
			continue
		}
		if text, plain := one["value"].(string); plain && key != "" {
			v.set[key] = text
			continue
		}
		v.left = append(v.left, "env "+name)
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if is[name] != nil {
			continue
		}
		switch key, own := ownVariables[name]; {
		case !own:
			changed = true
		case key != "":
			v.set[key] = ""
		default:
			v.left = append(v.left, "env "+name)
		}
	}
	if changed {
		v.set["extraEnvVars"] = extra
	}
}

// overlay is a map with what is taken from it.
func overlay(is, changed map[string]any) map[string]any {
	all := maps.Clone(is)
	if all == nil {
		all = map[string]any{}
	}
	for key, value := range changed {
		below, isMap := value.(map[string]any)
		whole, wasMap := is[key].(map[string]any)
		switch {
		case isMap && wasMap:
			all[key] = overlay(whole, below)
		case value == nil:
			all[key] = nil
		}
	}
	return all
}

func entries(list any) (all []map[string]any) {
	items, _ := list.([]any)
	for _, one := range items {
		if entry, is := one.(map[string]any); is {
			all = append(all, entry)
		}
	}
	return all
}

func named(list any) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, one := range entries(list) {
		if name, is := one["name"].(string); is {
			all[name] = one
		}
	}
	return all
}

func loose(m map[string]string) map[string]any {
	all := make(map[string]any, len(m))
	for k, v := range m {
		all[k] = v
	}
	return all
}

// difference is what merged into was gives is: null takes a key away.
func difference(was, is map[string]any) map[string]any {
	changed := map[string]any{}
	for key := range was {
		if _, still := is[key]; !still {
			changed[key] = nil
		}
	}
	for key, value := range is {
		old, had := was[key]
		before, wasMap := old.(map[string]any)
		after, isMap := value.(map[string]any)
		switch {
		case had && reflect.DeepEqual(old, value):
		case wasMap && isMap:
			changed[key] = difference(before, after)
		default:
			changed[key] = value
		}
	}
	return changed
}
