package jvmstart

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// The forms of the file, as SPK-M015 orders them, and as people write them.
const (
	onConsole  = "rootLogger.level = info\nrootLogger.appenderRef.stdout.ref = console\nappender.console.type = Console\nappender.console.name = console\nappender.console.target = SYSTEM_ERR\n"
	asText     = onConsole + "appender.console.layout.type = PatternLayout\nappender.console.layout.pattern = %p %m%n\n"
	asTemplate = onConsole + "appender.console.layout.type = JsonTemplateLayout\nappender.console.layout.eventTemplateUri = classpath:org/apache/spark/SparkLayout.json\n"
	asJSON     = onConsole + "appender.console.layout.type = JsonLayout\nappender.console.layout.compact = true\nappender.console.layout.eventEol = true\n"
	inFile     = "rootLogger = info, file\nappender.file.type = File\nappender.file.name = file\nappender.file.fileName = FOLDER/app.log\nappender.file.layout.type = PatternLayout\nappender.file.layout.pattern = %m%n\n"
)

// TestLogsAreWhereTheRuleSaysTheyAre starts applications with a logging configuration each: a line of the job is on the console, as text
// or JSON, unless SPK-M015 says otherwise.
func TestLogsAreWhereTheRuleSaysTheyAre(t *testing.T) {
	each(t, func(t *testing.T, version, home string) {
		newer := version[0] >= '4'
		asked := "text" // where the version cannot write JSON
		if newer {
			asked = "json"
		}
		classes := t.TempDir()
		jars, err := filepath.Glob(filepath.Join(home, "jars", "*.jar")) // the compiler takes no asterisk
		if err != nil {
			t.Fatal(err)
		}
		compile := []string{"-m", "jdk.compiler/com.sun.tools.javac.Main", "-cp", strings.Join(jars, string(os.PathListSeparator)), "-d", classes, "Logs.java"}
		if out, err := exec.CommandContext(t.Context(), "java", compile...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, c := range []struct {
			name, file string
			structured bool
			want       string // the line on the console: none, text or json
			found      bool
		}{
			{"text", asText, false, "text", false},
			{"template", asTemplate, false, asked, !newer},
			{"json", asJSON, false, "json", false},
			{"file", inFile, false, "none", true},
			{"structured with a file", asText, true, "text", newer},
			{"structured", "", true, asked, false},
		} {
			folder := t.TempDir()
			args := opens(home)
			for i := range args {
				if args[i] == "-cp" {
					args[i+1] = strings.Join([]string{folder, classes, args[i+1]}, string(os.PathListSeparator))
				}
			}
			args = append(args, "-Dspark.driver.host=127.0.0.1", "org.apache.spark.deploy.SparkSubmit", "--master", "local[1]", "--class", "Logs")
			if c.structured {
				args = append(args, "--conf", "spark.log.structuredLogging.enabled=true")
			}
			if c.file != "" {
				if err := os.WriteFile(filepath.Join(folder, "log4j2.properties"), []byte(strings.ReplaceAll(c.file, "FOLDER", folder)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), "java", append(args, "spark-internal")...)
			cmd.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", c.name, err, out)
			}
			if got := formOf(string(out)); got != c.want {
				t.Errorf("%s: the line is %s on the console, want %s\n%s", c.name, got, c.want, out)
			}
			if logged, err := os.ReadFile(filepath.Join(folder, "app.log")); c.file == inFile && (err != nil || !strings.Contains(string(logged), "a line of the job")) {
				t.Errorf("%s: %v, %s", c.name, err, logged)
			}
			if found := logFindings(t, version, c.file, c.structured); len(found) > 0 != c.found {
				t.Errorf("%s: SPK-M015 finds %v", c.name, found)
			}
		}
	})
}

// formOf says in which form the line stands in an output.
func formOf(out string) string {
	for line := range strings.Lines(out) {
		switch {
		case !strings.Contains(line, "a line of the job"):
		case json.Valid([]byte(line)):
			return "json"
		default:
			return "text"
		}
	}
	return "none"
}

// logFindings are those of SPK-M015 at a driver of a version with such a file.
func logFindings(t *testing.T, version, file string, structured bool) []rule.Finding {
	t.Helper()
	raw := []byte(`{"metadata":{"labels":{"spark-role":"driver","spark-app-selector":"s","spark-version":"` + version + `"}},"spec":{"restartPolicy":"Never","containers":[` +
		`{"name":"spark-kubernetes-driver","image":"apache/spark:` + version + `","args":["driver"]}]}}`)
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	var pod corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(raw, &pod); err != nil {
		t.Fatal(err)
	}
	in, problems := rule.Subject(raw, &pod, rule.Marks{}, rule.Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	in.Only, in.Conf = []string{"SPK-M015"}, spark.Conf{}
	if structured && version[0] >= '4' {
		in.Conf["spark.log.structuredLogging.enabled"] = spark.Setting{Value: "true"}
	}
	files := map[string]string{}
	if file != "" {
		files["log4j2.properties"] = file
	}
	rule.Put(&in.Facts, rule.FactFiles, rule.Files{Text: files})
	return set.Diagnose(in).Findings
}
