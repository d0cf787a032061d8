// Package jvmstart starts real JVMs by Spark's own scripts with what the rules inject.
package jvmstart

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

// each runs do once for each version of Spark that is tried: of the two lines one that tells a daemon's JVM to ignore what it
// does not know, and one that does not.
func each(t *testing.T, do func(t *testing.T, version, home string)) {
	for version, home := range distribution.Tried(t) {
		t.Run(version, func(t *testing.T) { do(t, version, filepath.Join(home, "deps")) })
	}
}

// start runs one of Spark's scripts with an environment of its own and says whether it ended well, and what it said.
func start(t *testing.T, home string, env map[string]string, command ...string) (ok bool, said string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(home, "bin", command[0]), command[1:]...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "SPARK_HOME=" + home, "SPARK_LOCAL_IP=127.0.0.1"}
	if java := os.Getenv("JAVA_HOME"); java != "" {
		cmd.Env = append(cmd.Env, "JAVA_HOME="+java)
	}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

// injected is what the container's variables are once the rules have been at a pod of the role, with everything that has to do
// with the JVM asked for; the folders of the volumes are moved below folder, and made there.
func injected(t *testing.T, version, labels, container, folder string) map[string]string {
	t.Helper()
	raw := []byte(`{"metadata":{"labels":{` + labels + `},"annotations":{"kubectl-spark.io/want":"SPK-M025","kubectl-spark.io/image":"{java: 17, spark: ` + version + `, entrypoint: spark, libc: glibc}"}},` +
		`"spec":{"restartPolicy":"Never","containers":[{"image":"x","resources":{"limits":{"memory":"2Gi"},"requests":{"cpu":"2"}},` + container + `}]}}`)
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(raw, &template); err != nil {
		t.Fatal(err)
	}
	out, problems, err := set.AdmitPod(raw, &template, rule.Marks{}, rule.Options{})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	after, err := patchjson.Apply(raw, out.Ops)
	if err != nil {
		t.Fatal(err)
	}
	template = corev1.PodTemplateSpec{}
	if err := utiljson.Unmarshal(after, &template); err != nil {
		t.Fatal(err)
	}
	c := &template.Spec.Containers[0]
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	if len(c.VolumeMounts) != 2 {
		t.Fatalf("%d mounts: %s", len(c.VolumeMounts), out.Report)
	}
	for i, m := range c.VolumeMounts {
		if template.Spec.Volumes[i].EmptyDir == nil || template.Spec.Volumes[i].EmptyDir.SizeLimit == nil {
			t.Fatalf("volume %s has no bound", m.Name)
		}
		own := filepath.Join(folder, m.Name)
		if err := os.MkdirAll(own, 0o777); err != nil {
			t.Fatal(err)
		}
		for name, value := range env {
			env[name] = strings.ReplaceAll(value, m.MountPath, own)
		}
	}
	return env
}

const master = `"name":"master","command":["/opt/spark/bin/spark-class"],"args":["org.apache.spark.deploy.master.Master"]`

func logged(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "kubectl-spark-gc-log", "gc.log"))
	return err == nil
}

func TestADriverStartsWithWhatIsInjectedWhateverLogItsUserWrites(t *testing.T) {
	each(t, func(t *testing.T, version, home string) {
		for _, user := range []string{"", "-Xlog:gc*,safepoint:file=OTHER", "-Xlog:gc*,safepoint:file=SAME:uptime:filecount=2,filesize=1m", "-Xloggc:OTHER -XX:+PrintGCDetails",
			"-XX:+UseZGC -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/nowhere -XX:-ExitOnOutOfMemoryError"} {
			folder := t.TempDir()
			env := injected(t, version, `"spark-role":"driver"`, `"name":"spark-kubernetes-driver","args":["driver"]`, folder)
			options := strings.NewReplacer("OTHER", filepath.Join(folder, "own.log"), "SAME", filepath.Join(folder, "kubectl-spark-gc-log", "gc.log")).Replace(user)
			command := []string{"spark-submit", "--driver-memory", "512m"}
			if options != "" {
				command = append(command, "--driver-java-options", options)
			}
			ok, said := start(t, home, env, append(command, "--version")...)
			if !ok || !strings.Contains(said, "version "+version) || !logged(folder) {
				t.Errorf("beside %q: started %v, logged %v, with %v\n%s", user, ok, logged(folder), env, said)
			}
			if _, err := os.Stat(filepath.Join(folder, "own.log")); strings.Contains(user, "OTHER") && err != nil {
				t.Errorf("the user's own log is not there: %v", err)
			}
		}
	})
}

func TestDaemonsStartWithWhatIsInjected(t *testing.T) {
	each(t, func(t *testing.T, version, home string) {
		for class, container := range map[string]string{
			spark.ClassMaster:  master,
			spark.ClassWorker:  `"name":"worker","command":["/opt/spark/bin/spark-class"],"args":["org.apache.spark.deploy.worker.Worker","spark://m:7077"]`,
			spark.ClassHistory: `"name":"history","command":["/opt/spark/bin/spark-class"],"args":["org.apache.spark.deploy.history.HistoryServer"]`,
		} {
			folder := t.TempDir()
			env := injected(t, version, `"app":"x"`, container, folder)
			if ok, said := start(t, home, env, "spark-class", class, "--help"); !ok || !strings.Contains(said, "Usage") || !logged(folder) {
				t.Errorf("%s: started %v, logged %v, with %v\n%s", class, ok, logged(folder), env, said)
			}
		}
	})
}

func TestAnExecutorsJVMStartsWithWhatIsInjected(t *testing.T) {
	each(t, func(t *testing.T, version, _ string) {
		folder := t.TempDir()
		env := injected(t, version, `"spark-role":"executor"`, `"name":"spark-kubernetes-executor","args":["executor"],"env":[{"name":"SPARK_EXECUTOR_CORES","value":"2"},{"name":"SPARK_EXECUTOR_MEMORY","value":"1g"}]`, folder)
		var options []string
		for name, value := range env {
			if strings.HasPrefix(name, "SPARK_JAVA_OPT_") { // in any order, as the entrypoints have it
				options = append(options, value)
			}
		}
		if len(options) < 4 {
			t.Fatalf("too little is injected: %v", env)
		}
		if out, err := exec.Command("java", append(options, "-Xms64m", "-Xmx64m", "-version")...).CombinedOutput(); err != nil || !logged(folder) {
			t.Errorf("%v: %v\n%s", options, err, out)
		}
	})
}

// TestWhatTheRulesSayOfTheLauncherIsSo holds the claims of SPK-P014, and that a JVM which does not start is seen here.
func TestWhatTheRulesSayOfTheLauncherIsSo(t *testing.T) {
	each(t, func(t *testing.T, version, home string) {
		tolerant := version[0] >= '4'
		submit, daemon := []string{"spark-submit", "--version"}, []string{"spark-class", spark.ClassMaster, "--help"}
		for _, c := range []struct {
			name, value string
			command     []string
			starts      bool
		}{
			{"SPARK_SUBMIT_OPTS", "-Xlog:gc*:file=/nowhere/at/all/gc.log", submit, false},
			{"SPARK_DAEMON_JAVA_OPTS", "-Xlog:gc*:file=/nowhere/at/all/gc.log", daemon, false},
			{"SPARK_SUBMIT_OPTS", "-XX:+UseParNewGC", submit, true},
			{"SPARK_SUBMIT_OPTS", "-XX:G1NewSizePercent=5", submit, false},
			{"SPARK_SUBMIT_OPTS", "-XX:+UseG1GC -XX:+UseParallelGC", submit, false},
			{"SPARK_SUBMIT_OPTS", `-Da="b`, submit, false},
			{"SPARK_DAEMON_JAVA_OPTS", "-XX:+UseParNewGC", daemon, tolerant},
			{"SPARK_DAEMON_JAVA_OPTS", "-Xmx512m", daemon, false},
			{"SPARK_MASTER_OPTS", "-Xmx512m", daemon, false},
			{"JAVA_TOOL_OPTIONS", "-XX:+UseParNewGC", submit, false},
			{"JDK_JAVA_OPTIONS", "-XX:+UseParNewGC", daemon, false},
		} {
			if ok, said := start(t, home, map[string]string{c.name: c.value}, c.command...); ok != c.starts {
				t.Errorf("%s=%s: started %v\n%s", c.name, c.value, ok, said)
			}
		}
	})
}
