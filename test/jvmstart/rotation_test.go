package jvmstart

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// opens are the packages that Spark's scripts open to it.
func opens(home string) []string {
	args := []string{"-XX:TieredStopAtLevel=1", "-Xmx512m", "-cp", filepath.Join(home, "jars", "*")}
	for _, open := range []string{"lang", "lang.invoke", "io", "net", "nio", "util", "util.concurrent"} {
		args = append(args, "--add-opens=java.base/java."+open+"=ALL-UNNAMED")
	}
	return append(args, "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/sun.security.action=ALL-UNNAMED")
}

// worker is a standalone worker of a version with options, as fix leaves it, and what SPK-M026 says of it.
func worker(t *testing.T, version, options string) (corev1.Container, []rule.Finding) {
	t.Helper()
	return fixed(t, "SPK-M026", `{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"worker","image":"apache/spark:`+version+`","command":["/opt/spark/bin/spark-class"],`+
		`"args":["`+spark.ClassWorker+`","spark://m:7077"],"env":[{"name":"SPARK_WORKER_OPTS","value":"`+options+`"}]}]}}`)
}

// subject are all rules, and a template as their input.
func subject(t *testing.T, raw string) (*rule.Set, rule.Input) {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal([]byte(raw), &template); err != nil {
		t.Fatal(err)
	}
	in, problems := rule.Subject([]byte(raw), &template, rule.Marks{}, rule.Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set, in
}

// fixed is the only container of a template, as fix of one rule leaves it, and what the rule says of it.
func fixed(t *testing.T, code, raw string) (corev1.Container, []rule.Finding) {
	t.Helper()
	set, in := subject(t, raw)
	in.Only = []string{code}
	out, err := set.Fix(in)
	if err != nil {
		t.Fatal(err)
	}
	after, err := patchjson.Apply([]byte(raw), out.Ops)
	if err != nil {
		t.Fatal(err)
	}
	var template corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(after, &template); err != nil {
		t.Fatal(err)
	}
	return template.Spec.Containers[0], out.Findings
}

// TestAWorkerThatIsSaidNotToRotateDoesNot gives real Spark the settings that SPK-M026 calls invalid, and those that it does not, and
// what it makes of the first.
func TestAWorkerThatIsSaidNotToRotateDoesNot(t *testing.T) {
	const by = "-Dspark.executor.logs.rolling."
	all := []string{
		by + "strategy=size", by + "strategy=size " + by + "maxSize=128m", by + "strategy=size " + by + "maxSize=134217728", by + "strategy=size " + by + "maxSize=100",
		by + "strategy=size " + by + "maxSize=3000000000", by + "strategy=size " + by + "maxSize=2147483647", by + "strategy=size " + by + "maxSize=-1",
		by + "strategy=size " + by + "maxSize=1e6", by + "strategy=Size", by + "strategy=daily", by + "strategy=time", by + "strategy=time " + by + "time.interval=hourly",
		by + "strategy=time " + by + "time.interval=10", by + "strategy=time " + by + "time.interval=1h", by + "strategy=time " + by + "time.interval=Daily",
	}
	each(t, func(t *testing.T, version, home string) {
		var asked []string
		var rotates []bool
		for _, options := range all {
			c, found := worker(t, version, options)
			invalid := len(found) > 0 && found[0].Level == rule.Warning
			asked, rotates = append(asked, options), append(rotates, !invalid)
			if after := spark.EnvString(&c, "SPARK_WORKER_OPTS"); invalid && after != options {
				asked, rotates = append(asked, after), append(rotates, true)
			}
		}
		out, err := exec.CommandContext(t.Context(), "java", append(append(opens(home), "Roll.java"), asked...)...).Output()
		said := strings.Fields(string(out))
		if err != nil || len(said) != len(asked) {
			t.Fatalf("%v\n%s", err, out)
		}
		if len(asked) < len(all)+3 {
			t.Errorf("%d settings were mended", len(asked)-len(all))
		}
		for i, options := range asked {
			if (said[i] == "RollingFileAppender") != rotates[i] {
				t.Errorf("%s: %s, rotates by the rule: %v", options, said[i], rotates[i])
			}
		}
	})
}

// TestAFixedWorkerRotatesTheLogsOfItsExecutors starts a master, a worker with the options that fix gives it, and an application.
func TestAFixedWorkerRotatesTheLogsOfItsExecutors(t *testing.T) {
	each(t, func(t *testing.T, version, home string) {
		c, found := worker(t, version, "-Dspark.executor.logs.rolling.maxSize=81920")
		if len(found) != 1 {
			t.Fatalf("%d findings", len(found))
		}
		env := []string{"SPARK_DAEMON_MEMORY=256m"}
		for _, e := range c.Env {
			env = append(env, e.Name+"="+e.Value)
		}
		master := serve(t, home, []string{"SPARK_DAEMON_MEMORY=256m", "SPARK_MASTER_OPTS=-Dspark.master.rest.enabled=false"}, "Starting Spark master at ",
			spark.ClassMaster, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
		work := t.TempDir()
		serve(t, home, env, "Successfully registered with master ", spark.ClassWorker, "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir", work, master)
		cmd := exec.CommandContext(t.Context(), "java", append(opens(home), "-Dspark.driver.host=127.0.0.1", "App.java", master)...)
		cmd.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1")
		var said bytes.Buffer
		cmd.Stderr = &said
		if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != "1" {
			t.Fatalf("%v, executors: %s\n%s", err, out, &said)
		}
		rotated, err := filepath.Glob(filepath.Join(work, "app-*", "0", "stdout--*"))
		if err != nil || len(rotated) != 5 {
			t.Fatalf("%d rotated files, %v", len(rotated), err)
		}
		for _, file := range rotated {
			if info, err := os.Stat(file); err != nil || info.Size() > 81920 {
				t.Errorf("%s: %v, %v", file, info, err)
			}
		}
	})
}

// serve starts a server of Spark, waits until its log says so, and gives the word behind that. The test's end ends it.
func serve(t *testing.T, home string, env []string, until, class string, args ...string) (word string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	cmd := exec.CommandContext(ctx, filepath.Join(home, "bin", "spark-class"), append([]string{class}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "SPARK_HOME=" + home, "SPARK_LOCAL_IP=127.0.0.1", "JAVA_HOME=" + os.Getenv("JAVA_HOME")}, env...)
	if os.Getenv("JAVA_HOME") == "" {
		cmd.Env = append(cmd.Env[:4:4], env...)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	found := make(chan string, 1)
	go func() {
		defer close(ended)
		defer close(found)
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			if _, after, is := strings.Cut(lines.Text(), until); is && len(found) == 0 && ctx.Err() == nil {
				found <- strings.Fields(after)[0]
			}
		}
		_ = cmd.Wait() // ended by the test
	}()
	word, is := <-found
	if !is {
		t.Fatalf("%s ended before it said %q", class, until)
	}
	return word
}
