package rulebook

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

const tableHead = `# What is injected: role, launcher, version lines, image, profile: parts that are applied | parts that are refused or deliberately none = why.
# Of official images the facts are known, of private ones nothing is. Codes without their "SPK-"; made with go test ./rulebook -run Table -update.
`

// TestCapturedPodsGetWhatTheTableSaysAndBuiltOnesOfEveryCellToo holds one line for each role, launcher, line of versions,
// image and profile. Lines of versions that get the same are one.
func TestCapturedPodsGetWhatTheTableSaysAndBuiltOnesOfEveryCellToo(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(tableHead)
	for _, c := range cells {
		images := []string{"official", "private"}
		if c.launcher == spark.Bitnami {
			images = []string{"bitnami"}
		}
		for _, profile := range rule.Profiles() {
			for _, image := range images {
				c.write(t, &b, set, image, profile)
			}
		}
	}
	compare(t, "testdata/table.txt", b.String())
}

// write writes the cell's lines, equal versions in one.
func (c *cell) write(t *testing.T, b *strings.Builder, set *rule.Set, image string, profile rule.Profile) {
	from, to, said := "", "", ""
	flush := func() {
		if said != "" {
			versions := from
			if to != from {
				versions += "-" + to
			}
			fmt.Fprintf(b, "%s %s %s %s %s: %s\n", c.role, c.launcher, versions, image, profile, said)
		}
	}
	first, last := slices.Index(lines, c.since), len(lines)-1
	if c.until != "" {
		last = slices.Index(lines, c.until)
	}
	for _, text := range lines[first : last+1] {
		v := version(t, text)
		reference := officialImage(v)
		if image == "private" {
			reference = "registry.example/team/spark:7"
		}
		pod := raw(t, c.build(v, reference))
		who, _ := rule.Subject(pod, decode(t, pod), rule.Marks{}, rule.Options{})
		if who.Identity.Role != c.role || who.Identity.Launcher != c.launcher || !who.Identity.Certain {
			t.Fatalf("%s %s %s is built and found to be %+v", c.role, c.launcher, v, who.Identity)
		}
		checkLaws(t, set, pod, profile)
		now := outcome(t, set, pod, profile)
		if now != said {
			flush()
			from, said = v.Line(), now
		}
		to = v.Line()
	}
	flush()
}

func version(t testing.TB, text string) spark.Version {
	t.Helper()
	v, ok := spark.ParseVersion(text)
	if !ok {
		t.Fatal(text)
	}
	return v
}

// outcome is what is applied to a pod and what is refused, in short.
func outcome(t *testing.T, set *rule.Set, pod []byte, profile rule.Profile) string {
	t.Helper()
	out, _, err := set.AdmitPod(pod, decode(t, pod), rule.Marks{}, rule.Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	report, err := rule.ReadReport(out.Report)
	if err != nil || out.Report == "" {
		t.Fatalf("report %q: %v", out.Report, err)
	}
	parts := map[string][]string{}
	for _, applied := range report.Applied {
		code, part, _ := strings.Cut(strings.TrimPrefix(applied, "SPK-"), "/")
		parts[code] = append(parts[code], part)
	}
	var words []string
	for _, code := range slices.Sorted(maps.Keys(parts)) {
		words = append(words, code+"/"+strings.Join(parts[code], "+"))
	}
	words = append(words, "|")
	for _, refused := range slices.Sorted(maps.Keys(report.Refused)) {
		words = append(words, strings.TrimPrefix(refused, "SPK-")+"="+string(report.Refused[refused]))
	}
	return strings.Join(words, " ")
}

// compare holds text against a golden file, or writes it.
func compare(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s is not what the rules do (see the difference with -update):\n%s", path, text)
	}
}

// TestBuiltPodsLookAsRealSparkMakesThem holds drivers and executors that the table is made of against captured ones: what
// rules look at is the same, and what is injected with it.
func TestBuiltPodsLookAsRealSparkMakesThem(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range all {
		c := map[string]cell{"driver-jvm": cells[0], "executor": cells[3]}[f.Case]
		if c.build == nil {
			continue
		}
		compared++
		real := captured(t)[f.Name]
		template := decode(t, real)
		built := c.build(version(t, f.Version), template.Spec.Containers[0].Image)
		if got, want := looks(built), looks(template); got != want {
			t.Errorf("%s: built\n%s\ncaptured\n%s", f.Name, got, want)
		}
		for _, profile := range rule.Profiles() {
			if got, want := outcome(t, set, raw(t, built), profile), outcome(t, set, real, profile); got != want {
				t.Errorf("%s %s: built\n%s\ncaptured\n%s", f.Name, profile, got, want)
			}
		}
	}
	if compared != 2*len(lines) {
		t.Errorf("%d pods were compared", compared)
	}
}

// looks is what of a native pod does not change from run to run.
func looks(t *corev1.PodTemplateSpec) string {
	c := t.Spec.Containers[0]
	var env, mounts []string
	for _, e := range c.Env {
		if !strings.HasPrefix(e.Name, "SPARK_JAVA_OPT_") {
			env = append(env, e.Name)
		}
	}
	slices.Sort(env)
	for _, m := range c.VolumeMounts {
		if !strings.HasPrefix(m.Name, "kube-api-access") {
			mounts = append(mounts, m.Name)
		}
	}
	slices.Sort(mounts)
	ports, _ := json.Marshal(c.Ports)
	security, _ := json.Marshal(c.SecurityContext)
	resources, _ := json.Marshal(c.Resources)
	return fmt.Sprintf("%v\n%s %v\n%v\n%v\n%s\n%s\n%s\n%s", slices.Sorted(maps.Keys(t.Labels)), c.Name, c.Args, env, mounts, ports, security, resources, t.Spec.RestartPolicy)
}
