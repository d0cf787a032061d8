package script

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

const cases = "../../test/fixtures/cases/"

// publicCase is an input after a public report or file, with what doctor must say of it: codes with their level, as often
// as they stand, and words of a message.
type publicCase struct {
	file  string
	finds string // "error SPK-P002 2": that level and code, that often
	says  string // of a message of the first finding wanted
	never string // codes or words that no finding may have
}

var publicCases = []publicCase{
	{"01-overhead-wrong-key.yaml", "error SPK-P002 2", "did you mean spark.driver.memoryOverhead?", "SPK-P046"},
	{"01b-overhead-factor-as-overhead.yaml", "error SPK-P045 1", "a factor", ""},
	{"03-quota-limits-cpu.yaml", "error SPK-P020 1", "limits.cpu", ""},
	{"03b-quota-and-limit.yaml", "error SPK-P012 1", "422", "throttle"},
	{"04-request-above-limit.yaml", "error SPK-P012 1", "422", "throttle"},
	{"05-external-shuffle.yaml", "error SPK-P049 1", "7337", ""},
	{"06-ephemeral-eviction.yaml", "warning SPK-P027 2, advice SPK-P027 2, warning SPK-S012 2", "share it", ""},
	{"08-pvc-local-dir.yaml", "warning SPK-P052 1", "belongs to root", ""},
	{"09-blank-in-key.yaml", "error SPK-P048 1", "unknown volume type", ""},
	{"10-uid-without-passwd.yaml", "error SPK-P056 1", "/etc/passwd", ""},
	{"11-jmx-agent.yaml", "error SPK-M009 2", "Java agent /prometheus/jmx_prometheus_javaagent-0.11.0.jar", "SPK-M023"},
	{"12-log4j1-file.yaml", "error SPK-M014 1", "Log4j 1", ""},
	{"13-java-options-twice.yaml", "error SPK-P046 1", "overrides spark.executor.extraJavaOptions in sparkConf", ""},
	{"13b-monitoring.yaml", "error SPK-P046 2", "monitoring overrides spark", ""},
	{"14-connect-readiness.yaml", "error SPK-M013 1, warning SPK-M013 1", "UnknownHostException", "SPK-P044"},
	{"17-tolerations.yaml", "warning SPK-P054 2", "does not exist", ""},
	{"20-bad-jvm-option.yaml", "error SPK-P014 1", "starts new executors until spark.executor.maxNumFailures", ""},
	{"22-standalone-worker.yaml", "error SPK-P034 1", "SPARK_DAEMON_MEMORY", ""},
	{"26-psa-restricted.yaml", "error SPK-S010 7", "restricted", ""},
	{"28-stackable.yaml", "error SPK-P002 2", "not a Spark key", ""},
	{"r-apc.yaml", "warning SPK-P044 2, advice SPK-M012 2", "no memory request", ""},
	{"r-bad.yaml", "error SPK-P054 1, error SPK-P057 1, error SPK-P012 2, error SPK-P002 4", "mainClas", ""},
	{"r-cluster-nospec.yaml", "", "", "SPK-"},
	{"r-mon.yaml", "error SPK-M009 2", "Java agent /prometheus/jmx_prometheus_javaagent-0.11.0.jar", "SPK-M023"},
	{"r-nospec.yaml", "", "", "SPK-"},
	{"r-executor-256m.yaml", "error SPK-P057 1", "does not start", ""},
	{"r-executor-request-over-limit.yaml", "error SPK-P012 1", "422", "throttle"},
	{"r-kubeflow-privileged.yaml", "error SPK-I005 2, error SPK-S012 5, error SPK-S013 1, warning SPK-S011 2", "runs as root", ""},
	{"r-runasuser-185.yaml", "warning SPK-S011 1", "runAsNonRoot is not set", "may run as root"},
	{"r-serial-collector.yaml", "warning SPK-P010 2", "SerialGC", ""},
	{"r-spark24-authenticate.yaml", "warning SPK-S028 1", "CVE-2022-31777", "SPK-S016"},
	{"r-template-and-sc.yaml", "", "", "SPK-S011"},
	{"r-app.properties", "", "", "SPK-"},
	{"r-nginx.conf", "", "", "SPK-"},
	{"r-log4j2.properties", "", "", "SPK-"},
	{"r-hs.conf", "", "", "SPK-"},
}

func TestPublicReportsAreAnswered(t *testing.T) {
	for _, c := range publicCases {
		r, _ := doctor(t, cases+c.file)
		said := false
		for i, want := range strings.Split(c.finds, ", ") {
			if want == "" {
				continue
			}
			words := strings.Fields(want)
			n := 0
			for _, f := range r.Findings {
				if string(f.Level) == words[0] && f.Code == words[1] {
					n += max(1, len(f.Places))
					said = said || i == 0 && strings.Contains(f.Message, c.says)
					if f.Location == nil || f.Location.Line == 0 {
						t.Errorf("%s: %s has no line", c.file, f.Code)
					}
				}
			}
			if words[2] != string(rune('0'+n)) {
				t.Errorf("%s: %d places of %s %s, want %s", c.file, n, words[0], words[1], words[2])
			}
		}
		if c.says != "" && !said {
			t.Errorf("%s: no message says %q", c.file, c.says)
		}
		for _, f := range r.Findings {
			if c.never != "" && strings.Contains(f.Code+" "+f.Message, c.never) {
				t.Errorf("%s: %s %s", c.file, f.Code, f.Message)
			}
		}
	}
}

// TestEveryCaseIsPinned: each file of the cases has its line in the table.
func TestEveryCaseIsPinned(t *testing.T) {
	files, err := os.ReadDir(cases)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if !slices.ContainsFunc(publicCases, func(c publicCase) bool { return c.file == file.Name() }) {
			t.Errorf("%s is pinned by nothing", file.Name())
		}
	}
}

// TestFilesThatAreNotSparkAreNone: no workload is made up for them, and a History server's settings are its own.
func TestFilesThatAreNotSparkAreNone(t *testing.T) {
	for name, want := range map[string]int{"r-app.properties": 0, "r-nginx.conf": 0, "r-log4j2.properties": 0, "r-hs.conf": 1, "r-nospec.yaml": 0, "r-cluster-nospec.yaml": 0} {
		if r, _ := doctor(t, cases+name); len(r.Workloads) != want {
			t.Errorf("%s: workloads %+v, want %d", name, r.Workloads, want)
		}
	}
	if r, _ := doctor(t, cases+"28-stackable.yaml"); len(r.Workloads) != 1 || r.Workloads[0].Launcher != "stackable" {
		t.Errorf("Stackable's resource is taken for %+v", r.Workloads)
	}
}

// TestPrivilegedFieldsStandAtTheirLines: findings of a custom resource name the fields that the pod's come from.
func TestPrivilegedFieldsStandAtTheirLines(t *testing.T) {
	name := cases + "r-kubeflow-privileged.yaml"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	r, _ := doctor(t, name)
	for path, word := range map[string]string{"spec.driver.securityContext.privileged": "privileged", "spec.driver.hostNetwork": "hostNetwork", "spec.driver.securityContext.runAsUser": "runAsUser"} {
		i := slices.IndexFunc(r.Findings, func(f report.Finding) bool { return f.Path == path })
		if i < 0 {
			t.Errorf("no finding at %s", path)
		} else if line := r.Findings[i].Location.Line; !strings.Contains(lines[line-1], word) {
			t.Errorf("%s at line %d: %q", path, line, lines[line-1])
		}
	}
}

// TestFixOfPublicReports: what fix writes, and that a second run and tune after it change nothing more.
func TestFixOfPublicReports(t *testing.T) {
	for name, want := range map[string][]string{
		"01-overhead-wrong-key.yaml":         {"memoryOverhead: 3G"},
		"03b-quota-and-limit.yaml":           {`coreLimit: "1"`},
		"05-external-shuffle.yaml":           {"shuffleTracking"},
		"13-java-options-twice.yaml":         {"-Dapp.home=/opt/app"},
		"r-spark24-authenticate.yaml":        {"2.4.5"},
		"r-kubeflow-privileged.yaml":         {"hostNetwork"},
		"r-executor-256m.yaml":               {"512m"},
		"r-executor-request-over-limit.yaml": {`"6"`},
		"22-standalone-worker.yaml":          {"12800Mi"},
		"14-connect-readiness.yaml":          {"SparkConnectServer"},
	} {
		text, err := os.ReadFile(cases + name)
		if err != nil {
			t.Fatal(err)
		}
		after, said := fix(t, name, text)
		for _, word := range want {
			if !bytes.Contains(after, []byte(word)) {
				t.Errorf("%s: fixed without %q\n%s\n%s", name, word, after, said)
			}
		}
		if again, _ := fix(t, name, after); !bytes.Equal(again, after) {
			t.Errorf("%s: a second run changes more\n%s", name, again)
		}
		if name == "r-spark24-authenticate.yaml" && bytes.Contains(after, []byte("spark.authenticate")) {
			t.Errorf("%s: a driver of Spark 2.4 does not start with spark.authenticate", name)
		}
		if name == "14-connect-readiness.yaml" && bytes.Contains(after[bytes.Index(after, []byte("SparkApplication")):], []byte("Probe")) {
			t.Errorf("%s: a probe stays\n%s", name, after)
		}
		// What fix carried, doctor no longer finds as an error, but for what it calls manual.
		fixed := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(fixed, after, 0o600); err != nil {
			t.Fatal(err)
		}
		r, _ := doctor(t, fixed)
		manual, partly := codesOf(said, "manual"), codesOf(said, "partly")
		for _, f := range r.Findings {
			if done := codesOf(said, "fixed"); f.Level != rule.Advice && done[f.Code] && !manual[f.Code] && !partly[f.Code] {
				t.Errorf("%s: fix says that it fixed %s, and doctor still finds it: %s", name, f.Code, f.Message)
			}
		}
	}
}
