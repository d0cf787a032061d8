package generator

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestASecondCallHarmsNobody: another webhook changes what injection added, uses it, and moves it about. The second call keeps all
// that was sent and all that the other webhook did, takes nothing back by half, and makes no valid pod invalid. No rule is asked.
func TestASecondCallHarmsNobody(t *testing.T) {
	secondCalls(t, *pods/8, func(seed uint64) []rule.Profile { return rule.Profiles()[seed%3 : seed%3+1] }, func(set *rule.Set, profile rule.Profile, seed uint64) second {
		m := meddled{set: set, profile: profile, seed: seed}
		problem := m.problem()
		return second{problem, m.changed, m.tried, m.again.Back, m.after, m.got}
	})
}

// meddled is a pod that is injected, changed, and injected again.
type meddled struct {
	set                         *rule.Set
	profile                     rule.Profile
	seed                        uint64
	plain, injected, after, got []byte
	changed                     string
	again                       rule.Admitted
	tried                       bool
}

// problem is the law that the second call breaks.
func (m *meddled) problem() string {
	raw, _ := Pod(m.seed)
	m.plain = withManagedFields(raw)
	first, certain, err := admit(m.set, m.plain, m.profile)
	if err != nil {
		return "refused: " + err.Error()
	}
	if !certain || len(first.Ops) == 0 {
		return ""
	}
	if m.injected, err = patchjson.Apply(m.plain, first.Ops); err != nil {
		return err.Error()
	}
	if m.after, err = patchjson.Apply(m.injected, another(m.seed, m.plain, m.injected)); err != nil {
		return err.Error()
	}
	m.after = meddle(m.seed, m.plain, m.after)
	m.changed = values(m.after).without(values(m.injected)).String()
	if m.again, certain, err = admit(m.set, m.after, m.profile); err != nil {
		return "refused the second time: " + err.Error()
	}
	if m.tried = certain; !certain {
		return ""
	}
	if m.got, err = patchjson.Apply(m.after, m.again.Ops); err != nil {
		return err.Error()
	}
	// An API server calls a webhook twice at the most: whoever calls it again sends the pod anew, with all that it holds.
	if thrice, _, err := admit(m.set, withManagedFields(m.got), m.profile); err != nil || len(thrice.Ops) > 0 {
		return fmt.Sprintf("once more is not the same: %v %s", err, differs(thrice.Report, m.again.Report))
	}
	plain, injected, after, got := values(m.plain), values(m.injected), values(m.after), values(m.got)
	if lost := after.without(got).only(plain); lost != nil {
		return "what was sent is gone: " + lost.String()
	}
	if lost := after.without(injected).without(got); lost != nil {
		return "what the other webhook did is gone: " + lost.String()
	}
	if half := folderless(m.got); half != "" && folderless(m.after)+folderless(m.plain) == "" {
		return "the JVM is to write where no volume is: " + half
	}
	return ""
}

// meddle changes what stands in the pod and was not sent: what injection added.
func meddle(seed uint64, sent, raw []byte) []byte {
	g := &generator{rand.New(rand.NewPCG(seed, 17))}
	var before, pod corev1.Pod
	if json.Unmarshal(sent, &before) != nil || json.Unmarshal(raw, &pod) != nil {
		panic("no pod")
	}
	main := func(pod *corev1.Pod) *corev1.Container {
		for i := range pod.Spec.Containers {
			if c := &pod.Spec.Containers[i]; !strings.HasPrefix(c.Name, "beside-") && !strings.HasPrefix(c.Name, "theirs-") {
				return c
			}
		}
		panic("no container")
	}
	was, c := main(&before), main(&pod)
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		panic(err)
	}
	spec := tree.(map[string]any)["spec"].(map[string]any)
	of := func(object any, key string) map[string]any {
		all, _ := object.(map[string]any)[key].(map[string]any)
		return all
	}
	list := func(object map[string]any, key string) []any { all, _ := object[key].([]any); return all }
	var container map[string]any
	for _, one := range list(spec, "containers") {
		if one := one.(map[string]any); one["name"] == c.Name {
			container = one
		}
	}
	ours := func(key string, had func(name string) bool) (all []map[string]any) {
		for _, one := range list(container, key) {
			if one := one.(map[string]any); !had(one["name"].(string)) && !strings.HasPrefix(one["name"].(string), "theirs-") {
				all = append(all, one)
			}
		}
		return all
	}
	variables := ours("env", func(name string) bool {
		return slices.ContainsFunc(was.Env, func(e corev1.EnvVar) bool { return e.Name == name })
	})
	mounts := ours("volumeMounts", func(name string) bool {
		return !strings.HasPrefix(name, "kubectl-spark-") || slices.ContainsFunc(before.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == name })
	})
	for range 1 + g.IntN(3) {
		switch g.IntN(9) {
		case 0: // a sidecar mounts all that the container mounts
			one := map[string]any{"name": fmt.Sprint("theirs-copy-", g.IntN(1000)), "image": "busybox", "volumeMounts": list(container, "volumeMounts")}
			if key := pick(g, "containers", "initContainers"); g.one(2) {
				spec[key] = append([]any{one}, list(spec, key)...)
			} else {
				spec[key] = append(list(spec, key), one)
			}
		case 1: // options behind ours
			for _, v := range variables {
				if text, is := v["value"].(string); is && strings.HasPrefix(text, "-") {
					v["value"] = text + " -Dtheirs=" + fmt.Sprint(g.IntN(1000))
				}
			}
		case 2: // options before ours
			for _, v := range variables {
				if text, is := v["value"].(string); is && strings.HasPrefix(text, "-") {
					v["value"] = "-Dtheirs=" + fmt.Sprint(g.IntN(1000)) + " " + text
				}
			}
		case 3:
			for _, v := range variables {
				if g.one(3) {
					v["value"] = pick(g, "theirs", "3", "-Dtheirs=0")
				}
			}
		case 4:
			for _, m := range mounts {
				if g.one(2) {
					m["readOnly"] = true
				} else {
					m["mountPath"] = m["mountPath"].(string) + "-theirs"
				}
			}
		case 5:
			for _, key := range []string{"readinessProbe", "livenessProbe", "startupProbe"} {
				if probe := of(container, key); probe != nil && g.one(2) {
					probe["periodSeconds"] = 7
				}
			}
		case 6: // other places
			for _, all := range [][]any{list(container, "env"), list(container, "volumeMounts"), list(spec, "volumes"), list(spec, "containers")} {
				slices.Reverse(all)
			}
		case 7:
			for key, value := range of(tree.(map[string]any)["metadata"], "annotations") {
				if before.Annotations[key] != value && key != rule.ReportAnnotation && pod.Annotations[key] != "" && g.one(2) {
					of(tree.(map[string]any)["metadata"], "annotations")[key] = "theirs"
				}
			}
		default:
			for _, v := range list(spec, "volumes") {
				if v := v.(map[string]any); strings.HasPrefix(v["name"].(string), "kubectl-spark-") && !slices.ContainsFunc(before.Spec.Volumes, func(b corev1.Volume) bool { return b.Name == v["name"] }) && of(v, "emptyDir") != nil {
					of(v, "emptyDir")["sizeLimit"] = "7Gi"
				}
			}
		}
	}
	out, err := json.Marshal(tree)
	if err != nil {
		panic(err)
	}
	return out
}

// facts are what a pod says: each value with its place, elements of lists by their names, and each word of an option by itself.
type facts map[string]int

func values(raw []byte) facts {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		panic(err)
	}
	metadata := tree["metadata"].(map[string]any)
	delete(metadata, "managedFields")
	if annotations, is := metadata["annotations"].(map[string]any); is {
		delete(annotations, rule.ReportAnnotation)
	}
	all := facts{}
	var walk func(at string, value any)
	walk = func(at string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, below := range v {
				walk(at+"/"+key, below)
			}
		case []any:
			for _, below := range v {
				name := nameOf(below)
				if text, is := below.(string); is {
					name = text
				}
				walk(at+"/"+name, below)
			}
		case string:
			if strings.Contains(at, "/env/") {
				for _, word := range strings.Fields(v) {
					all[at+" = "+word]++
				}
				return
			}
			all[at+" = "+v]++
		default:
			all[fmt.Sprint(at, " = ", v)]++
		}
	}
	walk("", tree)
	return all
}

// without are the facts that others lack.
func (f facts) without(others facts) (left facts) {
	for fact, n := range f {
		if n > others[fact] {
			if left == nil {
				left = facts{}
			}
			left[fact] = n - others[fact]
		}
	}
	return left
}

// only are the facts that others have, too.
func (f facts) only(others facts) (left facts) { return f.without(f.without(others)) }

func (f facts) String() string { return strings.Join(slices.Sorted(maps.Keys(f)), ", ") }

// folderless is a folder of ours that an option names and no volume of the container holds.
func folderless(raw []byte) string {
	var pod corev1.Pod
	if err := json.Unmarshal(raw, &pod); err != nil {
		panic(err)
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		for _, folder := range []string{"/var/log/spark-gc", "/var/log/spark-heap-dump"} {
			named := slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool {
				return strings.Contains(e.Value, "="+folder+"/") || strings.Contains(e.Value, ":"+folder+"/")
			})
			mounted := slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return path.Clean(m.MountPath) == folder })
			if named && !mounted {
				return folder
			}
		}
	}
	return ""
}
