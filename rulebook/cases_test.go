package rulebook

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/rogpeppe/go-internal/txtar"
	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/history"
	"github.com/kubectl-spark/kubectl-spark/rulebook/identity"
	"github.com/kubectl-spark/kubectl-spark/rulebook/image"
	"github.com/kubectl-spark/kubectl-spark/rulebook/jvm"
	"github.com/kubectl-spark/kubectl-spark/rulebook/monitoring"
	"github.com/kubectl-spark/kubectl-spark/rulebook/performance"
	"github.com/kubectl-spark/kubectl-spark/rulebook/security"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/crd"
)

var update = flag.Bool("update", false, "rewrite the want sections of the cases")

// A case stands in testdata/<code>.txtar as two files: NAME/in says the base, the delta and the settings;
// NAME/want says what the rule does with it. The base is a file of testdata/base, the delta a JSON merge patch.
type input struct {
	Base    string          `json:"base"`
	Profile rule.Profile    `json:"profile"`
	Want    []string        `json:"want"`
	Image   *spark.Image    `json:"image"`
	Read    *spark.Image    `json:"read"` // what was read from the image
	Nodes   int64           `json:"nodes"`
	Conf    string          `json:"conf"` // spark-defaults.conf
	Delta   json.RawMessage `json:"delta"`

	// Under are settings of a resource that a field of it replaces: their value, and the field; without one an operator sets them.
	Under map[string]struct {
		Value string   `json:"value"`
		Field []string `json:"field"`
	} `json:"under"`

	// Neighbours are objects that stand beside the pod, in the namespace that the pod's metadata names. They are of
	// files; live says that a server showed all that it has.
	Neighbours string   `json:"neighbours"`
	Live       bool     `json:"live"`
	Cut        []string `json:"cut"`      // kinds that the account may not read
	Services   int      `json:"services"` // how many the namespace has
	Made       bool     `json:"made"`     // the pod is about to be made, and must stay within what bounds the namespace

	Logs      *neighbour.EventLogs `json:"logs"` // where the run's workloads write and read event logs
	Files     map[string]string    `json:"files"`
	Whole     bool                 `json:"whole"` // the files are all that the configuration folder holds
	Exposures []neighbour.Exposure `json:"exposures"`
	Outside   []rule.Outside       `json:"outside"`
	Operator  *neighbour.Operator  `json:"operator"`
	Resource  json.RawMessage      `json:"resource"`  // a custom resource, whose fields are checked
	Submitted bool                 `json:"submitted"` // the base is a template for spark-submit

	// Pods are what the API server shows of the subject's pods, with their status, Events what it tells of them and of what makes
	// them, and Status is that of the custom resource.
	Pods   string          `json:"pods"`
	Events string          `json:"events"`
	Status json.RawMessage `json:"status"`

	// Without a base there is no template, and these say who the subject is.
	Client    bool           `json:"client"`    // the base is a driver in client mode, or the subject an executor of one
	Arguments bool           `json:"arguments"` // the configuration stands among arguments of spark-submit
	Role      spark.Role     `json:"role"`
	Launcher  spark.Launcher `json:"launcher"`
	Version   spark.Version  `json:"version"`
	Python    *bool          `json:"python"`
	MainClass string         `json:"mainClass"`
}

// prepare makes what the case describes the input of a run.
func (c *input) prepare(t *testing.T) rule.Input {
	t.Helper()
	in := rule.Input{Identity: spark.Identity{Role: c.Role, Launcher: c.Launcher, Version: c.Version, Container: -1, Certain: true, Finite: c.Role.Job(), Python: c.Python, MainClass: c.MainClass}}
	in.Profile = c.Profile
	if in.Profile == "" {
		in.Profile = rule.Standard
	}
	if c.Base != "" {
		raw := base(t, c.Base)
		if len(c.Delta) > 0 {
			var err error
			if raw, err = jsonpatch.MergePatch(raw, c.Delta); err != nil {
				t.Fatal(err)
			}
		}
		var problems []string
		in, problems = rule.Subject(raw, decode(t, raw), rule.Marks{}, rule.Options{Profile: c.Profile})
		for _, p := range problems {
			t.Error(p)
		}
	}
	if c.Client {
		in.Identity.Role, in.Identity.Launcher, in.Identity.Certain, in.Identity.Why = spark.Executor, spark.Native, true, ""
		in.Identity.Client, in.Identity.Finite, in.Identity.Version = true, true, c.Version
		if c.Base != "" {
			in.Identity.Role, in.Identity.Container = spark.Driver, 0
		}
	}
	in.Want, in.Submitted, in.Outside = append(in.Want, c.Want...), c.Submitted, c.Outside
	c.facts(&in.Facts)
	c.neighbours(t, &in)
	c.life(t, &in.Facts)
	if c.Conf != "" {
		conf, err := spark.ParseProperties([]byte(c.Conf))
		if err != nil {
			t.Fatal(err)
		}
		for key, setting := range conf {
			if c.Arguments {
				setting.Path = []string{"spec", "containers", "0", "command", "4"}
				conf[key] = setting
			}
			if under, has := c.Under[key]; has {
				setting.Path, setting.Under = under.Field, &spark.Setting{Value: under.Value, Path: []string{"spec", "sparkConf", key}}
				if len(under.Field) == 0 { // an operator sets it, and no line does
					setting.Line, setting.Under = 0, nil
				}
				conf[key] = setting
			}
		}
		in.Conf = conf
	}
	return in
}

// slipsOf are what is wrong with the fields of a resource.
func slipsOf(raw json.RawMessage) []crd.FieldError {
	schemas, err := crd.New()
	if err != nil {
		panic(err) // generated data that its own test has read
	}
	var head struct{ APIVersion, Kind string }
	if err := json.Unmarshal(raw, &head); err != nil {
		panic(err)
	}
	slips, _ := schemas.Check(head.APIVersion, head.Kind, raw)
	return slips
}

// neighbours puts what stands beside the pod.
func (c *input) neighbours(t *testing.T, in *rule.Input) {
	t.Helper()
	if c.Services > 0 {
		rule.Put(&in.Facts, neighbour.FactLinks, c.Services)
	}
	if c.Neighbours == "" && !c.Live && !c.Made {
		return
	}
	set := neighbour.New()
	if c.Live {
		for _, kind := range []string{"Namespace", "ResourceQuota", "LimitRange", "ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim", "StorageClass", "NetworkPolicy", "Node", "DaemonSet",
			"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "PodMonitor", "ServiceMonitor", "Prometheus", "Service", "Ingress"} {
			set.Whole(kind, "")
		}
	}
	for _, kind := range c.Cut {
		set.Cut(kind, "", "is forbidden")
	}
	if c.Made {
		defer func() { rule.Put(&in.Facts, neighbour.FactBounds, set.Bounds(in.Template.Namespace)) }()
	}
	for _, text := range strings.Split(c.Neighbours, "\n---\n") {
		if text == "" {
			continue
		}
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ APIVersion, Kind string }
		if err := json.Unmarshal(raw, &head); err != nil {
			t.Fatal(err)
		}
		if err := set.Add(head.APIVersion, head.Kind, raw); err != nil {
			t.Fatal(err)
		}
	}
	namespace := ""
	if in.Template != nil {
		namespace = in.Template.Namespace
	}
	set.Put(&in.Facts, namespace, in.Template)
}

func TestEveryRuleDoesWhatItsCasesSay(t *testing.T) {
	for _, r := range All() {
		if r.Ensure == nil && r.Inspect == nil {
			continue // of Dockerfiles: see TestDockerfiles
		}
		t.Run(r.Code, func(t *testing.T) { everyCase(t, r) })
	}
}

// everyCase runs a rule's cases, each as a subtest.
func everyCase(t *testing.T, r *rule.Rule) {
	path := filepath.Join("testdata", strings.ToLower(strings.ReplaceAll(r.Code, "-", "_"))+".txtar")
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatalf("%s has no cases: %v", r.Code, err)
	}
	set, err := rule.NewSet(Revision, r)
	if err != nil {
		t.Fatal(err)
	}
	changing, quiet := 0, 0
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := archive.Files[i], &archive.Files[i+1]
		name := strings.TrimSuffix(in.Name, "/in")
		t.Run(name, func(t *testing.T) {
			got := runCase(t, set, r, name, in.Data)
			if strings.Contains(got, "finding") {
				changing++
			} else {
				quiet++
			}
			if *update {
				want.Data = []byte(got)
			} else if got != string(want.Data) {
				t.Errorf("got:\n%swant:\n%s", got, want.Data)
			}
		})
	}
	if changing+quiet == len(archive.Files)/2 && (changing == 0 || quiet == 0) {
		t.Errorf("%s: %d cases with a finding and %d without; each rule needs both", r.Code, changing, quiet)
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func runCase(t *testing.T, set *rule.Set, r *rule.Rule, name string, data []byte) string {
	t.Helper()
	var c input
	if err := yaml.UnmarshalStrict(data, &c); err != nil {
		t.Fatalf("%s %s: %v", r.Code, name, err)
	}
	var b strings.Builder
	if r.Admit {
		out, err := set.Admit(c.prepare(t))
		if err != nil {
			t.Fatalf("%s %s: %v", r.Code, name, err)
		}
		for _, op := range out.Ops {
			if !strings.Contains(op.Path, "kubectl-spark.io~1report") && !strings.Contains(string(op.Value), rule.ReportAnnotation) {
				fmt.Fprintf(&b, "%s %s %s\n", op.Op, op.Path, op.Value)
			}
		}
		for _, refusal := range out.Refusals {
			word := "refused"
			if refusal.Deliberate {
				word = "none"
			}
			fmt.Fprintf(&b, "%s %s %s\n", word, strings.TrimSuffix(refusal.Code+"/"+refusal.Part, "/"), refusal.Reason)
		}
	}
	d := set.Diagnose(c.prepare(t))
	for _, f := range d.Findings {
		where := strings.Join(f.Path, ".")
		if f.OfConf {
			where = strings.TrimSuffix(fmt.Sprintf("conf:%d %s", f.Line, f.Key), " ")
		}
		fmt.Fprintf(&b, "finding %s at %s\n  %s\n", f.Level, where, f.Message)
		for _, also := range f.Also {
			fmt.Fprintf(&b, "  also at %s\n", strings.TrimSuffix(fmt.Sprintf("%s: %s", also, also.Note), ": "))
		}
		if f.Cause != "" {
			fmt.Fprintf(&b, "  cause %s\n", f.Cause)
		}
		if f.Observed != "" {
			fmt.Fprintf(&b, "  observed %s", f.Observed)
			if f.Needed != "" {
				fmt.Fprintf(&b, ", needed %s", f.Needed)
			}
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, strings.TrimRight("  fix: "+f.Summary+"\n  "+f.NotFixed, "\n "))
		if len(f.Edits) > 0 && !f.Carried {
			b.WriteString("  fixed in part\n")
		}
		for _, e := range f.Edits {
			for _, change := range e.Conf {
				if change.Unset {
					fmt.Fprintf(&b, "  conf - %s\n", change.Key)
				} else {
					fmt.Fprintf(&b, "  conf + %s=%s\n", change.Key, change.Value)
				}
			}
			if e.Companion != nil {
				raw, err := e.Companion.JSON()
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "  create %s\n", raw)
			}
			for _, op := range e.Ops {
				if !r.Admit {
					fmt.Fprintf(&b, "  %s %s %s\n", op.Op, op.Path, op.Value)
				}
			}
		}
	}
	for _, s := range d.Skipped {
		fmt.Fprintf(&b, "skipped: %s\n", s.Reason)
	}
	return b.String()
}

func base(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "base", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t testing.TB, raw []byte) *corev1.PodTemplateSpec {
	t.Helper()
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(raw, &template); err != nil {
		t.Fatal(err)
	}
	return &template
}

func bases(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/base/*.yaml")
	if err != nil || len(paths) < 8 {
		t.Fatalf("bases: %v, %d found", err, len(paths))
	}
	var names []string
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(p), ".yaml"))
	}
	sort.Strings(names)
	return names
}

// TestEveryRuleOfTheFolderIsInAll: a rule's file stands in the folder of its area, and the area's all.go lists it.
func TestEveryRuleOfTheFolderIsInAll(t *testing.T) {
	folders := map[string][]*rule.Rule{
		"performance": performance.All(), "jvm": jvm.All(), "monitoring": monitoring.All(), "history": history.All(), "security": security.All(), "identity": identity.All(), "image": image.All(),
	}
	files, err := filepath.Glob("*/spk_*.go")
	if err != nil || len(files) < len(All()) {
		t.Fatalf("%d files for %d rules: %v", len(files), len(All()), err)
	}
	listed := map[string]bool{}
	for folder, rules := range folders {
		area := rule.Area(folder)
		if whole, is := map[string]rule.Area{"jvm": rule.Performance, "history": rule.Monitoring, "identity": rule.Security}[folder]; is {
			area = whole
		}
		for _, r := range rules {
			listed[filepath.Join(folder, "spk_"+strings.ToLower(r.Code[4:]))] = true
			if r.Area != area {
				t.Errorf("%s is of area %s and is listed in rulebook/%s/all.go", r.Code, r.Area, folder)
			}
		}
	}
	for _, f := range files {
		dir, name := filepath.Split(f)
		if code := name[:8]; !listed[filepath.Join(dir, code)] {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			function := ""
			if _, after, ok := bytes.Cut(text, []byte("\nfunc ")); ok {
				function = string(after[:bytes.IndexByte(after, '(')])
			}
			t.Errorf("%s is not in the rulebook: add the line %s(), to All in rulebook/%sall.go", f, function, dir)
		}
	}
}
