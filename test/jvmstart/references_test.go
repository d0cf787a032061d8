package jvmstart

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestSparkReadsTheReferences that SPK-S013 sets: with the variables that the Secret gives, real Spark has each value where it read it before.
func TestSparkReadsTheReferences(t *testing.T) {
	clear := []struct{ key, value, read string }{
		{"spark.hadoop.fs.s3a.access.key", "AKIAIOSFODNN7ABCDEFG", "fs.s3a.access.key"},
		{"spark.hadoop.fs.s3a.secret.key", "kP2v9QxWmZ7hunter2", "fs.s3a.secret.key"},
		{"spark.hadoop.fs.s3a.session.token", "kP2v9QxWmZ7hunter3", "fs.s3a.session.token"},
		{"spark.hadoop.fs.s3a.bucket.logs.secret.key", "kP2v9QxWmZ7hunter4", "fs.s3a.bucket.logs.secret.key"},
		{"spark.hadoop.fs.azure.account.key.lake.dfs.core.windows.net", "kP2v9QxWmZ7hunter5", "fs.azure.account.key.lake.dfs.core.windows.net"},
		{"spark.ssl.ui.keyStorePassword", "kP2v9QxWmZ7hunter6", "spark.ssl.ui.keyStorePassword"},
	}
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	conf, want := spark.Conf{}, ""
	for _, c := range clear {
		conf[c.key] = spark.Setting{Value: c.value}
		want += c.value + "\n"
	}
	in := rule.Input{Conf: conf, Identity: spark.Identity{Role: spark.Driver, Launcher: spark.Apache, Version: spark.Version{Major: 4, Minor: 1}, Certain: true}}
	in.Profile, in.Only = rule.Safe, []string{"SPK-S013"}
	found := set.Diagnose(in).Findings
	if len(found) != 1 || !found[0].Carried {
		t.Fatalf("%+v", found)
	}
	after, env := map[string]string{}, []string{}
	for _, e := range found[0].Edits {
		for _, c := range e.Conf {
			if variable, is := strings.CutPrefix(c.Key, "spark.kubernetes.driver.secretKeyRef."); is {
				env = append(env, variable+"="+valueOf(t, variable, found[0].Edits, conf))
			} else if !c.Unset && !strings.HasPrefix(c.Key, "spark.kubernetes.") {
				after[c.Key] = c.Value
			}
		}
	}
	args := []string{"References.java"}
	for key, value := range after {
		args = append(args, key+"="+value)
	}
	args = append(args, "--")
	for _, c := range clear {
		args = append(args, c.read)
	}
	if len(env) != len(clear) || strings.Contains(strings.Join(args, " "), "hunter") {
		t.Fatalf("%d variables, and %q", len(env), args)
	}
	each(t, func(t *testing.T, version, home string) {
		cmd := exec.CommandContext(t.Context(), "java", append(opens(home), args...)...)
		cmd.Env = append(append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1"), env...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if out, err := cmd.Output(); err != nil || string(out) != want {
			t.Errorf("%v\n%s, want\n%s\n%s", err, out, want, &said)
		}
	})
}

// valueOf is what stood in clear where an edit reads a variable: of the reference that names it, or of the key that Spark takes it for.
func valueOf(t *testing.T, variable string, edits []rule.Edit, conf spark.Conf) string {
	t.Helper()
	own := map[string]string{"AWS_ACCESS_KEY_ID": "access.key", "AWS_SECRET_ACCESS_KEY": "secret.key", "AWS_SESSION_TOKEN": "session.token"}
	if of := own[variable]; of != "" {
		return conf["spark.hadoop.fs.s3a."+of].Value
	}
	for _, e := range edits {
		for _, c := range e.Conf {
			if strings.Contains(c.Value, "{env."+variable+"}") || strings.Contains(c.Value, "{env:"+variable+"}") {
				return conf[c.Key].Value
			}
		}
	}
	t.Fatalf("nothing reads %s", variable)
	return ""
}
