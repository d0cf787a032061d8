package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/jvm"
)

// edit is a line of the table in explain injection, as far as jobs have it: written out here, so that a rule that loses its effect is missed.
type edit struct {
	code    string
	profile string // the first that has it
	role    string // empty: driver and executor
	line    string // of Spark, empty: both
	bySpark string // line of Spark that sets it by itself
	there   func(*corev1.Pod, jvm.Process) bool
}

var profiles = []string{"safe", "standard", "restricted"}

func edits() []edit {
	const uid = 185 // of the images
	annotated := func(pod *corev1.Pod, _ jvm.Process) bool {
		return pod.Annotations["prometheus.io/scrape"] == "true" && pod.Annotations["prometheus.io/port"] == "4040" &&
			pod.Annotations["prometheus.io/path"] == "/metrics/executors/prometheus"
	}
	option := func(start string) func(*corev1.Pod, jvm.Process) bool {
		return func(_ *corev1.Pod, p jvm.Process) bool {
			return slices.ContainsFunc(p.Arguments, func(a string) bool { return strings.HasPrefix(a, start) })
		}
	}
	return []edit{
		{code: "SPK-M023/annotations", profile: "safe", role: "driver", line: "s43", there: annotated},
		{code: "SPK-M023/annotations", profile: "standard", role: "driver", line: "s35", there: annotated},
		{code: "SPK-M023/endpoint", profile: "standard", role: "driver", line: "s35", there: option("-Dspark.ui.prometheus.enabled=true")},
		{code: "SPK-M024/gcLog", profile: "standard", there: func(pod *corev1.Pod, p jvm.Process) bool {
			return option("-Xlog:gc*,safepoint:file=/var/log/spark-gc/gc.log:")(pod, p) && strings.Contains(p.Log, "file=/var/log/spark-gc/gc.log")
		}},
		{code: "SPK-P011/activeProcessorCount", profile: "standard", there: func(_ *corev1.Pod, p jvm.Process) bool {
			return slices.ContainsFunc(p.Flags, func(f string) bool { return strings.HasPrefix(f, "-XX:ActiveProcessorCount=") })
		}},
		{code: "SPK-P017/mallocArenaMax", profile: "standard", there: func(_ *corev1.Pod, p jvm.Process) bool { return p.Env["MALLOC_ARENA_MAX"] == "2" }},
		{code: "SPK-S011/allowPrivilegeEscalation", profile: "safe", bySpark: "s43", there: func(_ *corev1.Pod, p jvm.Process) bool { return p.NoNewPrivileges }},
		{code: "SPK-S011/capabilities", profile: "standard", there: func(pod *corev1.Pod, p jvm.Process) bool { return p.Capabilities == 0 }},
		{code: "SPK-S011/runAsNonRoot", profile: "standard", there: func(pod *corev1.Pod, p jvm.Process) bool {
			c := pod.Spec.Containers[0].SecurityContext
			return c != nil && c.RunAsNonRoot != nil && *c.RunAsNonRoot && c.RunAsUser != nil && *c.RunAsUser == uid && p.UID == uid
		}},
		{code: "SPK-S011/seccomp", profile: "standard", there: func(_ *corev1.Pod, p jvm.Process) bool { return p.Seccomp }},
	}
}

// applies says whether the pod of that role has the edit under the profile, and whether the webhook made it.
func (e edit) applies(profile, role, of string) (has, made bool) {
	has = slices.Index(profiles, e.profile) <= slices.Index(profiles, profile) && (e.role == "" || e.role == role) && (e.line == "" || e.line == of)
	return has, has && e.bySpark != of
}

// injected asserts that each pod of the job has the edits of the profile, that its report names just those, that what the report says is
// true, and that each JVM runs with them. Without facts only what is said must be true.
func injected(t *testing.T, o outcome, profile, version string, withFacts bool) {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	var images spark.Catalogue
	if withFacts {
		if images, err = catalogue.Parse([]byte(facts())); err != nil {
			t.Fatal(err)
		}
	}
	for _, pod := range append(o.executors(), o.driver) {
		role := pod.Labels["spark-role"]
		raw, err := json.Marshal(pod)
		if err != nil {
			t.Fatal(err)
		}
		claims, had, err := set.ReadClaims(spark.Identify(&pod.ObjectMeta, &pod.Spec), raw, images)
		if err != nil || !had {
			t.Errorf("%s: no report: %v", pod.Name, err)
			continue
		}
		t.Logf("%s: applied %s, refused %v", role, strings.Join(claims.Applied, " "), claims.Refused)
		if string(claims.Profile) != profile || len(claims.False) > 0 {
			t.Errorf("%s: the report names profile %q, and %v are not true", pod.Name, claims.Profile, claims.False)
		}
		jvms, launchers := o.of(pod)
		if len(jvms) != 1 || len(jvms[0].Flags) == 0 {
			t.Errorf("%s: %d JVMs and %d launchers were seen; the first: %+v", pod.Name, len(jvms), len(launchers), jvms)
			continue
		}
		for _, p := range launchers { // what it prints is the command of the JVM that is to run
			if slices.ContainsFunc(p.Arguments, func(a string) bool { return strings.HasPrefix(a, "-Xlog") || strings.HasPrefix(a, "-XX:") }) || p.Env["JAVA_TOOL_OPTIONS"] != "" {
				t.Errorf("%s: the launcher runs with options of the job: %q, JAVA_TOOL_OPTIONS=%q", pod.Name, p.Arguments, p.Env["JAVA_TOOL_OPTIONS"])
			}
		}
		options(t, pod, jvms[0])
		if withFacts {
			sameAsTable(t, pod, jvms[0], claims.Report, profile, version)
		}
	}
}

// options asserts that every option which the pod's variables give to the JVM has reached it.
func options(t *testing.T, pod *corev1.Pod, p jvm.Process) {
	t.Helper()
	for _, e := range pod.Spec.Containers[0].Env {
		if !slices.Contains([]string{"SPARK_SUBMIT_OPTS", "SPARK_DAEMON_JAVA_OPTS", "SPARK_HISTORY_OPTS"}, e.Name) && !strings.HasPrefix(e.Name, "SPARK_JAVA_OPT_") {
			continue
		}
		for _, option := range strings.Fields(e.Value) {
			if !slices.Contains(p.Arguments, option) {
				t.Errorf("%s: the JVM runs without %s of %s: %q", pod.Name, option, e.Name, p.Arguments)
			}
			if strings.HasPrefix(option, "-XX:") && !slices.Contains(p.Flags, option) {
				t.Errorf("%s: the JVM dropped %s of %s: %q", pod.Name, option, e.Name, p.Flags)
			}
		}
	}
}

func sameAsTable(t *testing.T, pod *corev1.Pod, p jvm.Process, report rule.Report, profile, version string) {
	t.Helper()
	var want []string
	for _, e := range edits() {
		has, made := e.applies(profile, pod.Labels["spark-role"], line(version))
		if made {
			want = append(want, e.code)
		}
		if has && !e.there(pod, p) {
			t.Errorf("%s: %s is not there: annotations %v, arguments %q, flags %q, log %q, uid %d, capabilities %x, no new privileges %v, seccomp %v",
				pod.Name, e.code, pod.Annotations, p.Arguments, p.Flags, p.Log, p.UID, p.Capabilities, p.NoNewPrivileges, p.Seccomp)
		}
	}
	got := slices.Sorted(slices.Values(report.Applied))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the report names\n%v, the table of profile %s\n%v", pod.Name, got, profile, want)
	}
}
