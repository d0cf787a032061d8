package script

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// wanted reads the codes that a sample's comments announce, document by document.
func wanted(t *testing.T, path string) (codes []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if list, ok := strings.CutPrefix(line, "# want "); ok {
			codes = append(codes, strings.Fields(list)...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// fixedByInject reads what the comments of a sample say that inject fixes: "workload code".
func fixedByInject(t *testing.T, path string) (keys []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if list, ok := strings.CutPrefix(line, "# injected "); ok {
			words := strings.Fields(list)
			for _, code := range words[1:] {
				keys = append(keys, words[0]+" "+code)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// doctor runs doctor on files and gives its report and exit code.
func doctor(t *testing.T, paths ...string) (r report.Report, code int) {
	t.Helper()
	var out, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, sharedRules, "v0.0.0-test")
	args := []string{"doctor", "-o", "json", "--fail-on", "advice"}
	for _, path := range paths {
		args = append(args, "-f", path)
	}
	root.SetArgs(args)
	code = plugin.Execute(context.Background(), root)
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%s: %v\n%s", paths, err, note.String())
	}
	return r, code
}

// found gives the codes that doctor finds in one file, and its exit code.
func found(t *testing.T, path string) (codes []string, code int) {
	t.Helper()
	r, code := doctor(t, path)
	for _, f := range r.Findings {
		codes = append(codes, f.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes), code
}

func TestDoctorFindsThePlantedFaultsAndNoneOnTheCorrectedTwin(t *testing.T) {
	planted := map[string]bool{}
	for _, path := range written(t, "faulty") {
		want := wanted(t, path)
		for _, code := range want {
			planted[code] = true
		}
		got, code := found(t, path)
		if !slices.Equal(got, want) || code != plugin.ExitFound {
			t.Errorf("%s: found %v, planted %v, exit code %d", path, got, want, code)
		}
		twin := strings.Replace(path, "faulty", "corrected", 1)
		if got, code := found(t, twin); len(got) > 0 || code != 0 {
			t.Errorf("%s: found %v, exit code %d", twin, got, code)
		}
	}
	for _, codes := range failed {
		for _, code := range codes {
			planted[code] = true
		}
	}
	planted["SPK-M016"] = true // test/integration, TestALogAgentThatMissesNodes: it needs the DaemonSets of a cluster
	planted["SPK-M007"] = true // test/script/companion.txtar: beside a Prometheus object it speaks of all drivers of a folder
	planted["SPK-M029"] = true // test/integration, TestLinksToExecutorLogsAreCompleted
	planted["SPK-S001"] = true // test/integration, TestNetworkPoliciesAreCreatedAndTakenBack: it needs the policies of a cluster
	planted["SPK-S008"] = true // test/integration, TestExecutorsGetAnAccountWithoutAToken: it needs the accounts of a cluster
	planted["SPK-S034"] = true // test/integration, TestANamespaceGetsItsLabelsOnceItsPodsComply: it is for the profile restricted
	planted["SPK-I023"] = true // test/integration, TestImagesAreLearned: it needs an image that was read
	planted["SPK-I004"] = true // test/integration, TestImagesShowHowTheyAreUsed: it needs an image that was read, and the nodes
	planted["SPK-I019"] = true // the same: it needs the Events of pulls
	planted["SPK-S007"] = true // test/integration, TestDriversWithTooManyRightsGetTheirOwnAccount: it needs the Roles of a cluster
	planted["SPK-S009"] = true // test/integration, TestADriverGetsItsToken: it needs the accounts of a cluster
	for _, r := range rulebook.All() {
		if !planted[r.Code] && (r.Ensure != nil || r.Inspect != nil) { // those of Dockerfiles are planted in rulebook/testdata/dockerfile
			t.Errorf("%s is planted in no sample", r.Code)
		}
	}
}

// failed are the faults that test/e2e provoked on a real node, and one that only an operator shows, by what doctor finds in their
// statuses and Events. Where the driver had failed, too, when it was looked at, that is SPK-P058 besides.
var failed = map[string][]string{
	"account-without-rights":        {"SPK-P058"},
	"claim-stays-pending":           {"SPK-P038"},
	"driver-ended-by-a-signal":      {"SPK-P058"},
	"driver-hangs":                  nil, // only the driver's log tells of it
	"driver-killed-by-the-kernel":   {"SPK-P001"},
	"executor-ended-by-a-signal":    {"SPK-P058"},
	"executor-fills-its-disk":       nil, // but SPK-P027
	"executor-heap":                 {"SPK-P043"},
	"executor-killed-by-the-kernel": {"SPK-P001"},
	"executor-option-invalid":       {"SPK-P058"},
	"executor-throttled":            nil, // only its control group tells of it
	"executor-unschedulable":        {"SPK-P038"},
	"fails-before-the-context":      {"SPK-P058"},
	"image-missing":                 {"SPK-I022"},
	"image-name-invalid":            {"SPK-I022"},
	"image-never-pulled":            {"SPK-I022"},
	"main-file-missing":             {"SPK-P058"},
	"quota-refuses-executors":       nil, // only the driver's log tells of it
	"submission-refused":            {"SPK-P059"},
}

// submissionRefused is an application as the operator leaves it that could not submit it.
const submissionRefused = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: orders, namespace: lab}
spec: {type: Scala, mode: cluster, sparkVersion: 4.0.1, image: "apache/spark:4.0.1", mainApplicationFile: "local:///a.jar"}
status: {applicationState: {state: SUBMISSION_FAILED, errorMessage: "failed to run spark-submit: exit status 1"}}
`

// driverFailed says whether pods show a driver whose container had ended with an error of its program.
func driverFailed(t *testing.T, pods string) bool {
	t.Helper()
	text, err := os.ReadFile(pods)
	if err != nil {
		t.Fatal(err)
	}
	var list corev1.PodList
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%s: %v", pods, err)
	}
	return slices.ContainsFunc(list.Items, func(p corev1.Pod) bool {
		return p.Labels[spark.LabelRole] == "driver" && slices.ContainsFunc(p.Status.ContainerStatuses, func(s corev1.ContainerStatus) bool {
			return s.State.Terminated != nil && s.State.Terminated.Reason == "Error"
		})
	})
}

// TestDoctorFindsNoErrorOnHealthyJobs: what kubectl get saved of jobs that ran to their end on a real node, with the ConfigMaps and Services
// that Spark made for them.
func TestDoctorFindsNoErrorOnHealthyJobs(t *testing.T) {
	folders, err := filepath.Glob("../e2e/testdata/jobs/*/*")
	if err != nil || len(folders) < 10 {
		t.Fatalf("%d jobs, %v", len(folders), err)
	}
	for _, folder := range folders {
		r, _ := doctor(t, filepath.Join(folder, "pods.json"), filepath.Join(folder, "configmaps.json"), filepath.Join(folder, "services.json"))
		if len(r.Workloads) != 1 {
			t.Errorf("%s: %d workloads", folder, len(r.Workloads))
		}
		for _, f := range r.Findings {
			if f.Level == rule.Error {
				t.Errorf("%s: %s: %s", folder, f.Code, f.Message)
			}
		}
	}
}

// TestDoctorTellsWhatWentWrong of what kubectl get saved of applications that failed.
func TestDoctorTellsWhatWentWrong(t *testing.T) {
	refused := filepath.Join(t.TempDir(), "refused.yaml")
	if err := os.WriteFile(refused, []byte(submissionRefused), 0o600); err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob("../e2e/testdata/faults/*/*")
	if err != nil || len(folders) < len(failed)-1 {
		t.Fatalf("%d faults, %v", len(folders), err)
	}
	fromStatus := map[string]bool{}
	for _, r := range rulebook.All() {
		fromStatus[r.Code] = r.About == model.FactLife
	}
	for _, folder := range append(folders, "submission-refused") {
		files := []string{filepath.Join(folder, "pods.json"), filepath.Join(folder, "events.json")}
		if folder == "submission-refused" {
			files = []string{refused}
		}
		want, known := failed[filepath.Base(folder)]
		if folder != "submission-refused" && driverFailed(t, files[0]) {
			want = append(slices.Clone(want), "SPK-P058")
			slices.Sort(want)
			want = slices.Compact(want)
		}
		if !known {
			t.Errorf("%s: nothing says what doctor finds there", folder)
		}
		r, _ := doctor(t, files...)
		var got []string
		if filepath.Base(folder) == "executor-fills-its-disk" && !slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Code == "SPK-P027" && f.Level == rule.Error }) {
			t.Errorf("%s: no error SPK-P027", folder)
		}
		for _, f := range r.Findings {
			if fromStatus[f.Code] {
				got = append(got, f.Code)
			}
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s: found %v, want %v", folder, got, want)
		}
	}
}

// TestAfterInjectThePlantedFaultsAreLeftButForThoseThatItMends: a sample says at its end which those are. What was right stays so.
func TestAfterInjectThePlantedFaultsAreLeftButForThoseThatItMends(t *testing.T) {
	all := 0
	for _, path := range written(t, "faulty", "corrected") {
		if strings.HasSuffix(path, ".conf") {
			continue // inject takes no settings
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := benchFor(t.TempDir(), path)
		before, _, read := b.doctor(text)
		injected, _, err := b.on(text, "inject")
		if err != nil || !read || injected.code != 0 {
			t.Errorf("%s: exit code %d, %v: %s", path, injected.code, err, injected.errs)
			continue
		}
		after, _, _ := b.doctor([]byte(injected.out))
		left, gone := shown(after), []string(nil)
		for key := range shown(before) {
			if _, still := left[key]; !still {
				gone = append(gone, key)
			}
			delete(left, key)
		}
		slices.Sort(gone)
		if want := fixedByInject(t, path); !slices.Equal(gone, want) {
			t.Errorf("%s: inject mends %q, want %q", path, gone, want)
		}
		for key, f := range left {
			t.Errorf("%s: after inject doctor finds %s: %s", path, key, f.Message)
		}
		all += len(gone)
	}
	if all < 80 {
		t.Errorf("inject mended %d findings", all)
	}
}

// TestEveryLauncherHasSamples: one with faults and one without, of each of its kinds, in files that have its name.
func TestEveryLauncherHasSamples(t *testing.T) {
	for _, folder := range []string{"faulty", "corrected"} {
		for _, launcher := range spark.Launchers(nil) {
			traits := launcher.Traits()
			var kinds []string
			read := false
			for _, path := range written(t, folder) {
				name := strings.TrimPrefix(path, "../../examples/"+folder+"/")
				if name != string(launcher)+".yaml" && !strings.HasPrefix(name, string(launcher)+"-") {
					continue
				}
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				for _, line := range strings.Split(string(text), "\n") {
					if kind, ok := strings.CutPrefix(line, "kind: "); ok {
						kinds = append(kinds, kind)
					}
				}
				r, _ := doctor(t, path)
				for _, w := range r.Workloads {
					read = read || w.Launcher == string(launcher) || traits.Holds
				}
			}
			if !read {
				t.Errorf("%s: no sample of %s", folder, launcher)
			}
			for _, k := range traits.Kinds {
				if !slices.Contains(kinds, k.Kind) {
					t.Errorf("%s: no sample of %s's %s", folder, launcher, k.Kind)
				}
			}
		}
	}
}

// TestWhatSubmitsHasSamples: a submission is no launcher of its own, and is read out of containers and of scripts.
func TestWhatSubmitsHasSamples(t *testing.T) {
	for _, path := range written(t, "faulty", "corrected") {
		if !strings.Contains(path, "/submissions.") {
			continue
		}
		r, _ := doctor(t, path)
		if len(r.Workloads) == 0 {
			t.Errorf("%s: nothing is submitted", path)
		}
		for _, w := range r.Workloads {
			if !slices.Contains([]string{"Job", "CronJob", "Script"}, w.Kind) {
				t.Errorf("%s: %s is a %s", path, w.Name, w.Kind)
			}
		}
	}
}
