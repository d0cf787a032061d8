package rulebook

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// sizingKeys are the keys that both rules and tuner decide about.
var sizingKeys = regexp.MustCompile(`^spark\.((driver|executor)\.memory(Overhead)?|kubernetes\.(driver|executor)\.(limit\.cores|memoryOverhead))$`)

func afterChanges(conf spark.Conf, changes map[string]spark.Change) spark.Conf {
	out := maps.Clone(conf)
	for key, c := range changes {
		if c.Unset {
			delete(out, key)
		} else {
			out[key] = spark.Setting{Value: c.Value}
		}
	}
	return out
}

// TestRulesAndTunerSayTheSame pins law 2 for sizes: what the rules carry is what tune recommends as certain, over versions,
// roles, memory, overhead, cores, limits, Python, off-heap memory and RAPIDS' pool; after either the other is quiet.
func TestRulesAndTunerSayTheSame(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	fixed := func(v spark.Version, conf spark.Conf) map[string]spark.Change {
		changes := map[string]spark.Change{}
		for _, role := range spark.Jobs {
			in := rule.Input{Identity: spark.Identity{Role: role, Launcher: spark.Kubeflow, Version: v, Container: -1, Certain: true}, Conf: conf,
				Settings: rule.Settings{Profile: rule.Safe, Only: []string{"SPK-P002", "SPK-P006", "SPK-P008", "SPK-P010", "SPK-P012", "SPK-P045", "SPK-P057"}}}
			m, err := set.Fix(in)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range m.Changes {
				changes[c.Key] = c
			}
			if role == spark.Driver {
				conf = afterChanges(conf, changes) // as fix goes on
			}
		}
		return changes
	}
	tuned := func(v spark.Version, conf spark.Conf) map[string]spark.Change {
		r, err := tuner.Recommend(tuner.Input{Version: v, Launcher: spark.Kubeflow, Conf: conf, ClusterMode: true,
			Pods: []tuner.Pod{{Role: spark.Driver}, {Role: spark.Executor}}})
		if err != nil {
			t.Fatal(err)
		}
		changes := map[string]spark.Change{}
		for _, c := range r.Changes() {
			if sizingKeys.MatchString(c.Key) {
				changes[c.Key] = c
			}
		}
		return changes
	}
	cells, changed := 0, 0
	for _, v := range []spark.Version{{Major: 3, Minor: 3, Patch: 4}, {Major: 3, Minor: 5, Patch: 9}, {Major: 4, Minor: 3}} {
		for i, memory := range []string{"256m", "", "4096", "8g", "34g"} {
			for _, overhead := range []string{"", "100m", "20g", "spark.kubernetes 2g", "both 2g"} {
				for _, cpu := range [][3]string{{}, {"1", "", "1"}, {"1", "", "500m"}, {"4", "", "2"}, {"4", "1", "2"}, {"4", "6", "4"}, {"2", "500m", "2"}} {
					for _, kind := range []string{"java", "python"} {
						for j, more := range [][2]string{{}, {"spark.memory.offHeap.enabled", "true"}, {"spark.rapids.memory.pinnedPool.size", "4g"}} {
							if meant := strings.Contains(overhead, " "); meant && (i+j)%3 > 0 {
								continue // these read the catalogue of keys
							}
							conf := spark.Conf{"spark.app.name": {Value: "x"}, spark.KeyResourceType: {Value: kind}}
							put := func(key, value string) {
								if key != "" && value != "" {
									conf[key] = spark.Setting{Value: value}
								}
							}
							for _, role := range spark.Jobs {
								prefix := "spark." + string(role) + "."
								put(prefix+"memory", memory)
								put(prefix+"cores", cpu[0])
								put("spark.kubernetes."+string(role)+".request.cores", cpu[1])
								put("spark.kubernetes."+string(role)+".limit.cores", cpu[2])
								switch value, meant := strings.CutPrefix(overhead, "spark.kubernetes "); {
								case meant:
									put("spark.kubernetes."+string(role)+".memoryOverhead", value)
								case overhead == "both 2g":
									put("spark.kubernetes."+string(role)+".memoryOverhead", "2g")
									put(prefix+"memoryOverhead", "100m")
								default:
									put(prefix+"memoryOverhead", overhead)
								}
							}
							put(more[0], more[1])
							if more[1] == "true" {
								put(spark.KeyOffHeapSize, "2g")
							}
							name := fmt.Sprint(v, conf)
							fix, tune := fixed(v, conf), tuned(v, conf)
							after := afterChanges(conf, fix)
							if want := afterChanges(conf, tune); !maps.EqualFunc(after, want, func(a, b spark.Setting) bool { return a.Value == b.Value }) {
								t.Fatalf("%s:\nfix  %v\ntune %v", name, fix, tune)
							}
							if again, still := fixed(v, after), tuned(v, after); len(again)+len(still) > 0 {
								t.Fatalf("%s: after %v\nfix  %v\ntune %v", name, fix, again, still)
							}
							cells++
							if len(fix) > 0 {
								changed++
							}
						}
					}
				}
			}
		}
	}
	if cells < 1500 || changed < cells/2 {
		t.Errorf("%d cells, %d of them with changes", cells, changed)
	}
}

// TestServersAreSizedAlike: SPK-P034 and SPK-P044 set the memory that tune recommends.
func TestServersAreSizedAlike(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	arguments := map[spark.Role]string{spark.Worker: "worker.Worker", spark.Master: "master.Master", spark.History: "history.HistoryServer"}
	for role, class := range arguments {
		for _, limit := range []string{"", "768Mi", "1Gi", "1408Mi", "2Gi", "8Gi"} {
			for _, request := range []string{"", "512Mi"} {
				for _, daemon := range []string{"", "512m", "2g"} {
					for _, offer := range []string{"", "1g", "6g"} {
						c := corev1.Container{Name: string(role), Image: "apache/spark:3.5.6-java17", Command: []string{"/opt/spark/bin/spark-class"}, Args: []string{"org.apache.spark.deploy." + class}}
						if limit != "" {
							c.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}
						}
						if request != "" {
							if limit == "" {
								continue
							}
							c.Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(request)}
						}
						if daemon != "" {
							c.Env = append(c.Env, corev1.EnvVar{Name: "SPARK_DAEMON_MEMORY", Value: daemon})
						}
						if offer != "" && role == spark.Worker {
							c.Env = append(c.Env, corev1.EnvVar{Name: "SPARK_WORKER_MEMORY", Value: offer})
						}
						template := &corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{c}}}
						r, err := tuner.Recommend(tuner.Input{Launcher: spark.Standalone, Version: spark.Version{Major: 3, Minor: 5, Patch: 6},
							Pods: []tuner.Pod{{Role: role, Container: c.DeepCopy(), Spec: &template.Spec, ImageKnown: true}}})
						if err != nil {
							t.Fatal(err)
						}
						want := limit
						for _, e := range r.PodEdits() {
							if e.Resource == "limits.memory" {
								want = e.Value
							}
						}
						raw := raw(t, template)
						in, _ := rule.Subject(raw, template, rule.Marks{}, rule.Options{Profile: rule.Standard})
						in.Only = []string{"SPK-P034", "SPK-P044/memory"}
						if _, err := set.Fix(in); err != nil {
							t.Fatal(err)
						}
						got := template.Spec.Containers[0].Resources.Limits.Memory()
						name := fmt.Sprintf("%s limit %q request %q daemon %q offer %q", role, limit, request, daemon, offer)
						if want == "" && !got.IsZero() || want != "" && got.Cmp(resource.MustParse(want)) != 0 {
							t.Errorf("%s: fix sets %s, tune %q", name, got, want)
						}
						m := sizing.Server{Role: role, Container: &template.Spec.Containers[0], Spec: &template.Spec, ImageKnown: true}.Memory()
						if !got.IsZero() && m.Verdict != sizing.Fits {
							t.Errorf("%s: %+v after fix", name, m)
						}
					}
				}
			}
		}
	}
}

// TestNoNeedIsComputedElsewhere looks for the numbers of the memory model outside of spark and spark/sizing.
func TestNoNeedIsComputedElsewhere(t *testing.T) {
	model := regexp.MustCompile(`WorkerNeed\(|DefaultOverheadMiB|\b1792\b|\* ?115|max\(384|32 ?<< ?10|Heap ?/ ?10`)
	read := 0
	for _, folder := range []string{"../rulebook", "../rulebook/performance", "../rulebook/jvm", "../rulebook/monitoring", "../rulebook/history", "../rulebook/security", "../rulebook/identity", "../rulebook/image", "../rulebook/reading", "../tuner", "../plugin", "../workload", "../workload/pod", "../workload/launcher", "../workload/source", "../workload/carry", "../report"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			read++
			for i, line := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(line, "//")
				if strings.Contains(code, `"`) {
					continue // words of a document
				}
				if model.MatchString(code) {
					t.Errorf("%s:%d computes a need: %s", file, i+1, strings.TrimSpace(line))
				}
			}
		}
	}
	if read < 50 {
		t.Errorf("%d files", read)
	}
}
